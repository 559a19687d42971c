//! What a single line is: marks of containers, fences, headings and rules, and the white space before them.

use crate::text::has;
use crate::work;

/// The line that begins a block of code.
#[derive(Clone, Copy)]
pub(super) struct Fence {
    mark: u8,
    length: usize,
    /// Columns before it, which its lines may have too.
    pub indent: usize,
}

/// What begins an item of a list.
#[derive(Clone, Copy)]
pub(super) struct Marker {
    /// The bullet, or the character behind the number.
    mark: u8,
    /// The number, or nothing for a bullet.
    pub number: Option<u32>,
}

impl Fence {
    /// The fence and what of its line is already code: editors name a language there, people begin to write.
    pub(super) fn opened_by(line: &str) -> Option<(Self, String)> {
        let text = line.trim();
        let mark = text.bytes().next().filter(|b| matches!(b, b'`' | b'~'))?;
        let length = text.bytes().take_while(|&b| b == mark).count();
        let info = text.get(length..)?.trim();
        if length < 3 || has(info, '`') {
            return None;
        }
        let first = if info.contains([' ', '\t', '~']) {
            [info, "\n"].concat()
        } else {
            String::new()
        };
        Some((
            Self {
                mark,
                length,
                indent: indent(line),
            },
            first,
        ))
    }

    /// Whether the line is as good a fence.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.length && text.bytes().all(|b| b == self.mark)
    }
}

impl Marker {
    /// Whether items with these markers are of one list.
    pub(super) fn is_like(self, other: Self) -> bool {
        self.mark == other.mark && self.number.is_some() == other.number.is_some()
    }

    /// The marker, the columns up to the item's text, and that text.
    pub(super) fn of(line: &str) -> Option<(Self, usize, &str)> {
        let text = line.trim_start_matches([' ', '\t']);
        let digits = text.bytes().take(10).take_while(u8::is_ascii_digit).count();
        let number = if digits > 0 {
            Some(text.get(..digits).filter(|_| digits < 10)?.parse().ok()?)
        } else {
            None
        };
        let mark = *text.as_bytes().get(digits)?;
        let known = if number.is_some() {
            matches!(mark, b'.' | b')')
        } else {
            matches!(mark, b'-' | b'+' | b'*')
        };
        let after = text.get(digits + 1..).filter(|_| known)?;
        if !after.is_empty() && !after.starts_with([' ', '\t']) {
            return None;
        }
        // Content may stand up to four columns away; more belongs to the content.
        let gap = indent(after);
        let gap = if (1..=4).contains(&gap) && !is_blank(after) {
            gap
        } else {
            1
        };
        let inner = indent(line) + digits + 1 + gap;
        Some((Self { mark, number }, inner, without_indent(after, gap)))
    }
}

/// The level and text of a heading with something in it.
pub(super) fn heading(text: &str) -> Option<(bool, &str)> {
    let level = text.bytes().take(7).take_while(|&b| b == b'#').count();
    let content = text.get(level..)?;
    if !(1..=6).contains(&level) || !content.starts_with([' ', '\t']) {
        return None;
    }
    let content = content.trim();
    let open = content.trim_end_matches('#');
    let content = if open.is_empty() || open.ends_with([' ', '\t']) {
        open.trim_end()
    } else {
        content
    };
    (!content.is_empty()).then_some((level == 1, content))
}

/// At least three equal marks and nothing else.
pub(super) fn is_rule(line: &str) -> bool {
    let Some(mark) = line
        .trim_start()
        .bytes()
        .next()
        .filter(|b| matches!(b, b'-' | b'_' | b'*'))
    else {
        return false;
    };
    let mut count = 0;
    for byte in line.bytes() {
        work::step(1);
        if byte == mark {
            count += 1;
        } else if !matches!(byte, b' ' | b'\t') {
            return false;
        }
    }
    count >= 3
}

/// What is quoted by a line that begins with `>`.
pub(super) fn after_quote_mark(line: &str) -> Option<&str> {
    let after = line.trim_start_matches([' ', '\t']).strip_prefix('>')?;
    Some(after.strip_prefix([' ', '\t']).unwrap_or(after))
}

/// Nothing but white space.
pub(super) fn is_blank(line: &str) -> bool {
    line.bytes().all(|b| b.is_ascii_whitespace())
}

/// Columns of white space in front; a tab counts as four.
pub(super) fn indent(line: &str) -> usize {
    line.bytes().map_while(columns).sum()
}

/// The line without up to `limit` columns of white space in front.
pub(super) fn without_indent(line: &str, limit: usize) -> &str {
    let mut left = limit;
    let bytes = line.bytes().map_while(columns).take_while(|width| {
        let fits = left > 0;
        left = left.saturating_sub(*width);
        fits
    });
    let count = bytes.count();
    line.get(count..).unwrap_or_default()
}

fn columns(byte: u8) -> Option<usize> {
    match byte {
        b' ' => Some(1),
        b'\t' => Some(4),
        _ => None,
    }
}
