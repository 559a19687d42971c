//! Records as JSON: what a serde writer of the widget needs, and no more. Floats and bytes are in no record.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, Serializer,
};

use crate::digits;
use crate::json::write_quoted;

/// The greatest whole number that JSON's readers in browsers keep exactly.
const GREATEST: u64 = 1 << 53;

/// A record as JSON; `None` for numbers beyond 53 bits, for floats, bytes and maps.
pub fn written(record: &impl Serialize) -> Option<String> {
    let mut text = String::new();
    record.serialize(Writer(&mut text)).ok()?;
    Some(text)
}

/// What cannot be written. Nobody reads more of it.
#[derive(Debug)]
struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Unwritable {}

impl Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Written = Result<(), Unwritable>;

/// Writes one value behind what is there.
struct Writer<'a>(&'a mut String);

/// Writes parts between an opening and closing sign.
struct Parts<'a> {
    text: &'a mut String,
    is_first: bool,
    end: &'static str,
}

impl<'a> Writer<'a> {
    #[expect(clippy::unnecessary_wraps, reason = "the answer that the traits want")]
    fn word(self, word: &str) -> Written {
        self.0.push_str(word);
        Ok(())
    }

    fn number(self, number: u64, is_negative: bool) -> Written {
        if number > GREATEST {
            return Err(Unwritable);
        }
        let number = i64::try_from(number).map_err(|_| Unwritable)?;
        self.word(&digits(if is_negative { -number } else { number }))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the answer that the traits want")]
    fn parts(self, begin: &str, end: &'static str) -> Result<Parts<'a>, Unwritable> {
        self.0.push_str(begin);
        Ok(Parts {
            text: self.0,
            is_first: true,
            end,
        })
    }

    /// `{"name":`, what an enum's variant with contents begins with.
    fn variant(self, name: &str) -> Self {
        self.0.push('{');
        write_quoted(name, self.0);
        self.0.push(':');
        self
    }
}

impl Parts<'_> {
    fn part(&mut self, name: Option<&str>, value: &(impl Serialize + ?Sized)) -> Written {
        if !std::mem::replace(&mut self.is_first, false) {
            self.text.push(',');
        }
        if let Some(name) = name {
            write_quoted(name, self.text);
            self.text.push(':');
        }
        value.serialize(Writer(self.text))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the answer that the traits want")]
    fn close(self) -> Written {
        self.text.push_str(self.end);
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty),*) => { $(
        fn $method(self, value: $type) -> Written {
            let value = i64::from(value);
            self.number(value.unsigned_abs(), value < 0)
        }
    )* };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Impossible<(), Unwritable>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Impossible<(), Unwritable>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    numbers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32);

    fn serialize_u64(self, value: u64) -> Written {
        self.number(value, false)
    }

    fn serialize_bool(self, value: bool) -> Written {
        self.word(if value { "true" } else { "false" })
    }

    fn serialize_f32(self, _: f32) -> Written {
        Err(Unwritable)
    }

    fn serialize_f64(self, _: f64) -> Written {
        Err(Unwritable)
    }

    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Written {
        write_quoted(value, self.0);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        Err(Unwritable)
    }

    fn serialize_none(self) -> Written {
        self.word("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.word("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.word("null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Written {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Written {
        let writer = self.variant(name);
        value.serialize(Writer(&mut *writer.0))?;
        writer.word("}")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Unwritable> {
        self.parts("[", "]")
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Unwritable> {
        self.parts("[", "]")
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Unwritable> {
        self.parts("{", "}")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Unwritable> {
        self.variant(name).parts("{", "}}")
    }
}

impl SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.part(None, value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl SerializeTuple for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.part(None, value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
        self.part(Some(name), value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl SerializeStructVariant for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
        self.part(Some(name), value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    enum Kind {
        Plain,
        Named(u32),
        Wide { left: i64, right: Option<bool> },
    }

    #[derive(Serialize)]
    struct Id(u64);

    #[derive(Serialize)]
    struct Record {
        id: Id,
        text: String,
        kinds: Vec<Kind>,
        pair: (i8, char),
        nothing: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u8>,
        unit: (),
    }

    #[test]
    fn a_record_is_written_as_serde_json_writes_it() {
        let record = Record {
            id: Id(GREATEST),
            text: "«quo\"ted\\» \u{1}\n\u{7f} 🙂".to_owned(),
            kinds: vec![
                Kind::Plain,
                Kind::Named(7),
                Kind::Wide {
                    left: -12,
                    right: Some(false),
                },
                Kind::Wide { left: 0, right: None },
            ],
            pair: (-8, '"'),
            nothing: None,
            left_out: None,
            unit: (),
        };
        assert_eq!(written(&record), serde_json::to_string(&record).ok());
        let none: Vec<Record> = Vec::new();
        assert_eq!(written(&none).as_deref(), Some("[]"));
    }

    #[test]
    fn what_a_browser_would_round_or_json_has_no_words_for_is_not_written() {
        assert_eq!(written(&(GREATEST + 1)), None);
        assert_eq!(written(&i64::MIN), None);
        assert_eq!(written(&1.5_f64), None);
        assert_eq!(written(&Id(u64::MAX)), None);
    }
}
