//! `fuzz`: made-up inputs, optimised, for longer than `test` makes them up.

use crate::Result;
use crate::run::{cargo, step, succeed};

/// The command; the words are the fuzzer's own.
pub fn command(words: &[&str]) -> Result<bool> {
    let fuzzer = ["--quiet", "--profile", "native", "--package", "confab-fuzz"];
    step("building the fuzz targets", || {
        succeed(cargo(&["build"]).args(fuzzer))
    })?;
    let status = cargo(&["run"])
        .args(fuzzer)
        .arg("--")
        .args(words)
        .status()
        .map_err(|error| format!("cannot start the fuzz targets: {error}"))?;
    // What failed, and with which input, they have said.
    Ok(status.success())
}
