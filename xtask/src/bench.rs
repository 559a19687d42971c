//! `bench`: what the server bears, measured on optimised programs; and in short form, whether its database keeps what it took.

use std::path::{Path, PathBuf};

use crate::counts::Counts;
use crate::run::{cargo, program, step, succeed};
use crate::server::build;
use crate::{Result, place};

const PROFILE: &str = "native";
/// What `cargo xtask test` does to the database.
const SHORT: [&str; 2] = ["kill=5", "power=100"];

/// The command: `false` when a budget is missed or something is lost.
pub fn command(words: &[&str]) -> Result<bool> {
    let Some((&"server", parts)) = words.split_first() else {
        return Err("say what to measure: cargo xtask bench server, recovery or herd".to_owned());
    };
    let server = build(PROFILE)?;
    let generator = step("building the load generator", || generator(PROFILE, PROFILE))?;
    run(&generator, &server, parts)
}

/// What `cargo xtask test` plays: some kills and power cuts, one passed test for all of them.
pub fn durability(server: &Path) -> Result<Counts> {
    let kept = run(&generator("dev", "debug")?, server, &SHORT)?;
    Ok(Counts {
        passed: u32::from(kept),
        failed: u32::from(!kept),
    })
}

/// Compiles it and says where it lies.
fn generator(profile: &str, folder: &str) -> Result<PathBuf> {
    succeed(&mut cargo(&[
        "build",
        "--quiet",
        "--package",
        "confab-bench",
        "--profile",
        profile,
    ]))?;
    let name = format!("confab-bench{}", std::env::consts::EXE_SUFFIX);
    Ok(place::target()?.join(folder).join(name))
}

fn run(generator: &Path, server: &Path, parts: &[&str]) -> Result<bool> {
    // Not by way of cargo, which would stay in memory beside what is measured.
    let status = program(generator)
        .arg(server)
        .args(parts)
        .status()
        .map_err(|error| format!("cannot start the load generator: {error}"))?;
    Ok(status.success())
}
