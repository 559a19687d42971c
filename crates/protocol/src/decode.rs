//! What decoding says when it fails: the type, the place in the document and why, but nothing of the document's content.

use crate::digits;
use crate::lenient::{Draft, Drafted, Drafts, Fault, Missing, Shape, Taker, read_text};
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

    #[inline(never)]
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

/// A type that can be read from a document of its own.
pub trait FromJson: Sized {
    /// Reads `text`; `what` names it in the error.
    fn from_json(what: &'static str, text: &str) -> Result<Self, DecodeError>;
}

/// A list; items that are not complete are left out.
impl<T: Drafted> FromJson for Vec<T> {
    fn from_json(what: &'static str, text: &str) -> Result<Self, DecodeError> {
        list::<T::Draft>(what, text)
    }
}

impl<T: Drafted> FromJson for T {
    fn from_json(what: &'static str, text: &str) -> Result<Self, DecodeError> {
        object::<T::Draft>(what, text)
    }
}

/// Reads `text` as a `T`; `what` names it in the error.
pub fn from_json<T: FromJson>(what: &'static str, text: &str) -> Result<T, DecodeError> {
    T::from_json(what, text)
}

/// Reads one object; its own needs decide whether it is complete.
pub(crate) fn object<T: Draft>(what: &'static str, text: &str) -> Result<T::Whole, DecodeError> {
    let mut draft = T::default();
    read_as(what, text, &mut draft, Shape::Object)?;
    draft
        .finish()
        .map_err(|missing| DecodeError::missing(what, missing))
}

/// Reads a list; items that are not complete objects are left out.
pub(crate) fn list<T: Draft>(what: &'static str, text: &str) -> Result<Vec<T::Whole>, DecodeError> {
    let mut drafts = Drafts::<T>::default();
    read_as(what, text, &mut drafts, Shape::List)?;
    Ok(drafts.finish())
}

/// Reads a document that must be an object or a list. Once for all types: it keeps wasm small.
#[inline(never)]
fn read_as(what: &'static str, text: &str, into: &mut dyn Taker, wanted: Shape) -> Result<(), DecodeError> {
    let shape = read_text(text, into).map_err(|fault| explain(what, fault))?;
    if shape == wanted {
        return Ok(());
    }
    let reason = if wanted == Shape::List {
        "not a list"
    } else {
        "not an object"
    };
    Err(DecodeError::new(what, "", reason))
}

/// Puts a fault of the JSON reader into words.
pub(crate) fn explain(what: &'static str, fault: Fault) -> DecodeError {
    let reason = if fault.is_early_end {
        "JSON that ends too early"
    } else {
        "not JSON"
    };
    let place = [
        "line ",
        &digits(i64::try_from(fault.line).unwrap_or(i64::MAX)),
        " column ",
        &digits(i64::try_from(fault.column).unwrap_or(i64::MAX)),
    ];
    DecodeError::new(what, &place.concat(), reason)
}
