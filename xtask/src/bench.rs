//! `bench`: what the server bears, measured on optimised programs.

use crate::run::{cargo, program, step, succeed};
use crate::server::build;
use crate::{Result, place};

const PROFILE: &str = "native";

/// The command: `false` when a budget is missed or something is lost.
pub fn command(words: &[&str]) -> Result<bool> {
    let Some((&"server", parts)) = words.split_first() else {
        return Err("say what to measure: cargo xtask bench server".to_owned());
    };
    let server = build(PROFILE)?;
    let bench = ["--quiet", "--profile", PROFILE, "--package", "confab-bench"];
    step("building the load generator", || {
        succeed(cargo(&["build"]).args(bench))
    })?;
    let name = format!("confab-bench{}", std::env::consts::EXE_SUFFIX);
    // Not by way of cargo, which would stay in memory beside what is measured.
    let status = program(place::target()?.join(PROFILE).join(name))
        .arg(server)
        .args(parts)
        .status()
        .map_err(|error| format!("cannot start the load generator: {error}"))?;
    Ok(status.success())
}
