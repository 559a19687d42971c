//! How the server is started, and where it then is.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::error::StartError;
use crate::quirks::Version;
use crate::store::Seeds;

/// Everything that can be chosen at the start.
#[derive(Clone, Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Options {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub listen: String,
    /// `SQLite` file, made when it is not there; `:memory:` keeps nothing
    #[arg(long, value_name = "FILE", default_value = "confab.sqlite3")]
    pub database: String,
    /// Folder for attachments, made when it is not there; without it, one named after the database file
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Folder with the built widget
    #[arg(long, value_name = "DIR")]
    pub dist: Option<PathBuf>,
    /// Serve everything below this path
    #[arg(long, value_name = "/PATH", default_value = "")]
    pub prefix: String,
    /// Start the server's clock at this Unix time instead of the present
    #[arg(long, value_name = "UNIX")]
    pub now: Option<i64>,
    /// Make ids, tokens and names repeatable; for tests only, the tokens are then no secret
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Answer as this version of Chatwoot does: 2.7, 3.0, 4.1 or 4.15
    #[arg(long = "as", value_name = "VERSION", default_value_t = Version::NEWEST, value_parser = Version::parse)]
    pub version: Version,
    /// Messages a conversation takes within a minute [default: 200, before 3.9 without limit]
    #[arg(long, value_name = "N")]
    pub messages_per_minute: Option<i64>,
    /// Seconds within which a callback must be answered
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub callback_seconds: u64,
    /// Connections from one address at once; this machine's own are never counted
    #[arg(long, value_name = "N")]
    pub connections_per_address: Option<usize>,
    /// Send back at `/echo` what comes over a WebSocket, for test suites of that protocol
    #[arg(long, hide = true)]
    pub websocket_echo: bool,
    /// Let the disk sync less often, so that power cuts lose messages: proves that tests of power cuts see it
    #[arg(long, hide = true)]
    pub synchronous_normal: bool,
    /// Accept callback addresses in private networks
    #[arg(long)]
    pub allow_private_callbacks: bool,
    /// Let whoever knows the secret set faults at `/faults`; for tests of clients only
    #[arg(long, value_name = "SECRET")]
    pub faults: Option<String>,
    /// Let a scripted agent answer visitors and show every kind of message
    #[arg(long)]
    pub bot: bool,
}

impl Default for Options {
    /// As in tests: a free port, nothing kept.
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:0".to_owned(),
            database: ":memory:".to_owned(),
            files: None,
            dist: None,
            prefix: String::new(),
            now: None,
            seed: None,
            version: Version::NEWEST,
            messages_per_minute: None,
            callback_seconds: 5,
            connections_per_address: None,
            websocket_echo: false,
            synchronous_normal: false,
            allow_private_callbacks: false,
            faults: None,
            bot: false,
        }
    }
}

impl Options {
    /// The prefix with a slash before and none behind, or empty.
    pub(crate) fn clean_prefix(&self) -> Result<String, StartError> {
        let inner = self.prefix.trim_matches('/');
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '~' | '/');
        if !inner.chars().all(word) || inner.contains("//") {
            return Err(StartError::Prefix(self.prefix.clone()));
        }
        Ok(if inner.is_empty() {
            String::new()
        } else {
            format!("/{inner}")
        })
    }
}

/// Where a running server is, and what a person or program needs to use it.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The installation's base URL, prefix included, without trailing slash.
    pub base: String,
    /// The demo website.
    pub demo: String,
    /// The demo, step by step.
    pub tour: String,
    /// The agent console.
    pub agent: String,
    /// The widget as a page of its own.
    pub chat: String,
    /// The path everything is below; empty for none.
    pub prefix: String,
    /// Whether only this machine can reach the server.
    pub loopback: bool,
    /// Ids and tokens.
    pub seeds: Seeds,
    pub(crate) dist: Option<PathBuf>,
}

impl Addresses {
    pub(crate) fn new(bound: SocketAddr, prefix: String, seeds: Seeds, dist: Option<PathBuf>) -> Self {
        let port = bound.port();
        // The address of "everywhere" is none a browser can be sent to.
        let host = if bound.ip().is_unspecified() {
            format!("127.0.0.1:{port}")
        } else {
            bound.to_string()
        };
        let base = format!("http://{host}{prefix}");
        Self {
            agent: format!("{base}/agent"),
            demo: format!("http://shop.localhost:{port}/"),
            tour: format!("http://shop.localhost:{port}/tour"),
            chat: format!("http://chat.localhost:{port}/"),
            base,
            prefix,
            loopback: bound.ip().is_loopback(),
            seeds,
            dist,
        }
    }

    /// The one line for programs, and what the demo's pages read.
    pub fn json(&self) -> Value {
        json!({
            "base": self.base,
            "account": self.seeds.account,
            "admin_token": self.seeds.admin_token,
            "agent_token": self.seeds.agent_token,
            "inbox_identifier": self.seeds.inbox_identifier,
            "demo": self.demo,
            "agent": self.agent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_cleaned_or_refused() {
        let clean = |prefix: &str| {
            Options {
                prefix: prefix.to_owned(),
                ..Options::default()
            }
            .clean_prefix()
        };
        assert_eq!(clean("chat/").unwrap(), "/chat");
        assert_eq!(clean("/a/b").unwrap(), "/a/b");
        assert_eq!(clean("/").unwrap(), "");
        assert!(
            clean("/a?b").is_err()
                && clean("/a b").is_err()
                && clean("/a//b").is_err()
                && clean("/../b").is_err()
        );
    }
}
