//! The developer's commands. `cargo xtask` prints what there is.
//!
//! Where to start: [`place`] says where things lie, [`run`] starts other programs, [`tools`] and [`browser`] install what
//! is missing; on these stand the commands [`demo`], [`dist`], [`suite`] (`test`) and [`fidelity`]; [`map`] keeps
//! ARCHITECTURE.md complete, [`options`] what is made from the table of options.

mod bench;
mod browser;
mod counts;
mod csp;
mod demo;
mod dist;
mod engines;
mod fidelity;
mod fuzz;
mod glue;
mod hardship;
mod lean;
mod map;
mod mutants;
mod options;
mod order;
mod page;
mod parts;
mod phases;
mod place;
mod release;
mod run;
mod schemathesis;
mod served;
mod server;
mod shadow;
mod sim;
mod sizes;
mod slim;
mod suite;
mod tools;
mod wasm;

use std::process::ExitCode;

/// What went wrong, in words that say what to do about it.
type Result<T> = std::result::Result<T, String>;

const HELP: &str = "\
cargo xtask demo [--port N] [--database FILE] [--no-bot]
    Builds the widget and the server, starts the server on 127.0.0.1 and prints the addresses. Runs until Ctrl-C.
    Port 8787 and target/demo.sqlite3 unless told otherwise; port 0 takes a free one. A scripted agent answers
    visitors until a person does; --no-bot leaves it out.
cargo xtask test [PHASE…]
    Every check and every test, or the named phases alone. The last line is the sum: N passed, N failed.
    Phases: fmt clippy clippy-wasm native browser dist fidelity durability clients schemathesis e2e
cargo xtask dist
    The release files in dist/, with a table of their sizes; fails when they outgrow their budget.
cargo xtask fidelity [VERSION] [STORY…]
    Plays the recorded exchanges of a real Chatwoot against the server and compares. VERSION is 4.15 unless given; there
    are also 4.1, 3.0, 2.7, and all.
cargo xtask schemathesis [CASES]
    Sends what the server's own description at /openapi.json allows, and what it does not, at every route: nothing may fail but
    what the description names. 40 CASES a route and phase unless given.
cargo xtask sim [--schedules N] [--seed S] [--rules]
    Plays schedules of faults and acts with the simulator, optimised: N of them from seed S on. What breaks a promise is
    shrunk, printed as a command that plays it again, and kept in crates/sim/tests/regressions.txt. --rules plays against
    the reference server's own rules and database instead of the model; what breaks there is kept in crates/sim/tests/rules.txt.
cargo xtask sim --trace [--seed S] [--only PART] [--twins | --late] [--rules]
    Tells one schedule, or the part of it that shrinking left, step by step.
cargo xtask sim --bugs [--schedules N] [--bug NAME]
    Plays with each deliberate defect, or with one, until it is caught.
cargo xtask fuzz [TARGET…] [--seconds N]
    Makes up bytes for decoders, frames, sockets and world, 60 s each unless told otherwise. What fails is shortened, printed
    and kept in crates/fuzz/found; --trace FILE tells one that was kept for the world, step by step.
cargo xtask mutants [WORD…]
    Changes the session's code in one place at a time and runs its tests: each change has to be noticed. The words go to
    cargo-mutants, for example --file conversation.rs or --shard 0/10. About two hours for all of it.
cargo xtask bench server [messages] [sockets] [slow] [kill[=N]] [power[=N]]
    What the server bears, optimised, beside what it has to: messages a second, 10,000 sockets, 500 slow clients, 150
    kills while it writes, 1,000 power cuts (for which strace is needed). All of it unless some are named.
cargo xtask csp --widget URL --base URL [--cable URL] [--site URL]... [--mode frame|shadow]
    The policy lines that each website and the host of the widget's files should send.
cargo xtask bench recovery [ROUNDS]
    How long the widget in dist/ takes from a broken connection, a silent one, an outage to a confirmed subscription and a
    complete view, beside what it may take. 20 ROUNDS of the quick ones unless given; about ten minutes.
