//! The JSON reader below takers and slots: it knows no type, keeps nothing and computes nothing.
//!
//! It takes what RFC 8259 calls JSON. One thing more: half a surrogate pair is read as U+FFFD, since a text with a broken
//! letter is still a text.

use super::{Scalar, Shape, Slot, Taker};
use std::borrow::Cow;

/// How many containers that are read may stand in each other. What is skipped may be as deep as it likes.
const DEEPEST: u8 = 127;

/// Where a document is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// From 1.
    pub line: usize,
    /// From 1, in bytes; of the last byte where the document ends too early.
    pub column: usize,
    /// True where the document would have had to go on.
    pub is_early_end: bool,
}

/// Reads a document. An error means that it is not JSON.
pub(crate) fn read_text(text: &str, into: &mut dyn Taker) -> Result<Shape, Fault> {
    let mut reader = Reader {
        text,
        at: 0,
        room: DEEPEST,
        is_waiting: false,
        has_failed: false,
    };
    match reader.value(into) {
        Some(shape) if reader.mark().is_none() => Ok(shape),
        _ => Err(reader.fault()),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// The next byte; once something failed, the one at which it did.
    at: usize,
    /// How many more containers may be opened.
    room: u8,
    /// A value is due that nobody took yet.
    is_waiting: bool,
    has_failed: bool,
}

impl Slot for Reader<'_> {
    fn read(&mut self, into: &mut dyn Taker) -> Shape {
        if !std::mem::take(&mut self.is_waiting) {
            return Shape::Scalar;
        }
        let shape = self.value(into);
        self.has_failed |= shape.is_none();
        shape.unwrap_or(Shape::Scalar)
    }
}

/// None always means that `at` is where it is not JSON.
impl<'a> Reader<'a> {
    fn value(&mut self, into: &mut dyn Taker) -> Option<Shape> {
        let open = self.mark()?;
        if !matches!(open, b'{' | b'[') {
            self.scalar(into)?;
            return Some(Shape::Scalar);
        }
        self.room = self.room.checked_sub(1)?;
        self.at += 1;
        let is_object = open == b'{';
        let mut is_first = true;
        while self.goes_on(is_object, is_first)? {
            is_first = false;
            let key = if is_object { Some(self.key()?) } else { None };
            self.is_waiting = true;
            match &key {
                Some(key) => into.field(key, self),
                None => into.item(self),
            }
            if self.has_failed {
                return None;
            }
            if std::mem::take(&mut self.is_waiting) {
                self.skip()?;
            }
        }
        self.room += 1;
        Some(if is_object { Shape::Object } else { Shape::List })
    }

    /// Passes over a value, without recursion.
    fn skip(&mut self) -> Option<()> {
        // The open containers; true for objects.
        let mut open = Vec::new();
        loop {
            let mark = self.mark()?;
            let mut is_first = matches!(mark, b'{' | b'[');
            if is_first {
                self.at += 1;
                open.push(mark == b'{');
            } else {
                self.scalar(&mut Nobody)?;
            }
            loop {
                let Some(is_object) = open.last().copied() else {
                    return Some(());
                };
                if self.goes_on(is_object, is_first)? {
                    if is_object {
                        self.key()?;
                    }
                    break;
                }
                open.pop();
                is_first = false;
            }
        }
    }

    /// Whether a container has one more value. Passes over the comma before it, or over the end of the container.
    fn goes_on(&mut self, is_object: bool, is_first: bool) -> Option<bool> {
        let mark = self.mark()?;
        let is_end = mark == if is_object { b'}' } else { b']' };
        if !is_end && is_first {
            return Some(true);
        }
        if !is_end && mark != b',' {
            return None;
        }
        self.at += 1;
        Some(!is_end)
    }

    fn key(&mut self) -> Option<Cow<'a, str>> {
        self.mark()?;
        let key = self.string()?;
        self.mark()?;
        self.exactly(b":")?;
        Some(key)
    }

    fn scalar(&mut self, into: &mut dyn Taker) -> Option<()> {
        match self.peek()? {
            b'"' => into.scalar(Scalar::Text(&self.string()?)),
            b'n' => {
                self.exactly(b"null")?;
                into.scalar(Scalar::Null);
            }
            b't' => {
                self.exactly(b"true")?;
                into.scalar(Scalar::Bool(true));
            }
            b'f' => {
                self.exactly(b"false")?;
                into.scalar(Scalar::Bool(false));
            }
            _ => into.scalar(Scalar::Number(self.number()?)),
        }
        Some(())
    }

    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.passes(b"-");
        if !self.passes(b"0") {
            self.digits()?;
        }
        if self.passes(b".") {
            self.digits()?;
        }
        if self.passes(b"eE") {
            self.passes(b"+-");
            self.digits()?;
        }
        self.text.get(start..self.at)
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.passes(b"0123456789") {}
        (self.at > start).then_some(())
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.exactly(b"\"")?;
        let mut start = self.at;
        let mut before = String::new();
        loop {
            let byte = self.peek()?;
            if !matches!(byte, b'"' | b'\\' | ..=0x1F) {
                self.at += 1;
                continue;
            }
            let piece = self.text.get(start..self.at)?;
            match byte {
                b'"' if before.is_empty() => {
                    self.at += 1;
                    return Some(Cow::Borrowed(piece));
                }
                b'"' => {
                    self.at += 1;
                    before.push_str(piece);
                    return Some(Cow::Owned(before));
                }
                b'\\' => {
                    self.at += 1;
                    before.push_str(piece);
                    before.push(self.escaped()?);
                    start = self.at;
                }
                // A control character.
                _ => return None,
            }
        }
    }

    /// The letter that an escape means, behind its backslash.
    fn escaped(&mut self) -> Option<char> {
        let letter = match self.peek()? {
            b'b' => '\x08',
            b'f' => '\x0C',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            mark @ (b'"' | b'\\' | b'/') => char::from(mark),
            b'u' => return self.code(),
            _ => return None,
        };
        self.at += 1;
        Some(letter)
    }

    /// The letter of `uXXXX`, or of `uXXXX\uXXXX` where it takes two.
    fn code(&mut self) -> Option<char> {
        let mut code = self.unit()?;
        let behind = self.at;
        if code >> 10 == 0x36 && self.passes(b"\\") && self.peek()? == b'u' {
            let low = self.unit()?;
            if low >> 10 == 0x37 {
                code = 0x1_0000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
            } else {
                self.at = behind;
            }
        } else {
            self.at = behind;
        }
        Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&mut self) -> Option<u32> {
        self.exactly(b"u")?;
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.peek()?).to_digit(16)?;
            self.at += 1;
        }
        Some(unit)
    }

    /// The next byte behind white space.
    fn mark(&mut self) -> Option<u8> {
        while self.passes(b" \n\t\r") {}
        self.peek()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over one of these bytes, if one is next.
    fn passes(&mut self, any: &[u8]) -> bool {
        let passes = self.peek().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(passes);
        passes
    }

    /// Passes over exactly these bytes.
    fn exactly(&mut self, word: &[u8]) -> Option<()> {
        for byte in word {
            if self.peek()? != *byte {
                return None;
            }
            self.at += 1;
        }
        Some(())
    }

    fn fault(&self) -> Fault {
        let (mut line, mut column) = (1, 0);
        for byte in self.text.bytes().take(self.at + 1) {
            column += 1;
            if byte == b'\n' {
                (line, column) = (line + 1, 0);
            }
        }
        Fault {
            line,
            column,
            is_early_end: self.at >= self.text.len(),
        }
    }
}

struct Nobody;

impl Taker for Nobody {}

#[cfg(test)]
mod tests;
