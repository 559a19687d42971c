//! `import`: what `export` wrote, into a new database. One transaction, and files that go away again when it fails.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value, json};

use super::export::FORM;
use super::schema::{Column, NUMBERS, Table, tables};
use super::{Database, Failure, say};
use crate::error::StartError;
use crate::store;

/// Fill a new database from what `export` wrote: all of it or, when a line is wrong, nothing
#[derive(Clone, Debug, clap::Args)]
pub struct Import {
    /// The export; `-` for stdin
    #[arg(value_name = "EXPORT")]
    input: PathBuf,
    /// Folder for uploaded files, not there yet; without it, one named after the database file
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Print the numbers of rows and files as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl Import {
    pub fn run(&self) -> Result<(), Failure> {
        let path = self.database.path()?;
        let files = self.database.files(self.files.as_ref());
        for taken in [path, files.as_path()] {
            if taken.exists() {
                return Err(Failure::NotEmpty(format!(
                    "{} is there already: an import fills a new database; give another --database, or move it away",
                    taken.display()
                )));
            }
        }
        let name = self.input.display().to_string();
        let mut input: Box<dyn BufRead> = if name == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            let file = fs::File::open(&self.input).map_err(|error| Failure::File(name.clone(), error))?;
            Box::new(BufReader::new(file))
        };
        let mut lines = Lines {
            input: input.as_mut(),
            name,
            number: 0,
        };
        // Before anything is made: most wrong inputs show in their first line.
        let schema = header(&mut lines)?;
        let done = self.fill(schema, &mut lines, &files);
        match done {
            Ok(counted) => self.report(&counted),
            Err(failure) => {
                remove(path, &files);
                Err(failure)
            }
        }
    }

    fn fill(&self, schema: usize, lines: &mut Lines<'_>, files: &Path) -> Result<Counted, Failure> {
        let path = &self.database.database;
        let start = |error| match error {
            StartError::InUse(path) => Failure::InUse(path),
            other => Failure::Start(other),
        };
        let db = store::open_as_of(path, schema).map_err(start)?;
        let mut filling = Filling::new(&db, files)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        while let Some(line) = lines.next()? {
            if let Some(end) = line.get("end") {
                filling
                    .finish(end)
                    .map_err(|why| Failure::Line(lines.number, why))?;
                if lines.next()?.is_some() {
                    return Err(Failure::Line(
                        lines.number,
                        "the export has ended a line before".to_owned(),
                    ));
                }
                db.execute_batch("COMMIT")?;
                let counted = filling.counted;
                // An older export becomes what this version works with.
                store::migrate(&db, path).map_err(start)?;
                return Ok(counted);
            }
            filling
                .take(&line)
                .map_err(|why| Failure::Line(lines.number, why))?;
        }
        let why = "the end is missing: the export was cut off".to_owned();
        Err(Failure::Line(lines.number + 1, why))
    }

    fn report(&self, counted: &Counted) -> Result<(), Failure> {
        let Counted { rows, files } = counted;
        let into = &self.database.database;
        if self.json {
            say(&json!({"database": into, "rows": rows, "files": files}).to_string())
        } else {
            say(&format!("{rows} rows and {files} files are in {into} now."))
        }
    }
}

/// Takes back what a failed import made. Neither was there before.
fn remove(database: &Path, files: &Path) {
    for ending in ["", "-wal", "-shm"] {
        // What is not there need not be removed.
        let _ = fs::remove_file(format!("{}{ending}", database.display()));
    }
    let _ = fs::remove_dir_all(files);
}

struct Lines<'a> {
    input: &'a mut dyn BufRead,
    name: String,
    number: u64,
}

impl Lines<'_> {
    /// The next line as an object; None at the end of the input.
    fn next(&mut self) -> Result<Option<Map<String, Value>>, Failure> {
        let mut bytes = Vec::new();
        let read = self.input.read_until(b'\n', &mut bytes);
        if read.map_err(|error| Failure::File(self.name.clone(), error))? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let wrong = |why: String| Failure::Line(self.number, why);
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(line)) => Ok(Some(line)),
            Ok(_) => Err(wrong("not a JSON object".to_owned())),
            Err(error) => Err(wrong(format!("not JSON: {error}"))),
        }
    }
}

/// Reads the first line; the schema the export was made with.
fn header(lines: &mut Lines<'_>) -> Result<usize, Failure> {
    let line = lines.next()?.unwrap_or_default();
    let wrong = |why: &str| Failure::Line(1, why.to_owned());
    let number = |name: &str| line.get(name).and_then(Value::as_u64);
    let Some(form) = number("confab_export") else {
        return Err(wrong("not an export: it begins with {\"confab_export\":…}"));
    };
    let newest = store::NEWEST as u64;
    let schema = number("schema").filter(|schema| *schema > 0);
    match schema {
        Some(schema) if form == FORM && schema <= newest => {
            Ok(usize::try_from(schema).unwrap_or(store::NEWEST))
        }
        None if form == FORM => Err(wrong("the header has no \"schema\"")),
        _ => Err(wrong("it was made by a newer version: import it with that one")),
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    rows: u64,
    files: u64,
}

/// The database and the folder while they are being filled.
struct Filling<'a> {
    db: &'a Connection,
    tables: HashMap<String, Table>,
    folder: &'a Path,
    /// Bytes there are of each file that was named so far; None: it was missing already.
    files: HashMap<String, Option<u64>>,
    counted: Counted,
}

