//! The same bad days against the reference server's own rules and database.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use confab_sim::{Report, Schedule, regression, spread};

/// Schedules in an ordinary test run; `cargo xtask sim --rules` plays more.
const SCHEDULES: u64 = 200;

#[test]
fn what_once_failed_by_the_rules_does_not_fail_again() {
    let kept = regression::read_all(include_str!("rules.txt")).unwrap_or_else(|error| panic!("{error}"));
    let reports = kept.into_iter().map(|schedule| schedule.by_the_rules().play());
    let broken: Vec<String> = reports
        .filter(|report| !report.is_clean())
        .map(|report| format!("{}: {}", report.schedule.command(), regression::line(&report)))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn by_the_server_s_own_rules_nothing_is_lost_doubled_reordered_or_hidden() {
    let broken: Mutex<Vec<Report>> = Mutex::default();
    let submitted = AtomicU64::new(0);
    spread(0, SCHEDULES, |seed| {
        let report = Schedule::new(seed).by_the_rules().play();
        submitted.fetch_add(u64::from(report.submitted), Ordering::Relaxed);
        if let (false, Ok(mut broken)) = (report.is_clean(), broken.lock()) {
            broken.push(report);
        }
        true
    });
    let broken = broken.into_inner().unwrap_or_default();
    let lines: Vec<String> = broken.iter().map(regression::line).collect();
    assert!(
        broken.is_empty(),
        "cargo xtask sim --trace --rules --seed …:\n{}",
        lines.join("\n")
    );
    assert!(submitted.into_inner() > 3 * SCHEDULES);
}

#[test]
fn a_seed_gives_the_same_schedule_every_time_by_the_rules_too() {
    for seed in 0..5 {
        let schedule = Schedule::new(seed).by_the_rules().traced();
        let (one, two) = (schedule.play(), schedule.play());
        assert_eq!(one.trace, two.trace);
    }
}
