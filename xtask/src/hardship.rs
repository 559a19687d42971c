//! `kills` and `bench recovery`: the browser tests with the fault proxy that take too long for every test run.

use crate::counts::Runner;
use crate::run::{cargo, counted, program, step, succeed};
use crate::{Result, browser, place, server};
use std::path::{Path, PathBuf};
use std::process::Command;

const PROFILE: &str = "native";
/// The tests that `kills` plays at length.
const KILLS: [&str; 2] = ["faults-kill.test.mjs", "faults-tabs.test.mjs"];

/// `kills`: browsers, pages and leading tabs killed while messages are sent.
pub fn kills(words: &[&str]) -> Result<bool> {
    let numbers = numbers(words)?;
    let mut node = prepared()?;
    node.args([
        "--test",
        "--test-concurrency=1",
        "--test-force-exit",
        "--test-reporter=spec",
    ]);
    let report = std::env::temp_dir().join(format!("confab-kills-{}", std::process::id()));
    node.env("CONFAB_E2E_REPORT", &report);
    let counts = counted(node.args(KILLS).envs(numbers), Runner::Npm)?;
    let told = std::fs::read_to_string(&report).unwrap_or_default();
    // A file that is not there was not written: the line below says what failed.
    let _ = std::fs::remove_file(&report);
    println!("{}", sum(&told, counts.failed));
    Ok(counts.failed == 0)
}

/// All that the tests reported, in one line. Each counts only what arrived once and in order, and fails otherwise.
fn sum(told: &str, failed: u32) -> String {
    let parts: Vec<String> = told
        .lines()
        .map(|line| match line.split_once('\t') {
            Some((name, numbers)) => format!("{name}: {}", numbers.replace('\t', ", ")),
            None => line.to_owned(),
        })
        .collect();
    let verdict = match failed {
        0 => "0 lost, 0 doubled, 0 reordered".to_owned(),
        failed => format!("{failed} failed"),
    };
    [parts, vec![verdict]].concat().join("; ")
}

/// `bench recovery`: how long the widget takes from a fault to a confirmed subscription.
pub fn recovery(words: &[&str]) -> Result<bool> {
    if let [first, ..] = words
        && first.parse::<u32>().is_err()
    {
        return Err(format!("no number of rounds: {first}"));
    }
    let status = prepared()?
        .arg("recovery.mjs")
        .args(words)
        .status()
        .map_err(|error| format!("cannot start node: {error}"))?;
    Ok(status.success())
}

/// The proxy that lies beside a server: both are built alike.
pub fn proxy_beside(server: &Path) -> PathBuf {
    server.with_file_name(format!("confab-proxy{}", std::env::consts::EXE_SUFFIX))
}

/// What the tests read, for each option.
fn numbers<'a>(words: &[&'a str]) -> Result<Vec<(&'static str, &'a str)>> {
    let (pairs, rest) = words.as_chunks::<2>();
    let told = |[option, number]: &[&'a str; 2]| {
        let variable = match *option {
            "--rounds" => "CONFAB_E2E_KILLS",
            "--sends" => "CONFAB_E2E_SENDS",
            "--leaders" => "CONFAB_E2E_LEADER_KILLS",
            other => return Err(format!("no option: {other}")),
        };
        match number.parse::<u32>() {
            Ok(1..) => Ok((variable, *number)),
            _ => Err(format!("{option} takes a number above 0, not {number}")),
        }
    };
    let defaults = [
        ("CONFAB_E2E_KILLS", "100"),
        ("CONFAB_E2E_SENDS", "2000"),
        ("CONFAB_E2E_LEADER_KILLS", "20"),
        ("CONFAB_E2E_TAKE_OVER", "1000"),
    ];
    match rest {
        [] => {
            let told = pairs.iter().map(told).collect::<Result<Vec<_>>>()?;
            // Of two values for one variable the last counts.
            Ok(defaults.into_iter().chain(told).collect())
        }
        [alone, ..] => Err(format!("{alone} takes a number")),
    }
}

/// Node in the folder of the tests, with everything optimised; the widget as it lies in dist/.
fn prepared() -> Result<Command> {
    browser::node()?;
    let chromium = browser::browser()?.chromium;
    browser::packages("tests/e2e")?;
    let dist = std::env::var_os("CONFAB_E2E_DIST").map_or_else(|| place::root().join("dist"), PathBuf::from);
    if !dist.join("index.html").is_file() {
        return Err("there are no release files: cargo xtask dist makes them".to_owned());
    }
    let server = server::build(PROFILE)?;
    step("building the fault proxy", || {
        succeed(&mut cargo(&[
            "build",
            "--quiet",
            "--package",
            "confab-proxy",
            "--profile",
            PROFILE,
        ]))
    })?;
    let mut node = program("node");
    node.current_dir(place::root().join("tests/e2e"))
        .env("CONFAB_E2E_DIST", dist)
        .env("CONFAB_CHROMIUM", chromium)
        .env("CONFAB_PROXY_BIN", proxy_beside(&server))
        .env("CONFAB_SERVER_BIN", server);
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_all_came_to() {
        let told = "pages killed\t100 kills\t97 submitted\nleaders killed\t20 kills\n";
        let line =
            "pages killed: 100 kills, 97 submitted; leaders killed: 20 kills; 0 lost, 0 doubled, 0 reordered";
        assert_eq!(sum(told, 0), line);
        assert_eq!(sum("", 2), "2 failed");
    }

    #[test]
    fn options_become_what_the_tests_read() {
        let long = numbers(&[]).unwrap();
        assert!(long.contains(&("CONFAB_E2E_SENDS", "2000")));
        assert_eq!(
            numbers(&["--rounds", "7"]).unwrap().last(),
            Some(&("CONFAB_E2E_KILLS", "7"))
        );
        assert!(numbers(&["--rounds", "0"]).is_err());
        assert!(numbers(&["--rounds"]).is_err());
        assert!(numbers(&["--knives", "3"]).is_err());
    }
}