impl<'a> Filling<'a> {
    fn new(db: &'a Connection, folder: &'a Path) -> Result<Self, Failure> {
        let tables = tables(db)?.into_iter();
        Ok(Self {
            db,
            tables: tables.map(|table| (table.name.clone(), table)).collect(),
            folder,
            files: HashMap::new(),
            counted: Counted::default(),
        })
    }

    fn take(&mut self, line: &Map<String, Value>) -> Result<(), String> {
        let text = |name: &str| line.get(name).and_then(Value::as_str);
        if let Some(key) = text("file") {
            return self.file(key, line);
        }
        let (Some(table), Some(Value::Object(row))) = (text("table"), line.get("row")) else {
            return Err("neither a row ({\"table\":…,\"row\":{…}}), nor a file, nor the end".to_owned());
        };
        self.row(table, row)
    }

    fn row(&mut self, name: &str, row: &Map<String, Value>) -> Result<(), String> {
        let table = self
            .tables
            .get(name)
            .ok_or_else(|| format!("there is no table \"{name}\""))?;
        if let Some(unknown) = row
            .keys()
            .find(|key| table.columns.iter().all(|column| column.name != **key))
        {
            return Err(format!("\"{name}\" has no column \"{unknown}\""));
        }
        let mut values = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let value = row
                .get(&column.name)
                .ok_or_else(|| format!("\"{}\" of \"{name}\" is missing", column.name))?;
            values.push(stored(name, column, value)?);
        }
        if name == NUMBERS {
            // Adding rows has made a line of its own for the table; this is the right one.
            let sql = "DELETE FROM sqlite_sequence WHERE name = ?";
            let of = values.first().cloned().unwrap_or(Stored::Null);
            self.db.execute(sql, [of]).map_err(|error| error.to_string())?;
        }
        let added = self
            .db
            .prepare_cached(&table.insert())
            .and_then(|mut insert| insert.execute(params_from_iter(values)));
        added.map_err(|error| reason(name, &error))?;
        self.counted.rows += 1;
        Ok(())
    }

    fn file(&mut self, key: &str, line: &Map<String, Value>) -> Result<(), String> {
        let plain = !key.is_empty()
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !plain {
            return Err(format!("\"{key}\" is no name of a file"));
        }
        if line.get("missing") == Some(&Value::Bool(true)) {
            self.counted.files += 1;
            return match self.files.insert(key.to_owned(), None) {
                None => Ok(()),
                Some(_) => Err(format!("the file {key} is there twice")),
            };
        }
        let bytes = line
            .get("base64")
            .and_then(Value::as_str)
            .and_then(|text| STANDARD.decode(text).ok());
        let bytes = bytes.ok_or("\"base64\" is missing or is not base64")?;
        let there = self.files.get(key).copied().unwrap_or(Some(0));
        if there.is_none() || line.get("offset").and_then(Value::as_u64) != there {
            return Err(format!("the pieces of the file {key} do not follow each other"));
        }
        if !self.files.contains_key(key) {
            self.counted.files += 1;
        }
        let length = there.unwrap_or(0) + bytes.len() as u64;
        self.files.insert(key.to_owned(), Some(length));
        self.append(key, &bytes)
            .map_err(|error| format!("{}: {error}", self.folder.join(key).display()))
    }

    fn append(&self, key: &str, bytes: &[u8]) -> std::io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(self.folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(self.folder.join(key))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Compares the end with what came before it, and the files with the rows that name them.
    fn finish(&self, end: &Value) -> Result<(), String> {
        let Counted { rows, files } = self.counted;
        let bytes: u64 = self.files.values().flatten().sum();
        let found = json!({"rows": rows, "files": files, "bytes": bytes});
        if *end != found {
            return Err(format!("the end tells of {end}, but there was {found}"));
        }
        let keys = store::file_keys(self.db).map_err(|error| error.to_string())?;
        if let Some(missing) = keys.iter().find(|key| !self.files.contains_key(*key)) {
            return Err(format!(
                "the file {missing} is named by a row but is not in the export"
            ));
        }
        if let Some(extra) = self.files.keys().find(|key| !keys.contains(key)) {
            return Err(format!("the file {extra} is named by no row"));
        }
        if self.files.values().any(Option::is_some) {
            let folder = fs::File::open(self.folder).and_then(|folder| folder.sync_all());
            folder.map_err(|error| format!("{}: {error}", self.folder.display()))?;
        }
        Ok(())
    }
}

/// A value as its column takes it: the database itself would take any.
fn stored(table: &str, column: &Column, value: &Value) -> Result<Stored, String> {
    let fits = |kind: &str| column.kind.is_empty() || column.kind == kind;
    let found = match value {
        Value::Null => Some(Stored::Null),
        Value::Number(number) if fits("INTEGER") && number.is_i64() => number.as_i64().map(Stored::Integer),
        Value::Number(number) if fits("REAL") => number.as_f64().map(Stored::Real),
        Value::String(text) if fits("TEXT") => Some(Stored::Text(text.clone())),
        Value::Object(bytes) if fits("BLOB") => {
            let text = bytes.get("base64").and_then(Value::as_str);
            text.and_then(|text| STANDARD.decode(text).ok()).map(Stored::Blob)
        }
        _ => None,
    };
    found.ok_or_else(|| {
        let Column { name, kind } = column;
        format!("\"{name}\" of \"{table}\" is {value}, which is no {kind}")
    })
}

fn reason(table: &str, error: &rusqlite::Error) -> String {
    let text = error.to_string();
    if text.contains("FOREIGN KEY") {
        format!("the row of \"{table}\" refers to a row that is not there, or comes after it")
    } else {
        format!("the row of \"{table}\" is refused: {text}")
    }
}
