//! Lines to blocks: the open containers are a stack of limited height, each line is matched against it once.

use super::lines::{Fence, Marker, after_quote_mark, heading, indent, is_blank, is_rule, without_indent};
use super::{Block, Budget, MAX_BLOCK_DEPTH, inlines, plain_paragraph, push_clean};
use crate::work;

/// The blocks of a whole text.
pub(super) fn parse(source: &str, budget: &mut Budget) -> Vec<Block> {
    let mut reader = Reader {
        budget,
        root: Vec::new(),
        frames: Vec::new(),
        leaf: Leaf::None,
    };
    let mut rest = source;
    while !rest.is_empty() {
        if reader.budget.is_spent() {
            reader.close_to(0);
            if !crate::text::is_blank(rest) {
                reader.root.push(plain_paragraph(rest));
            }
            break;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        work::step(line.len() + 1);
        reader.line(line);
        rest = after;
    }
    reader.close_to(0);
    reader.root
}

struct Reader<'b, 'p> {
    budget: &'b mut Budget<'p>,
    root: Vec<Block>,
    frames: Vec<Frame>,
    leaf: Leaf,
}

/// An open container with what it holds so far.
struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
}

enum Kind {
    Quote,
    /// A list whose last item is open.
    List {
        marker: Marker,
        /// The closed items.
        items: Vec<Vec<Block>>,
        /// Columns before the marker.
        outer: usize,
        /// Columns before the item's text.
        inner: usize,
    },
}

/// The open block of the innermost container.
enum Leaf {
    None,
    Paragraph(String),
    Code { fence: Fence, text: String },
}

impl Reader<'_, '_> {
    fn line(&mut self, line: &str) {
        let mut rest = self.matched(line);
        if let Leaf::Code { fence, text } = &mut self.leaf {
            if fence.is_closed_by(rest) {
                self.close_leaf();
            } else {
                text.push_str(without_indent(rest, fence.indent));
                text.push('\n');
            }
            return;
        }
        while let Some(after) = self.open_container(rest) {
            rest = after;
        }
        self.leaf_line(rest);
    }

    /// Matches the open containers, closes those that ended; the rest of the line.
    fn matched<'a>(&mut self, line: &'a str) -> &'a str {
        let mut rest = line;
        for depth in 0..self.frames.len() {
            work::step(indent(rest) + 1);
            let Some(frame) = self.frames.get_mut(depth) else {
                break;
            };
            if let Some(after) = frame.continued_by(rest) {
                rest = after;
                continue;
            }
            self.close_to(depth + 1);
            if let Some(after) = self.next_item(rest) {
                return after;
            }
            self.close_to(depth);
            break;
        }
        rest
    }

    /// Begins the next item of the innermost list if the line does.
    fn next_item<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        let (marker, found_inner, after) = Marker::of(line)?;
        let Some(Frame {
            kind: Kind::List { marker: own, .. },
            ..
        }) = self.frames.last()
        else {
            return None;
        };
        if !own.is_like(marker) || is_rule(line) {
            return None;
        }
        self.close_leaf();
        self.budget.take();
        if let Some(Frame {
            kind: Kind::List {
                items, outer, inner, ..
            },
            blocks,
        }) = self.frames.last_mut()
        {
            items.push(std::mem::take(blocks));
            *outer = indent(line);
            *inner = found_inner;
        }
        Some(after)
    }

    /// Opens one quote or list; what is behind its mark.
    fn open_container<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        work::step(indent(line) + 1);
        if self.frames.len() >= MAX_BLOCK_DEPTH || is_rule(line) {
            return None;
        }
        if let Some(after) = after_quote_mark(line) {
            if is_blank(after) {
                return None;
            }
            self.close_leaf();
            self.budget.take();
            self.frames.push(Frame {
                kind: Kind::Quote,
                blocks: Vec::new(),
            });
            return Some(after);
        }
        let (marker, inner, after) = Marker::of(line)?;
        // As in CommonMark a sentence that wraps before a number stays a sentence.
        let interrupts =
            !matches!(self.leaf, Leaf::Paragraph(_)) || marker.number.is_none_or(|number| number == 1);
        if is_blank(after) || !interrupts {
            return None;
        }
        self.close_leaf();
        self.budget.take();
        self.budget.take();
        let kind = Kind::List {
            marker,
            items: Vec::new(),
            outer: indent(line),
            inner,
        };
        self.frames.push(Frame {
            kind,
            blocks: Vec::new(),
        });
        Some(after)
    }

    fn leaf_line(&mut self, line: &str) {
        let text = line.trim();
        work::step(line.len());
        if text.is_empty() {
            self.close_leaf();
        } else if is_rule(line) {
            self.close_leaf();
            self.budget.take();
            self.push(Block::Rule);
        } else if let Some((main, content)) = heading(text) {
            self.close_leaf();
            self.budget.take();
            let content = inlines::parse(content, self.budget);
            self.push(Block::Heading { main, content });
        } else if let Some((fence, text)) = Fence::opened_by(line) {
            self.close_leaf();
            self.leaf = Leaf::Code { fence, text };
        } else if let Leaf::Paragraph(lines) = &mut self.leaf {
            lines.push('\n');
            lines.push_str(line.trim_start());
        } else {
            self.leaf = Leaf::Paragraph(line.trim_start().to_owned());
        }
    }

    fn close_leaf(&mut self) {
        match std::mem::replace(&mut self.leaf, Leaf::None) {
            Leaf::None => {}
            Leaf::Paragraph(text) => {
                self.budget.take();
                let content = inlines::parse(without_last_breaks(text.trim_end()), self.budget);
                if !content.is_empty() {
                    self.push(Block::Paragraph(content));
                }
            }
            Leaf::Code { text, .. } => {
                if !is_blank(&text) {
                    self.budget.take();
                    let mut clean = String::with_capacity(text.len());
                    push_clean(&mut clean, text.trim_end_matches('\n'), false);
                    self.push(Block::Code(clean));
                }
            }
        }
    }

    fn close_to(&mut self, depth: usize) {
        if self.frames.len() >= depth && (self.frames.len() > depth || depth == 0) {
            self.close_leaf();
        }
        while self.frames.len() > depth {
            let Some(Frame { kind, blocks }) = self.frames.pop() else {
                break;
            };
            match kind {
                Kind::Quote => {
                    if !blocks.is_empty() {
                        self.push(Block::Quote(blocks));
                    }
                }
                Kind::List {
                    marker, mut items, ..
                } => {
                    items.push(blocks);
                    self.push(Block::List {
                        start: marker.number,
                        items,
                    });
                }
            }
        }
    }

    fn push(&mut self, block: Block) {
        match self.frames.last_mut() {
            Some(frame) => frame.blocks.push(block),
            None => self.root.push(block),
        }
    }
}

impl Frame {
    /// What of the line is the container's, if it goes on in it.
    fn continued_by<'a>(&self, line: &'a str) -> Option<&'a str> {
        match self.kind {
            Kind::Quote => after_quote_mark(line),
            // Two columns are enough: that is what people type below "10." too.
            Kind::List { outer, inner, .. } => {
                (is_blank(line) || indent(line) >= outer + 2).then(|| without_indent(line, inner))
            }
        }
    }
}

/// Hard breaks at the end of a paragraph lead to no line.
fn without_last_breaks(text: &str) -> &str {
    let mut lines = text;
    while let Some(before) = lines.strip_suffix("\n\\") {
        lines = before;
    }
    if lines.len() < text.len() {
        lines.strip_suffix('\\').unwrap_or(lines).trim_end()
    } else {
        text
    }
}
