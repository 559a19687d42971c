//! The text of one block to inlines: cut into pieces from left to right, marks paired, then built into a tree.

use std::borrow::Cow;

use super::autolink::{self, Word};
use super::emphasis::{self, Run};
use super::{Budget, Inline, build, entity};
use crate::link::{MAX_URL_BYTES, SafeLink};
use crate::work;

/// Code between longer runs of backticks is not looked for.
const MAX_TICKS: usize = 32;

/// The inlines of `text`, the content of one block.
pub(super) fn parse(text: &str, budget: &mut Budget) -> Vec<Inline> {
    let mut scanner = Scanner {
        text,
        pos: 0,
        start: 0,
        pieces: Vec::new(),
        runs: Vec::new(),
        brackets: Vec::new(),
        last_ticks: None,
        no_address_before: 0,
        budget,
    };
    scanner.scan();
    let Scanner { pieces, budget, .. } = scanner;
    build::build(pieces, budget)
}

/// A stretch of the text. Each knows how it was written, for the case that it must stay text.
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Break,
    Code {
        source: &'a str,
        code: &'a str,
    },
    /// An address that is its own label.
    Address {
        shown: Cow<'a, str>,
        link: Box<SafeLink>,
    },
    LinkStart {
        source: &'a str,
        link: Box<SafeLink>,
    },
    LinkEnd {
        source: &'a str,
    },
    Marks(Run),
}

/// An opening bracket that may become a link.
struct Bracket {
    piece: usize,
    /// Runs before it; those behind it are paired within the label.
    runs: usize,
}

struct Scanner<'a, 'b, 'p> {
    text: &'a str,
    /// The next byte to look at.
    pos: usize,
    /// Where the text begins that is not in a piece yet.
    start: usize,
    pieces: Vec<Piece<'a>>,
    runs: Vec<Run>,
    brackets: Vec<Bracket>,
    /// Where the last run of backticks of each length stands; found out once, so that no search is in vain.
    last_ticks: Option<[usize; MAX_TICKS + 1]>,
    /// No address begins before this byte: looked at once is enough.
    no_address_before: usize,
    budget: &'b mut Budget<'p>,
}

