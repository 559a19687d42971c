//! Small questions about a text, and short forms of it.

use crate::bidi::clean_name;
use crate::chars::{is_bidi_control, is_emoji, is_invisible, is_joiner, is_punctuation, is_word};
use crate::cluster;
use crate::link::{ParsedUrl, UrlParser};
use crate::markdown::{self, Block, Document, Inline};

/// Whether a text has a character. The library's `contains` would do, but brings its search for whole texts along:
/// a kilobyte for every visitor.
pub fn has(text: &str, character: char) -> bool {
    text.chars().any(|c| c == character)
}

/// Up to two letters for an avatar: the first of the first and of the last word, or the first two of a single word;
/// an emoji when there is no letter. In capitals as far as ASCII goes: `text-transform` does the rest for nothing.
///
/// ```
/// use confab_content::text::initials;
/// assert_eq!(initials("Rowan Agent").as_deref(), Some("RA"));
/// assert_eq!(initials("Rowan").as_deref(), Some("RO"));
/// assert_eq!(initials("رنا").as_deref(), Some("رن"));
/// assert_eq!(initials(" \u{200b}"), None);
/// ```
pub fn initials(name: &str) -> Option<String> {
    let name = clean_name(name);
    let mut words = name.split([' ', '.', '(', ')', '"']).filter_map(|word| {
        let start = word.find(is_word)?;
        word.get(start..)
    });
    let Some(first) = words.next() else {
        return cluster::clusters(&name)
            .find(|part| part.starts_with(is_emoji))
            .map(str::to_owned);
    };
    let letters: String = match words.next_back() {
        Some(last) => [cluster::head(first, 1).0, cluster::head(last, 1).0].concat(),
        None => cluster::clusters(first)
            .filter(|part| part.starts_with(is_word))
            .take(2)
            .collect(),
    };
    Some(letters.to_ascii_uppercase())
}

/// Whether nothing of the text can be seen: white space, zero-width and control characters only.
///
/// ```
/// use confab_content::text::is_blank;
/// assert!(is_blank(" \n\u{200b}\u{feff}"));
/// assert!(!is_blank("."));
/// ```
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || is_invisible(c)
            || is_joiner(c)
            || is_bidi_control(c)
            || is_selector(c)
    })
}

/// Whether the text is one to `max` emoji and nothing else but white space, so that they may be shown large.
///
/// ```
/// use confab_content::text::is_only_emoji;
/// assert!(is_only_emoji("👩‍👩‍👧 🇩🇪 ❤️", 3));
/// assert!(!is_only_emoji("👍👍👍👍", 3));
/// assert!(!is_only_emoji("42", 3));
/// ```
pub fn is_only_emoji(text: &str, max: usize) -> bool {
    let mut count = 0;
    for part in cluster::clusters(text) {
        if part.chars().all(char::is_whitespace) {
            continue;
        }
        count += 1;
        if count > max || !is_emoji_cluster(part) {
            return false;
        }
    }
    count > 0
}

/// The text of a document without any markup: a line per block, item and line break.
///
/// ```
/// use confab_content::{link::ParsedUrl, markdown, text};
/// let none = |_: &str| None::<ParsedUrl>;
/// let document = markdown::parse("**Hi** there\n\n- one\n- two", &none);
/// assert_eq!(text::plain(&document), "Hi there\n• one\n• two");
/// ```
pub fn plain(document: &Document) -> String {
    let mut text = String::new();
    push_blocks(&document.blocks, &mut text);
    text
}

/// One line of at most `max_chars` characters (as a person counts them) of what a message says, for a list, an
/// announcement or the title of the page. Cut off with an ellipsis.
///
/// ```
/// use confab_content::text::preview;
/// assert_eq!(preview("See [our **plans**](https://example.com)\nfor more", 12), "See our pla…");
/// ```
pub fn preview(text: &str, max_chars: usize) -> String {
    // Markup is longer than what it shows, though rarely by so much; a preview need not read 150,000 characters.
    let source: String = text
        .chars()
        .take(max_chars.saturating_mul(4).saturating_add(4_000))
        .collect();
    let line = clean_name(&plain(&markdown::parse(&source, &Unchecked)));
    if !cluster::head(&line, max_chars).1 {
        return line;
    }
    let shown = cluster::head(&line, max_chars.saturating_sub(1)).0;
    [shown.trim_end(), "…"].concat()
}

/// Accepts every address, because of a link only its label is wanted here and nothing is followed.
struct Unchecked;

impl UrlParser for Unchecked {
    fn parse(&self, text: &str) -> Option<ParsedUrl> {
        let (scheme, rest) = text.split_once(':')?;
        let host = rest.trim_start_matches('/').to_owned();
        Some(ParsedUrl {
            scheme: scheme.to_owned(),
            host,
            href: text.to_owned(),
        })
    }
}

