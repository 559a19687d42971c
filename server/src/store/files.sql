-- What is known of each file; its content lies in the folder of files under `key`. Several attachments may share one.
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, filename TEXT NOT NULL, content_type TEXT NOT NULL,
  byte_size INTEGER NOT NULL, width INTEGER, height INTEGER, created_at INTEGER NOT NULL
);
-- `meta` holds what only some kinds have: the names of a contact, the words of a recording.
CREATE TABLE attachments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
  file_type TEXT NOT NULL, extension TEXT, blob_id INTEGER REFERENCES blobs, external_url TEXT, coordinates_lat REAL,
  coordinates_long REAL, fallback_title TEXT, meta TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX attachments_message ON attachments (message_id);
CREATE INDEX attachments_blob ON attachments (blob_id);
-- A file goes with the last attachment that shows it.
CREATE TRIGGER attachments_gone AFTER DELETE ON attachments
WHEN OLD.blob_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM attachments WHERE blob_id = OLD.blob_id)
BEGIN DELETE FROM blobs WHERE id = OLD.blob_id; END;
CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
