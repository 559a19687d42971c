//! Whether every deliberate defect is caught, and after how many schedules.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use confab_sim::{Bug, Kind, run_with, spread};

use crate::words::Words;

/// Plays with each defect, or with the one named, until it is caught.
pub fn hunt(words: &Words) -> bool {
    let bugs: Vec<Bug> = Bug::all()
        .filter(|bug| words.bug.is_none_or(|only| only == *bug))
        .collect();
    let mut escaped = 0_u32;
    for bug in &bugs {
        escaped = escaped.saturating_add(u32::from(!is_caught(*bug, words)));
    }
    println!("{} defects, {escaped} not caught", bugs.len());
    escaped == 0
}

fn is_caught(bug: Bug, words: &Words) -> bool {
    let found = AtomicU64::new(u64::MAX);
    let others: Mutex<BTreeMap<Kind, u64>> = Mutex::default();
    spread(words.seed, words.schedules, |seed| {
        let report = run_with(bug, seed);
        let caught = bug.leads_to().iter().any(|kind| report.shows(*kind));
        if caught {
            found.fetch_min(seed, Ordering::Relaxed);
        } else if let (Some(worst), Ok(mut others)) = (report.worst(), others.lock()) {
            others.entry(worst.kind).or_insert(seed);
        }
        !caught
    });
    let found = found.into_inner();
    if found == u64::MAX {
        let others = others.into_inner().unwrap_or_default();
        println!(
            "{bug}: not caught within {}; seen beside it: {others:?}",
            words.schedules
        );
    } else {
        let after = found.saturating_sub(words.seed).saturating_add(1);
        println!("{bug}: {:?} after {after} schedules", bug.leads_to());
    }
    found != u64::MAX
}
