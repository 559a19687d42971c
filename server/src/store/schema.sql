-- Times are microseconds since 1970. JSON columns hold text. Rowids are never reused, as Postgres sequences never repeat.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, last_display_id INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts, name TEXT NOT NULL,
  display_name TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL, availability TEXT NOT NULL DEFAULT 'online',
  pubsub_token TEXT NOT NULL UNIQUE, access_token TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL
);
CREATE TABLE inboxes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts, channel_id INTEGER NOT NULL,
  name TEXT NOT NULL, identifier TEXT NOT NULL UNIQUE, hmac_token TEXT NOT NULL, hmac_mandatory INTEGER NOT NULL,
  secret TEXT NOT NULL, webhook_url TEXT, settings TEXT NOT NULL, working_hours TEXT NOT NULL,
  additional_attributes TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE inbox_members (
  inbox_id INTEGER NOT NULL REFERENCES inboxes, user_id INTEGER NOT NULL REFERENCES users, PRIMARY KEY (inbox_id, user_id)
) WITHOUT ROWID;
CREATE TABLE contacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts, name TEXT, email TEXT,
  phone_number TEXT, identifier TEXT, custom_attributes TEXT NOT NULL, additional_attributes TEXT NOT NULL,
  contact_type TEXT NOT NULL, blocked INTEGER NOT NULL DEFAULT 0, last_activity_at INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX contacts_identifier ON contacts (account_id, identifier);
CREATE UNIQUE INDEX contacts_email ON contacts (account_id, email);
CREATE INDEX contacts_phone ON contacts (account_id, phone_number);
CREATE TABLE contact_inboxes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL REFERENCES contacts,
  inbox_id INTEGER NOT NULL REFERENCES inboxes, source_id TEXT NOT NULL, pubsub_token TEXT NOT NULL UNIQUE,
  hmac_verified INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX contact_inboxes_source ON contact_inboxes (inbox_id, source_id);
CREATE INDEX contact_inboxes_contact ON contact_inboxes (contact_id);
CREATE INDEX contact_inboxes_by_source ON contact_inboxes (source_id);
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts, display_id INTEGER NOT NULL,
  uuid TEXT NOT NULL UNIQUE, inbox_id INTEGER NOT NULL REFERENCES inboxes, contact_id INTEGER NOT NULL REFERENCES contacts,
  contact_inbox_id INTEGER NOT NULL REFERENCES contact_inboxes, status TEXT NOT NULL, assignee_id INTEGER,
  priority TEXT, labels TEXT NOT NULL, custom_attributes TEXT NOT NULL, additional_attributes TEXT NOT NULL,
  snoozed_until INTEGER, waiting_since INTEGER, first_reply_created_at INTEGER, agent_last_seen_at INTEGER,
  assignee_last_seen_at INTEGER, contact_last_seen_at INTEGER, last_activity_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX conversations_display ON conversations (account_id, display_id);
CREATE INDEX conversations_session ON conversations (contact_inbox_id);
CREATE INDEX conversations_contact ON conversations (contact_id);
CREATE INDEX conversations_activity ON conversations (account_id, last_activity_at);
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, inbox_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL REFERENCES conversations, message_type INTEGER NOT NULL, content TEXT,
  processed_content TEXT, private INTEGER NOT NULL, status TEXT NOT NULL, source_id TEXT, content_type TEXT NOT NULL,
  content_attributes TEXT NOT NULL, additional_attributes TEXT NOT NULL, sender_type TEXT, sender_id INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE INDEX messages_conversation ON messages (conversation_id, created_at, id);
