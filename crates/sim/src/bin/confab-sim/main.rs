//! Plays schedules: the sum as the last line, what broke a promise before it, and exit status 1 if anything did.

mod herds;
mod hunt;
mod sum;
mod words;

use std::fs;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

use confab_sim::{Day, Report, regression, shrink, spread};

use sum::Sum;
use words::Words;

/// Schedules that are shrunk, the gravest first: one of each sort of mishap is mostly among them.
const SHRUNK: usize = 8;
/// For so many ordinary schedules one of each day outside of the promise.
const ORDINARY_PER_APART: u64 = 20;

fn main() -> ExitCode {
    match Words::read(std::env::args().skip(1)) {
        Ok(words) => run(&words),
        Err(error) => {
            eprintln!("{error}\n{}", words::HELP);
            ExitCode::from(2)
        }
    }
}

fn run(words: &Words) -> ExitCode {
    if words.help {
        println!("{}", words::HELP);
        return ExitCode::SUCCESS;
    }
    if words.trace || words.only.is_some() {
        return exit(tell(words));
    }
    if let Some(clients) = words.herd {
        return exit(herds::herds(clients, words.seed));
    }
    if words.bugs {
        return exit(hunt::hunt(words));
    }
    let apart = words.schedules.div_ceil(ORDINARY_PER_APART);
    for (day, name) in [(Day::Twins, "twins"), (Day::Late, "late")] {
        let sum = play(words, day, apart);
        println!("{name}: {}", sum.line());
    }
    let mut sum = play(words, Day::Ordinary, words.schedules);
    sum.print_counters();
    sum.broken
        .sort_by_key(|report| report.worst().map(|worst| worst.kind));
    for report in sum.broken.iter().take(SHRUNK) {
        give(report, words);
    }
    println!("{}", sum.line());
    exit(sum.broken.is_empty())
}

/// Plays so many schedules of a kind of day on all processors.
fn play(words: &Words, day: Day, schedules: u64) -> Sum {
    let sum = Mutex::new(Sum::default());
    spread(words.seed, schedules, |seed| {
        let report = words.schedule(seed).on(day).play();
        if day == Day::Ordinary
            && let Some(first) = report.violations.first()
        {
            let (kind, at, story) = (first.kind, first.at, &first.story);
            println!("seed {seed} at {at} ms: {kind:?}: {story}");
        }
        if let Ok(mut sum) = sum.lock() {
            sum.add(report);
        }
        true
    });
    sum.into_inner().unwrap_or_default()
}

/// Shrinks what went wrong, says how to play it again, and keeps it if told where.
fn give(report: &Report, words: &Words) {
    let seed = report.schedule.seed;
    let shrunk = shrink(&report.schedule).unwrap_or_else(|| report.clone());
    println!("seed {seed}, shrunk: {}", shrunk.schedule.command());
    let line = regression::line(&shrunk);
    let Some(file) = &words.keep else {
        return;
    };
    let kept = fs::read_to_string(file).unwrap_or_default();
    if kept.lines().any(|known| known == line) {
        return;
    }
    let written = fs::OpenOptions::new().append(true).open(file);
    if let Err(error) = written.and_then(|mut file| writeln!(file, "{line}")) {
        eprintln!("cannot keep it in {file}: {error}");
    }
}

fn tell(words: &Words) -> bool {
    let mut schedule = words.schedule(words.seed).on(words.day).traced();
    if let Some(only) = &words.only {
        schedule = schedule.only(only.clone());
    }
    let report = schedule.play();
    for line in &report.trace {
        println!("{line}");
    }
    report.is_clean()
}

fn exit(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
