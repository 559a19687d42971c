//! Time as the session meets it: always an argument, never asked for.

/// Milliseconds on a clock that only goes forward; its zero means nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// This instant and `ms` more.
    #[must_use]
    pub const fn after(self, ms: u64) -> Self {
        Self(self.0.wrapping_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; 0 when `earlier` lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Milliseconds since 1970 on the visitor's clock, which may be wrong and may jump.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

/// Both clocks, read once by the driver for each event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For every bound, deadline and order.
    pub mono: Millis,
    /// For what is shown, and for the 24 hours after which a person decides.
    pub wall: UnixMillis,
}

/// `first` doubled `count` times, never above `cap`: a ladder of pauses, in milliseconds.
pub(crate) fn doubled(first: u64, count: u32, cap: u64) -> u64 {
    // 16 times is above every cap.
    first.min(cap).wrapping_shl(count.min(16)).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_its_cap_and_stays_there() {
        let pauses: Vec<u64> = (0..6).map(|count| doubled(2_000, count, 30_000)).collect();
        assert_eq!(pauses, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(doubled(500, u32::MAX, 60_000), 60_000);
        assert_eq!(doubled(90_000, 0, 60_000), 60_000);
    }
}
