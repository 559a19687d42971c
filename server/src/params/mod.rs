//! Parameters as Rails sees them: one tree merged from body, query and path, with lenient casts.

mod parse;

use std::sync::Arc;

use serde_json::{Map, Number, Value};

pub use parse::{Body, percent_decode, read, with_query};

use crate::error::ApiError;
use crate::store::Stored;

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// JSON null.
    Null,
    /// JSON true or false.
    Bool(bool),
    /// A JSON number, in the spelling it came in.
    Number(Number),
    /// Text, from any encoding.
    Text(String),
    /// A JSON array or `name[]`.
    List(Vec<Param>),
    /// A JSON object or `name[key]`.
    Tree(Params),
    /// A part of a multipart body that has a file name.
    File(Upload),
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The part's own content type as it was sent, the only thing Chatwoot judges the kind by.
    pub content_type: Option<String>,
    /// The content; None where the action takes no files, so that it was read over.
    pub file: Option<Arc<Stored>>,
}

impl Param {
    /// As a text column takes it: numbers become digits, booleans `t` and `f`; other shapes are dropped.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(value) => Some(if *value { "t" } else { "f" }.to_owned()),
            Self::Null | Self::List(_) | Self::Tree(_) | Self::File(_) => None,
        }
    }

    /// As an integer column takes it: leading digits count, anything else is 0. None: not a scalar, or beyond 64 bits.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Text(text) => leading_integer(text),
            Self::Number(number) => number.as_i64(),
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Null | Self::List(_) | Self::Tree(_) | Self::File(_) => None,
        }
    }

    /// As a boolean column takes it: everything but the words for false is true, empty text is nothing.
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Number(number) => Some(number.as_f64() != Some(0.0)),
            Self::Text(text) if text.is_empty() => None,
            Self::Text(text) => Some(!matches!(
                text.as_str(),
                "0" | "f" | "F" | "false" | "FALSE" | "off" | "OFF"
            )),
            Self::Null | Self::List(_) | Self::Tree(_) | Self::File(_) => None,
        }
    }

    /// As a JSON column stores it; files have no JSON and become null.
    pub fn json(&self) -> Value {
        match self {
            Self::Null | Self::File(_) => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(list) => Value::Array(list.iter().map(Self::json).collect()),
            Self::Tree(tree) => Value::Object(tree.json()),
        }
    }

    /// Nothing, false, white space or an empty collection: what Rails calls blank.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Text(text) => text.trim().is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Tree(tree) => tree.0.is_empty(),
            Self::Number(_) | Self::File(_) => false,
        }
    }

    /// Whether a NUL character is anywhere in it, which Postgres cannot store.
    pub fn has_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\0'),
            Self::List(list) => list.iter().any(Self::has_nul),
            Self::Tree(tree) => tree.has_nul(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::File(_) => false,
        }
    }
}

impl From<Value> for Param {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Tree(Params::from(map)),
        }
    }
}

/// Named parameters in the order they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params(Vec<(String, Param)>);

impl From<Map<String, Value>> for Params {
    fn from(map: Map<String, Value>) -> Self {
        Self(
            map.into_iter()
                .map(|(key, value)| (key, Param::from(value)))
                .collect(),
        )
    }
}

impl Params {
    /// The parameter of that name; absent and null are different things.
    pub fn get(&self, name: &str) -> Option<&Param> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, param)| param)
    }

    /// The same, with null, false, empty and blank counted as absent.
    pub fn present(&self, name: &str) -> Option<&Param> {
        self.get(name).filter(|param| !param.is_blank())
    }

    /// The text of a scalar; None when absent, null or of another shape.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(Param::text)
    }

    /// The integer of a scalar; see [`Param::integer`].
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Param::integer)
    }

    /// The boolean of a scalar; see [`Param::boolean`].
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Param::boolean)
    }

    /// The object of that name; another shape counts as absent, as strong parameters have it.
    pub fn tree(&self, name: &str) -> Option<&Params> {
        match self.get(name) {
            Some(Param::Tree(tree)) => Some(tree),
            _ => None,
        }
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Param)> {
        self.0.iter().map(|(key, param)| (key.as_str(), param))
    }

    /// Sets or replaces.
    pub fn set(&mut self, name: &str, param: Param) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some(entry) => entry.1 = param,
            None => self.0.push((name.to_owned(), param)),
        }
    }

    /// Takes everything of `stronger`, replacing what is here.
    pub fn merge(&mut self, stronger: Params) {
        for (name, param) in stronger.0 {
            self.set(&name, param);
        }
    }

    /// As a JSON object.
    pub fn json(&self) -> Map<String, Value> {
        self.0
            .iter()
            .map(|(key, param)| (key.clone(), param.json()))
            .collect()
    }

    /// Whether a NUL character is in any name or value.
    pub fn has_nul(&self) -> bool {
        self.0
            .iter()
            .any(|(key, param)| key.contains('\0') || param.has_nul())
    }

    /// Puts a value where a name like `a[b][][c]` says. An error: a name that contradicts an earlier one, or nests too deeply.
    pub fn insert(&mut self, name: &str, param: Param) -> Result<(), ApiError> {
        parse::insert(self, name, param)
    }

    fn entry(&mut self, name: &str) -> Option<&mut Param> {
        if self.get(name).is_none() {
            self.0.push((name.to_owned(), Param::Null));
        }
        self.0
            .iter_mut()
            .find(|(key, _)| key == name)
            .map(|(_, param)| param)
    }
}

/// Ruby's `to_i`: optional sign, leading digits with single underscores between them, 0 without any. None beyond 64 bits.
pub fn leading_integer(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut digits = String::from(if negative { "-0" } else { "0" });
    let mut rest = rest.chars().peekable();
    let mut joins = false;
    while let Some(c) = rest.next() {
        match c {
            digit if digit.is_ascii_digit() => digits.push(digit),
            '_' if joins && rest.peek().is_some_and(char::is_ascii_digit) => {}
            _ => break,
        }
        joins = c != '_';
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_read_as_far_as_they_go() {
        assert_eq!(leading_integer("12abc"), Some(12));
        assert_eq!(leading_integer("abc"), Some(0));
        assert_eq!(leading_integer(" -3"), Some(-3));
        assert_eq!(leading_integer(""), Some(0));
        assert_eq!(leading_integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(leading_integer("1_000_x"), Some(1000));
        assert_eq!(leading_integer("1__0"), Some(1));
        assert_eq!(leading_integer("-_1"), Some(0));
        assert_eq!(leading_integer("99999999999999999999"), None);
    }

    #[test]
    fn scalars_are_cast_to_text_and_shapes_are_dropped() {
        let params = Params::from(
            json!({"a": 42, "b": true, "c": {"x": 1}, "d": ["x"], "e": null, "f": ""})
                .as_object()
                .cloned()
                .unwrap(),
        );
        assert_eq!(params.text("a").as_deref(), Some("42"));
        assert_eq!(params.text("b").as_deref(), Some("t"));
        assert_eq!(
            (
                params.text("c"),
                params.text("d"),
                params.text("e"),
                params.text("z")
            ),
            (None, None, None, None)
        );
        assert_eq!(params.text("f").as_deref(), Some(""));
        assert!(params.present("f").is_none() && params.present("a").is_some());
    }

    #[test]
    fn booleans_follow_the_column_type() {
        let boolean = |value: Value| Param::from(value).boolean();
        assert_eq!(boolean(json!("off")), Some(false));
        assert_eq!(boolean(json!("anything")), Some(true));
        assert_eq!(boolean(json!("")), None);
        assert_eq!(boolean(json!(0)), Some(false));
    }
}
