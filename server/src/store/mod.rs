//! The database: opening it, its schema, what is in it at first, and its rows.

mod attachments;
mod bots;
mod desk;
mod files;
mod people;
mod room;
mod rows;
mod seed;
mod threads;
mod thumbnails;
mod trouble;
mod worker;

use std::time::Duration;

use rusqlite::Connection;

pub use attachments::{Attachment, Blob, secret};
pub use bots::{Actor, Bot};
pub use files::{Files, Stored};
pub use people::{Contact, ContactKey, Inbox, Session, User};
pub use room::{Answered, Call, Room, Told};
pub use seed::{Seeds, seed};
pub use threads::{Conversation, Message, Sender, Status};
pub use trouble::{Complaint, Trouble};
pub use worker::{Store, Worker};

use crate::error::StartError;

/// What made the schema what it is, in order; a database remembers how many it has had.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("surveys.sql"),
    include_str!("files.sql"),
    include_str!("bots.sql"),
];
/// How many changes made the present schema.
pub const NEWEST: usize = MIGRATIONS.len();
const APPLICATION_ID: i32 = 0x434f_4e46; // "CONF"
const STATEMENTS_KEPT: usize = 128;
const FOREIGN: &str = "it belongs to another program";
const NEWER: &str = "it was made by a newer version";
const DAMAGED: &str = "it is damaged";
const READ_ONLY: &str = "it cannot be written";

/// Opens the database file, or memory for `:memory:`, and makes the tables when it is new.
///
/// The journal is a write-ahead log with `synchronous=FULL`: what was acknowledged survives a power cut.
pub fn open(path: &str) -> Result<Connection, StartError> {
    let db = open_as_of(path, NEWEST)?;
    remember(&db).map_err(|error| failed(path, &error))?;
    Ok(db)
}

/// The same without what is only remembered, and with the schema as it was after so many changes, for what was written then.
pub fn open_as_of(path: &str, schema: usize) -> Result<Connection, StartError> {
    let db = Connection::open(path).map_err(|error| failed(path, &error))?;
    prepare(&db, schema).map_err(|error| failed(path, &error))?;
    Ok(db)
}

/// Brings the schema up to date.
pub fn migrate(db: &Connection, path: &str) -> Result<(), StartError> {
    change_schema(db, NEWEST).map_err(|error| failed(path, &error))
}

/// The names of all files that rows tell of, oldest first.
pub fn file_keys(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let found: i64 = db.query_row(
        "SELECT count(*) FROM sqlite_master WHERE name = 'blobs'",
        [],
        |row| row.get(0),
    )?;
    if found == 0 {
        return Ok(Vec::new());
    }
    db.prepare("SELECT key FROM blobs ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn prepare(db: &Connection, schema: usize) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    db.busy_timeout(Duration::from_secs(1))?;
    if db.is_readonly(rusqlite::MAIN_DB)? {
        return Err(rusqlite::Error::InvalidParameterName(READ_ONLY.to_owned()));
    }
    // Two servers on one file would not hear of each other's events: the second one is refused.
    let _: String = db.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |row| row.get(0))?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(rusqlite::Error::InvalidParameterName(FOREIGN.to_owned()));
    }
    if usize::try_from(version).unwrap_or(usize::MAX) > NEWEST {
        return Err(rusqlite::Error::InvalidParameterName(NEWER.to_owned()));
    }
    let _: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    change_schema(db, schema)?;
    // Better to be told now than to find out by and by.
    let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(rusqlite::Error::InvalidParameterName(DAMAGED.to_owned()));
    }
    // A file that can be read but not written must be found out now and not at the first message.
    db.execute_batch("BEGIN IMMEDIATE; COMMIT;")
}

/// Makes the tables of what is worth nothing after a restart.
fn remember(db: &Connection) -> rusqlite::Result<()> {
    // Who was there when, and whose files are to be removed.
    db.execute_batch(
        "CREATE TEMP TABLE presence (account_id INTEGER, kind TEXT, id INTEGER, seen_at INTEGER, PRIMARY KEY (account_id, kind, id));
         CREATE TEMP TABLE muted (conversation_id INTEGER PRIMARY KEY, until INTEGER);
         CREATE TEMP TABLE discarded (key TEXT NOT NULL);
         CREATE TEMP TRIGGER blobs_gone AFTER DELETE ON main.blobs BEGIN INSERT INTO discarded VALUES (OLD.key); END;",
    )
}

fn change_schema(db: &Connection, schema: usize) -> rusqlite::Result<()> {
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    for (done, sql) in MIGRATIONS.iter().enumerate().take(schema).skip(version) {
        let next = done + 1;
        db.execute_batch(&format!(
            "BEGIN IMMEDIATE; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={next};\n{sql}\nCOMMIT;"
        ))?;
    }
    Ok(())
}

/// What whoever starts the server reads of an error of the database.
pub fn failed(path: &str, error: &rusqlite::Error) -> StartError {
    let trouble = match error {
        rusqlite::Error::InvalidParameterName(why) if why == FOREIGN => Some(Trouble::Foreign),
        rusqlite::Error::InvalidParameterName(why) if why == NEWER => Some(Trouble::Newer),
        rusqlite::Error::InvalidParameterName(why) if why == DAMAGED => Some(Trouble::Damaged),
        rusqlite::Error::InvalidParameterName(why) if why == READ_ONLY => Some(Trouble::ReadOnly),
        other => Trouble::of(other),
    };
    match trouble {
        Some(Trouble::Busy) => StartError::InUse(path.to_owned()),
        Some(trouble) => StartError::Unusable(path.to_owned(), trouble),
        None => StartError::Database(path.to_owned(), error.to_string()),
    }
}
