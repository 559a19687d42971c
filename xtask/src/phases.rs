//! The phases of `test`: what each does, and whose output it uses.

use crate::browser;
use crate::counts::{Counts, Runner};
use crate::run::{cargo, counted, program, succeed};
use crate::suite::{Kind, Phase, Suite};
use crate::tools::{self, Tools, WASM_TARGET};
use crate::{Result, bench, dist, fidelity, hardship, schemathesis, server};
use Kind::{Build, Test, Tools as Installing};

/// In the order in which they run.
pub const PHASES: [Phase; 17] = [
    phase("tools", Installing, &[], find_tools),
    phase("chromium", Installing, &[], find_browser),
    phase("packages", Installing, &[], |_| {
        browser::packages("tests/e2e")?;
        browser::packages("tests/clients").map(nothing)
    }),
    phase("fmt", Test, &[], |_| fmt().map(nothing)),
    phase("clippy", Build, &[], |_| clippy(&["--workspace"]).map(nothing)),
    phase("clippy-wasm", Build, &["tools"], |_| {
        clippy(&WIDGET_AS_WASM).map(nothing)
    }),
    phase("native-build", Build, &[], |_| native_build().map(nothing)),
    phase("native", Test, &["native-build"], |_| native()),
    phase("browser-build", Build, &["tools"], |_| {
        browser_build().map(nothing)
    }),
    phase(
        "browser",
        Test,
        &["tools", "chromium", "browser-build"],
        |suite| in_browser(suite),
    ),
    phase("server", Build, &[], build_server),
    phase("dist", Build, &["tools"], |suite| release_files(suite)),
    phase("fidelity", Test, &["server"], |suite| recorded(suite)),
    phase("durability", Test, &["server"], |suite| {
        bench::durability(suite.server()?)
    }),
    phase("clients", Test, &["packages", "server"], |suite| {
        foreign_clients(suite)
    }),
    phase("schemathesis", Test, &["server"], |suite| {
        schemathesis::short(suite.server()?)
    }),
    phase(
        "e2e",
        Test,
        &["chromium", "packages", "server", "dist"],
        |suite| end_to_end(suite),
    ),
];

const WIDGET_AS_WASM: [&str; 4] = ["--package", "confab", "--target", WASM_TARGET];

/// The named phases and what they need; all when none is named.
pub fn chosen(words: &[&str]) -> Result<Vec<&'static str>> {
    let all = || PHASES.iter().map(|phase| phase.name);
    let mut open: Vec<&str> = if words.is_empty() {
        all().collect()
    } else {
        words.to_vec()
    };
    let mut chosen = Vec::new();
    while let Some(word) = open.pop() {
        let Some(phase) = PHASES.iter().find(|phase| phase.name == word) else {
            return Err(format!(
                "there is no phase `{word}`; there are: {}",
                all().collect::<Vec<_>>().join(" ")
            ));
        };
        chosen.push(phase.name);
        open.extend(phase.needs);
    }
    Ok(chosen)
}

const fn phase(
    name: &'static str,
    kind: Kind,
    needs: &'static [&'static str],
    run: fn(&mut Suite) -> Result<Counts>,
) -> Phase {
    Phase {
        name,
        kind,
        needs,
        run,
    }
}

fn nothing((): ()) -> Counts {
    Counts::default()
}

fn find_tools(suite: &mut Suite) -> Result<Counts> {
    suite.tools = Some(Tools::for_tests()?);
    Ok(Counts::default())
}

fn find_browser(suite: &mut Suite) -> Result<Counts> {
    suite.browser = Some(browser::browser()?);
    Ok(Counts::default())
}

fn build_server(suite: &mut Suite) -> Result<Counts> {
    suite.server = Some(server::build_as_for_tests()?);
    Ok(Counts::default())
}

fn fmt() -> Result<()> {
    tools::component("rustfmt", "rustfmt")?;
    succeed(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy(what: &[&str]) -> Result<()> {
    tools::component("clippy", "cargo-clippy")?;
    succeed(
        cargo(&["clippy", "--quiet", "--all-targets"])
            .args(what)
            .args(["--", "--deny", "warnings"]),
    )
}

fn native_build() -> Result<()> {
    succeed(&mut cargo(&["test", "--quiet", "--workspace", "--no-run"]))
}

fn native() -> Result<Counts> {
    counted(
        &mut cargo(&["test", "--workspace", "--no-fail-fast"]),
        Runner::Cargo,
    )
}

fn browser_build() -> Result<()> {
    succeed(cargo(&["test", "--quiet", "--no-run"]).args(WIDGET_AS_WASM))
}

fn in_browser(suite: &Suite) -> Result<Counts> {
    let mut pack = suite.tools()?.program("wasm-pack")?;
    pack.args([
        "test",
        "--mode",
        "no-install",
        "--headless",
        "--chrome",
        "--chromedriver",
    ]);
    counted(pack.arg(&suite.browser()?.driver).arg("."), Runner::Cargo)
}

fn release_files(suite: &Suite) -> Result<Counts> {
    let fits = dist::build(suite.tools()?)?;
    Ok(Counts {
        passed: 0,
        failed: u32::from(!fits),
    })
}

fn recorded(suite: &Suite) -> Result<Counts> {
    browser::node()?;
    fidelity::agreed(suite.server()?)
}

fn foreign_clients(suite: &Suite) -> Result<Counts> {
    browser::node()?;
    let mut npm = program("npm");
    npm.args(["--prefix", "tests/clients", "test"]);
    counted(npm.env("CONFAB_SERVER_BIN", suite.server()?), Runner::Npm)
}

fn end_to_end(suite: &Suite) -> Result<Counts> {
    browser::node()?;
    let mut npm = program("npm");
    npm.args(["--prefix", "tests/e2e", "test"]);
    npm.env("CONFAB_SERVER_BIN", suite.server()?)
        .env("CONFAB_PROXY_BIN", hardship::proxy_beside(suite.server()?))
        .env("CONFAB_CHROMIUM", &suite.browser()?.chromium);
    counted(&mut npm, Runner::Npm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_brings_what_it_needs_and_nothing_else() {
        let mut named = chosen(&["fidelity", "fmt"]).unwrap();
        named.sort_unstable();
        assert_eq!(named, ["fidelity", "fmt", "server"]);
        assert!(
            PHASES
                .iter()
                .all(|phase| chosen(&[]).unwrap().contains(&phase.name))
        );
        assert!(chosen(&["lint"]).unwrap_err().contains("`lint`"));
    }

    #[test]
    fn what_is_needed_stands_before_what_needs_it() {
        for (index, phase) in PHASES.iter().enumerate() {
            for need in phase.needs {
                assert!(
                    PHASES.iter().take(index).any(|earlier| earlier.name == *need),
                    "{} needs {need}",
                    phase.name
                );
            }
        }
    }
}
