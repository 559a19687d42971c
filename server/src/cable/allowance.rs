//! How much a client may send.

use tokio::time::Instant;

/// Frames it may send at once, pings and fragments included.
const AT_ONCE: u32 = 200;
/// Frames a second that it may go on with.
const A_SECOND: f64 = 20.0;

/// How many frames a client may still send: some at once, then at a steady pace.
#[derive(Debug)]
pub struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    /// With everything left.
    pub fn new(now: Instant) -> Self {
        Self {
            left: f64::from(AT_ONCE),
            at: now,
        }
    }

    /// Takes one. False: nothing is left.
    pub fn take(&mut self, now: Instant) -> bool {
        let earned = (now - self.at).as_secs_f64() * A_SECOND;
        self.at = now;
        self.left = (self.left + earned).min(f64::from(AT_ONCE)) - 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn many_at_once_are_allowed_and_then_twenty_a_second() {
        let begun = Instant::now();
        let mut allowance = Allowance::new(begun);
        assert!((0..AT_ONCE).all(|_| allowance.take(begun)));
        let steady = |second: u32| begun + Duration::from_secs(60) * second / 1200;
        let mut allowance = Allowance::new(begun);
        assert!((1..5000).all(|number| allowance.take(steady(number))));
        let flood = |number: u32| begun + Duration::from_millis(10) * number;
        let mut allowance = Allowance::new(begun);
        assert!(!(1..1000).all(|number| allowance.take(flood(number))));
    }
}
