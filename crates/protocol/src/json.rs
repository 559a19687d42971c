//! Any JSON value, and how JSON is written.

use crate::decode::{DecodeError, explain};
use crate::lenient::{Scalar, Shape, Slot, Taker, read_text, whole_as_written};
use std::fmt;
use std::str::FromStr;

/// Any JSON value: what the site's own attributes may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number as it is written: nothing is lost, and nothing is computed.
    Number(String),
    /// A text.
    String(String),
    /// Values in their order.
    Array(Vec<Json>),
    /// Fields in their order. Of equal names the last counts.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one that fits; 7.0 is none.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => whole_as_written(number),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The fields, if it is an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The value of a field, if it is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let mut fields = self.as_object()?.iter().rev();
        fields.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Writes it behind what is there, without white space.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::String(text) => write_quoted(text, out),
            Self::Array(items) => {
                let mut mark = '[';
                for item in items {
                    out.push(mark);
                    item.write(out);
                    mark = ',';
                }
                out.push_str(if mark == '[' { "[]" } else { "]" });
            }
            Self::Object(fields) => {
                let mut mark = '{';
                for (key, value) in fields {
                    out.push(mark);
                    write_quoted(key, out);
                    out.push(':');
                    value.write(out);
                    mark = ',';
                }
                out.push_str(if mark == '{' { "{}" } else { "}" });
            }
        }
    }
}

/// Writes a text as JSON has it behind what is there.
pub(crate) fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' => {
                let low = u32::from(letter) & 15;
                out.push_str(if letter < '\x10' { "\\u000" } else { "\\u001" });
                out.push(char::from_digit(low, 16).unwrap_or('0'));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

impl fmt::Display for Json {
    /// JSON without white space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Json {
    /// JSON without white space.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

impl FromStr for Json {
    type Err = DecodeError;

    /// Reads a document; up to 127 containers may stand in each other.
    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let mut draft = Self::Null;
        let shape = read_text(text, &mut draft).map_err(|fault| explain("Json", fault))?;
        Ok(draft.shaped(shape))
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Json {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Number(crate::digits(number))
    }
}

impl Json {
    /// The value in a slot.
    pub(crate) fn taken(value: &mut dyn Slot) -> Self {
        let mut draft = Self::Null;
        let shape = value.read(&mut draft);
        draft.shaped(shape)
    }

    /// Makes a container of what was offered nothing because it is empty.
    fn shaped(self, shape: Shape) -> Self {
        match (self, shape) {
            (Self::Null, Shape::List) => Self::Array(Vec::new()),
            (Self::Null, Shape::Object) => Self::Object(Vec::new()),
            (value, _) => value,
        }
    }
}

impl Taker for Json {
    fn scalar(&mut self, value: Scalar<'_>) {
        *self = match value {
            Scalar::Null => Self::Null,
            Scalar::Bool(truth) => Self::Bool(truth),
            Scalar::Number(number) => Self::Number(number.to_owned()),
            Scalar::Text(text) => Self::String(text.to_owned()),
        };
    }

    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        let field = (key.to_owned(), Self::taken(value));
        match self {
            Self::Object(fields) => fields.push(field),
            _ => *self = Self::Object(vec![field]),
        }
    }

    fn item(&mut self, value: &mut dyn Slot) {
        let item = Self::taken(value);
        match self {
            Self::Array(items) => items.push(item),
            _ => *self = Self::Array(vec![item]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Json {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_read_is_written_as_it_was() {
        for text in [
            "null",
            "true",
            "false",
            "0",
            "-12.50e+3",
            "\"\"",
            "[]",
            "{}",
            "[[],{},[1,\"a\",null]]",
            r#"{"a":{"b":[{}]},"":"\"\\\n\r\t\u0000\u001f/é😀"}"#,
        ] {
            assert_eq!(read(text).to_string(), text);
        }
    }

    #[test]
    fn parts_are_found_by_their_kind() {
        let json = read(r#"{"a":"x","n":7,"f":7.0,"l":[1],"o":{"k":null},"a":"y"}"#);
        assert_eq!(json.get("a").and_then(Json::as_str), Some("y"));
        assert_eq!(json.get("n").and_then(Json::as_i64), Some(7));
        assert_eq!(json.get("f").and_then(Json::as_i64), None);
        assert_eq!(json.get("l").and_then(Json::as_array), Some(&[Json::from(1)][..]));
        assert_eq!(json.get("o").and_then(|o| o.get("k")), Some(&Json::Null));
        assert_eq!(json.get("o").and_then(Json::as_object).map(<[_]>::len), Some(1));
        assert_eq!(json.get("?"), None);
        assert_eq!(json.as_str(), None);
        assert_eq!(Json::from("x").get("x"), None);
    }

    #[test]
    fn what_is_no_json_is_said_with_its_place() {
        let error = "{\"a\":\n  tru}".parse::<Json>().unwrap_err();
        assert_eq!((error.what, error.path.as_str()), ("Json", "line 2 column 6"));
    }
}
