//! `hmac`: the identifier hash a site has to send along with an identifier.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;

use serde_json::json;

use super::inbox::{self, chosen};
use super::{Database, Failure, say};
use crate::rules;

/// Print the identifier hash that proves an identifier to an inbox
#[derive(Clone, Debug, clap::Args)]
pub struct Hmac {
    /// The identifier, byte for byte; without it, all of stdin, a line break at the end included
    identifier: Option<OsString>,
    /// The inbox's identifier; may be left out when there is one inbox
    #[arg(long, value_name = "IDENTIFIER")]
    inbox: Option<String>,
    #[command(flatten)]
    database: Database,
    /// Print inbox and hash as one line of JSON
    #[arg(long)]
    json: bool,
}

impl Hmac {
    pub fn run(&self) -> Result<(), Failure> {
        let db = self.database.open()?;
        let inbox = chosen(&inbox::all(&db)?, self.inbox.as_deref())?;
        let identifier = self.bytes()?;
        if identifier.is_empty() {
            let text = "the identifier is empty: give the text your site sends as `identifier`";
            return Err(Failure::Argument(text.to_owned()));
        }
        if self.identifier.is_none() && identifier.ends_with(b"\n") {
            eprintln!("The line break at the end is part of the identifier; printf writes none.");
        }
        let hash = rules::identifier_hash(&inbox.hmac_token, &identifier);
        if self.json {
            let line = json!({"inbox_identifier": inbox.identifier, "identifier_hash": hash});
            say(&line.to_string())
        } else {
            say(&hash)
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        if let Some(identifier) = &self.identifier {
            return Ok(identifier.as_bytes().to_vec());
        }
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| Failure::File("stdin".to_owned(), error))?;
        Ok(bytes)
    }
}
