//! Names of files as they may be shown.

use std::fmt;

use crate::chars::{is_bidi_control, is_invisible};
use crate::cluster;

/// Clusters of a stem that are shown from its front and from its end.
const SHOWN_FRONT: usize = 28;
const SHOWN_BACK: usize = 12;
/// Longest ending that is taken for an extension, in bytes.
const MAX_EXTENSION: usize = 12;

/// A file's name for display, its extension apart so that no trick with direction or length can hide it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The name without extension, at most 41 characters, shortened in the middle. Empty when nothing was left.
    pub stem: String,
    /// The extension without its dot, ASCII letters and digits only, or empty.
    pub extension: String,
}

impl FileName {
    /// The name at the end of a file's address, percent-encoding undone: attachments come without any other name.
    ///
    /// ```
    /// use confab_content::bidi::FileName;
    /// let name = FileName::from_url("https://chat.example/blobs/eyJf/My%20plan%2Fv2.pdf?disposition=inline");
    /// assert_eq!(name.to_string(), "v2.pdf");
    /// ```
    pub fn from_url(url: &str) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let after_scheme = path.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
        let path = after_scheme.unwrap_or(path);
        let name = path.rsplit_once('/').map_or("", |(_, name)| name);
        safe_file_name(&percent_decoded(name))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl FileName {
    /// The whole name.
    pub fn text(&self) -> String {
        let dot = if self.extension.is_empty() { "" } else { "." };
        [self.stem.as_str(), dot, &self.extension].concat()
    }
}

/// What of a file's name may be shown: no folders, no control, direction or invisible characters, no dots in front,
/// no dots or spaces at the end.
///
/// ```
/// use confab_content::bidi::safe_file_name;
/// let name = safe_file_name("..\\x/invoice\u{202e}fdp.exe");
/// assert_eq!((name.stem.as_str(), name.extension.as_str()), ("invoicefdp", "exe"));
/// ```
pub fn safe_file_name(name: &str) -> FileName {
    let clean: String = name
        .chars()
        .filter(|&c| !is_bidi_control(c) && !is_invisible(c))
        .map(|c| {
            if c.is_control() || c.is_whitespace() {
                ' '
            } else {
                c
            }
        })
        .collect();
    let edge = |c: char| c == ' ' || c == '.';
    let base = clean
        .rsplit(['/', '\\'])
        .find(|part| !part.trim_matches(edge).is_empty())
        .unwrap_or_default();
    let base = base.trim_matches(edge);
    let (stem, extension) = match base.rsplit_once('.') {
        Some((stem, ending)) if is_extension(ending) && !stem.trim_end_matches(edge).is_empty() => {
            (stem, ending)
        }
        _ => (base, ""),
    };
    FileName {
        stem: cluster::without_middle(stem.trim_end_matches(' '), SHOWN_FRONT, SHOWN_BACK),
        extension: extension.to_owned(),
    }
}

fn is_extension(ending: &str) -> bool {
    (1..=MAX_EXTENSION).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%')
            .then(|| Some(hex(*tail.first()?)? * 16 + hex(*tail.get(1)?)?))
            .flatten();
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_taken_apart() {
        for (name, stem, extension) in [
            ("photo.JPG", "photo", "JPG"),
            ("invoice.pdf.exe", "invoice.pdf", "exe"),
            ("../../etc/passwd.png", "passwd", "png"),
            ("C:\\Users\\me\\plan.docx", "plan", "docx"),
            (".bashrc", "bashrc", ""),
            ("...", "", ""),
            ("", "", ""),
            ("folder/", "folder", ""),
            ("a.exe. ", "a", "exe"),
            ("a\r\nContent-Type: x.png", "a  Content-Type: x", "png"),
            ("\u{202e}gpj.exe", "gpj", "exe"),
            ("version 1.2 final", "version 1.2 final", ""),
            ("résumé.tar.gz", "résumé.tar", "gz"),
            ("a.е\u{445}е", "a.е\u{445}е", ""),
            ("گزارش نهایی.pdf", "گزارش نهایی", "pdf"),
        ] {
            let found = safe_file_name(name);
            assert_eq!(
                (found.stem.as_str(), found.extension.as_str()),
                (stem, extension),
                "{name:?}"
            );
        }
    }

    #[test]
    fn a_long_name_loses_its_middle_but_no_cluster() {
        let name = safe_file_name(&format!("{}.pdf", "👩‍💻".repeat(300)));
        assert_eq!(name.stem.matches("👩‍💻").count(), SHOWN_FRONT + SHOWN_BACK);
        assert_eq!(name.stem.chars().filter(|&c| c == '…').count(), 1);
        assert_eq!(name.extension, "pdf");
    }

    #[test]
    fn the_name_at_the_end_of_an_address() {
        for (url, name) in [
            ("https://a.example/x/%D8%B3%D9%84%D8%A7%D9%85.pdf", "سلام.pdf"),
            ("https://a.example/x/50%.txt#top", "50%.txt"),
            ("https://a.example/x/%ff.txt", "%ff.txt"),
            ("https://a.example/x/%E2%80%AEfdp.exe", "fdp.exe"),
            ("https://a.example", ""),
            ("", ""),
        ] {
            assert_eq!(FileName::from_url(url).to_string(), name, "{url}");
        }
    }
}
