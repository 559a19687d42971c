//! `fidelity`: recorded exchanges of a real Chatwoot played against the reference server.

use crate::counts::{Counts, Runner};
use crate::run::{counted, counted_quietly, program};
use crate::served::Served;
use crate::server::build;
use crate::{Result, browser};
use std::path::Path;
use std::process::Command;
use std::thread;

/// The recorded versions; the first is what the server plays unless told otherwise.
const VERSIONS: [&str; 4] = ["4.15", "4.1", "3.0", "2.7"];
/// The stories that `cargo xtask test` plays in the older versions: quick ones that touch most differences.
const QUICK: [&str; 21] = [
    "agent-bot",
    "application-api",
    "attachments",
    "callback",
    "contact-create",
    "contact-merge",
    "contact-show",
    "contact-update",
    "conversations",
    "csat",
    "events-of-a-chat",
    "hmac-mandatory",
    "hmac-optional",
    "inbox-administration",
    "inbox-info",
    "interactive",
    "lock-to-single-conversation",
    "message-send",
    "messages-list",
    "toggle-status",
    "typing-and-seen",
];

/// The accepted differences of a version, each with its reason.
fn known(version: &str) -> String {
    if version == VERSIONS[0] {
        "server/known-differences.json".to_owned()
    } else {
        format!("server/known-differences-{version}.json")
    }
}

/// The command: all stories of the version, or of `all` versions, unless some are named.
pub fn command(words: &[&str]) -> Result<bool> {
    browser::node()?;
    let (version, stories) = words
        .split_first()
        .map_or((VERSIONS[0], &[][..]), |(version, stories)| (*version, stories));
    let server = build("dev")?;
    let counts = if version == "all" {
        together(&server, &VERSIONS.map(|version| (version, stories)))?
    } else {
        let (_running, mut replay) = replay(&server, version, stories)?;
        counted(&mut replay, Runner::Replay)?
    };
    Ok(counts.failed == 0)
}

/// What `cargo xtask test` plays: the newest version whole, the older ones in short.
pub fn agreed(server: &Path) -> Result<Counts> {
    let stories = |version| {
        if version == VERSIONS[0] {
            &[][..]
        } else {
            &QUICK[..]
        }
    };
    together(server, &VERSIONS.map(|version| (version, stories(version))))
}

/// Plays several versions at once, each against a server of its own: the stories mostly wait. What differs is told version by
/// version when each is through.
fn together(server: &Path, plays: &[(&str, &[&str])]) -> Result<Counts> {
    thread::scope(|scope| {
        let running: Vec<_> = plays
            .iter()
            .map(|(version, stories)| scope.spawn(move || quietly(server, version, stories)))
            .collect();
        let mut sum = Counts::default();
        for one in running {
            sum += one
                .join()
                .map_err(|_| "a version's thread is gone".to_owned())??;
        }
        Ok(sum)
    })
}

fn quietly(server: &Path, version: &str, stories: &[&str]) -> Result<Counts> {
    let (_running, mut replay) = replay(server, version, stories)?;
    let (counts, output) = counted_quietly(&mut replay, Runner::Replay)?;
    println!("--- as {version}\n{}", output.trim_end());
    Ok(counts)
}

/// A server that plays the version, with the player set to it.
fn replay(server: &Path, version: &str, stories: &[&str]) -> Result<(Served, Command)> {
    let mut replay = program("node");
    replay.args(["--experimental-websocket", "tests/recorded/replay.mjs", "check"]);
    replay
        .arg(format!("tests/recorded/{version}"))
        .args(stories)
        .args(["--known", &known(version)]);
    let running = Served::start(
        server,
        &["--allow-private-callbacks", "--as", version],
        &mut replay,
    )?;
    Ok((running, replay))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn accepted_differences_are_few_and_say_why() {
        for version in VERSIONS {
            let path = crate::place::root().join(known(version));
            let entries: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            // 98 in 100 of 1,055 steps must agree as they are; ten differences are the most of the newest version.
            let most = if version == VERSIONS[0] { 10 } else { 21 };
            assert!(entries.len() <= most, "{version}");
            for entry in entries {
                assert!(
                    entry["story"].is_string() && entry["step"].is_u64(),
                    "one step each: {entry}"
                );
                assert!(
                    entry["reason"].as_str().is_some_and(|why| !why.trim().is_empty()),
                    "{entry}"
                );
            }
        }
    }

    #[test]
    fn the_quick_stories_are_recorded_in_every_version() {
        for (version, story) in VERSIONS
            .iter()
            .flat_map(|version| QUICK.map(|story| (version, story)))
        {
            let path = format!("tests/recorded/{version}/{story}.json");
            assert!(crate::place::root().join(&path).is_file(), "{path}");
        }
    }
}
