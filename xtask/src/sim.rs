//! `sim` and `bench herd`: the simulator, optimised, for more schedules than `test` plays, and for more clients.

use crate::Result;
use crate::place;
use crate::run::{cargo, step, succeed};

/// Where schedules that broke a promise are kept for ever: every test run plays them.
const KEPT: &str = "crates/sim/tests/regressions.txt";

/// `bench herd`: how hard so many clients press on a server that comes back, each of them a real session.
pub fn herd(words: &[&str]) -> Result<bool> {
    match words {
        [] => command(&["--herd"]),
        [clients] if clients.parse::<u32>().is_ok() => command(&["--herd", clients]),
        [other, ..] => Err(format!("no number of clients: {other}")),
    }
}

/// The command; the words are the simulator's own.
pub fn command(words: &[&str]) -> Result<bool> {
    let simulator = ["--quiet", "--profile", "native", "--package", "confab-sim"];
    step("building the simulator", || {
        succeed(cargo(&["build"]).args(simulator))
    })?;
    let status = cargo(&["run"])
        .args(simulator)
        .arg("--")
        .args(words)
        .arg("--keep")
        .arg(place::root().join(KEPT))
        .status()
        .map_err(|error| format!("cannot start the simulator: {error}"))?;
    // What broke, and with which seed, the simulator has said.
    Ok(status.success())
}