/// Bounded by the depth of a document, as is everything that walks one.
fn push_blocks(blocks: &[Block], text: &mut String) {
    for block in blocks.iter().filter(|block| **block != Block::Rule) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match block {
            Block::Paragraph(content) | Block::Heading { content, .. } => push_inlines(content, text),
            Block::Quote(blocks) => push_blocks(blocks, text),
            Block::Code(code) => text.push_str(code),
            Block::Rule => {}
            Block::List { start, items } => push_items(*start, items, text),
        }
    }
}

/// In decimals, by hand: the library's formatting would cost the widget a kilobyte.
fn push_number(number: u32, text: &mut String) {
    if number > 9 {
        push_number(number / 10, text);
    }
    text.push(char::from_digit(number % 10, 10).unwrap_or('0'));
}

fn push_items(start: Option<u32>, items: &[Vec<Block>], text: &mut String) {
    for (number, item) in (start.unwrap_or_default()..).zip(items) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        if start.is_some() {
            push_number(number, text);
            text.push('.');
        } else {
            text.push('•');
        }
        let mut inner = String::new();
        push_blocks(item, &mut inner);
        if !inner.is_empty() {
            text.push(' ');
            text.push_str(&inner);
        }
    }
}

pub(crate) fn push_inlines(inlines: &[Inline], text: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(part) | Inline::Code(part) => text.push_str(part),
            Inline::Break => text.push('\n'),
            Inline::Strong(children)
            | Inline::Emphasis(children)
            | Inline::Strike(children)
            | Inline::Link { children, .. } => push_inlines(children, text),
        }
    }
}

fn is_emoji_cluster(part: &str) -> bool {
    let mut chars = part.chars();
    match (chars.next(), chars.next()) {
        // Digits become emoji as keycaps, signs such as © and ↔ by a selector.
        (Some(c), _) if c.is_ascii() => part.ends_with('\u{20e3}'),
        (Some(c), Some('\u{fe0f}')) => is_punctuation(c),
        (Some(c), _) => is_emoji(c),
        (None, _) => false,
    }
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg::Whatwg;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, expected) in [
            ("ada lovelace", Some("AL")),
            ("Jean-Luc M. Picard", Some("JP")),
            ("Dr. (Ada) \"Byron\"", Some("DB")),
            ("x", Some("X")),
            ("O'Neil", Some("ON")),
            ("田中太郎", Some("田中")),
            ("رنا علي", Some("رع")),
            ("नि शा", Some("निशा")),
            ("E\u{301}milie", Some("E\u{301}M")),
            ("🎉 Rowan", Some("RO")),
            ("👩‍💻", Some("👩‍💻")),
            ("\u{202e}Rowan\u{2066}", Some("RO")),
            ("42", Some("42")),
            ("?!", None),
            ("", None),
        ] {
            assert_eq!(initials(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn blank_is_what_cannot_be_seen() {
        for text in [
            "",
            " \t\r\n\u{a0}\u{3000}",
            "\u{200b}\u{200d}\u{feff}\u{fe0f}",
            "\u{202e}\u{2066}",
            "\u{3164}\u{2800}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", " . ", "👍", "\u{301}"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn emoji_are_counted_as_people_do() {
        for (text, max) in [
            ("👍", 1),
            ("👍🏽", 1),
            ("🇩🇪🇫🇷", 2),
            ("❤️", 1),
            ("©️", 1),
            ("1️⃣", 1),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
            ("🧑🏽‍🚀 \n🎉", 2),
        ] {
            assert!(is_only_emoji(text, max), "{text}");
            assert!(!is_only_emoji(text, max - 1), "{text}");
        }
        for text in ["", " ", "a", "1", "#", "©", "a\u{fe0f}", "👍!", "→", "😀x"] {
            assert!(!is_only_emoji(text, 9), "{text}");
        }
    }

    #[test]
    fn plain_text_has_a_line_for_each_part() {
        let text = "# Title\n\n> quote\n> more\n\n3. a\n   - b\n4. c\n\n---\n```\nx\n y\n```\n![pic](https://a.example/p.png) `code`";
        let expected = "Title\nquote\nmore\n3. a\n• b\n4. c\nx\n y\npic code";
        assert_eq!(plain(&markdown::parse(text, &Whatwg)), expected);
    }

    #[test]
    fn a_preview_is_cut_between_characters() {
        assert_eq!(preview("a\n\n- b\n- c", 20), "a • b • c");
        assert_eq!(preview("👩‍💻👩‍💻👩‍💻", 3), "👩‍💻👩‍💻👩‍💻");
        assert_eq!(preview("👩‍💻👩‍💻👩‍💻", 2), "👩‍💻…");
        assert_eq!(preview("ab cd", 4), "ab…");
        assert_eq!(preview("a\u{202e}b", 9), "ab");
        assert_eq!(
            preview("[x](javascript:alert(1))", 99),
            "[x](javascript:alert(1))"
        );
        assert_eq!(preview("abc", 0), "…");
    }
}
