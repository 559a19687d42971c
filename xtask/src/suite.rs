//! `test`: every check and every test, in phases, and their sum as the last line.

use crate::Result;
use crate::browser::Browser;
use crate::counts::Counts;
use crate::phases::{PHASES, chosen};
use crate::run::step;
use crate::tools::Tools;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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

/// What a phase's time counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Looking for tools and installing what is missing.
    Tools,
    /// Compiling.
    Build,
    /// Running tests.
    Test,
}

/// A part of the suite.
pub struct Phase {
    /// Its word on the command line.
    pub name: &'static str,
    /// What its time counts as.
    pub kind: Kind,
    /// The phases whose output this one uses: run before it, and it is skipped when one of them had none.
    pub needs: &'static [&'static str],
    /// An error is one failure.
    pub run: fn(&mut Suite) -> Result<Counts>,
}

/// What the phases have found and made so far.
#[derive(Default)]
pub struct Suite {
    /// The tools of the build.
    pub tools: Option<Tools>,
    /// Chromium.
    pub browser: Option<Browser>,
    /// The server's program.
    pub server: Option<PathBuf>,
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
    /// The tools, for a phase that needs them.
    pub fn tools(&self) -> Result<&Tools> {
        self.tools
            .as_ref()
            .ok_or_else(|| "the tools are missing".to_owned())
    }

    /// The browser, for a phase that needs it.
    pub fn browser(&self) -> Result<&Browser> {
        self.browser
            .as_ref()
            .ok_or_else(|| "Chromium is missing".to_owned())
    }

    /// The server, for a phase that needs it.
    pub fn server(&self) -> Result<&PathBuf> {
        self.server
            .as_ref()
            .ok_or_else(|| "the server is missing".to_owned())
    }

    fn run(&mut self, phase: &Phase) {
        let begun = Instant::now();
        let outcome = match phase.needs.iter().find(|name| !self.ran(name)) {
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

    fn ran(&self, name: &str) -> bool {
        self.done
            .iter()
            .any(|done| done.name == name && matches!(done.outcome, Outcome::Ran(_)))
    }

    /// Prints a line per phase and the sums of time; gives the sum of results.
    fn summary(&self, total: Duration) -> Counts {
        let mut sum = Counts::default();
        println!("==> summary");
        for done in &self.done {
            let (counts, word) = match done.outcome {
                Outcome::Ran(counts) => (counts, "ok"),
                Outcome::Failed => (Counts { passed: 0, failed: 1 }, "failed"),
                Outcome::Skipped => (Counts::default(), "skipped"),
            };
            sum += counts;
            line(
                done.name,
                done.time,
                &match counts {
                    Counts { passed: 0, failed: 0 } => word.to_owned(),
                    Counts { passed, failed } => format!("{passed} passed, {failed} failed"),
                },
            );
        }
        for (kind, name) in [
            (Kind::Tools, "tools"),
            (Kind::Build, "builds"),
            (Kind::Test, "tests"),
        ] {
            line(
                name,
                self.done
                    .iter()
                    .filter(|done| done.kind == kind)
                    .map(|done| done.time)
                    .sum(),
                "in all",
            );
        }
        line("everything", total, "");
        sum
    }
}

fn line(name: &str, time: Duration, result: &str) {
    println!("    {name:<14}{:>8.1} s  {result}", time.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_counted_once_and_skips_what_needs_its_output() {
        let phase = |name, needs, run| Phase {
            name,
            kind: Kind::Test,
            needs,
            run,
        };
        let mut suite = Suite::default();
        suite.run(&phase("server", &[], |_| Err("broken".to_owned())));
        suite.run(&phase("fidelity", &["server"], |_| panic!("not to be run")));
        suite.run(&phase("native", &[], |_| Ok(Counts { passed: 3, failed: 1 })));
        suite.run(&phase("e2e", &["native"], |_| {
            Ok(Counts { passed: 2, failed: 0 })
        }));
        assert_eq!(suite.summary(Duration::ZERO), Counts { passed: 5, failed: 2 });
    }
}