cargo xtask bench herd [CLIENTS]
    How hard 10,000 CLIENTS press on a server that was away, in five ways: connections it accepts from each in the 30 s after
    its return, and calls of each in a minute, beside what they may be. Real sessions, a modelled server; a few minutes.
cargo xtask kills [--rounds N] [--sends N] [--leaders N]
    Kills browsers and pages around Send (100 of each unless told otherwise), and 20 leaders of four tabs that send 2,000
    messages, with the widget in dist/: nothing lost, doubled or reordered. About a quarter of an hour.
cargo xtask engines [firefox] [webkit]
    The stories that every engine has to tell, in real Firefox and WebKit, with the widget in dist/.
cargo xtask map
    Writes the list of modules in ARCHITECTURE.md again, from the first sentence of each file.
cargo xtask options
    Writes again what is made from the table of options: the README's table, confab.d.ts, confab.schema.json, the words of
    confab-help.js.

Tools that are missing are installed into one cache: $CONFAB_CACHE, else $XDG_CACHE_HOME/confab, else ~/.cache/confab.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let [command, rest @ ..] = &words[..]
        && rest.iter().any(|word| matches!(*word, "--help" | "-h"))
        && let Some(usage) = usage(command, rest)
    {
        println!("{usage}");
        return ExitCode::SUCCESS;
    }
    let done = match words.split_first() {
        Some((&"demo", rest)) => demo::demo(rest),
        Some((&"test", rest)) => suite::test(rest),
        Some((&"dist", rest)) => dist::command(rest),
        Some((&"fidelity", rest)) => fidelity::command(rest),
        Some((&"schemathesis", rest)) => schemathesis::command(rest),
        Some((&"sim", rest)) => sim::command(rest),
        Some((&"fuzz", rest)) => fuzz::command(rest),
        Some((&"mutants", rest)) => mutants::command(rest),
        Some((&"kills", rest)) => hardship::kills(rest),
        Some((&"bench", ["recovery", rest @ ..])) => hardship::recovery(rest),
        Some((&"bench", ["herd", rest @ ..])) => sim::herd(rest),
        Some((&"bench", rest)) => bench::command(rest),
        Some((&"engines", rest)) => engines::command(rest),
        Some((&"csp", rest)) => csp::command(rest),
        Some((&"map", [])) => map::command(),
        Some((&"options", [])) => options::command(),
        None | Some((&("help" | "--help" | "-h"), _)) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some((word, _)) => Err(format!("there is no command `{word}`\n\n{HELP}")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        // What failed was said where it failed, and the sum of `test` stays the last line.
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// What `--help` after a command prints: its part of the help, and nothing is done.
fn usage(command: &str, words: &[&str]) -> Option<String> {
    let is_head = |line: &str| line.starts_with("cargo xtask ");
    let is_its = |line: &str| {
        let mut named = line.split_whitespace().skip(2);
        // Of `bench` those that are named, if one is.
        named.next() == Some(command)
            && words.first().is_none_or(|word| {
                word.starts_with('-')
                    || named.next() == Some(word)
                    || !HELP.contains(&format!("{command} {word}"))
            })
    };
    let (mut shown, mut wanted) = (Vec::new(), false);
    for line in HELP.lines().take_while(|line| !line.is_empty()) {
        wanted = if is_head(line) { is_its(line) } else { wanted };
        if wanted {
            shown.push(line);
        }
    }
    (!shown.is_empty()).then(|| shown.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_after_a_command_is_its_part() {
        let kills = usage("kills", &["--help"]).unwrap_or_default();
        assert!(
            kills.starts_with("cargo xtask kills") && !kills.contains("engines"),
            "{kills}"
        );
        let sim = usage("sim", &["--schedules", "0", "-h"]).unwrap_or_default();
        assert!(sim.contains("--bugs") && !sim.contains("fuzz"), "{sim}");
        let herd = usage("bench", &["herd", "--help"]).unwrap_or_default();
        assert!(herd.contains("CLIENTS") && !herd.contains("power"), "{herd}");
        assert!(usage("bench", &["-h"]).unwrap_or_default().contains("power"));
        assert_eq!(usage("nonsense", &["-h"]), None);
    }
}
