//! `sim`: the simulator, optimised, for more schedules than `test` plays.

use crate::Result;
use crate::run::{cargo, step, succeed};

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
        .status()
        .map_err(|error| format!("cannot start the simulator: {error}"))?;
    // What broke, and with which seed, the simulator has said.
    Ok(status.success())
}
