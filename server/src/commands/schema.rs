//! What tables and columns there are, read from the database itself, so that export and import forget none.

use rusqlite::Connection;

/// Remembers the highest row number each table ever had; numbers are never used twice.
pub const NUMBERS: &str = "sqlite_sequence";

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// What its rows are sorted by.
    order: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type it was declared with.
    pub kind: String,
}

impl Table {
    /// The query for all its rows, always in the same order.
    pub fn select(&self) -> String {
        let order: Vec<String> = self.order.iter().map(|name| quoted(name)).collect();
        format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.names(),
            quoted(&self.name),
            order.join(", ")
        )
    }

    /// The statement that adds a row.
    pub fn insert(&self) -> String {
        let places = vec!["?"; self.columns.len()].join(", ");
        format!(
            "INSERT INTO {} ({}) VALUES ({places})",
            quoted(&self.name),
            self.names()
        )
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// All tables, each after those its rows refer to, the row numbers last.
pub fn tables(db: &Connection) -> rusqlite::Result<Vec<Table>> {
    let sql = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";
    let mut waiting: Vec<(String, Vec<String>)> = Vec::new();
    for name in strings(db, sql, &[])? {
        let parents = strings(db, "SELECT \"table\" FROM pragma_foreign_key_list(?)", &[&name])?;
        waiting.push((name, parents));
    }
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let free = waiting.iter().position(|(name, parents)| {
            let waits_for =
                |parent: &String| parent != name && waiting.iter().any(|(other, _)| other == parent);
            !parents.iter().any(waits_for)
        });
        // Tables that refer to each other in a circle have no right order: any is as good.
        sorted.push(waiting.remove(free.unwrap_or(0)).0);
    }
    let numbered: i64 = db.query_row(
        "SELECT count(*) FROM main.sqlite_master WHERE name = ?",
        [NUMBERS],
        |row| row.get(0),
    )?;
    if numbered > 0 {
        sorted.push(NUMBERS.to_owned());
    }
    sorted.into_iter().map(|name| table(db, name)).collect()
}

fn table(db: &Connection, name: String) -> rusqlite::Result<Table> {
    let mut statement =
        db.prepare("SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid")?;
    let rows = statement.query_map([&name], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
        ))
    })?;
    let rows: Vec<(String, String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut keys: Vec<(i64, String)> = rows
        .iter()
        .filter(|(.., key)| *key > 0)
        .map(|(name, _, key)| (*key, name.clone()))
        .collect();
    keys.sort();
    let order = match keys.is_empty() {
        true if name == NUMBERS => vec!["name".to_owned()],
        true => vec!["rowid".to_owned()],
        false => keys.into_iter().map(|(_, name)| name).collect(),
    };
    let columns = rows
        .into_iter()
        .map(|(name, kind, _)| Column { name, kind })
        .collect();
    Ok(Table { name, columns, order })
}

fn strings(db: &Connection, sql: &str, values: &[&str]) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(0))?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn every_table_comes_after_those_it_refers_to() {
        let db = store::open(":memory:").unwrap();
        let found = tables(&db).unwrap();
        let names: Vec<&str> = found.iter().map(|table| table.name.as_str()).collect();
        let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
        assert_eq!(names.last(), Some(&NUMBERS));
        for name in &names {
            for parent in strings(&db, "SELECT \"table\" FROM pragma_foreign_key_list(?)", &[name]).unwrap() {
                assert!(
                    place(&parent) < place(name),
                    "an import would meet {name} before {parent}"
                );
            }
        }
        let columns = &found[place("accounts")].columns;
        let kinds: Vec<(&str, &str)> = columns
            .iter()
            .map(|column| (column.name.as_str(), column.kind.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("id", "INTEGER"),
                ("name", "TEXT"),
                ("last_display_id", "INTEGER")
            ]
        );
    }
}
