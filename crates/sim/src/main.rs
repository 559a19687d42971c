//! Plays schedules: `confab-sim [--schedules N] [--seed S]`, `--trace` tells one, `--bugs` plays with deliberate
//! defects until each is caught, `--herd [CLIENTS]` lets so many come back to a server at once. The last line sums up; a
//! schedule that broke a promise makes the exit status 1.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use confab_sim::herd::{Loss, Terms, herd};
use confab_sim::{Bug, Fault, Kind, Report, run, run_traced, run_with};

/// Schedules within which each defect has to be caught.
const CAUGHT_WITHIN: u64 = 1_000_000;
/// Clients of a herd.
const HERD: usize = 10_000;
/// How the herd loses the server, for how many milliseconds, for how many it cuts off who subscribes when it is back,
/// and what it takes in a second then.
const HERDS: [(Loss, u64, u64, u64); 5] = [
    (Loss::Restart, 5_000, 0, 2_000),
    (Loss::Reset, 10_000, 25_000, 20_000),
    (Loss::Reset, 300_000, 0, 300),
    (Loss::Silence, 60_000, 5_000, 1_000),
    (Loss::Silence, 600_000, 0, 100),
];
/// The most connections that one client may have accepted in the 30 s after the return, and calls in a minute.
const CONNECTIONS: usize = 6;
const CALLS: usize = 30;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at.saturating_add(1))?.parse::<u64>().ok()
    };
    let seed = value("--seed").unwrap_or(1);
    if has("--trace") {
        return tell(seed);
    }
    if has("--herd") {
        let clients = value("--herd").and_then(|clients| usize::try_from(clients).ok());
        return herds(clients.unwrap_or(HERD), seed);
    }
    if has("--bugs") {
        return hunt(seed, value("--schedules").unwrap_or(CAUGHT_WITHIN));
    }
    let schedules = value("--schedules").unwrap_or(1_000);
    let sum = Mutex::new(Sum::default());
    spread(seed, schedules, |seed| {
        let report = run(seed);
        if let Ok(mut sum) = sum.lock() {
            sum.add(&report);
        }
        true
    });
    let sum = sum.into_inner().unwrap_or_default();
    sum.print()
}

fn tell(seed: u64) -> ExitCode {
    let report = run_traced(seed);
    for line in &report.trace {
        println!("{line}");
    }
    exit(report.is_clean())
}

/// Whether no client of a herd presses harder than promised, however the server went.
fn herds(clients: usize, seed: u64) -> ExitCode {
    let mut over = 0_usize;
    for (loss, outage, warming, capacity) in HERDS {
        let toll = herd(&Terms {
            clients,
            loss,
            outage,
            warming,
            capacity,
            seed,
        });
        let broken = |counts: &[usize], most: usize| counts.iter().filter(|count| **count > most).count();
        over = over
            .saturating_add(broken(&toll.connections, CONNECTIONS))
            .saturating_add(broken(&toll.calls, CALLS));
        println!(
            "{clients} clients, {loss:?} for {} s, cut off for {} s more, {capacity} a second:\n    connections in 30 s {} (at most {CONNECTIONS} \
             each)\n    calls in a minute   {} (at most {CALLS} each)\n    confirmed after     {} ms, {} of {clients}",
            outage / 1_000,
            warming / 1_000,
            spread_of(toll.connections),
            spread_of(toll.calls),
            spread_of(toll.back.clone()),
            toll.back.len(),
        );
    }
    println!("{} herds of {clients}: {over} over a limit", HERDS.len());
    exit(over == 0)
}

/// The middle, the 99th of a hundred and the largest, in words.
fn spread_of<N: Copy + Ord + Default + std::fmt::Display>(mut all: Vec<N>) -> String {
    all.sort_unstable();
    let at = |percent: usize| {
        let index = all.len().saturating_mul(percent) / 100;
        let found = all.get(index).or_else(|| all.last());
        found.copied().unwrap_or_default()
    };
    format!("p50 {}, p99 {}, most {}", at(50), at(99), at(100))
}

fn exit(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays seeds on all processors until one play says to stop.
fn spread(first: u64, count: u64, play: impl Fn(u64) -> bool + Sync) {
    let next = AtomicU64::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count || !play(first.saturating_add(at)) {
                next.store(count, Ordering::Relaxed);
                return;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
}

/// Whether every defect is caught, and after how many schedules.
fn hunt(seed: u64, within: u64) -> ExitCode {
    let mut escaped = 0_u32;
    for bug in Bug::all() {
        let found = AtomicU64::new(u64::MAX);
        spread(seed, within, |seed| {
            let report = run_with(bug, seed);
            let caught = !report.is_clean() && bug.leads_to().iter().any(|kind| report.shows(*kind));
            if caught {
                found.fetch_min(seed, Ordering::Relaxed);
            }
            !caught
        });
        let found = found.into_inner();
        if found == u64::MAX {
            escaped = escaped.saturating_add(1);
            println!("{bug:?}: not caught within {within}");
        } else {
            let after = found.saturating_sub(seed).saturating_add(1);
            println!("{bug:?}: {:?} after {after} schedules", bug.leads_to());
        }
    }
    println!("{} bugs, {escaped} not caught", Bug::all().count());
    exit(escaped == 0)
}

#[derive(Default)]
struct Sum {
    schedules: u64,
    messages: u64,
    steps: u64,
    kinds: BTreeMap<Kind, u64>,
    broken: u64,
    late: u64,
    twins: u64,
    faults: BTreeMap<Fault, u64>,
}

impl Sum {
    fn add(&mut self, report: &Report) {
        self.schedules = self.schedules.saturating_add(1);
        self.messages = self.messages.saturating_add(u64::from(report.submitted));
        self.steps = self.steps.saturating_add(u64::from(report.steps));
        for fault in Fault::ALL.iter().filter(|fault| report.faults.of(**fault) > 0) {
            let count = self.faults.entry(*fault).or_default();
            *count = count.saturating_add(1);
        }
        let Some(first) = report.violations.first() else {
            return;
        };
        if report.late || report.twins {
            self.late = self.late.saturating_add(u64::from(report.late));
            self.twins = self.twins.saturating_add(u64::from(report.twins && !report.late));
            return;
        }
        self.broken = self.broken.saturating_add(1);
        let seed = report.seed;
        println!(
            "seed {seed} at {} ms: {:?}: {}",
            first.at, first.kind, first.story
        );
        let kinds: BTreeSet<Kind> = report.violations.iter().map(|one| one.kind).collect();
        for kind in kinds {
            let count = self.kinds.entry(kind).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn print(&self) -> ExitCode {
        for (fault, count) in &self.faults {
            println!("{fault:?} in {count}");
        }
        let of = |kind: Kind| self.kinds.get(&kind).copied().unwrap_or_default();
        let others = self.kinds.iter().filter(|(kind, _)| {
            !matches!(kind, Kind::Lost | Kind::Doubled | Kind::Reordered | Kind::Missing)
        });
        let others: Vec<String> = others.map(|(kind, count)| format!("{kind:?} {count}")).collect();
        println!(
            "{} messages, {} steps, others: [{}]",
            self.messages,
            self.steps,
            others.join(", ")
        );
        println!(
            "{} schedules: lost {}, doubled {}, reordered {}, missing {}, broken {}; apart: late {}, twins {}",
            self.schedules,
            of(Kind::Lost),
            of(Kind::Doubled),
            of(Kind::Reordered),
            of(Kind::Missing),
            self.broken,
            self.late,
            self.twins,
        );
        exit(self.broken == 0)
    }
}
