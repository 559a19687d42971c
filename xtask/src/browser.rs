//! What the browser tests need besides the tools: Node, Chromium with its driver, the packages of the end-to-end tests.

use crate::Result;
use crate::place::root;
use crate::run::{about, answer, on_path, program, step, succeed};
use std::fs;
use std::path::{Path, PathBuf};

/// The oldest Node that has what tests/recorded/replay.mjs needs (a WebSocket behind a flag).
const NODE: u32 = 20;

/// A browser and the program that steers it.
pub struct Browser {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// Its driver, of the same version.
    pub driver: PathBuf,
}

/// Fails unless a Node that is new enough is there.
pub fn node() -> Result<()> {
    let version = answer("node", &["--version"]).unwrap_or_else(|| "none".to_owned());
    if major(&version).is_some_and(|major| major >= NODE) {
        return Ok(());
    }
    Err(format!(
        "the tests need Node {NODE} or newer on PATH, with npm; found: {version}"
    ))
}

/// Chromium and its driver, installed where this is possible without asking anybody.
pub fn browser() -> Result<Browser> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let install = "apt-get install --yes --no-install-recommends chromium chromium-driver";
    let root = answer("id", &["-u"]).as_deref() == Some("0");
    if !root || on_path("apt-get").is_none() {
        return Err(format!(
            "Chromium or its driver is missing. On Debian: sudo {install}"
        ));
    }
    step("installing Chromium and its driver", || {
        succeed(program("apt-get").args(["update", "--quiet"]))?;
        let mut words = install.split_whitespace();
        succeed(
            program(words.next().unwrap_or_default())
                .args(words)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    })?;
    find().ok_or_else(|| "Chromium was installed, and is still not on PATH".to_owned())
}

/// Installs the packages of the tests in a folder, unless those of this very lock file are there.
pub fn packages(folder: &str) -> Result<()> {
    let what = format!("installing the packages of {folder}");
    let folder = root().join(folder);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read(&lock).map_err(about(&lock))?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step(&what, || {
        let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        succeed(
            program("npm")
                .arg("ci")
                .args(quiet)
                .arg("--prefix")
                .arg(&folder)
                .current_dir(&folder),
        )?;
        fs::create_dir_all(folder.join("node_modules")).map_err(about(&folder))?;
        fs::write(&stamp, &wanted).map_err(about(&stamp))
    })
}

fn find() -> Option<Browser> {
    let chosen = std::env::var_os("CONFAB_CHROMIUM")
        .map(PathBuf::from)
        .filter(|path| Path::is_file(path));
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let chromium = chosen.or_else(|| names.iter().find_map(|name| on_path(name)))?;
    Some(Browser {
        chromium,
        driver: on_path("chromedriver")?,
    })
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("none"), None);
    }
}
