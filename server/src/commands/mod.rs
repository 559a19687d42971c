//! What can be done with a database while no server uses it: inboxes, identifier hashes, export and import.

mod export;
mod failure;
mod hmac;
mod hours;
mod import;
mod inbox;
mod schema;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use failure::Failure;

use crate::error::StartError;
use crate::store;

/// The commands besides `serve`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Offline {
    /// Make or list inboxes
    #[command(subcommand)]
    Inbox(Inbox),
    /// Print the identifier hash that proves an identifier to an inbox
    Hmac(hmac::Hmac),
    /// Write everything in the database as lines of JSON, secrets included
    Export(export::Export),
    /// Fill a new database from what `export` wrote: all of it or, when a line is wrong, nothing
    Import(import::Import),
}

/// What can be done with inboxes.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Inbox {
    /// Make an inbox, and the database with its first account when the file is not there
    Create(inbox::Create),
    /// List the inboxes
    List(inbox::List),
}

/// Which database, in every command.
#[derive(Clone, Debug, clap::Args)]
pub struct Database {
    /// `SQLite` file; no server may be using it
    #[arg(long, value_name = "FILE", default_value = "confab.sqlite3")]
    pub database: String,
}

impl Offline {
    /// Does it, with results on stdout.
    ///
    /// # Errors
    ///
    /// What went wrong and how to mend it; nothing was changed then.
    pub fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Inbox(Inbox::Create(create)) => create.run(),
            Self::Inbox(Inbox::List(list)) => list.run(),
            Self::Hmac(hmac) => hmac.run(),
            Self::Export(export) => export.run(),
            Self::Import(import) => import.run(),
        }
    }
}

/// Prints a result. Who reads no further wants no more: that is no failure.
fn say(line: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::File("stdout".to_owned(), error)),
        _ => Ok(()),
    }
}

impl Database {
    fn path(&self) -> Result<&Path, Failure> {
        if self.database == ":memory:" || self.database.is_empty() {
            return Err(Failure::Memory);
        }
        Ok(Path::new(&self.database))
    }

    /// Opens the database, which has to be there.
    fn open(&self) -> Result<Connection, Failure> {
        if !self.path()?.exists() {
            return Err(Failure::NoDatabase(self.database.clone()));
        }
        self.open_or_make()
    }

    /// Opens the database, which is made when it is not there.
    fn open_or_make(&self) -> Result<Connection, Failure> {
        self.path()?;
        store::open(&self.database).map_err(|error| match error {
            StartError::InUse(path) => Failure::InUse(path),
            other => Failure::Start(other),
        })
    }

    /// The folder of uploaded files: the one given, or the one that `serve` uses for this database by itself.
    fn files(&self, given: Option<&PathBuf>) -> PathBuf {
        given.map_or_else(
            || PathBuf::from(format!("{}-files", self.database)),
            PathBuf::clone,
        )
    }
}
