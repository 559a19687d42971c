//! What many schedules showed together.

use std::collections::{BTreeMap, BTreeSet};

use confab_sim::{Fault, Kind, Met, Report};

/// The sum of reports.
#[derive(Default)]
pub struct Sum {
    schedules: u64,
    messages: u64,
    steps: u64,
    kinds: BTreeMap<Kind, u64>,
    faults: BTreeMap<Fault, u64>,
    met: BTreeMap<Met, u64>,
    /// Those that broke a promise.
    pub broken: Vec<Report>,
}

fn more<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

impl Sum {
    /// Adds one.
    pub fn add(&mut self, report: Report) {
        self.schedules = self.schedules.saturating_add(1);
        self.messages = self.messages.saturating_add(u64::from(report.submitted));
        self.steps = self.steps.saturating_add(u64::from(report.steps));
        for fault in Fault::ALL.iter().filter(|fault| report.faults.of(**fault) > 0) {
            more(&mut self.faults, *fault);
        }
        for met in &report.met {
            more(&mut self.met, *met);
        }
        if report.is_clean() {
            return;
        }
        let kinds: BTreeSet<Kind> = report.violations.iter().map(|one| one.kind).collect();
        for kind in kinds {
            more(&mut self.kinds, kind);
        }
        self.broken.push(report);
    }

    /// In how many schedules each fault struck, and what faults led to.
    pub fn print_counters(&self) {
        let of = |count: Option<&u64>| count.copied().unwrap_or_default();
        for fault in Fault::ALL {
            println!("{fault:?} in {}", of(self.faults.get(fault)));
        }
        for met in Met::ALL {
            println!("{met:?} in {}", of(self.met.get(met)));
        }
        println!("{} messages, {} steps", self.messages, self.steps);
    }

    /// How many schedules, and in how many of them what went wrong.
    pub fn line(&self) -> String {
        let of = |kind: Kind| self.kinds.get(&kind).copied().unwrap_or_default();
        let named = [Kind::Lost, Kind::Doubled, Kind::Reordered, Kind::Missing];
        let others = self.kinds.iter().filter(|(kind, _)| !named.contains(kind));
        let others: Vec<String> = others.map(|(kind, count)| format!("{kind:?} {count}")).collect();
        let others = if others.is_empty() {
            "others 0".to_owned()
        } else {
            others.join(", ")
        };
        let (schedules, lost, doubled) = (self.schedules, of(Kind::Lost), of(Kind::Doubled));
        let (reordered, missing) = (of(Kind::Reordered), of(Kind::Missing));
        format!(
            "{schedules} schedules: lost {lost}, doubled {doubled}, reordered {reordered}, missing {missing}, {others}"
        )
    }
}
