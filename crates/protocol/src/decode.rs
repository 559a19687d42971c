//! What decoding says when it fails: the type, the place in the document and why, but nothing of the document's content.

use crate::lenient::{Draft, Drafts, Missing, Shape, read_text};
use serde::Deserialize;
use serde_json::error::Category;
use std::fmt;

/// A document that is not what it should be. Holds no text of the document, so that it may be shown and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What was being read, for instance `Message`.
    pub what: &'static str,
    /// The key that is missing (`message.data.id`), or the position (`line 1 column 9`) where it is not JSON.
    pub path: String,
    /// Why, in words.
    pub reason: String,
}

/// The reason of a [`DecodeError`] where a web page came instead of JSON.
const HTML: &str = "the answer is HTML, not JSON";

/// The reason of a [`DecodeError`] where something is missing that a document cannot be without.
const MISSING: &str = "missing or of another type";

impl DecodeError {
    /// True when a web page came instead of JSON: the address leads to something else than the API.
    pub fn is_html(&self) -> bool {
        self.reason == HTML
    }

    pub(crate) fn html(what: &'static str) -> Self {
        Self::new(what, "", HTML)
    }

    pub(crate) fn new(what: &'static str, path: &str, reason: &str) -> Self {
        Self {
            what,
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }

    pub(crate) fn missing(what: &'static str, Missing(path): Missing) -> Self {
        Self::new(what, path, MISSING)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)?;
        if !self.path.is_empty() {
            write!(f, " ({})", self.path)?;
        }
        Ok(())
    }
}

impl std::error::Error for DecodeError {}

/// Reads `text` as a `T`; `what` names it in the error.
pub fn from_json<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(text)
        .map_err(|error| missing_key(what, &error).unwrap_or_else(|| explain(what, &error)))
}

/// Reads one object; its own needs decide whether it is complete.
pub(crate) fn object<T: Draft>(what: &'static str, text: &str) -> Result<T::Whole, DecodeError> {
    let mut draft = T::default();
    match read_text(text, &mut draft) {
        Ok(Shape::Object) => draft
            .finish()
            .map_err(|missing| DecodeError::missing(what, missing)),
        Ok(_) => Err(DecodeError::new(what, "", "not an object")),
        Err(error) => Err(explain(what, &error)),
    }
}

/// Reads a list; items that are not complete objects are left out.
pub(crate) fn list<T: Draft>(what: &'static str, text: &str) -> Result<Vec<T::Whole>, DecodeError> {
    let mut drafts = Drafts::<T>::default();
    match read_text(text, &mut drafts) {
        Ok(Shape::List) => Ok(drafts.finish()),
        Ok(_) => Err(DecodeError::new(what, "", "not a list")),
        Err(error) => Err(explain(what, &error)),
    }
}

/// Puts an error of the JSON reader into words of ours: its own may quote the document.
pub(crate) fn explain(what: &'static str, error: &serde_json::Error) -> DecodeError {
    let reason = match error.classify() {
        Category::Eof => "JSON that ends too early",
        Category::Syntax | Category::Io => "not JSON",
        Category::Data => "of an unexpected type",
    };
    DecodeError::new(
        what,
        &format!("line {} column {}", error.line(), error.column()),
        reason,
    )
}

/// The error that names a missing key, where the JSON reader says that one is missing.
fn missing_key(what: &'static str, error: &serde_json::Error) -> Option<DecodeError> {
    if error.classify() != Category::Data {
        return None;
    }
    let words = error.to_string();
    let key = words.strip_prefix("missing field `")?.split('`').next()?;
    Some(DecodeError::new(what, key, MISSING))
}
