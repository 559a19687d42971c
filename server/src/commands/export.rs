//! `export`: a header, a line for every row of every table, the files in pieces, and an end that tells a whole export from
//! one that was cut off. The same content gives the same bytes.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use super::schema::{Table, tables};
use super::{Database, Failure};
use crate::store;

/// The version of the form of these lines.
pub const FORM: u64 = 1;
/// Bytes of a file in one line.
const PIECE: u64 = 768 * 1024;

/// Write everything in the database as lines of JSON, secrets included
#[derive(Clone, Debug, clap::Args)]
pub struct Export {
    /// Where to; without it, stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder of uploaded files; without it, the one named after the database file
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Do not warn that secrets are in it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    database: Database,
}

impl Export {
    pub fn run(&self) -> Result<(), Failure> {
        let db = self.database.open()?;
        if !self.yes {
            eprintln!(
                "The export holds every message, access token and HMAC token: keep it as you keep passwords. (--yes leaves this out.)"
            );
        }
        let files = self.database.files(self.files.as_ref());
        let Some(path) = &self.output else {
            return write_to(std::io::stdout().lock(), "stdout", &db, &files);
        };
        let name = path.display().to_string();
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = opened.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                Failure::NotEmpty(format!("{name} is there already: give another --output"))
            }
            _ => Failure::File(name.clone(), error),
        })?;
        let written = write_to(&file, &name, &db, &files)
            .and_then(|()| file.sync_all().map_err(|error| Failure::File(name, error)));
        if written.is_err() {
            // Half an export is worth nothing; if it cannot be removed, its missing end tells.
            let _ = std::fs::remove_file(path);
        }
        written
    }
}

fn write_to(out: impl Write, name: &str, db: &Connection, files: &Path) -> Result<(), Failure> {
    let mut lines = Lines {
        out: BufWriter::new(out),
        name,
        rows: 0,
        files: 0,
        bytes: 0,
    };
    lines.line(&json!({"confab_export": FORM, "schema": store::NEWEST}))?;
    for table in tables(db)? {
        lines.table(db, &table)?;
    }
    for key in store::file_keys(db)? {
        lines.file(files, &key)?;
    }
    let end = json!({"end": {"rows": lines.rows, "files": lines.files, "bytes": lines.bytes}});
    lines.line(&end)?;
    lines.out.flush().map_err(|error| lines.failed(error))
}

struct Lines<'a, W: Write> {
    out: BufWriter<W>,
    name: &'a str,
    rows: u64,
    files: u64,
    /// Of all files together.
    bytes: u64,
}

impl<W: Write> Lines<'_, W> {
    fn line(&mut self, line: &Value) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> Failure {
        Failure::File(self.name.to_owned(), error)
    }

    fn table(&mut self, db: &Connection, table: &Table) -> Result<(), Failure> {
        let mut statement = db.prepare(&table.select())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut shown = Map::new();
            for (at, column) in table.columns.iter().enumerate() {
                shown.insert(column.name.clone(), shown_value(row.get_ref(at)?));
            }
            self.line(&json!({"table": table.name, "row": shown}))?;
            self.rows += 1;
        }
        Ok(())
    }

    /// A file in pieces. One that is gone is named all the same, for its row is there.
    fn file(&mut self, folder: &Path, key: &str) -> Result<(), Failure> {
        self.files += 1;
        let path = folder.join(key);
        let failed = |error| Failure::File(path.display().to_string(), error);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!(
                    "{}: the file is gone; its row is exported without content.",
                    path.display()
                );
                return self.line(&json!({"file": key, "missing": true}));
            }
            Err(error) => return Err(failed(error)),
        };
        let mut offset = 0_u64;
        loop {
            let mut bytes = Vec::new();
            let read = Read::take(&mut file, PIECE)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
            if read == 0 && offset > 0 {
                return Ok(());
            }
            self.line(&json!({"file": key, "offset": offset, "base64": STANDARD.encode(&bytes)}))?;
            offset += bytes.len() as u64;
            self.bytes += bytes.len() as u64;
            if read == 0 {
                return Ok(());
            }
        }
    }
}

/// A value as JSON; bytes as `{"base64": …}`.
fn shown_value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        // What is stored as text came from text: nothing is replaced.
        ValueRef::Text(bytes) => json!(String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => json!({"base64": STANDARD.encode(bytes)}),
    }
}
