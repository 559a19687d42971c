//! Direction of a text, and names that cannot reorder what stands around them.

use crate::chars::{is_bidi_control, is_invisible, is_word};

pub use crate::file_name::{FileName, safe_file_name};

/// The direction a text asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
    /// No letter says: digits, punctuation, emoji.
    Neutral,
}

impl Direction {
    /// The value of an element's `dir`; a neutral text takes `auto`.
    pub fn as_dir(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
            Self::Neutral => "auto",
        }
    }
}

/// The direction of the first strong character, as `dir=auto` would have it.
///
/// ```
/// use confab_content::bidi::{Direction, direction};
/// assert_eq!(direction("12: سلام, world"), Direction::Rtl);
/// assert_eq!(direction("(hello) עולם"), Direction::Ltr);
/// assert_eq!(direction("42 👍"), Direction::Neutral);
/// ```
pub fn direction(text: &str) -> Direction {
    text.chars()
        .find_map(|c| match c {
            '\u{200e}' => Some(Direction::Ltr),
            '\u{200f}' | '\u{61c}' => Some(Direction::Rtl),
            c if c.is_ascii_digit() || !is_word(c) => None,
            '\u{660}'..='\u{669}' | '\u{6dd}' | '\u{6f0}'..='\u{6f9}' => None,
            '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}' => Some(Direction::Rtl),
            _ => Some(Direction::Ltr),
        })
        .unwrap_or(Direction::Neutral)
}

/// A name of a person or a thing as one line that keeps to itself: without control characters, without characters
/// that change direction or are invisible, white space collapsed. Show it in an element with `dir=auto`.
///
/// ```
/// use confab_content::bidi::clean_name;
/// assert_eq!(clean_name("  Rowan\n\u{202e}tnegA "), "Rowan tnegA");
/// ```
pub fn clean_name(name: &str) -> String {
    let mut clean = String::with_capacity(name.len());
    for word in name.split(|c: char| c.is_whitespace() || c.is_control()) {
        let start = clean.len();
        if start > 0 {
            clean.push(' ');
        }
        let before = clean.len();
        clean.extend(word.chars().filter(|&c| !is_bidi_control(c) && !is_invisible(c)));
        if clean.len() == before {
            clean.truncate(start);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_decides() {
        for (text, expected) in [
            ("", Direction::Neutral),
            ("123 ١٢٣ !?", Direction::Neutral),
            ("🎉🏳️‍🌈", Direction::Neutral),
            ("🎉 مرحبا", Direction::Rtl),
            ("\u{200f}abc", Direction::Rtl),
            ("\u{200e}שלום", Direction::Ltr),
            ("你好 שלום", Direction::Ltr),
            ("ﷺ", Direction::Rtl),
            ("Ärger", Direction::Ltr),
            ("٣ items", Direction::Ltr),
        ] {
            assert_eq!(direction(text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_keeps_its_letters_and_joiners() {
        assert_eq!(clean_name("علی‌رضا"), "علی‌رضا");
        assert_eq!(clean_name("👩‍💻 Ada"), "👩‍💻 Ada");
        assert_eq!(clean_name("A\u{2066}d\u{2069}a\u{0}\u{feff}"), "Ada");
        assert_eq!(clean_name("\u{200b} \u{202e} \t"), "");
        assert_eq!(clean_name("a \u{200b} b"), "a b");
    }
}
