//! One struct per table, with the queries that find single rows. Columns are read by name.

use rusqlite::{Connection, OptionalExtension, Params, Row};
use serde_json::{Map, Value};

use crate::time::Instant;

pub type Found<T> = rusqlite::Result<Option<T>>;

pub fn instant(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<Instant>> {
    Ok(row.get::<_, Option<i64>>(name)?.map(Instant))
}

pub fn time(row: &Row<'_>, name: &str) -> rusqlite::Result<Instant> {
    Ok(Instant(row.get(name)?))
}

pub fn object(row: &Row<'_>, name: &str) -> rusqlite::Result<Map<String, Value>> {
    let text: String = row.get(name)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

pub fn one<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Found<T> {
    db.prepare_cached(sql)?.query_row(values, read).optional()
}
