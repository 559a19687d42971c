//! Changes of an input: single bytes, pieces, words that decoders know, and halves of other inputs.

/// Words in which decoders may see something.
const WORDS: [&str; 40] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e9",
    "9223372036854775808",
    "1.5",
    "\"\"",
    "{}",
    "[]",
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\u",
    "\\ud800",
    "\\\"",
    "\n",
    "é",
    "\u{202e}",
    "\u{0}",
    "\"id\":",
    "\"content\":",
    "\"event\":",
    "\"data\":",
    "\"created_at\":",
    "\"conversation_id\":7",
    "\"message_type\":",
    "\"content_attributes\":{",
    "\"attachments\":[",
    "\"echo_id\":\"a\"",
    "\"deleted\":true",
    "\"message.created\"",
    "\"message.updated\"",
    "**",
    "](",
];

/// Chance, the same for the same seed (xorshift).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let wide = u128::from(self.0) * u128::try_from(limit).unwrap_or_default();
        usize::try_from(wide >> 64).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }
}

/// Changes an input in one to eight places.
pub fn change(input: &mut Vec<u8>, other: &[u8], chance: &mut Chance, longest: usize) {
    for _ in 0..=chance.below(8) {
        once(input, other, chance);
    }
    input.truncate(longest);
}

fn once(input: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    let at = chance.below(input.len().saturating_add(1));
    let end = at.saturating_add(chance.below(32)).min(input.len());
    match chance.below(9) {
        0 => {
            let byte = chance.byte();
            input.splice(at..at, [byte]);
        }
        1 | 2 => {
            let bit = 1_u8 << chance.below(8);
            let byte = chance.byte();
            let flips = chance.below(2) == 0;
            if let Some(old) = input.get_mut(at) {
                *old = if flips { *old ^ bit } else { byte };
            }
        }
        3 => {
            input.drain(at..end);
        }
        4 => {
            let piece: Vec<u8> = input.get(at..end).unwrap_or_default().to_vec();
            input.splice(at..at, piece);
        }
        5 | 6 => {
            let word = WORDS.get(chance.below(WORDS.len())).copied().unwrap_or_default();
            let end = if chance.below(2) == 0 { at } else { end };
            input.splice(at..end, word.bytes());
        }
        7 => {
            let from = chance.below(other.len().saturating_add(1));
            let to = from.saturating_add(chance.below(256)).min(other.len());
            let piece = other.get(from..to).unwrap_or_default().to_vec();
            input.splice(at..end, piece);
        }
        _ => {
            let from = chance.below(other.len().saturating_add(1));
            input.truncate(at);
            input.extend(other.get(from..).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_the_same_for_the_same_seed_and_stay_short() {
        let run = |seed| {
            let mut chance = Chance::new(seed);
            let mut input = b"{\"id\":1}".to_vec();
            for _ in 0..500 {
                change(&mut input, b"other", &mut chance, 100);
                assert!(input.len() <= 100);
            }
            input
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}
