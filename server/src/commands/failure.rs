//! Why a command did not do what it was asked.

use std::{fmt, io};

use crate::error::StartError;

/// Why a command failed. Each says the remedy, and programs tell them apart by the exit code.
#[derive(Debug)]
pub enum Failure {
    /// The database cannot be opened or understood; the codes of `serve` say why.
    Start(StartError),
    /// 1: the database refuses.
    Database(rusqlite::Error),
    /// 2: `:memory:` keeps nothing that a command could work with.
    Memory,
    /// 2: an argument is not what it should be.
    Argument(String),
    /// 3: a server or another command is using the database.
    InUse(String),
    /// 4: there is no such file.
    NoDatabase(String),
    /// 4: there is no such inbox, or it is not clear which one is meant.
    NoInbox(String),
    /// 5: a line of an import, counted from 1, and what is wrong with it.
    Line(u64, String),
    /// 6: what would be written over is not empty.
    NotEmpty(String),
    /// 7: something cannot be read or written: what, and why.
    File(String, io::Error),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Start(error) => error.exit_code(),
            Self::Database(_) => 1,
            Self::Memory | Self::Argument(_) => 2,
            Self::InUse(_) => 3,
            Self::NoDatabase(_) | Self::NoInbox(_) => 4,
            Self::Line(..) => 5,
            Self::NotEmpty(_) => 6,
            Self::File(..) => 7,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => error.fmt(f),
            Self::Database(error) => write!(f, "the database refuses: {error}; nothing was changed"),
            Self::Memory => {
                f.write_str("a database in memory has nothing to work with: give a --database file")
            }
            Self::Argument(text) | Self::NoInbox(text) | Self::NotEmpty(text) => f.write_str(text),
            Self::InUse(path) => write!(
                f,
                "another program is using {path}: stop the server (or use its API), then try again"
            ),
            Self::NoDatabase(path) => write!(
                f,
                "{path}: no such file; give the --database of the server, or make one with `serve` or `inbox create`"
            ),
            Self::Line(line, why) => write!(f, "line {line}: {why}; nothing was imported"),
            Self::File(what, error) => write!(f, "{what}: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
