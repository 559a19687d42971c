//! A request as HTTP has it, and how its parts are written.

use crate::json::write_quoted;
use std::fmt;

/// A verb of HTTP that the public API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Changes.
    Patch,
}

impl Method {
    /// Its name as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

/// A request for the driver to perform, below the base URL. To be sent without credentials: the server answers any origin,
/// and a browser then refuses credentials. `Debug` shows neither secrets in the path nor the body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The verb.
    pub method: Method,
    /// From `/public/api/v1/…` on, percent-encoded, with the query. Holds the `source_id`.
    pub path: String,
    /// What is sent along.
    pub body: Body,
}

/// What is sent along with a request. `Debug` shows sizes alone.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing, and no `Content-Type`.
    None,
    /// A document, to be sent as `application/json`.
    Json(String),
    /// Parts, to be sent as `multipart/form-data`; the browser writes the header with its boundary.
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name; `attachments[]`, repeated, for files.
    pub name: String,
    /// What it holds.
    pub content: PartContent,
}

/// What a part holds. `Debug` shows sizes alone.
#[derive(Clone, PartialEq, Eq)]
pub enum PartContent {
    /// A text.
    Text(String),
    /// A file that the driver holds, by its index. It must be sent with its own media type: from that the server decides
    /// whether it is an image.
    File(u32),
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {:?}",
            self.method.as_str(),
            redacted(&self.path),
            self.body
        )
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Json(text) => write!(f, "Json({} bytes)", text.len()),
            Self::Multipart(parts) => f.debug_tuple("Multipart").field(parts).finish(),
        }
    }
}

impl fmt::Debug for PartContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::File(index) => write!(f, "File({index})"),
        }
    }
}

/// The path with an ellipsis for the `source_id`.
fn redacted(path: &str) -> String {
    const BEFORE: &str = "/contacts/";
    match path.split_once(BEFORE) {
        Some((start, rest)) => {
            let end = rest
                .split_once('/')
                .map(|(_, end)| ["/", end].concat())
                .unwrap_or_default();
            format!("{start}{BEFORE}…{end}")
        }
        None => path.to_owned(),
    }
}

/// Appends a segment to a path: every byte outside `A-Za-z0-9_-~` is percent-encoded. The dot too: behind a literal one
/// the server would see a format suffix.
pub(super) fn push_segment(path: &mut String, segment: &str) {
    let digit = |nibble: u8| char::from(nibble + if nibble < 10 { b'0' } else { b'A' - 10 });
    path.push('/');
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            path.push(digit(byte >> 4));
            path.push(digit(byte & 15));
        }
    }
}

/// A JSON object while it is written.
#[derive(Default)]
pub(super) struct JsonObject(String);

impl JsonObject {
    /// A field with a text.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        write_quoted(value, &mut self.0);
    }

    /// A field with a text, if there is one.
    pub(super) fn given(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// A field with a value that is JSON already.
    pub(super) fn json(&mut self, key: &str, value: &str) {
        self.key(key);
        self.0.push_str(value);
    }

    #[inline(never)]
    fn key(&mut self, key: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        write_quoted(key, &mut self.0);
        self.0.push(':');
    }

    /// The object.
    pub(super) fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}
