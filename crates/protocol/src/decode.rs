//! What decoding says when it fails: the type, the place in the document and why, but nothing of the document's content.

use crate::lenient::{Draft, Drafts, Missing, Shape, read_text};
use serde::Deserialize;
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
        Self::new(what, path, "missing or of another type")
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
    serde_json::from_str(text).map_err(|error| explain(what, &error))
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

/// Puts an error of the JSON reader into words of ours. Its own words may quote the document and are used only where they
/// name a key.
pub(crate) fn explain(what: &'static str, error: &serde_json::Error) -> DecodeError {
    let place = || format!("line {} column {}", error.line(), error.column());
    let (path, reason) = match error.classify() {
        serde_json::error::Category::Eof => (place(), "JSON that ends too early"),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => (place(), "not JSON"),
        serde_json::error::Category::Data => {
            let words = error.to_string();
            match words
                .strip_prefix("missing field `")
                .and_then(|rest| rest.split('`').next())
            {
                Some(key) => (key.to_owned(), "missing or of another type"),
                None => (place(), "of an unexpected type"),
            }
        }
    };
    DecodeError::new(what, &path, reason)
}
