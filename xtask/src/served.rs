//! A reference server that keeps nothing, for as long as another program plays against it.

use crate::Result;
use crate::server::{Running, serve};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command};

/// What the other program is told by its environment, and the member of the server's addresses that says it.
const TOLD: [(&str, &str); 5] = [
    ("CONFAB_BASE", "base"),
    ("CONFAB_ACCOUNT", "account"),
    ("CONFAB_ADMIN_TOKEN", "admin_token"),
    ("CONFAB_AGENT_TOKEN", "agent_token"),
    ("CONFAB_INBOX", "inbox_identifier"),
];

/// The server until its play is over, and its output: a server whose output nobody takes would fail when it prints.
pub struct Served {
    _running: Running,
    _output: BufReader<ChildStdout>,
}

impl Served {
    /// Starts the server on a free port with `more` options, and sets the `player` to it.
    pub fn start(server: &Path, more: &[&str], player: &mut Command) -> Result<Self> {
        let mut running = Running::start(serve(server, 0, ":memory:").arg("--json").args(more))?;
        let mut output = running.output().ok_or("the server's output is not ours")?;
        let addresses = addresses(&mut output)?;
        for (variable, name) in TOLD {
            player.env(variable, text(&addresses, name)?);
        }
        Ok(Self {
            _running: running,
            _output: output,
        })
    }
}

/// The line that the server prints for programs.
fn addresses(output: &mut impl BufRead) -> Result<Value> {
    let mut line = String::new();
    output
        .read_line(&mut line)
        .map_err(|error| format!("the server's output: {error}"))?;
    serde_json::from_str(&line)
        .map_err(|error| format!("the server's first line is not its addresses ({error}): {line}"))
}

fn text(addresses: &Value, name: &str) -> Result<String> {
    match addresses.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("the server's addresses have no `{name}`: {addresses}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_text_or_a_number() {
        let addresses = serde_json::json!({"base": "http://127.0.0.1:1", "account": 1, "demo": null});
        assert_eq!(text(&addresses, "base").as_deref(), Ok("http://127.0.0.1:1"));
        assert_eq!(text(&addresses, "account").as_deref(), Ok("1"));
        assert!(text(&addresses, "demo").is_err());
    }
}
