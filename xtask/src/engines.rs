//! `engines`: the stories that every engine has to tell, in real browsers other than Chromium, with the widget in dist/.

use crate::counts::Runner;
use crate::run::{answer, counted, on_path, program, step, succeed};
use crate::{Result, browser, place, server};
use std::path::PathBuf;

/// An engine, and what it takes to drive it.
struct Engine {
    name: &'static str,
    /// Names of the program on PATH, the preferred one first.
    programs: &'static [&'static str],
    /// The variable that names another one.
    variable: &'static str,
    /// What Debian calls it.
    packages: &'static str,
}

const ENGINES: [Engine; 2] = [
    Engine {
        name: "firefox",
        programs: &["firefox-esr", "firefox"],
        variable: "CONFAB_FIREFOX",
        packages: "firefox-esr",
    },
    Engine {
        name: "webkit",
        programs: &["WebKitWebDriver"],
        variable: "CONFAB_WEBKIT_DRIVER",
        packages: "webkit2gtk-driver xvfb",
    },
];

/// The command: the named engines, or all.
pub fn command(words: &[&str]) -> Result<bool> {
    if let Some(other) = words
        .iter()
        .find(|word| !ENGINES.iter().any(|engine| engine.name == **word))
    {
        return Err(format!("there is no engine `{other}`: firefox, webkit"));
    }
    browser::node()?;
    browser::packages("tests/e2e")?;
    let dist = std::env::var_os("CONFAB_E2E_DIST").map_or_else(|| place::root().join("dist"), PathBuf::from);
    if !dist.join("index.html").is_file() {
        return Err("there are no release files: cargo xtask dist makes them".to_owned());
    }
    let server = server::build("native")?;
    let mut failed = Vec::new();
    for engine in ENGINES
        .iter()
        .filter(|engine| words.is_empty() || words.contains(&engine.name))
    {
        let browser = engine.found()?;
        println!("==> {}", engine.name);
        let mut node = program("node");
        node.args([
            // Node 20 has a WebSocket behind this; later ones have it anyway.
            "--experimental-websocket",
            "--no-warnings",
            "--test",
            "--test-concurrency=1",
            "--test-force-exit",
            "--test-reporter=spec",
            "stories.test.mjs",
        ])
        .current_dir(place::root().join("tests/engines"))
        .env("CONFAB_ENGINE", engine.name)
        .env(engine.variable, browser)
        .env("CONFAB_E2E_DIST", &dist)
        .env("CONFAB_SERVER_BIN", &server);
        if counted(&mut node, Runner::Npm)?.failed > 0 {
            failed.push(engine.name);
        }
    }
    if !failed.is_empty() {
        println!("failed in: {}", failed.join(", "));
    }
    Ok(failed.is_empty())
}

impl Engine {
    /// Its program, installed where this is possible without asking anybody.
    fn found(&self) -> Result<PathBuf> {
        if let Some(path) = self.find() {
            return Ok(path);
        }
        let install = format!("apt-get install --yes --no-install-recommends {}", self.packages);
        let is_root = answer("id", &["-u"]).as_deref() == Some("0");
        if !is_root || on_path("apt-get").is_none() {
            return Err(format!(
                "{} is missing. On Debian: sudo {install}; elsewhere say where it is with {}",
                self.programs.join(" or "),
                self.variable
            ));
        }
        step(&format!("installing {}", self.packages), || {
            succeed(program("apt-get").args(["update", "--quiet"]))?;
            succeed(
                program("apt-get")
                    .args(install.split_whitespace().skip(1))
                    .env("DEBIAN_FRONTEND", "noninteractive"),
            )
        })?;
        self.find()
            .ok_or_else(|| format!("{} was installed, and is still not on PATH", self.packages))
    }

    fn find(&self) -> Option<PathBuf> {
        let chosen = std::env::var_os(self.variable)
            .map(PathBuf::from)
            .filter(|path| path.is_file());
        chosen.or_else(|| self.programs.iter().find_map(|name| on_path(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_none_is_told() {
        assert!(command(&["trident"]).is_err_and(|why| why.contains("firefox, webkit")));
    }
}
