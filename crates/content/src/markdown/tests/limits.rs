//! Depth, size and time are bounded for any input.

use std::cell::Cell;

use proptest::prelude::*;

use super::parse;
use crate::eg::Whatwg;
use crate::link::{ParsedUrl, Scheme, UrlParser};
use crate::markdown::{Block, Document, Inline, MAX_DEPTH, MAX_NODES};
use crate::text::{is_blank, plain, preview};
use crate::work;

const LENGTH: usize = 150_000;
/// Steps a character may cost: a line is matched, read and cut into pieces, a piece paired and built.
const STEPS_PER_CHAR: usize = 8;
/// Steps spent on links that are none, and on the pieces of addresses.
const STEPS_AT_MOST: usize = 300_000;

/// Nodes of a document, its depth, and whether each link may be followed.
#[derive(Default)]
struct Size {
    nodes: usize,
    depth: usize,
    text: usize,
}

impl Size {
    fn of(document: &Document) -> Self {
        let mut size = Self::default();
        size.blocks(&document.blocks, 1);
        size
    }

    fn blocks(&mut self, blocks: &[Block], depth: usize) {
        for block in blocks {
            self.nodes += 1;
            self.depth = self.depth.max(depth);
            match block {
                Block::Paragraph(content) | Block::Heading { content, .. } => {
                    self.inlines(content, depth + 1);
                }
                Block::Quote(blocks) => self.blocks(blocks, depth + 1),
                Block::List { items, .. } => {
                    self.nodes += items.len();
                    for item in items {
                        self.blocks(item, depth + 1);
                    }
                }
                Block::Code(code) => self.text += code.len(),
                Block::Rule => {}
            }
        }
    }

    fn inlines(&mut self, inlines: &[Inline], depth: usize) {
        for inline in inlines {
            self.nodes += 1;
            self.depth = self.depth.max(depth);
            match inline {
                Inline::Text(text) | Inline::Code(text) => self.text += text.len(),
                Inline::Break => {}
                Inline::Strong(children) | Inline::Emphasis(children) | Inline::Strike(children) => {
                    self.inlines(children, depth + 1);
                }
                Inline::Link { target, children } => {
                    let href = target.href();
                    assert!(
                        ["http://", "https://", "mailto:", "tel:"]
                            .iter()
                            .any(|s| href.starts_with(s)),
                        "{href}"
                    );
                    assert!(!href.chars().any(char::is_control));
                    assert_eq!(target.scheme() == Scheme::Tel, target.host().is_empty());
                    assert!(!children.is_empty());
                    self.inlines(children, depth + 1);
                }
            }
        }
    }
}

/// Counts its calls: each is one into the browser.
struct Counting(Cell<usize>);

impl UrlParser for Counting {
    fn parse(&self, text: &str) -> Option<ParsedUrl> {
        self.0.set(self.0.get() + 1);
        Whatwg.parse(text)
    }
}

#[track_caller]
fn check(text: &str) -> Document {
    let parser = Counting(Cell::new(0));
    let (document, steps) = work::measure(|| crate::markdown::parse(text, &parser));
    let size = Size::of(&document);
    let start: String = text.chars().take(40).collect();
    assert!(size.depth <= MAX_DEPTH, "depth {} of {start:?}", size.depth);
    assert!(size.nodes <= MAX_NODES, "{} nodes of {start:?}", size.nodes);
    assert!(
        parser.0.get() <= 2 * MAX_NODES,
        "{} addresses of {start:?}",
        parser.0.get()
    );
    let bound = STEPS_AT_MOST + STEPS_PER_CHAR * text.len();
    assert!(
        steps <= bound,
        "{steps} steps for {} bytes of {start:?}",
        text.len()
    );
    document
}

/// A text of the usual maximum length that repeats `part`.
fn many(part: &str) -> String {
    part.repeat(LENGTH / part.chars().count())
}

#[test]
fn hostile_shapes_cost_no_more_than_others() {
    let half = LENGTH / 2;
    let shapes = [
        many("["),
        many("[a"),
        many("a]"),
        many("!["),
        "[".repeat(half) + &"]".repeat(half),
        "[".repeat(half) + "a" + &"](x)".repeat(half / 4),
        many("[a]("),
        many("[a](<b"),
        many("[a](https://b.example/"),
        many("[a](https://b.example)"),
        many("[a](https://b.example \"t"),
        many("*"),
        many("*a"),
        many("a* "),
        many("*a _a "),
        many("*a **a "),
        many("*a_ "),
        many("**a* _b~~ "),
        many("a**b__c~~"),
        many("_a*b"),
        many("**x* "),
        "*a ".repeat(half / 3) + &"a* ".repeat(half / 3),
        "**a ".repeat(half / 4) + &"b** ".repeat(half / 4),
        "*a _b ".repeat(half / 6) + &"c_ d* ".repeat(half / 6),
        many("~~a~~b"),
        many("`"),
        (1..500).map(|length| "`".repeat(length) + "a").collect(),
        many("`a``b"),
        many(">"),
        many("> "),
        many("> a\n"),
        (0..300).map(|depth| "> ".repeat(depth) + "a\n").collect(),
        many("- "),
        many("* a\n"),
        (0..500).map(|depth| " ".repeat(depth) + "- a\n").collect(),
        many("1. "),
        many("-\n"),
        many("- a\n\n"),
        many("* * * a\n"),
        many("> - 1. "),
        many("# a\n"),
        many("---\n"),
        many("```\na\n```\n"),
        many("```a b\n"),
        many("\n"),
        many("a\n"),
        many("\\\n"),
        many("\\"),
        many(" "),
        many("\t- a\n"),
        " ".repeat(half) + &many("a"),
        many("&"),
        many("&#"),
        many("&amp;"),
        many("<"),
        many("<a:"),
        many("<https://a.example"),
        many("<https://a.example>"),
        many("http://"),
        many("https://a.example "),
        many("https://a.example/("),
        many("www."),
        many("www.a.example,"),
        many("mailto:"),
        many("a@"),
        many("a@b.example "),
        many("a_a"),
        many("a.a-a@"),
        many("\u{202e}"),
        many("é"),
        many("https://ü.example/"),
        many("[ü.example ü.example](https://a.example)"),
        "[".to_owned() + &many("ü.example ") + "](https://ü.example)",
        many("[bank.example](javascript:x)"),
    ];
    for shape in &shapes {
        check(shape);
    }
}

