//! `fidelity`: recorded exchanges of a real Chatwoot played against the reference server.

use crate::counts::{Counts, Runner};
use crate::run::{counted, program};
use crate::server::{Running, build, serve};
use crate::{Result, browser};
use serde_json::Value;
use std::io::BufRead;
use std::path::Path;

const VERSION: &str = "4.15";
/// The stories on which the server agrees with the recording; `cargo xtask test` plays these.
pub const AGREED: [&str; 29] = [
    "agent-cable",
    "application-api",
    "attachments",
    "blocked-contact",
    "cable-rules",
    "contact-create",
    "contact-deleted",
    "contact-merge",
    "contact-show",
    "contact-update",
    "conversations",
    "csat",
    "csat-stars",
    "events-of-a-chat",
    "greeting-and-hours",
    "hmac-mandatory",
    "hmac-optional",
    "inbox-administration",
    "inbox-info",
    "interactive",
    "lock-to-single-conversation",
    "message-flood",
    "message-send",
    "messages-list",
    "presence",
    "toggle-status",
    "typing-and-seen",
    "unstable",
    "verified-sessions",
];
const KNOWN: &str = "server/known-differences.json";

/// The command: all stories of the version unless some are named.
pub fn command(words: &[&str]) -> Result<bool> {
    browser::node()?;
    let (version, stories) = words
        .split_first()
        .map_or((VERSION, &[][..]), |(version, stories)| (*version, stories));
    let counts = play(&build("dev")?, version, stories)?;
    Ok(counts.failed == 0)
}

/// What `cargo xtask test` plays.
pub fn agreed(server: &Path) -> Result<Counts> {
    play(server, VERSION, &AGREED)
}

fn play(server: &Path, version: &str, stories: &[&str]) -> Result<Counts> {
    let mut running = Running::start(serve(server, 0, ":memory:").args([
        "--json",
        "--allow-private-callbacks",
        "--as",
        version,
    ]))?;
    // Kept until the end: a server whose output nobody takes would fail when it prints.
    let mut output = running.output().ok_or("the server's output is not ours")?;
    let addresses = addresses(&mut output)?;
    let mut replay = program("node");
    replay.args(["--experimental-websocket", "tests/recorded/replay.mjs", "check"]);
    replay
        .arg(format!("tests/recorded/{version}"))
        .args(stories)
        .args(["--known", KNOWN]);
    for (variable, name) in [
        ("CONFAB_BASE", "base"),
        ("CONFAB_ACCOUNT", "account"),
        ("CONFAB_ADMIN_TOKEN", "admin_token"),
        ("CONFAB_AGENT_TOKEN", "agent_token"),
    ] {
        replay.env(variable, text(&addresses, name)?);
    }
    counted(&mut replay, Runner::Replay)
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
