//! As little of a schedule as still goes wrong in the same way: less time, fewer acts, fewer faults.

use std::collections::BTreeSet;

use crate::fault::Fault;
use crate::only::{Only, Turns};
use crate::report::{Kind, Report};
use crate::schedule::Schedule;

/// Parts that are tried before what is left has to do.
const TRIES: u32 = 3_000;

/// Leaves out of a schedule whatever can be left out so that the gravest thing that went wrong still does. `None`: nothing
/// went wrong. The report is that of what is left; [`Schedule::play`] of its schedule gives it again.
pub fn shrink(schedule: &Schedule) -> Option<Report> {
    let places = schedule.places();
    let whole = schedule.play_from(None);
    let kind = whole.worst()?.kind;
    let strikes = Fault::ALL.iter().flat_map(|fault| {
        let count = whole.faults.of(*fault);
        (0..count).map(|number| (*fault, number))
    });
    let mut work = Work {
        schedule,
        places,
        kind,
        tries: TRIES,
        best: None,
    };
    let all = Only {
        until: whole.violations.iter().map(|one| one.at).min(),
        acts: Some((0..whole.acts).collect()),
        strikes: Some(strikes.collect()),
    };
    // What is seen at rest goes wrong long after the bad time is over.
    let mut only = if work.fails(&all) {
        all
    } else {
        Only { until: None, ..all }
    };
    if !work.fails(&only) {
        // A part of it alone is another schedule: what went wrong stays as it is.
        return Some(whole);
    }
    loop {
        let before = only.clone();
        work.shorten(&mut only);
        work.leave_out(&mut only, |only| &mut only.acts);
        work.leave_out_kinds(&mut only);
        work.leave_out(&mut only, |only| &mut only.strikes);
        if only == before || work.tries == 0 {
            break;
        }
    }
    work.best
}

struct Work<'a> {
    schedule: &'a Schedule,
    places: Turns,
    kind: Kind,
    tries: u32,
    /// The report of the last part that still went wrong.
    best: Option<Report>,
}

impl Work<'_> {
    /// Whether this part goes wrong in the same way.
    fn fails(&mut self, only: &Only) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries = self.tries.saturating_sub(1);
        let part = self.schedule.clone().only(only.clone());
        let report = part.play_from(Some(&self.places));
        let fails = report.shows(self.kind);
        if fails {
            self.best = Some(report);
        }
        fails
    }

    fn shorten(&mut self, only: &mut Only) {
        let mut cut = only.until.unwrap_or(150_000) / 2;
        while cut >= 100 {
            let until = only.until.unwrap_or(150_000).saturating_sub(cut);
            let shorter = Only {
                until: Some(until),
                ..only.clone()
            };
            if self.fails(&shorter) {
                *only = shorter;
            } else {
                cut /= 2;
            }
        }
    }

    fn leave_out_kinds(&mut self, only: &mut Only) {
        for kind in Fault::ALL {
            let mut fewer = only.clone();
            let Some(strikes) = fewer.strikes.as_mut() else {
                return;
            };
            strikes.retain(|(fault, _)| fault != kind);
            if fewer != *only && self.fails(&fewer) {
                *only = fewer;
            }
        }
    }

    /// Takes pieces out of a set, large ones first.
    fn leave_out<T: Ord + Copy>(
        &mut self,
        only: &mut Only,
        set: impl Fn(&mut Only) -> &mut Option<BTreeSet<T>>,
    ) {
        let all: Vec<T> = set(only).iter().flatten().copied().collect();
        let mut size = all.len();
        while size > 0 {
            for piece in all.chunks(size) {
                let mut fewer = only.clone();
                if let Some(set) = set(&mut fewer) {
                    set.retain(|one| !piece.contains(one));
                }
                if fewer != *only && self.fails(&fewer) {
                    *only = fewer;
                }
            }
            size /= 2;
        }
    }
}
