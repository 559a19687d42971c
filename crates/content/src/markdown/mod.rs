//! The Markdown of messages as a limited tree that `ui` maps to elements one to one.
//!
//! Messages are Markdown from agents' editors and from visitors alike (Chatwoot renders both the same way, with HTML
//! disabled). This reader follows `CommonMark` where a chat and a document agree. It differs on purpose:
//!
//! * a single line feed is a [`Inline::Break`], with or without the backslash that editors write before it;
//! * HTML is text; images are links to the image, so that nothing is fetched unasked; there are no reference links;
//! * addresses (`https://…`, `www.…`, `mailto:…`, e-mail) become links without brackets;
//! * quotes and list items end where their marks end: an answer typed below a quote is not part of it;
//! * indented text is not code and dashes below a line do not make it a heading: people align things;
//! * `2*3*4` and `snake_case` stay, and emphasis works next to Chinese, Japanese and Korean letters;
//! * a mark with nothing behind it (`-`, `1.`, `#`, `>`) is text; only unpaired `~` never means anything.
//!
//! Whatever the input: the tree is at most [`MAX_DEPTH`] deep and [`MAX_NODES`] large, what exceeds that is shown as
//! the text it is, time is linear in the length, and nothing here recurses.

mod autolink;
mod blocks;
mod build;
mod emphasis;
mod entity;
mod inlines;
mod lines;

#[cfg(test)]
mod tests;

use crate::link::{SafeLink, UrlParser};

/// Most containers (quotes, lists) around a block.
pub const MAX_BLOCK_DEPTH: usize = 8;
/// Most marks (strong, emphasis, links …) around a piece of text.
pub const MAX_INLINE_DEPTH: usize = 10;
/// Most nested nodes from the document to a text: the containers, a paragraph, the marks and the text itself.
pub const MAX_DEPTH: usize = MAX_BLOCK_DEPTH + MAX_INLINE_DEPTH + 2;
/// Most nodes of one document, items of lists included.
pub const MAX_NODES: usize = 2_000;

/// A message's text as blocks. Empty only for a text without anything visible in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The blocks from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a text that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Lines of text. Where a limit was hit, its text may hold line feeds and spaces: show with `white-space: pre-wrap`.
    Paragraph(Vec<Inline>),
    /// A heading.
    Heading {
        /// Whether it was written with a single `#`; all deeper levels look alike in a bubble.
        main: bool,
        /// Its text.
        content: Vec<Inline>,
    },
    /// A list.
    List {
        /// The number of the first item, or nothing for bullets.
        start: Option<u32>,
        /// The items; one that is a single paragraph needs no distance to the next.
        items: Vec<Vec<Block>>,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// Lines of code, to be shown as they are.
    Code(String),
    /// A line across.
    Rule,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text, without control characters and overrides of direction.
    Text(String),
    /// Strong text.
    Strong(Vec<Inline>),
    /// Emphasised text.
    Emphasis(Vec<Inline>),
    /// Text struck through.
    Strike(Vec<Inline>),
    /// Code within a line.
    Code(String),
    /// A link; links never hold links.
    Link {
        /// Where to; already checked against what is shown.
        target: SafeLink,
        /// What is shown, never empty and free of characters that change direction. Isolate it (`dir=auto`).
        children: Vec<Inline>,
    },
    /// The next line begins.
    Break,
}

/// Reads `text` as the Markdown of a message. Total and linear: every text has a document.
///
/// ```
/// use confab_content::link::ParsedUrl;
/// use confab_content::markdown::{Block, Inline, parse};
///
/// # let parser = |text: &str| {
/// #     let url = url::Url::parse(text).ok()?;
/// #     let host = url.host_str().unwrap_or_default().to_owned();
/// #     Some(ParsedUrl { scheme: url.scheme().to_owned(), host, href: url.to_string() })
/// # };
/// let document = parse("Hi **you**\\\nsee https://example.com.", &parser);
/// let [Block::Paragraph(content)] = document.blocks.as_slice() else { panic!() };
/// assert_eq!(content.len(), 6); // text, strong, break, text, link, text
/// let Inline::Link { target, .. } = &content[4] else { panic!() };
/// assert_eq!(target.href(), "https://example.com/");
///
/// let document = parse("<img src=x onerror=alert(1)> [x](javascript:alert(1))", &parser);
/// let text = "<img src=x onerror=alert(1)> [x](javascript:alert(1))";
/// assert_eq!(document.blocks, [Block::Paragraph(vec![Inline::Text(text.to_owned())])]);
/// ```
pub fn parse(text: &str, parser: &dyn UrlParser) -> Document {
    let source = with_line_feeds(text);
    let mut budget = Budget::new(parser);
    let mut blocks = blocks::parse(&source, &mut budget);
    if blocks.is_empty() && !crate::text::is_blank(&source) {
        // Marks around nothing, an empty code block for instance: somebody typed it, so it is shown.
        blocks.push(plain_paragraph(&source));
    }
    Document { blocks }
}

/// What is left of the limits while one text is read.
struct Budget<'p> {
    parser: &'p dyn UrlParser,
    /// Nodes that may still be made.
    nodes: usize,
    /// Addresses that may still be parsed: each is a call into the browser.
    addresses: usize,
    /// Characters that may still be looked at in vain for the end of a link.
    in_vain: usize,
}

impl<'p> Budget<'p> {
    /// Kept back for the nodes that must be made when the limit is reached: a text at every open level.
    const RESERVE: usize = 2 * MAX_DEPTH;

    fn new(parser: &'p dyn UrlParser) -> Self {
        Self {
            parser,
            nodes: MAX_NODES - Self::RESERVE,
            addresses: MAX_NODES,
            in_vain: 1 << 18,
        }
    }

    fn is_spent(&self) -> bool {
        self.nodes == 0
    }

    /// Whether one more node may be made; if so it counts.
    fn take(&mut self) -> bool {
        let free = self.nodes > 0;
        self.nodes = self.nodes.saturating_sub(1);
        free
    }

    /// The link an address is good for, if any.
    fn link(&mut self, target: &str) -> Option<SafeLink> {
        self.addresses = self.addresses.checked_sub(1)?;
        SafeLink::check(target, self.parser)
    }
}

/// Carriage returns and the line separators of Unicode become line feeds.
fn with_line_feeds(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut after_return = false;
    for c in text.chars() {
        match c {
            '\n' if after_return => {}
            '\r' | '\u{2028}' | '\u{2029}' => lines.push('\n'),
            _ => lines.push(c),
        }
        after_return = c == '\r';
    }
    lines
}

/// `source` as it stands.
fn plain_paragraph(source: &str) -> Block {
    let mut text = String::new();
    push_clean(&mut text, source.trim_matches('\n'), false);
    Block::Paragraph(vec![Inline::Text(text)])
}

/// Appends text without control characters and overrides of direction; without anything that touches direction when
/// it is the text of a link.
fn push_clean(text: &mut String, part: &str, in_link: bool) {
    use crate::chars::{is_bidi_control, is_bidi_override};
    text.extend(part.chars().filter(|&c| {
        let shown = !c.is_control() || matches!(c, '\n' | '\t');
        shown
            && if in_link {
                !is_bidi_control(c)
            } else {
                !is_bidi_override(c)
            }
    }));
}
