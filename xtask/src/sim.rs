//! `sim` and `bench herd`: the simulator, optimised, for more schedules than `test` plays, and for more clients.

use crate::Result;
use crate::place;
use crate::run::optimised;

/// Where schedules that broke a promise are kept for ever: every test run plays them.
const KEPT: &str = "crates/sim/tests/regressions.txt";
/// The same for those by the server's own rules.
const KEPT_BY_RULES: &str = "crates/sim/tests/rules.txt";

/// `bench herd`: how hard so many clients press on a server that comes back, each of them a real session.
pub fn herd(words: &[&str]) -> Result<bool> {
    match words {
        [] => command(&["--herd"]),
        [clients] if clients.parse::<u32>().is_ok() => command(&["--herd", clients]),
        [other, ..] => Err(format!("no number of clients: {other}")),
    }
}

/// The command; the words are the simulator's own. What broke, and with which seed, it says itself.
pub fn command(words: &[&str]) -> Result<bool> {
    let kept = place::root().join(if words.contains(&"--rules") {
        KEPT_BY_RULES
    } else {
        KEPT
    });
    let kept = kept.to_str().ok_or("the repository's path is no text")?;
    optimised(
        "confab-sim",
        "the simulator",
        &[words, &["--keep", kept]].concat(),
    )
}
