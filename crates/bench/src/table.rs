//! What was measured, beside what it may be.

use std::time::Duration;

/// What a number has to be.
#[derive(Clone, Copy, Debug)]
pub enum Budget {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Budget {
    fn met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// The lines so far; each is printed when it is added.
#[derive(Debug, Default)]
pub struct Table {
    missed: u32,
    begun: bool,
}

impl Table {
    /// Adds a number and judges it.
    pub fn add(&mut self, what: &str, value: f64, unit: &str, budget: Budget) {
        self.begin();
        let wanted = match budget {
            Budget::AtMost(most) => format!("<= {most}"),
            Budget::AtLeast(least) => format!(">= {least}"),
        };
        let met = budget.met(value);
        self.missed += u32::from(!met);
        let word = if met { "" } else { "  MISSED" };
        println!("    {what:<58}{value:>12.1}{wanted:>14} {unit}{word}");
    }

    /// Adds a number that has no budget.
    pub fn note(&mut self, what: &str, value: f64, unit: &str) {
        self.begin();
        println!("    {what:<58}{value:>12.1}{:>14} {unit}", "");
    }

    fn begin(&mut self) {
        if !self.begun {
            println!("    {:<58}{:>12}{:>14}", "", "measured", "budget");
            self.begun = true;
        }
    }

    /// Whether every budget was met.
    pub fn met(&self) -> bool {
        self.missed == 0
    }
}

/// The value below which this share of them lies; zero for none.
pub fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank among some thousands"
    )]
    let rank = (times.len() as f64 * share).ceil() as usize;
    times
        .get(rank.saturating_sub(1))
        .or(times.last())
        .copied()
        .unwrap_or_default()
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let mut times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut times, 0.5), Duration::from_millis(50));
        assert_eq!(percentile(&mut times, 0.99), Duration::from_millis(99));
        assert_eq!(percentile(&mut times, 1.0), Duration::from_millis(100));
        assert_eq!(percentile(&mut [], 0.5), Duration::ZERO);
    }

    #[test]
    fn a_missed_budget_fails_the_table() {
        let mut table = Table::default();
        table.add("kept", 1.0, "", Budget::AtMost(1.0));
        assert!(table.met());
        table.add("missed", 1.0, "", Budget::AtLeast(2.0));
        assert!(!table.met());
    }
}
