//! `test`: every check and every test, in phases, and their sum as the last line.

use crate::browser::{self, Browser};
use crate::counts::{Counts, Runner};
use crate::run::{cargo, counted, program, step, succeed};
use crate::tools::{self, Tools, WASM_TARGET};
use crate::{Result, dist, fidelity, server};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What a phase's time counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tools,
    Build,
    Test,
}

struct Phase {
    name: &'static str,
    kind: Kind,
    /// The phases whose output this one uses: run before it, and it is skipped when one of them had none.
    needs: &'static [&'static str],
    run: fn(&mut Suite) -> Result<Counts>,
}

/// In the order in which they run.
const PHASES: [Phase; 14] = [
    Phase {
        name: "tools",
        kind: Kind::Tools,
        needs: &[],
        run: Suite::find_tools,
    },
    Phase {
        name: "chromium",
        kind: Kind::Tools,
        needs: &[],
        run: Suite::find_browser,
    },
    Phase {
        name: "packages",
        kind: Kind::Tools,
        needs: &[],
        run: |_| browser::end_to_end_packages().map(nothing),
    },
    Phase {
        name: "fmt",
        kind: Kind::Test,
        needs: &[],
        run: |_| fmt().map(nothing),
    },
    Phase {
        name: "clippy",
        kind: Kind::Build,
        needs: &[],
        run: |_| clippy(&["--workspace"]).map(nothing),
    },
    Phase {
        name: "clippy-wasm",
        kind: Kind::Build,
        needs: &["tools"],
        run: |_| clippy(&["--package", "confab", "--target", WASM_TARGET]).map(nothing),
    },
    Phase {
        name: "native-build",
        kind: Kind::Build,
        needs: &[],
        run: |_| native_build().map(nothing),
    },
    Phase {
        name: "native",
        kind: Kind::Test,
        needs: &["native-build"],
        run: |_| native(),
    },
    Phase {
        name: "browser-build",
        kind: Kind::Build,
        needs: &["tools"],
        run: |_| browser_build().map(nothing),
    },
    Phase {
        name: "browser",
        kind: Kind::Test,
        needs: &["tools", "chromium", "browser-build"],
        run: |suite| suite.browser(),
    },
    Phase {
        name: "server",
        kind: Kind::Build,
        needs: &[],
        run: Suite::build_server,
    },
    Phase {
        name: "dist",
        kind: Kind::Build,
        needs: &["tools"],
        run: |suite| suite.dist(),
    },
    Phase {
        name: "fidelity",
        kind: Kind::Test,
        needs: &["server"],
        run: |suite| suite.fidelity(),
    },
    Phase {
        name: "e2e",
        kind: Kind::Test,
        needs: &["chromium", "packages", "server", "dist"],
        run: |suite| suite.end_to_end(),
    },
];

/// The command: `false` when anything failed.
pub fn test(words: &[&str]) -> Result<bool> {
    let chosen = chosen(words)?;
    let begun = Instant::now();
    let mut suite = Suite::default();
    for phase in PHASES.iter().filter(|phase| chosen.contains(&phase.name)) {
        suite.run(phase);
    }
    let sum = suite.summary(begun.elapsed());
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}

/// The named phases and what they need; all when none is named.
fn chosen(words: &[&str]) -> Result<Vec<&'static str>> {
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

/// What the phases have found and made so far.
#[derive(Default)]
struct Suite {
    tools: Option<Tools>,
    browser: Option<Browser>,
    server: Option<PathBuf>,
    done: Vec<Done>,
}

struct Done {
    name: &'static str,
    kind: Kind,
    time: Duration,
    outcome: Outcome,
}

enum Outcome {
    Ran(Counts),
    Failed,
    Skipped,
}

impl Suite {
    fn run(&mut self, phase: &Phase) {
        let begun = Instant::now();
        let ran = |name: &&str| {
            self.done
                .iter()
                .any(|done| done.name == *name && matches!(done.outcome, Outcome::Ran(_)))
        };
        let missing = phase.needs.iter().copied().find(|name| !ran(name));
        let outcome = match missing {
            Some(missing) => {
                println!("==> {}: skipped, because {missing} failed", phase.name);
                Outcome::Skipped
            }
            None => match step(phase.name, || (phase.run)(self)) {
                Ok(counts) => Outcome::Ran(counts),
                Err(reason) => {
                    eprintln!("error: {}: {reason}", phase.name);
                    Outcome::Failed
                }
            },
        };
        self.done.push(Done {
            name: phase.name,
            kind: phase.kind,
            time: begun.elapsed(),
            outcome,
        });
    }

