//! Plays schedules: `confab-sim [--schedules N] [--seed S] [--trace]`. The last line sums up; a schedule that broke a
//! promise makes the exit status 1.

use std::process::ExitCode;

use confab_sim::{Fault, Kind, run, run_traced};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at.saturating_add(1))?.parse::<u64>().ok()
    };
    let seed = value("--seed").unwrap_or(1);
    if arguments.iter().any(|argument| argument == "--trace") {
        let report = run_traced(seed);
        for line in &report.trace {
            println!("{line}");
        }
        return if report.is_clean() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    let schedules = value("--schedules").unwrap_or(1_000);
    let mut sum = Sum::default();
    for seed in seed..seed.saturating_add(schedules) {
        sum.add(seed);
    }
    sum.print()
}

#[derive(Default)]
struct Sum {
    schedules: u64,
    messages: u64,
    steps: u64,
    kinds: std::collections::BTreeMap<Kind, u64>,
    broken: u64,
    late: u64,
    twins: u64,
    faults: std::collections::BTreeMap<Fault, u64>,
}

impl Sum {
    fn add(&mut self, seed: u64) {
        let report = run(seed);
        self.schedules = self.schedules.saturating_add(1);
        self.messages = self.messages.saturating_add(u64::from(report.submitted));
        self.steps = self.steps.saturating_add(u64::from(report.steps));
        for fault in Fault::ALL.iter().filter(|fault| report.faults.of(**fault) > 0) {
            let count = self.faults.entry(*fault).or_default();
            *count = count.saturating_add(1);
        }
        if report.violations.is_empty() {
            return;
        }
        if report.late || report.twins {
            self.late = self.late.saturating_add(u64::from(report.late));
            self.twins = self.twins.saturating_add(u64::from(report.twins));
            return;
        }
        self.broken = self.broken.saturating_add(1);
        if let Some(first) = report.violations.first() {
            println!(
                "seed {seed} at {} ms: {:?}: {}",
                first.at, first.kind, first.story
            );
        }
        let kinds: std::collections::BTreeSet<Kind> = report.violations.iter().map(|one| one.kind).collect();
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
        if self.broken == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
