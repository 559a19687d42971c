//! Reading the results that test runners print.

use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Whose output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// cargo's and wasm-bindgen's: `test result: ok. 3 passed; 0 failed; …`
    Cargo,
    /// tests/recorded/replay.mjs: `3 passed, 0 failed`
    Replay,
    /// schemathesis': a line for each of its phases, `✅ 57 passed  ❌  3 failed  🚫  1 errored`.
    Schemathesis,
    /// A script of npm: Playwright's `3 passed (2.1s)` and `1 failed`, Node's own `# pass 3` and `# fail 1` (a test that is
    /// cancelled did not pass).
    Npm,
}

impl Runner {
    /// The results in a line; zero for a line that is no summary.
    pub fn read(self, line: &str) -> Counts {
        let line = without_colours(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        match (self, words.as_slice()) {
            (Self::Cargo, ["test", "result:", _, passed, "passed;", failed, "failed;", ..])
            | (Self::Replay, [passed, "passed,", failed, "failed"]) => counts(passed, failed),
            (Self::Npm, [passed, "passed"] | ["#" | "ℹ", "pass", passed]) => counts(passed, "0"),
            (Self::Npm, [passed, "passed", time]) if time.starts_with('(') => counts(passed, "0"),
            (Self::Npm, [failed, "failed"] | ["#" | "ℹ", "fail" | "cancelled", failed]) => {
                counts("0", failed)
            }
            (Self::Schemathesis, ["✅" | "❌" | "🚫", number, ..]) if number.parse::<u32>().is_ok() => {
                marked(&words)
            }
            _ => Counts::default(),
        }
    }
}

/// What stands behind the marks in a line: numbers and what they count.
fn marked(words: &[&str]) -> Counts {
    let mut sum = Counts::default();
    for pair in words.windows(2) {
        match pair {
            [number, "passed"] => sum += counts(number, "0"),
            [number, "failed" | "error" | "errors" | "errored"] => sum += counts("0", number),
            _ => {}
        }
    }
    sum
}

fn counts(passed: &str, failed: &str) -> Counts {
    match (passed.parse(), failed.parse()) {
        (Ok(passed), Ok(failed)) => Counts { passed, failed },
        _ => Counts::default(),
    }
}

/// The line without terminal colours (`ESC [ … m`).
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(runner: Runner, line: &str) -> (u32, u32) {
        let counts = runner.read(line);
        (counts.passed, counts.failed)
    }

    #[test]
    fn cargo_counts_plain_and_coloured_results() {
        let plain = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n";
        assert_eq!(read(Runner::Cargo, plain), (12, 0));
        let coloured = "test result: \u{1b}[31mFAILED\u{1b}[m. 3 passed; 2 failed; 0 ignored; 0 measured";
        assert_eq!(read(Runner::Cargo, coloured), (3, 2));
        assert_eq!(read(Runner::Cargo, "test result::reads ... ok"), (0, 0));
        assert_eq!(read(Runner::Cargo, "3 passed, 1 failed"), (0, 0));
    }

    #[test]
    fn replay_counts_its_last_line() {
        assert_eq!(read(Runner::Replay, "4 passed, 1 failed\n"), (4, 1));
        assert_eq!(read(Runner::Replay, "messages-list: 4 passed, 1 failed"), (0, 0));
    }

    #[test]
    fn schemathesis_counts_the_routes_of_each_phase() {
        let line = "     ✅ 57 passed  ❌  3 failed  ⏭   1 skipped";
        assert_eq!(read(Runner::Schemathesis, line), (57, 3));
        assert_eq!(read(Runner::Schemathesis, "     🚫 2 errors"), (0, 2));
        assert_eq!(
            read(Runner::Schemathesis, "  4331 generated, 4331 passed"),
            (0, 0)
        );
        assert_eq!(read(Runner::Schemathesis, " ✅  Examples (in 1.97s)"), (0, 0));
    }

    #[test]
    fn npm_counts_playwright_and_node() {
        assert_eq!(read(Runner::Npm, "  7 passed (10.2s)\n"), (7, 0));
        assert_eq!(read(Runner::Npm, "  1 failed\n"), (0, 1));
        assert_eq!(read(Runner::Npm, "# pass 5"), (5, 0));
        assert_eq!(read(Runner::Npm, "ℹ fail 2"), (0, 2));
        assert_eq!(read(Runner::Npm, "ℹ cancelled 1"), (0, 1));
        assert_eq!(read(Runner::Npm, "7 passed the gate"), (0, 0));
    }
}
