//! `mutants`: the session's code changed in one place at a time, to see whether its tests notice.

use crate::tools::Tools;
use crate::{Result, place};

/// The command; the words go to cargo-mutants. Content when every change that compiles was noticed.
pub fn command(words: &[&str]) -> Result<bool> {
    let tools = Tools::for_mutants()?;
    let mut mutants = tools.program("cargo-mutants")?;
    mutants.args(["mutants", "--package", "confab-session", "--timeout", "60"]);
    // The deliberate defects are none of the product.
    mutants.args(["--exclude", "**/bugs.rs"]);
    // Apart: what was built of changed code must never pass for the build of this code.
    mutants.env("CARGO_TARGET_DIR", place::target()?.join("mutants"));
    mutants.arg("--output").arg(place::target()?).args(words);
    let status = mutants
        .status()
        .map_err(|error| format!("cannot start cargo-mutants: {error}"))?;
    Ok(status.success())
}
