//! Jitter and echo ids from a seed: a small generator of our own, so that the session stays deterministic.

/// `SplitMix64`: one addition and three mixes a number. Not for secrets: those are drawn by the driver.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).wrapping_add(1);
        low.saturating_add(self.next() % span)
    }
}

/// Sixteen hexadecimal digits. By hand: the library's formatting of them costs half a kilobyte.
pub fn hex(number: u64) -> String {
    let digit = |place: u32| u32::try_from(number >> (4 * place) & 0xf).unwrap_or(0);
    (0..16)
        .rev()
        .filter_map(|place| char::from_digit(digit(place), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_those_of_the_library() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(hex(number), format!("{number:016x}"));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_others() {
        let draw = |seed| {
            let mut rng = Rng::new(seed);
            (0..8).map(|_| rng.next()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_number_lies_between_its_bounds_and_reaches_both() {
        let mut rng = Rng::new(1);
        let drawn: Vec<u64> = (0..200).map(|_| rng.between(3, 6)).collect();
        assert!(drawn.iter().all(|n| (3..=6).contains(n)));
        assert!((3..=6).all(|n| drawn.contains(&n)));
        assert_eq!(rng.between(9, 2), 9);
    }
}
