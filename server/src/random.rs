//! Everything random: tokens, UUIDs, names of anonymous contacts. From the system, or from `--seed` to be repeatable.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng as _, RngCore, SeedableRng};

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const TOKEN_LENGTH: usize = 24;
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const KEY_LENGTH: usize = 28;

const ADJECTIVES: &[&str] = &[
    "amber", "brisk", "calm", "dusky", "eager", "faint", "gentle", "hazy", "ivory", "jolly", "keen", "lunar",
    "mellow", "noble", "opal", "plain", "quick", "rosy", "silent", "tidy", "urban", "vivid", "warm", "young",
];
const NOUNS: &[&str] = &[
    "acorn", "bridge", "creek", "dune", "ember", "fern", "grove", "harbor", "island", "jetty", "kite",
    "lantern", "meadow", "nest", "orchard", "pebble", "quarry", "ridge", "stone", "thicket", "valley",
    "willow",
];

/// A source of randomness that rules draw from; cryptographic, because tokens are secrets.
#[derive(Debug)]
pub struct Random(StdRng);

impl Random {
    /// From the operating system, or repeatable from a seed.
    pub fn new(seed: Option<u64>) -> Self {
        Self(seed.map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64))
    }

    /// 24 characters of base58, as `pubsub_token`, inbox identifier and `hmac_token`.
    pub fn token(&mut self) -> String {
        (0..TOKEN_LENGTH)
            .filter_map(|_| BASE58.choose(&mut self.0))
            .map(|&byte| char::from(byte))
            .collect()
    }

    /// 28 characters of base36, the name of a file in the folder of files.
    pub fn key(&mut self) -> String {
        (0..KEY_LENGTH)
            .filter_map(|_| BASE36.choose(&mut self.0))
            .map(|&byte| char::from(byte))
            .collect()
    }

    /// Whether a name has the form of [`Random::key`].
    pub fn is_key(name: &str) -> bool {
        name.len() == KEY_LENGTH && name.bytes().all(|byte| BASE36.contains(&byte))
    }

    /// A UUID of version 4 in lower case.
    pub fn uuid(&mut self) -> String {
        let mut bytes = [0_u8; 16];
        self.0.fill_bytes(&mut bytes);
        let bits = u128::from_be_bytes(bytes);
        let version = (bits & !(0xF << 76)) | (0x4 << 76);
        let variant = (version & !(0x3 << 62)) | (0x2 << 62);
        let hex = format!("{variant:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        )
    }

    /// The name of a contact that gave none: adjective, noun, number.
    pub fn name(&mut self) -> String {
        let adjective = ADJECTIVES.choose(&mut self.0).unwrap_or(&"quiet");
        let noun = NOUNS.choose(&mut self.0).unwrap_or(&"guest");
        format!("{adjective}-{noun}-{}", self.0.random_range(0..1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_values_have_their_form() {
        let mut one = Random::new(Some(7));
        let mut other = Random::new(Some(7));
        assert_eq!(one.token(), other.token());
        let uuid = one.uuid();
        assert_eq!(uuid, other.uuid());
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
        assert_eq!(one.token().len(), TOKEN_LENGTH);
        assert_eq!(one.name().split('-').count(), 3);
        assert_ne!(Random::new(None).token(), Random::new(None).token());
    }
}
