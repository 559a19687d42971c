//! The two ways to fail: answering a request, and starting at all.

use std::{fmt, io};

use crate::store::Trouble;

/// Why a request is not answered with success. The answer's shape differs with the layer of Chatwoot that refuses.
#[derive(Debug)]
pub enum ApiError {
    /// 400, empty, or JSON when JSON was asked for: the body or the path cannot be read.
    BadRequest,
    /// 401 `{"errors":[…]}`: the application API without a token.
    NoToken,
    /// 401 `{"error":"Invalid Access Token"}`.
    InvalidToken,
    /// 401 `{"error":"You are not authorized to access this account"}`: the token's owner is not a member of it.
    ForeignAccount,
    /// 401 `{"error":"Access to this endpoint is not authorized for bots"}`.
    NotForBots,
    /// 401 `{"error":"Bot is not authorized to access this account"}`.
    ForeignBot,
    /// 401 `{"error":"You are not authorized to do this action"}`: for administrators only.
    NotAllowed,
    /// 404 `{"status":404,"error":"Not Found"}`: the public API does not know the record.
    NotFound,
    /// 404 `{"error":"Resource could not be found"}`: the application API does not know the record.
    Missing,
    /// 404, the HTML page, or JSON when JSON was asked for: nothing is routed there.
    NoRoute,
    /// XML: after a format suffix that is not served; the status and its name.
    Xml(u16, &'static str),
    /// 422 `{"message":…,"attributes":[…]}`: a model refuses; pairs of field and full message.
    Invalid(Vec<(&'static str, String)>),
    /// 422 `{"error":…}`: a controller refuses.
    Refused(String),
    /// 500 `{"status":500,"error":"Internal Server Error"}`: what Chatwoot stumbles over; the text is for tests and debugging.
    Internal(&'static str),
    /// 500, the same: our database failed.
    Database(rusqlite::Error),
}

impl ApiError {
    /// A validation that failed in one field.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![(field, message.into())])
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Why the server did not start or went down. Shown to the person who started it, so each names a remedy.
#[derive(Debug)]
pub enum StartError {
    /// The address is taken or not ours.
    Listen(String, io::Error),
    /// The address is not one.
    Address(String),
    /// The database cannot be opened, written or understood.
    Database(String, String),
    /// The same, for a reason that has a remedy.
    Unusable(String, Trouble),
    /// Another program holds the database.
    InUse(String),
    /// The folder of the built widget is not there.
    Dist(String),
    /// The folder of files cannot be made, written or is another database's.
    Files(String, String),
    /// `--prefix` is malformed.
    Prefix(String),
    /// `--faults` without a secret.
    Faults,
    /// The operating system refused something else.
    System(io::Error),
}

impl StartError {
    /// The program's exit code; those of the other commands mean the same or something else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::System(_) => 1,
            Self::Address(_) | Self::Dist(_) | Self::Prefix(_) | Self::Faults => 2,
            Self::InUse(_) => 3,
            Self::Database(..) => 4,
            Self::Unusable(_, trouble) => trouble.exit_code(),
            Self::Listen(..) => 11,
            Self::Files(..) => 12,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(address, error) if error.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "{address} is already in use: stop the program that listens there, or give another --listen (port 0 picks a free one)"
            ),
            Self::Listen(address, error) => {
                write!(
                    f,
                    "cannot listen on {address}: {error}; give another --listen, for instance 127.0.0.1:0"
                )
            }
            Self::Address(text) => write!(f, "--listen {text}: not an address; write it as 127.0.0.1:3000"),
            Self::Database(path, why) => write!(
                f,
                "cannot use the database {path}: {why}; give a --database file in a folder that exists and is writable, or :memory:"
            ),
            Self::InUse(path) => write!(
                f,
                "cannot use the database {path}: another program is using it; stop that one, or give another --database"
            ),
            Self::Unusable(path, trouble) => write!(f, "cannot use the database {path}: {trouble}"),
            Self::Dist(path) => {
                write!(
                    f,
                    "--dist {path}: no such folder; build the widget first (cargo xtask dist)"
                )
            }
            Self::Files(path, why) => write!(
                f,
                "cannot keep files in {path}: {why}; give a --files folder of this database's own that is writable"
            ),
            Self::Prefix(text) => write!(
                f,
                "--prefix {text}: write it as /path, without dots, queries or blanks"
            ),
            Self::Faults => write!(
                f,
                "--faults needs a secret, for instance one from: openssl rand -hex 16"
            ),
            Self::System(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for StartError {}