fn numbered(numbers: std::ops::Range<usize>, part: impl Fn(usize) -> String) -> String {
    numbers.map(part).collect::<Vec<_>>().concat()
}

#[test]
fn what_exceeds_a_limit_is_still_there() {
    let words = numbered(0..5_000, |number| format!("**w{number}** "));
    let text = plain(&check(&words));
    assert!((0..5_000).all(|number| text.contains(&format!("w{number}"))));

    let lines = numbered(0..20_000, |number| format!("line {number}\n"));
    let text = plain(&check(&lines));
    assert_eq!(text, lines.trim_end());

    let paragraphs = numbered(0..5_000, |number| format!("- p{number}\n\n"));
    let text = plain(&check(&paragraphs));
    assert!((0..5_000).all(|number| text.contains(&format!("p{number}"))));
}

#[test]
fn depth_beyond_the_limit_is_text() {
    let quotes = check(&("> ".repeat(30) + "deep"));
    assert_eq!(plain(&quotes), ">".repeat(22).replace('>', "> ") + "deep");
    // Alternating marks open a level each.
    let marks = check(&("*a **b ".repeat(20) + "x" + &"b** a*".repeat(20)));
    assert!(Size::of(&marks).depth <= MAX_DEPTH);
    assert!(Size::of(&marks).depth > 8);
    assert!(plain(&marks).contains('*'));
}

/// Text of what the parsers look for, in any order.
fn markup() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "*",
        "**",
        "_",
        "__",
        "~~",
        "`",
        "```",
        "[",
        "](",
        ")",
        "![",
        "]",
        "(",
        "<",
        ">",
        "> ",
        "- ",
        "1. ",
        "# ",
        "\n",
        "\n\n",
        "\\",
        "\\\n",
        " ",
        "    ",
        "\t",
        "&amp;",
        "&#x202e;",
        "https://",
        "www.",
        "a.example",
        "me@a.example",
        "javascript:",
        "data:",
        "tel:",
        "mailto:",
        "a",
        "é",
        "你好",
        "سلام",
        "👩‍💻",
        "\u{202e}",
        "\u{0}",
        "\"",
        "'",
        "---",
    ]);
    prop::collection::vec(parts, 0..200).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_has_a_limited_document(text in any::<String>()) {
        let document = check(&text);
        prop_assert!(!document.blocks.is_empty() || is_blank(&text));
        let reordered = plain(&document).contains(['\u{202d}', '\u{202e}', '\0']);
        prop_assert!(!reordered);
    }

    #[test]
    fn any_markup_has_a_limited_document(text in markup()) {
        let document = check(&text);
        prop_assert!(!document.blocks.is_empty() || is_blank(&text));
        let _ = preview(&text, 40);
    }

    #[test]
    fn text_without_marks_comes_through(text in "[a-zA-Z0-9 ,.;?!'éñسلام你好👍]{0,200}") {
        prop_assume!(!text.contains("www.") && !text.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        prop_assert_eq!(plain(&parse(&text)), text.trim());
    }

    #[test]
    fn letters_and_digits_are_never_lost(text in "([a-z0-9é世س]|[*_~`>#\\-\\[\\]()!&<\\\\]|[ \n]){0,120}") {
        // Without addresses and fences nothing that is a word may vanish; numbers of lists are counted anew.
        prop_assume!(!text.contains("```") && !text.contains("~~~"));
        let words = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        prop_assert_eq!(words(&plain(&parse(&text))), words(&text));
    }

    #[test]
    fn a_preview_is_one_short_line(text in markup(), max in 1_usize..60) {
        let line = preview(&text, max);
        prop_assert!(crate::cluster::clusters(&line).count() <= max);
        prop_assert!(!line.contains('\n'));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn long_random_markup_stays_below_the_bound(parts in prop::collection::vec(markup(), 40..60)) {
        let text = parts.concat();
        let long: String = text.chars().cycle().take(LENGTH).collect();
        check(&long);
    }

    #[test]
    fn long_noise_stays_below_the_bound(text in "[*_~`\\[\\]()<>!&#\\\\ \n.:/@a-]{5000}") {
        check(&text.repeat(LENGTH / 5_000));
    }
}
