-- Bots: programs that are told what happens and answer by the application API. A conversation may belong to one.
CREATE TABLE agent_bots (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts, name TEXT, description TEXT,
  outgoing_url TEXT, bot_config TEXT NOT NULL, access_token TEXT NOT NULL UNIQUE, secret TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
ALTER TABLE inboxes ADD COLUMN agent_bot_id INTEGER REFERENCES agent_bots;
ALTER TABLE conversations ADD COLUMN assignee_agent_bot_id INTEGER REFERENCES agent_bots;
-- The labels as one text, null until they were looked at: callbacks tell when it changes.
ALTER TABLE conversations ADD COLUMN cached_label_list TEXT;
