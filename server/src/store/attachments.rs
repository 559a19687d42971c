//! Rows of files: what is known of each, and where messages show them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::files::Stored;
use super::rows::{Found, object, one};
use crate::random::Random;
use crate::time::Instant;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub id: i64,
    pub key: String,
    pub filename: String,
    pub content_type: String,
    pub byte_size: i64,
    pub width: Option<i64>,
    pub height: Option<i64>,
}

impl Blob {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            key: row.get("key")?,
            filename: row.get("filename")?,
            content_type: row.get("content_type")?,
            byte_size: row.get("byte_size")?,
            width: row.get("width")?,
            height: row.get("height")?,
        })
    }

    pub fn by_id(db: &Connection, id: i64) -> Found<Self> {
        one(db, "SELECT * FROM blobs WHERE id = ?", [id], Self::read)
    }

    /// The row of a file that lies in the folder; its measures come later.
    pub fn insert(db: &Connection, stored: &Stored, now: Instant) -> rusqlite::Result<i64> {
        let sql =
            "INSERT INTO blobs (key, filename, content_type, byte_size, created_at) VALUES (?, ?, ?, ?, ?)";
        let size = i64::try_from(stored.size).unwrap_or(i64::MAX);
        db.prepare_cached(sql)?.execute(params![
            stored.key,
            stored.filename,
            stored.content_type,
            size,
            now.0
        ])?;
        Ok(db.last_insert_rowid())
    }

    /// Notes what an image measures.
    pub fn measure(db: &Connection, id: i64, width: i64, height: i64) -> rusqlite::Result<()> {
        let sql = "UPDATE blobs SET width = ?, height = ? WHERE id = ?";
        db.prepare_cached(sql)?.execute([width, height, id]).map(|_| ())
    }
}

/// A file, or what other channels attach instead of one, as a message shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    pub id: i64,
    pub account_id: i64,
    pub message_id: i64,
    pub file_type: String,
    pub extension: Option<String>,
    pub external_url: Option<String>,
    pub coordinates_lat: Option<f64>,
    pub coordinates_long: Option<f64>,
    pub fallback_title: Option<String>,
    pub meta: Map<String, Value>,
    pub blob: Option<Blob>,
}

impl Attachment {
    /// Those of a message, in the order they came.
    pub fn of(db: &Connection, message: i64) -> rusqlite::Result<Vec<Self>> {
        let sql = "SELECT * FROM attachments WHERE message_id = ? ORDER BY id";
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query([message])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let blob = match row.get("blob_id")? {
                Some(id) => Blob::by_id(db, id)?,
                None => None,
            };
            found.push(Self {
                id: row.get("id")?,
                account_id: row.get("account_id")?,
                message_id: row.get("message_id")?,
                file_type: row.get("file_type")?,
                extension: row.get("extension")?,
                external_url: row.get("external_url")?,
                coordinates_lat: row.get("coordinates_lat")?,
                coordinates_long: row.get("coordinates_long")?,
                fallback_title: row.get("fallback_title")?,
                meta: object(row, "meta")?,
                blob,
            });
        }
        Ok(found)
    }

    /// Shows a file with a message.
    pub fn insert(
        db: &Connection,
        account: i64,
        message: i64,
        file_type: &str,
        extension: Option<&str>,
        blob: i64,
    ) -> rusqlite::Result<()> {
        let sql = "INSERT INTO attachments (account_id, message_id, file_type, extension, blob_id) VALUES (?, ?, ?, ?, ?)";
        db.prepare_cached(sql)?
            .execute(params![account, message, file_type, extension, blob])
            .map(|_| ())
    }

    /// Takes all files from a message.
    pub fn delete_of(db: &Connection, message: i64) -> rusqlite::Result<usize> {
        db.prepare_cached("DELETE FROM attachments WHERE message_id = ?")?
            .execute([message])
    }
}

/// The keys of files whose rows went since this was last asked.
pub fn discarded(db: &Connection) -> rusqlite::Result<Vec<String>> {
    // Almost always there are none, and looking is cheaper than deleting.
    let any = db
        .prepare_cached("SELECT 1 FROM temp.discarded LIMIT 1")?
        .exists([])?;
    if !any {
        return Ok(Vec::new());
    }
    db.prepare_cached("DELETE FROM temp.discarded RETURNING key")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// A secret of this installation, made when it is first asked for.
pub fn secret(db: &Connection, name: &str, random: &mut Random) -> rusqlite::Result<String> {
    let known = "SELECT value FROM secrets WHERE name = ?";
    let found: Option<String> = db.query_row(known, [name], |row| row.get(0)).optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let value = format!("{}{}", random.token(), random.token());
    db.execute(
        "INSERT INTO secrets (name, value) VALUES (?, ?)",
        params![name, value],
    )?;
    Ok(value)
}
