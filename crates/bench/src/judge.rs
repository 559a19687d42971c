//! What is left in a database after the worst.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use crate::Result;

/// The texts of all messages.
#[derive(Debug)]
pub struct Stored(BTreeSet<String>);

impl Stored {
    /// What was acknowledged and is not there.
    pub fn lost(&self, acknowledged: &BTreeSet<String>) -> Vec<String> {
        acknowledged.difference(&self.0).cloned().collect()
    }
}

/// Opens a database as it was left behind. An error: it is damaged, or holds a message twice.
pub fn stored(database: &Path) -> Result<Stored> {
    read(database).map_err(|error| format!("{}: {error}", database.display()))?
}

fn read(database: &Path) -> rusqlite::Result<Result<Stored>> {
    let db = Connection::open(database)?;
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if sound != "ok" {
        return Ok(Err(format!("the database is damaged: {sound}")));
    }
    let mut query = db.prepare("SELECT content FROM messages WHERE content IS NOT NULL")?;
    let mut texts = BTreeSet::new();
    for text in query.query_map([], |row| row.get::<_, String>(0))? {
        let text = text?;
        if texts.contains(&text) {
            return Ok(Err(format!("{text} is there twice")));
        }
        texts.insert(text);
    }
    Ok(Ok(Stored(texts)))
}
