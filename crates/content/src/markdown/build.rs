//! Pieces to a tree. Limits are kept here: what would be too deep or too much appears as it was written.

use super::emphasis::Run;
use super::inlines::Piece;
use super::{Budget, Inline, MAX_INLINE_DEPTH, push_clean};
use crate::link::SafeLink;
use crate::work;

/// The tree of paired pieces.
pub(super) fn build(pieces: Vec<Piece>, budget: &mut Budget) -> Vec<Inline> {
    let mut builder = Builder {
        budget,
        out: Vec::new(),
        frames: Vec::new(),
        skipped: 0,
        in_link: false,
    };
    for piece in pieces {
        work::step(1);
        builder.piece(piece);
    }
    while builder.frames.pop().is_some_and(|frame| builder.close(frame)) {}
    let mut out = builder.out;
    while out.last() == Some(&Inline::Break) {
        out.pop();
    }
    let leading = out.iter().take_while(|inline| **inline == Inline::Break).count();
    out.drain(..leading);
    out
}

struct Builder<'b, 'p> {
    budget: &'b mut Budget<'p>,
    /// What the innermost open mark holds.
    out: Vec<Inline>,
    frames: Vec<Frame>,
    /// Open marks that appear as text.
    skipped: usize,
    in_link: bool,
}

/// An open mark, and what stands before it in its parent.
struct Frame {
    mark: Mark,
    before: Vec<Inline>,
}

enum Mark {
    Strong,
    Emphasis,
    Strike,
    Link(Box<SafeLink>),
}

impl Builder<'_, '_> {
    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.text(&text),
            Piece::Break => self.line_break(),
            Piece::Code { source, code } => self.code(source, code),
            Piece::Address { shown, link } => {
                self.start("", Mark::Link(link));
                self.text(&shown);
                self.end("");
            }
            Piece::LinkStart { source, link } => self.start(source, Mark::Link(link)),
            Piece::LinkEnd { source } => self.end(source),
            Piece::Marks(run) => self.marks(run),
        }
    }

    fn text(&mut self, part: &str) {
        if let Some(Inline::Text(text)) = self.out.last_mut() {
            push_clean(text, part, self.in_link);
            return;
        }
        let mut text = String::new();
        push_clean(&mut text, part, self.in_link);
        if !text.is_empty() {
            self.budget.take();
            self.out.push(Inline::Text(text));
        }
    }

    fn line_break(&mut self) {
        if let Some(Inline::Text(text)) = self.out.last_mut() {
            text.truncate(text.trim_end_matches([' ', '\t']).len());
            if text.is_empty() {
                self.out.pop();
            }
        }
        if self.budget.take() {
            self.out.push(Inline::Break);
        } else {
            self.text("\n");
        }
    }

    fn code(&mut self, source: &str, code: &str) {
        let mut clean = String::new();
        let padded = code
            .strip_prefix([' ', '\n'])
            .and_then(|code| code.strip_suffix([' ', '\n']));
        let code = padded.filter(|inner| !inner.trim().is_empty()).unwrap_or(code);
        push_clean(&mut clean, &code.replace('\n', " "), self.in_link);
        if !clean.trim().is_empty() && self.budget.take() {
            self.out.push(Inline::Code(clean));
        } else {
            self.text(source);
        }
    }

    fn marks(&mut self, run: Run) {
        let sources = |double: bool| match (run.mark, double) {
            (b'*', false) => "*",
            (b'*', true) => "**",
            (b'_', false) => "_",
            (b'_', true) => "__",
            _ => "~~",
        };
        for double in run.ends.iter() {
            self.end(sources(double));
        }
        for _ in 0..run.left {
            self.text(sources(false));
        }
        for double in run.starts.iter().rev() {
            let mark = match (run.mark, double) {
                (b'~', _) => Mark::Strike,
                (_, true) => Mark::Strong,
                (_, false) => Mark::Emphasis,
            };
            self.start(sources(double), mark);
        }
    }

    fn start(&mut self, source: &str, mark: Mark) {
        // A limit once hit stays hit until the end of this mark, so marks within are text too and ends meet their starts.
        if self.frames.len() >= MAX_INLINE_DEPTH || !self.budget.take() {
            self.skipped += 1;
            self.text(source);
            return;
        }
        self.in_link |= matches!(mark, Mark::Link(_));
        let before = std::mem::take(&mut self.out);
        self.frames.push(Frame { mark, before });
    }

    fn end(&mut self, source: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            self.text(source);
        } else if let Some(frame) = self.frames.pop() {
            self.close(frame);
        }
    }

    fn close(&mut self, frame: Frame) -> bool {
        let children = std::mem::replace(&mut self.out, frame.before);
        let inline = match frame.mark {
            Mark::Strong => Inline::Strong(children),
            Mark::Emphasis => Inline::Emphasis(children),
            Mark::Strike => Inline::Strike(children),
            Mark::Link(link) => self.link(*link, children),
        };
        self.out.push(inline);
        true
    }

    fn link(&mut self, link: SafeLink, mut children: Vec<Inline>) -> Inline {
        let mut label = String::new();
        crate::text::push_inlines(&children, &mut label);
        work::step(label.len());
        if crate::text::is_blank(&label) {
            self.budget.take();
            children = vec![Inline::Text(link.href().to_owned())];
        }
        self.in_link = false;
        Inline::Link {
            target: link.shown_as(&label, self.budget.parser),
            children,
        }
    }
}
