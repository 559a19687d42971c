//! From [`Json`] to types of ours, through serde: what records need, no more.

use super::Json;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Reads a record. Kinds of values that no record of ours has (floats, enums with data) are refused.
pub fn from_value<T: DeserializeOwned>(json: Json) -> Result<T, Misfit> {
    T::deserialize(json)
}

/// A record is not what it should be. It does not say why: the words, and with them the printing of floats, would cost
/// the widget ten kilobytes, and whoever reads a record only leaves it aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit;

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record of another shape")
    }
}

impl std::error::Error for Misfit {}

impl serde::ser::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Every method is overridden: those provided put the error into words.
impl de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(truth) => visitor.visit_bool(truth),
            Self::Number(number) => match (number.parse(), number.parse()) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => Err(Misfit),
            },
            Self::String(text) => visitor.visit_string(text),
            Self::Array(items) => visitor.visit_seq(Items(items.into_iter())),
            Self::Object(fields) => visitor.visit_map(Fields {
                rest: fields.into_iter(),
                value: Self::Null,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Self::Null => visitor.visit_none(),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self {
            Self::String(name) => visitor.visit_enum(de::value::StringDeserializer::new(name)),
            _ => Err(Misfit),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

struct Items(std::vec::IntoIter<Json>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }
}

struct Fields {
    rest: std::vec::IntoIter<(String, Json)>,
    /// Of the key that was given last.
    value: Json,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(Json::String(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        seed.deserialize(std::mem::take(&mut self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EchoId, MessageId};
    use crate::json::to_json;
    use crate::secret::SourceId;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        Odd,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        until: i64,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        version: u32,
        sequence: u64,
        kind: Kind,
        source_id: SourceId,
        echo_id: Option<EchoId>,
        message: Option<MessageId>,
        inner: Option<Inner>,
        #[serde(default)]
        is_new: bool,
    }

    fn record() -> Record {
        Record {
            version: 1,
            sequence: u64::MAX,
            kind: Kind::Odd,
            source_id: SourceId::new("a \"b\""),
            echo_id: Some(EchoId::new("e")),
            message: None,
            inner: Some(Inner { until: -7 }),
            is_new: true,
        }
    }

    const WRITTEN: &str = r#"{"version":1,"sequence":18446744073709551615,"kind":"Odd","source_id":"a \"b\"","echo_id":"e","message":null,"inner":{"until":-7},"is_new":true}"#;

    #[test]
    fn a_record_is_written_as_a_well_known_writer_does_and_read_again() {
        let json = to_json(&record()).unwrap();
        assert_eq!(json.to_string(), WRITTEN);
        assert_eq!(serde_json::to_string(&record()).unwrap(), WRITTEN);
        assert_eq!(from_value::<Record>(json), Ok(record()));
    }

    #[test]
    fn what_may_be_missing_may_be_missing_and_what_is_new_is_passed_over() {
        let text = r#"{"sequence":2,"later":[{"a":1.5}],"version":1,"kind":"Plain","source_id":"s"}"#;
        let read: Record = from_value(text.parse().unwrap()).unwrap();
        assert_eq!((read.version, read.sequence, read.kind), (1, 2, Kind::Plain));
        assert_eq!((read.echo_id, read.inner, read.is_new), (None, None, false));
    }

    #[test]
    fn another_shape_is_a_misfit() {
        for (from, to) in [
            (r#""version":1"#, r#""version":-1"#),
            (r#""version":1"#, r#""version":1.5"#),
            (r#""version":1"#, r#""version":"1""#),
            (r#""version":1,"#, ""),
            (r#""version":1"#, r#""version":1,"version":1"#),
            (r#""kind":"Odd""#, r#""kind":"?""#),
            (r#""kind":"Odd""#, r#""kind":{"Odd":1}"#),
            (r#"{"until":-7}"#, r#"{"until":[]}"#),
        ] {
            let text = WRITTEN.replace(from, to);
            assert_eq!(from_value::<Record>(text.parse().unwrap()), Err(Misfit), "{text}");
            assert!(serde_json::from_str::<Record>(&text).is_err(), "{text}");
        }
        assert_eq!(to_json(&1.5), Err(Misfit));
    }
}
