//! How Markdown is read, in a short notation for trees.

mod blocks;
mod inlines;
mod limits;
mod links;

use std::fmt::Write as _;

use super::{Block, Document, Inline};
use crate::eg::Whatwg;

fn parse(text: &str) -> Document {
    super::parse(text, &Whatwg)
}

/// The tree in a notation for people: `p(a *(b) / c)`.
fn shape(text: &str) -> String {
    blocks_shape(&parse(text).blocks)
}

/// The inlines of a text that is one paragraph.
fn line(text: &str) -> String {
    let document = parse(text);
    match document.blocks.as_slice() {
        [Block::Paragraph(content)] => inlines_shape(content),
        other => panic!("not one paragraph: {other:?}"),
    }
}

fn blocks_shape(blocks: &[Block]) -> String {
    let shapes: Vec<String> = blocks.iter().map(block_shape).collect();
    shapes.join(" ")
}

fn block_shape(block: &Block) -> String {
    match block {
        Block::Paragraph(content) => format!("p({})", inlines_shape(content)),
        Block::Heading { main, content } => {
            format!("h{}({})", if *main { 1 } else { 2 }, inlines_shape(content))
        }
        Block::List { start, items } => {
            let mark = start.map_or_else(|| "ul".to_owned(), |start| format!("ol{start}"));
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("[{}]", blocks_shape(item)))
                .collect();
            format!("{mark}{}", items.concat())
        }
        Block::Quote(blocks) => format!("q({})", blocks_shape(blocks)),
        Block::Code(code) => format!("code({code:?})"),
        Block::Rule => "rule".to_owned(),
    }
}

fn inlines_shape(inlines: &[Inline]) -> String {
    let mut shape = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) => shape.push_str(text),
            Inline::Code(code) => write!(shape, "`{code}`").unwrap(),
            Inline::Break => shape.push_str(" / "),
            Inline::Strong(children) => write!(shape, "**({})", inlines_shape(children)).unwrap(),
            Inline::Emphasis(children) => write!(shape, "*({})", inlines_shape(children)).unwrap(),
            Inline::Strike(children) => write!(shape, "~({})", inlines_shape(children)).unwrap(),
            Inline::Link { target, children } => {
                let warning = if target.suspicious() { "!" } else { "" };
                write!(shape, "{warning}<{}|{}>", target.href(), inlines_shape(children)).unwrap();
            }
        }
    }
    shape
}