    /// Prints a line per phase and the sums of time; gives the sum of results, where a failed phase is one failure.
    fn summary(&self, total: Duration) -> Counts {
        let mut sum = Counts::default();
        println!("==> summary");
        for done in &self.done {
            let result = match done.outcome {
                Outcome::Ran(counts) => {
                    sum += counts;
                    if counts == Counts::default() {
                        "ok".to_owned()
                    } else {
                        format!("{} passed, {} failed", counts.passed, counts.failed)
                    }
                }
                Outcome::Failed => {
                    sum.failed += 1;
                    "failed".to_owned()
                }
                Outcome::Skipped => "skipped".to_owned(),
            };
            println!(
                "    {:<14}{:>8.1} s  {result}",
                done.name,
                done.time.as_secs_f64()
            );
        }
        for (kind, name) in [
            (Kind::Tools, "tools"),
            (Kind::Build, "builds"),
            (Kind::Test, "tests"),
        ] {
            let time: Duration = self
                .done
                .iter()
                .filter(|done| done.kind == kind)
                .map(|done| done.time)
                .sum();
            println!("    {name:<14}{:>8.1} s", time.as_secs_f64());
        }
        println!("    {:<14}{:>8.1} s", "total", total.as_secs_f64());
        sum
    }

    fn find_tools(&mut self) -> Result<Counts> {
        self.tools = Some(Tools::for_tests()?);
        Ok(Counts::default())
    }

    fn find_browser(&mut self) -> Result<Counts> {
        self.browser = Some(browser::browser()?);
        Ok(Counts::default())
    }

    fn build_server(&mut self) -> Result<Counts> {
        self.server = Some(server::build("dev")?);
        Ok(Counts::default())
    }

    fn tools(&self) -> Result<&Tools> {
        self.tools
            .as_ref()
            .ok_or_else(|| "the tools are missing".to_owned())
    }

    fn chromium(&self) -> Result<&Browser> {
        self.browser
            .as_ref()
            .ok_or_else(|| "Chromium is missing".to_owned())
    }

    fn server(&self) -> Result<&PathBuf> {
        self.server
            .as_ref()
            .ok_or_else(|| "the server is missing".to_owned())
    }

    fn browser(&self) -> Result<Counts> {
        let mut pack = self.tools()?.program("wasm-pack")?;
        pack.args([
            "test",
            "--mode",
            "no-install",
            "--headless",
            "--chrome",
            "--chromedriver",
        ]);
        counted(pack.arg(&self.chromium()?.driver), Runner::Cargo)
    }

    fn dist(&self) -> Result<Counts> {
        let fits = dist::build(self.tools()?)?;
        Ok(Counts {
            passed: 0,
            failed: u32::from(!fits),
        })
    }

    fn fidelity(&self) -> Result<Counts> {
        browser::node()?;
        fidelity::agreed(self.server()?)
    }

    fn end_to_end(&self) -> Result<Counts> {
        browser::node()?;
        let mut npm = program("npm");
        npm.args(["--prefix", "tests/e2e", "test"]);
        npm.env("CONFAB_SERVER_BIN", self.server()?)
            .env("CONFAB_CHROMIUM", &self.chromium()?.chromium);
        counted(&mut npm, Runner::Npm)
    }
}

fn nothing((): ()) -> Counts {
    Counts::default()
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
    succeed(&mut cargo(&[
        "test",
        "--quiet",
        "--package",
        "confab",
        "--target",
        WASM_TARGET,
        "--no-run",
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_brings_what_it_needs_and_nothing_else() {
        let mut named = chosen(&["fidelity", "fmt"]).unwrap();
        named.sort_unstable();
        assert_eq!(named, ["fidelity", "fmt", "server"]);
        assert_eq!(
            chosen(&[]).unwrap().iter().filter(|name| **name == "e2e").count(),
            1
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

    #[test]
    fn a_failure_is_counted_once_and_skips_what_needs_its_output() {
        let mut suite = Suite::default();
        suite.run(&Phase {
            name: "server",
            kind: Kind::Build,
            needs: &[],
            run: |_| Err("broken".to_owned()),
        });
        suite.run(&Phase {
            name: "fidelity",
            kind: Kind::Test,
            needs: &["server"],
            run: |_| panic!("not to be run"),
        });
        suite.run(&Phase {
            name: "native",
            kind: Kind::Test,
            needs: &[],
            run: |_| Ok(Counts { passed: 3, failed: 1 }),
        });
        suite.run(&Phase {
            name: "e2e",
            kind: Kind::Test,
            needs: &["native"],
            run: |_| Ok(Counts { passed: 2, failed: 0 }),
        });
        assert_eq!(suite.summary(Duration::ZERO), Counts { passed: 5, failed: 2 });
    }
}
