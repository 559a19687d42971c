//! What a person takes for one character: a base with its marks, an emoji sequence, a flag.

use crate::chars::{is_extender, is_joiner, is_regional};

/// The text in pieces that must not be cut apart.
pub(crate) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = first_end(rest)?;
        let (head, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(head)
    })
}

/// The first `max` clusters and whether anything was cut off.
pub(crate) fn head(text: &str, max: usize) -> (&str, bool) {
    let end: usize = clusters(text).take(max).map(str::len).sum();
    (text.get(..end).unwrap_or(text), end < text.len())
}

/// The middle of `text` left out when it has more than `front + back` clusters.
pub(crate) fn without_middle(text: &str, front: usize, back: usize) -> String {
    let count = clusters(text).count();
    if count <= front + back {
        return text.to_owned();
    }
    let start: String = clusters(text).take(front).collect();
    let end: String = clusters(text).skip(count - back).collect();
    [start.trim_end(), "…", end.trim_start()].concat()
}

/// Where the first cluster ends.
fn first_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, first) = chars.next()?;
    let mut flag_open = is_regional(first);
    let mut joined = false;
    for (at, c) in chars {
        let belongs =
            is_extender(c) || is_joiner(c) || (joined && !c.is_whitespace()) || (flag_open && is_regional(c));
        if !belongs {
            return Some(at);
        }
        flag_open &= !is_regional(c);
        // Only the joiner U+200D binds what follows; U+200C keeps two letters apart.
        joined = c == '\u{200d}';
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_sequences_and_flags_stay_whole() {
        let text = "e\u{301}👩‍👩‍👧🇩🇪🇫🇷👍🏽नि";
        let parts: Vec<&str> = clusters(text).collect();
        assert_eq!(parts, ["e\u{301}", "👩‍👩‍👧", "🇩🇪", "🇫🇷", "👍🏽", "नि"]);
    }

    #[test]
    fn persian_words_with_a_non_joiner_are_not_one_cluster() {
        assert_eq!(clusters("می‌شود").count(), 5);
    }

    #[test]
    fn head_reports_what_it_cut() {
        assert_eq!(head("ab👍🏽c", 3), ("ab👍🏽", true));
        assert_eq!(head("ab", 3), ("ab", false));
    }

    #[test]
    fn the_middle_goes_first() {
        assert_eq!(without_middle("abcdefgh", 3, 2), "abc…gh");
        assert_eq!(without_middle("abcde", 3, 2), "abcde");
    }
}
