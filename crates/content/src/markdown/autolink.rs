//! Finds addresses: bare ones in running text, and the destination in the brackets of a link.

use crate::text::has;
use std::borrow::Cow;

use super::entity;
use crate::chars::{is_bidi_control, is_invisible, is_wide_punctuation, is_word};
use crate::label;
use crate::link::MAX_URL_BYTES;
use crate::work;

/// Beginnings of bare addresses.
const PREFIXES: [&str; 4] = ["https://", "http://", "www.", "mailto:"];
/// Longest name before the @ of an e-mail address, in bytes (RFC 5321).
const MAX_MAILBOX: usize = 64;
/// Longest host, in bytes (RFC 1035).
const MAX_HOST: usize = 253;
/// Longest title behind a destination, in bytes.
const MAX_TITLE: usize = 512;

/// What stands at the start of a word.
pub(super) enum Word<'a> {
    /// An address, without the punctuation of the sentence around it.
    Address(&'a str),
    /// So many bytes in which none begins.
    Other(usize),
}

/// Looks for an address at the start of `text`.
pub(super) fn word(text: &str) -> Word<'_> {
    let Some(prefix) = PREFIXES.iter().find(|prefix| starts_with(text, prefix)) else {
        return mailbox(text);
    };
    let end = end_of(text);
    let address = trimmed(text.get(..end).unwrap_or_default());
    let rest = address.get(prefix.len()..).unwrap_or_default();
    let whole = match *prefix {
        "www." => label::host_of(rest).is_some(),
        "mailto:" => has(rest, '@'),
        _ => rest.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii()),
    };
    // Where it had to be cut it would lead elsewhere.
    if whole && end <= MAX_URL_BYTES {
        Word::Address(address)
    } else {
        Word::Other(end)
    }
}

/// What to show and to parse for an address in running text: editors escape the underscores in it.
pub(super) fn shown(address: &str) -> Cow<'_, str> {
    if has(address, '\\') {
        Cow::Owned(entity::unescaped(address))
    } else {
        Cow::Borrowed(address)
    }
}

/// The destination behind `](`: the address, and how many bytes it takes with title and closing bracket.
pub(super) fn destination(text: &str) -> Option<(String, usize)> {
    let window = head(text, MAX_URL_BYTES + MAX_TITLE);
    let start = window.len() - window.trim_start_matches([' ', '\n']).len();
    let body = window.get(start..)?;
    let (address, length) = if let Some(inner) = body.strip_prefix('<') {
        let end = closing(inner, '>', &['<', '\n'])?;
        (inner.get(..end)?, end + 2)
    } else {
        let end = balanced_end(body)?;
        (body.get(..end)?, end)
    };
    let after = body.get(length..)?;
    let title = after.trim_start_matches([' ', '\n']);
    let rest = if title.len() < after.len() {
        without_title(title)?
    } else {
        title
    };
    let rest = rest.strip_prefix(')')?;
    Some((entity::unescaped(address), window.len() - rest.len()))
}

/// The start of `text`, at most `max` bytes and whole characters.
pub(super) fn head(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len()))
        .rev()
        .find(|&end| text.is_char_boundary(end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Where the first unescaped `end` stands, none of `never` before it.
pub(super) fn closing(text: &str, end: char, never: &[char]) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == end {
            return Some(at);
        } else if never.contains(&c) {
            return None;
        } else {
            escaped = c == '\\';
        }
    }
    None
}

/// Looks for an e-mail address at the start of `text`.
fn mailbox(text: &str) -> Word<'_> {
    let name = text.bytes().take_while(|&b| label::is_mailbox_byte(b)).count();
    work::step(name);
    let at = text.as_bytes().get(name) == Some(&b'@');
    if !at || name > MAX_MAILBOX {
        return Word::Other(name.max(1));
    }
    let domain = text.get(name + 1..).unwrap_or_default();
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-') || !b.is_ascii();
    let length = domain.bytes().take(MAX_HOST).take_while(part).count();
    work::step(length);
    let end = name + 1 + length;
    let found = text
        .get(..end)
        .map(|found| found.trim_end_matches(|c: char| !is_word(c)));
    found
        .filter(|found| label::is_mailbox(found))
        .map_or(Word::Other(name + 1), Word::Address)
}

/// Where an address without brackets around it ends: at a space or at the bracket that closes the link.
fn balanced_end(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => open += 1,
            ')' if open == 0 => return Some(at),
            ')' => open -= 1,
            c if c.is_whitespace() || c.is_control() => return (open == 0).then_some(at),
            _ => {}
        }
    }
    None
}

/// What follows a title, if there is one; a title is not shown.
fn without_title(text: &str) -> Option<&str> {
    let end = match text.chars().next()? {
        '(' => ')',
        quote @ ('"' | '\'') => quote,
        _ => return Some(text),
    };
    let inner = text.get(1..)?;
    let after = inner.get(closing(inner, end, &[])? + 1..)?;
    Some(after.trim_start_matches([' ', '\n']))
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// How far an address may reach: to white space, quotes, the end of a surrounding bracket or wide punctuation.
fn end_of(text: &str) -> usize {
    let mut brackets = 0_usize;
    for (at, c) in text.char_indices() {
        work::step(1);
        match c {
            '[' => brackets += 1,
            ']' if brackets == 0 => return at,
            ']' => brackets -= 1,
            '<' | '>' | '"' | '`' => return at,
            _ if c.is_whitespace() || c.is_control() || is_wide_punctuation(c) => return at,
            // Isolates around an address and zero-width spaces behind it come with pasted text.
            _ if is_bidi_control(c) || is_invisible(c) || at > MAX_URL_BYTES => return at,
            _ => {}
        }
    }
    text.len()
}

/// Without the punctuation at the end, closing brackets only where none was opened.
fn trimmed(address: &str) -> &str {
    let count = |bracket: u8| address.bytes().filter(|&b| b == bracket).count();
    let mut surplus = count(b')').saturating_sub(count(b'('));
    address.trim_end_matches(|c| match c {
        ')' => {
            let take = surplus > 0;
            surplus = surplus.saturating_sub(1);
            take
        }
        c => has("?!.,:;*_~'|\\،؛؟۔…“”‘’«»", c),
    })
}
