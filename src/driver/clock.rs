//! Both clocks, read once for each event, and the difference between them that tells of a sleep.

use std::cell::Cell;

use confab_session::{Millis, Now, UnixMillis};
use web_sys::Performance;

use super::handle::window;

/// How many milliseconds later than meant a timer must ring before the machine counts as having slept. Browsers let the
/// timers of a hidden page ring once a minute; a shorter sleep is noticed by the silence of the cable.
const SLEEP: u64 = 90_000;

/// Reads `performance.now` and `Date.now`.
pub struct Clock {
    performance: Option<Performance>,
    /// The last reading, and how long the wall clock was ahead of the other then.
    last: Cell<Now>,
}

impl Clock {
    /// A clock of this page.
    pub fn new() -> Self {
        let clock = Self {
            performance: window().and_then(|window| window.performance()),
            last: Cell::new(Now::default()),
        };
        clock.last.set(clock.read());
        clock
    }

    /// This instant on both clocks. The monotonic one never goes back, and is never pushed forward by the wall clock:
    /// whoever sets the clock of a machine must not shorten the time in which a server may still store a message.
    pub fn now(&self) -> Now {
        let mut now = self.read();
        now.mono = now.mono.max(self.last.get().mono);
        self.last.set(now);
        now
    }

    /// Whether the machine slept since the last reading: the monotonic clock of some browsers stands still meanwhile,
    /// that of others goes on while no timer rings. `expected` is how long this tab meant to wait, in milliseconds.
    pub fn slept(&self, expected: u64) -> bool {
        let (before, now) = (self.last.get(), self.read());
        let wall = u64::try_from(now.wall.0.saturating_sub(before.wall.0)).unwrap_or(0);
        let passed = wall.max(now.mono.since(before.mono));
        passed > expected.saturating_add(SLEEP)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both clocks fit for 285,000 years and the first is never negative"
    )]
    fn read(&self) -> Now {
        let wall = js_sys::Date::now();
        let mono = self.performance.as_ref().map_or(wall, Performance::now);
        Now {
            mono: Millis(mono.max(0.0) as u64),
            wall: UnixMillis(wall as i64),
        }
    }
}