impl<'a> Scanner<'a, '_, '_> {
    fn scan(&mut self) {
        while let Some(&byte) = self.text.as_bytes().get(self.pos) {
            work::step(1);
            match byte {
                b'\\' => self.backslash(),
                b'\n' => self.line_feed(1),
                b'`' => self.ticks(),
                b'&' => self.reference(),
                b'<' => self.angle(),
                b'!' if self.rest().starts_with("![") => self.open_bracket(2),
                b'[' => self.open_bracket(1),
                b']' => self.close_bracket(),
                b'*' | b'_' | b'~' => self.marks(byte),
                _ if byte.is_ascii_alphanumeric() => self.word(),
                _ => self.pos += 1,
            }
        }
        self.flush();
        self.pair_from(0);
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    /// Makes a piece of the text before `pos`.
    fn flush(&mut self) {
        if let Some(text) = self
            .text
            .get(self.start..self.pos)
            .filter(|text| !text.is_empty())
        {
            self.pieces.push(Piece::Text(Cow::Borrowed(text)));
        }
        self.start = self.pos;
    }

    /// Adds the piece that the next `length` bytes are.
    fn put(&mut self, length: usize, piece: Piece<'a>) {
        self.flush();
        self.pieces.push(piece);
        self.pos += length;
        self.start = self.pos;
    }

    fn backslash(&mut self) {
        match self.text.as_bytes().get(self.pos + 1) {
            Some(b'\n') => self.line_feed(2),
            Some(next) if next.is_ascii_punctuation() => {
                self.flush();
                self.start = self.pos + 1;
                self.pos += 2;
            }
            _ => self.pos += 1,
        }
    }

    fn line_feed(&mut self, length: usize) {
        self.put(length, Piece::Break);
    }

    fn ticks(&mut self) {
        let rest = self.rest();
        let length = run_length(rest, b'`');
        let inner = rest.get(length..).unwrap_or_default();
        let last = self.last_ticks.get_or_insert_with(|| last_ticks(self.text));
        if last.get(length).is_some_and(|&last| last > self.pos)
            && let Some(end) = find_ticks(inner, length)
            && let (Some(code), Some(source)) = (inner.get(..end), rest.get(..end + 2 * length))
        {
            self.put(source.len(), Piece::Code { source, code });
        } else {
            self.pos += length;
        }
    }

    fn reference(&mut self) {
        match entity::decode(self.rest()) {
            Some((c, length)) => self.put(length, Piece::Text(Cow::Owned(String::from(c)))),
            None => self.pos += 1,
        }
    }

    /// `<https://…>` and `<me@example.com>`; all else in angle brackets is text, HTML above all.
    fn angle(&mut self) {
        if let Some((address, link)) = self.angle_address() {
            let piece = Piece::Address {
                shown: Cow::Borrowed(address),
                link: Box::new(link),
            };
            self.put(address.len() + 2, piece);
        } else {
            self.pos += 1;
        }
    }

    fn angle_address(&mut self) -> Option<(&'a str, SafeLink)> {
        if self.budget.in_vain == 0 {
            return None;
        }
        let window = autolink::head(self.rest().get(1..)?, MAX_URL_BYTES);
        let length = window
            .bytes()
            .position(|b| matches!(b, b'>' | b'<' | b' ' | b'\n'));
        let address = length.and_then(|length| window.get(..length));
        let closed = length.and_then(|length| window.as_bytes().get(length)) == Some(&b'>');
        let link = address
            .filter(|address| closed && address.contains([':', '@']))
            .and_then(|address| self.budget.link(address));
        if link.is_none() {
            self.in_vain(length.unwrap_or(window.len()));
        }
        address.zip(link)
    }

    fn open_bracket(&mut self, length: usize) {
        self.flush();
        self.brackets.push(Bracket {
            piece: self.pieces.len(),
            runs: self.runs.len(),
        });
        let source = self.rest().get(..length).unwrap_or_default();
        self.put(length, Piece::Text(Cow::Borrowed(source)));
    }

    fn close_bracket(&mut self) {
        let Some(bracket) = self.brackets.pop() else {
            self.pos += 1;
            return;
        };
        let Some((link, length)) = self.link_behind() else {
            self.pos += 1;
            return;
        };
        self.flush();
        self.pair_from(bracket.runs);
        let label = self.pieces.get_mut(bracket.piece..).unwrap_or_default();
        work::step(label.len());
        for piece in label {
            // Links hold no links: an address in a label is text.
            if let Piece::Address { shown, .. } = piece {
                *piece = Piece::Text(std::mem::take(shown));
            }
        }
        if let Some(opening) = self.pieces.get_mut(bracket.piece)
            && let Piece::Text(Cow::Borrowed(source)) = *opening
        {
            *opening = Piece::LinkStart {
                source,
                link: Box::new(link),
            };
            let source = self.rest().get(..length).unwrap_or_default();
            self.put(length, Piece::LinkEnd { source });
        }
        self.brackets.clear();
    }

    /// The link that `](…)` here leads to, and its length.
    fn link_behind(&mut self) -> Option<(SafeLink, usize)> {
        let text = self.rest().strip_prefix("](")?;
        if self.budget.in_vain == 0 {
            return None;
        }
        let found = autolink::destination(text);
        let link = found.and_then(|(address, length)| Some((self.budget.link(&address)?, length + 2)));
        if link.is_none() {
            self.in_vain(text.len().min(MAX_URL_BYTES));
        }
        link
    }

    fn marks(&mut self, mark: u8) {
        let rest = self.rest();
        let length = run_length(rest, mark);
        let before = self
            .text
            .get(..self.pos)
            .and_then(|text| text.chars().next_back());
        let after = rest.get(length..).and_then(|text| text.chars().next());
        match Run::between(mark, length, before, after) {
            Some(mut run) => {
                self.flush();
                run.piece = self.pieces.len();
                self.runs.push(run);
                let source = rest.get(..length).unwrap_or_default();
                self.put(length, Piece::Text(Cow::Borrowed(source)));
            }
            None => self.pos += length,
        }
    }

    /// At a letter or digit: an address, when a word begins here.
    fn word(&mut self) {
        if self.pos < self.no_address_before {
            self.pos += 1;
            return;
        }
        let found = match autolink::word(self.rest()) {
            Word::Address(address) => {
                let shown = autolink::shown(address);
                self.budget
                    .link(&shown)
                    .map(|link| (address.len(), link, shown))
                    .ok_or(address.len())
            }
            Word::Other(length) => Err(length),
        };
        match found {
            Ok((length, link, shown)) => self.put(
                length,
                Piece::Address {
                    shown,
                    link: Box::new(link),
                },
            ),
            Err(length) => {
                self.no_address_before = self.pos + length;
                self.pos += 1;
            }
        }
    }

    /// Pairs the runs from the given one on; they are done with then.
    fn pair_from(&mut self, first: usize) {
        let Some(runs) = self.runs.get_mut(first..) else {
            return;
        };
        emphasis::pair(runs);
        for run in self.runs.drain(first..).filter(Run::is_used) {
            if let Some(piece) = self.pieces.get_mut(run.piece) {
                *piece = Piece::Marks(run);
            }
        }
    }

    /// Counts characters that were looked at for a link that was none.
    fn in_vain(&mut self, seen: usize) {
        work::step(seen);
        self.budget.in_vain = self.budget.in_vain.saturating_sub(seen);
    }
}

fn run_length(text: &str, byte: u8) -> usize {
    let length = text.bytes().take_while(|&b| b == byte).count();
    work::step(length);
    length
}

/// Where the last run of each length begins.
fn last_ticks(text: &str) -> [usize; MAX_TICKS + 1] {
    let mut last = [0; MAX_TICKS + 1];
    let mut pos = 0;
    while let Some(at) = text.get(pos..).and_then(|rest| rest.find('`')) {
        let length = run_length(text.get(pos + at..).unwrap_or_default(), b'`');
        if let Some(last) = last.get_mut(length) {
            *last = pos + at;
        }
        pos += at + length;
    }
    work::step(text.len());
    last
}

/// Where the next run of exactly `length` backticks begins.
fn find_ticks(text: &str, length: usize) -> Option<usize> {
    let mut pos = 0;
    loop {
        let at = pos + text.get(pos..)?.find('`')?;
        let found = run_length(text.get(at..)?, b'`');
        work::step(at - pos);
        if found == length {
            return Some(at);
        }
        pos = at + found;
    }
}
