//! Schedules in numbers: those that once failed first, then a fresh lot. `SEED=…` plays one and prints its story.

use confab_sim::{Counts, Fault, Report, run, run_traced};

/// Schedules in an ordinary test run.
const SCHEDULES: u64 = 10_000;

/// Seeds that once broke a promise, and what they broke.
fn regressions() -> Vec<u64> {
    let lines = include_str!("regressions.txt").lines();
    let seeds = lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    seeds
        .map(|line| {
            let seed = line.split_whitespace().next().and_then(|seed| seed.parse().ok());
            seed.unwrap_or_else(|| panic!("no seed in: {line}"))
        })
        .collect()
}

fn chosen() -> Option<u64> {
    std::env::var("SEED").ok()?.parse().ok()
}

fn tell(broken: &[Report]) -> String {
    let first = |report: &Report| {
        let violation = report
            .violations
            .first()
            .map(|one| format!("{:?} at {} ms: {}", one.kind, one.at, one.story));
        format!("SEED={} {}", report.seed, violation.unwrap_or_default())
    };
    broken.iter().map(first).collect::<Vec<_>>().join("\n")
}

fn assert_all_clean(seeds: impl Iterator<Item = u64>) {
    let broken: Vec<Report> = seeds.map(run).filter(|report| !report.is_clean()).collect();
    assert!(
        broken.is_empty(),
        "{} schedules broke a promise; play one with its SEED:\n{}",
        broken.len(),
        tell(&broken)
    );
}

#[test]
fn what_once_failed_does_not_fail_again() {
    assert_all_clean(regressions().into_iter());
}

#[test]
fn no_schedule_loses_doubles_reorders_or_hides_anything() {
    if let Some(seed) = chosen() {
        let report = run_traced(seed);
        for line in &report.trace {
            println!("{line}");
        }
        assert!(report.is_clean(), "SEED={seed} broke a promise");
        return;
    }
    assert_all_clean(0..SCHEDULES);
}

#[test]
fn every_fault_strikes_in_one_schedule_of_a_hundred() {
    let schedules = 2_000_u32;
    let counts: Vec<Counts> = (0..u64::from(schedules)).map(|seed| run(seed).faults).collect();
    for fault in Fault::ALL {
        let struck = counts.iter().filter(|counts| counts.of(*fault) > 0).count();
        assert!(
            struck >= 20,
            "{fault:?} struck in {struck} of {schedules} schedules"
        );
    }
}

#[test]
fn a_seed_gives_the_same_schedule_every_time() {
    for seed in 0..20 {
        let (one, two) = (run_traced(seed), run_traced(seed));
        assert_eq!(one.trace, two.trace);
        assert!(one.steps > 100, "SEED={seed} is hardly a schedule");
    }
}

#[test]
fn a_lot_of_schedules_sends_a_lot_of_messages() {
    let submitted: u32 = (0..500).map(|seed| run(seed).submitted).sum();
    assert!(submitted > 1_500, "{submitted}");
}
