-- One answer per survey message; a later answer replaces it.
CREATE TABLE csat_responses (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, conversation_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE, rating INTEGER NOT NULL, feedback_message TEXT,
  contact_id INTEGER NOT NULL, assigned_agent_id INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
