//! What is wrong with a database, and what whoever runs the server can do about it.

use std::fmt;
use std::time::{Duration, Instant};

use rusqlite::{Error, ErrorCode};

const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Why a database cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another program has it.
    Busy,
    /// Its content is not what was written.
    Damaged,
    /// It is a file, but not a database, or one of another program.
    Foreign,
    /// It was made by a newer version.
    Newer,
    /// It can be read and not written.
    ReadOnly,
    /// The disk has no room.
    Full,
    /// The disk refuses to read or write.
    Disk,
    /// There is no such file, and none can be made.
    Missing,
}

impl Trouble {
    /// What an error of `SQLite` means; None: it is nothing that somebody could remedy.
    pub fn of(error: &Error) -> Option<Self> {
        let Error::SqliteFailure(failure, _) = error else {
            return None;
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                Some(Self::Busy)
            }
            ErrorCode::DatabaseCorrupt => Some(Self::Damaged),
            ErrorCode::NotADatabase => Some(Self::Foreign),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Some(Self::ReadOnly),
            ErrorCode::DiskFull => Some(Self::Full),
            ErrorCode::SystemIoFailure => Some(Self::Disk),
            ErrorCode::CannotOpen => Some(Self::Missing),
            _ => None,
        }
    }

    /// The program's exit code when it cannot start for that.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Busy => 3,
            Self::Missing => 4,
            Self::Damaged | Self::Foreign | Self::Newer => 8,
            Self::ReadOnly => 9,
            Self::Full | Self::Disk => 10,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "another program is using it; end that one, or give another --database",
            Self::Damaged => {
                "it is damaged; put a copy from before in its place, without the files -wal and -shm beside it, \
                 or give another --database"
            }
            Self::Foreign => "it belongs to another program; give another --database",
            Self::Newer => "it was made by a newer version; use that one, or give another --database",
            Self::ReadOnly => {
                "it cannot be written; give this user the right to write the file and its folder, or give another --database"
            }
            Self::Full => "the disk is full; make room",
            Self::Disk => "the disk refuses to read or write; look at its room, at limits of file size and at the system's log",
            Self::Missing => {
                "it is not there and cannot be made; give a --database file in a folder that exists and is writable, or :memory:"
            }
        })
    }
}

/// Tells whoever runs the server when the database fails, at most once a minute.
#[derive(Debug, Default)]
pub struct Complaint {
    told: Option<Instant>,
}

impl Complaint {
    /// Takes in how a transaction ended.
    pub fn hear(&mut self, error: Option<&Error>) {
        let Some(error) = error else {
            return;
        };
        if self.told.is_some_and(|told| told.elapsed() < TOLD_EVERY) {
            return;
        }
        self.told = Some(Instant::now());
        match Trouble::of(error) {
            Some(trouble) => eprintln!("confab-server: the database failed ({error}): {trouble}"),
            None => eprintln!("confab-server: the database failed: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn errors_are_told_apart() {
        let of = |code| Trouble::of(&Error::SqliteFailure(ffi::Error::new(code), None));
        assert_eq!(of(ffi::SQLITE_BUSY), Some(Trouble::Busy));
        assert_eq!(of(ffi::SQLITE_FULL), Some(Trouble::Full));
        assert_eq!(of(ffi::SQLITE_IOERR_WRITE), Some(Trouble::Disk));
        assert_eq!(of(ffi::SQLITE_READONLY_DIRECTORY), Some(Trouble::ReadOnly));
        assert_eq!(of(ffi::SQLITE_CORRUPT), Some(Trouble::Damaged));
        assert_eq!(of(ffi::SQLITE_CONSTRAINT), None);
        assert_eq!(Trouble::of(&Error::QueryReturnedNoRows), None);
    }
}
