//! Chance from a seed: the same seed gives the same schedule. Or from bytes, for whoever wants to steer it.

/// A small generator (splitmix64): good enough for schedules, quick, and the same everywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rng {
    state: u64,
    /// Choices that come before those of the generator: two bytes each.
    bytes: Vec<u8>,
    taken: usize,
}

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            state: seed,
            bytes: Vec::new(),
            taken: 0,
        }
    }

    /// Choices from these bytes as long as they last, and then always the same.
    pub(crate) fn steered(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            ..Self::default()
        }
    }

    /// From where it goes on.
    pub(crate) const fn state(&self) -> u64 {
        self.state
    }

    pub(crate) fn next(&mut self) -> u64 {
        let high = self.bytes.get(self.taken..).and_then(<[u8]>::first_chunk::<2>);
        let high = high.map(|high| u64::from(u16::from_be_bytes(*high)) << 48);
        self.taken = self.taken.saturating_add(2).min(self.bytes.len());
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        high.map_or(mixed, |high| high | mixed >> 16)
    }

    /// A number below `limit`; 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.next()).saturating_mul(u128::from(limit));
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// A place in a list of this length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).unwrap_or_default())).unwrap_or_default()
    }

    /// One of a list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let index = self.index(list.len());
        list.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_within_their_bounds_and_reach_both() {
        let mut rng = Rng::new(1);
        let drawn: Vec<u64> = (0..1_000).map(|_| rng.between(3, 7)).collect();
        assert_eq!(drawn.iter().min(), Some(&3));
        assert_eq!(drawn.iter().max(), Some(&7));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.between(5, 5), 5);
    }

    #[test]
    fn bytes_steer_as_long_as_they_last() {
        let mut rng = Rng::steered(&[0xFF, 0xFF, 0, 0, 0x80, 0, 7]);
        assert_eq!([rng.below(10), rng.below(10), rng.below(10)], [9, 0, 5]);
        let rest = (rng.next(), rng.next());
        let mut other = Rng::steered(&[1, 2, 3, 4, 5, 6]);
        let _ = (other.next(), other.next(), other.next());
        assert_eq!((other.next(), other.next()), rest);
    }

    #[test]
    fn a_chance_is_met_as_often_as_it_says() {
        let mut rng = Rng::new(2);
        let met = (0..100_000).filter(|_| rng.chance(250)).count();
        assert!((24_000..26_000).contains(&met), "{met}");
        assert!(!rng.chance(0));
        assert!(rng.chance(1_000));
    }
}
