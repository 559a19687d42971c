//! What the visible text of a link says about where it leads.

use crate::chars::{is_bidi_control, is_invisible, is_joiner, is_punctuation, is_word};
use crate::text::has;

/// A destination that a text names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A host.
    Host(String),
    /// An e-mail address.
    Mailbox(String),
    /// The digits of a telephone number.
    Number(String),
}

/// Endings of file names that no host ends in.
const FILE_ENDINGS: [&str; 22] = [
    "avif", "csv", "doc", "docx", "gif", "htm", "html", "jpeg", "jpg", "js", "json", "mp3", "mp4", "pdf",
    "php", "png", "ppt", "pptx", "txt", "webp", "xlsx", "xml",
];

/// Every destination that `shown` names, a word at a time, then the telephone number it may be as a whole.
pub(crate) fn claims(shown: &str) -> impl Iterator<Item = Claim> {
    shown
        .split(char::is_whitespace)
        .filter_map(claim)
        .chain(number(shown))
}

/// Whether `text` as a whole is an e-mail address in its plain form.
pub(crate) fn is_mailbox(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else {
        return false;
    };
    !name.is_empty() && name.bytes().all(is_mailbox_byte) && is_host(domain)
}

/// Whether the byte may stand before the @ of an e-mail address.
pub(crate) fn is_mailbox_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-')
}

/// The host at the beginning of an address without scheme and user.
pub(crate) fn host_of(text: &str) -> Option<&str> {
    let host = text.split(['/', '?', '#', ':', '\\']).next()?;
    is_host(host).then_some(host)
}

/// Whether a host may be mistaken for another: letters of Latin beside those of another script in one label, or
/// letters that look Latin under an ending that is.
pub(crate) fn is_confusable(host: &str) -> bool {
    let latin_ending = host.rsplit('.').next().is_some_and(str::is_ascii);
    host.split('.').any(|label| {
        let latin = label.chars().any(|c| c.is_ascii_alphabetic());
        let other = label.chars().any(|c| c >= '\u{250}');
        let lookalike = label
            .chars()
            .any(|c| matches!(c, '\u{250}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}'));
        (latin && other) || (lookalike && latin_ending) || label.chars().any(is_joiner)
    })
}

fn claim(word: &str) -> Option<Claim> {
    if !has(word, '.') && !word.contains(['。', '．', '｡', '․']) {
        return None;
    }
    let clean: String = word
        .chars()
        .filter(|&c| !is_invisible(c) && !is_bidi_control(c))
        // These dots separate the labels of a host for a browser, or look as if they did.
        .map(|c| {
            if matches!(c, '。' | '．' | '｡' | '․') {
                '.'
            } else {
                c
            }
        })
        .collect();
    let word = clean.trim_matches(|c| c != '/' && is_punctuation(c));
    // Colon by colon: the library's search for a text of three characters costs two kilobytes.
    let mut after_colons = word.match_indices(':').filter_map(|(at, _)| word.get(at + 1..));
    let (has_scheme, rest) = match after_colons.find_map(|rest| rest.strip_prefix("//")) {
        Some(rest) => (true, rest),
        None => (false, word.trim_start_matches('/')),
    };
    let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    if let Some((user, host)) = authority.rsplit_once('@') {
        return Some(if has_scheme || !is_mailbox(authority) {
            Claim::Host([user, "@", host].concat())
        } else {
            Claim::Mailbox(authority.to_owned())
        });
    }
    let host = authority.split(':').next()?.trim_end_matches('.');
    let ending = host.rsplit('.').next()?.to_ascii_lowercase();
    let is_file = !has_scheme && FILE_ENDINGS.contains(&ending.as_str());
    (is_host(host) && !is_file).then(|| Claim::Host(host.to_owned()))
}

/// Labels of letters, digits and hyphens, at least two, the last without digits (or in punycode) and two long.
fn is_host(text: &str) -> bool {
    let mut labels = 0;
    let mut last = "";
    for label in text.split('.') {
        labels += 1;
        last = label;
        if label.is_empty()
            || !label
                .chars()
                .all(|c| c == '-' || is_joiner(c) || is_word(c) || is_mark(c))
        {
            return false;
        }
    }
    let ending = last.starts_with("xn--") || last.chars().all(|c| !c.is_ascii_digit() && c != '-');
    labels > 1 && ending && last.chars().nth(1).is_some()
}

fn is_mark(c: char) -> bool {
    crate::chars::is_extender(c)
}

fn number(shown: &str) -> Option<Claim> {
    let plain = shown
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b' ' | b'-' | b'.' | b'(' | b')' | b'/'));
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    (plain && digits.len() >= 5).then_some(Claim::Number(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Claim> {
        claims(text).collect()
    }

    #[test]
    fn hosts_addresses_and_numbers_are_found_in_words() {
        assert_eq!(
            all("see (bank.example), please"),
            [Claim::Host("bank.example".into())]
        );
        assert_eq!(
            all("https://bank.example:8080/x"),
            [Claim::Host("bank.example".into())]
        );
        assert_eq!(all("me@bank.example"), [Claim::Mailbox("me@bank.example".into())]);
        assert_eq!(all("bank。example"), [Claim::Host("bank.example".into())]);
        assert_eq!(all("+49 (30) 123-456"), [Claim::Number("4930123456".into())]);
    }

    #[test]
    fn words_files_and_versions_name_nothing() {
        for text in [
            "read on",
            "and so on...",
            "1.2.3",
            "e.g.",
            "report.pdf",
            "a..b",
            "12.30",
        ] {
            assert_eq!(all(text), [], "{text}");
        }
    }

    #[test]
    fn an_ending_of_a_file_is_a_host_behind_a_scheme() {
        assert_eq!(all("https://report.pdf"), [Claim::Host("report.pdf".into())]);
    }
}
