//! Character references, as editors write them for the characters that Markdown would take for itself.

/// Longest reference that is looked at, in bytes.
const MAX_BYTES: usize = 12;

const NAMED: [(&str, char); 14] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("euro", '€'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("middot", '·'),
];

/// The character a reference at the start of `text` stands for, and the reference's length in bytes.
pub(super) fn decode(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(MAX_BYTES).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name.strip_prefix('#') {
        Some(digits) => numbered(digits)?,
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, end + 1))
}

fn numbered(digits: &str) -> Option<char> {
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok().filter(|&code| code != 0);
    Some(
        code.and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    )
}

/// `text` with backslash escapes and references resolved, as in the address of a link.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or_default();
        let (c, used) = match c {
            '\\' => match tail.chars().next().filter(char::is_ascii_punctuation) {
                Some(escaped) => (escaped, 2),
                None => (c, 1),
            },
            '&' => decode(rest).unwrap_or((c, 1)),
            _ => (c, c.len_utf8()),
        };
        plain.push(c);
        rest = rest.get(used..).unwrap_or_default();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_and_look_alikes_left() {
        assert_eq!(decode("&amp;x"), Some(('&', 5)));
        assert_eq!(decode("&#x1F600;"), Some(('😀', 9)));
        assert_eq!(decode("&#65;"), Some(('A', 5)));
        assert_eq!(decode("&#0;"), Some(('\u{fffd}', 4)));
        assert_eq!(decode("&#xD800;"), Some(('\u{fffd}', 8)));
        for text in [
            "&",
            "&;",
            "&amp",
            "&#;",
            "&#x;",
            "&#-1;",
            "&nothing;",
            "& ;",
            "&#99999999999999;",
            "&ä;",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(unescaped(r"a\_b\c&lt;&x;ü\"), r"a_b\c<&x;ü\");
    }
}
