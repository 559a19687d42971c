//! The tree of a text as nodes, one to one.

use confab_content::markdown::{Block, Document, Inline};
use confab_protocol::digits;
use web_sys::Element;

use super::link::anchor;
use crate::ui::dom::{El, el};

/// Appends a document. The tree's depth is limited by its parser, so is the recursion here.
pub fn render(parent: &Element, document: &Document) {
    blocks(&El(parent.clone()), &document.blocks);
}

fn blocks(parent: &El, blocks: &[Block]) {
    for block in blocks {
        let node = match block {
            Block::Paragraph(content) => text("p", content),
            Block::Heading { main, content } => text(if *main { "h3" } else { "h4" }, content),
            Block::List { start, items } => list(*start, items),
            Block::Quote(inner) => {
                let quote = el("blockquote").class("text");
                self::blocks(&quote, inner);
                quote
            }
            Block::Code(code) => el("pre").attr("dir", "ltr").attr("tabindex", "0").text(code),
            Block::Rule => el("hr"),
        };
        parent.clone().child(&node);
    }
}

fn list(start: Option<u32>, items: &[Vec<Block>]) -> El {
    let list = match start {
        Some(number) => el("ol").attr("start", &digits(number.into())),
        None => el("ul"),
    }
    .class("text");
    for item in items {
        let node = el("li").attr("dir", "auto");
        blocks(&node, item);
        list.clone().child(&node);
    }
    list
}

fn text(tag: &str, content: &[Inline]) -> El {
    let node = el(tag).class("text").attr("dir", "auto");
    inlines(&node, content);
    node
}

fn inlines(parent: &El, content: &[Inline]) {
    for inline in content {
        let (node, children) = match inline {
            Inline::Text(text) => {
                parent.clone().text(text);
                continue;
            }
            Inline::Strong(children) => (el("strong"), children.as_slice()),
            Inline::Emphasis(children) => (el("em"), children.as_slice()),
            Inline::Strike(children) => (el("s"), children.as_slice()),
            Inline::Code(code) => (el("code").attr("dir", "ltr").text(code), [].as_slice()),
            Inline::Link { target, children } => (anchor(target).attr("dir", "auto"), children.as_slice()),
            Inline::Break => (el("br"), [].as_slice()),
        };
        inlines(&node, children);
        parent.clone().child(&node);
        if let Inline::Link { target, .. } = inline
            && target.suspicious()
        {
            // Where it leads is said, since what is shown says otherwise.
            parent.clone().text(&[" (", target.host(), ")"].concat());
        }
    }
}
