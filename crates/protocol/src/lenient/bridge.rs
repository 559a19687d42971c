//! How takers and slots stand on serde, for programs that have a reader of serde's: one visitor for every value of every
//! type. The widget has none, so nothing of this is compiled into it.

use super::{Draft, Scalar, Shape, Slot, Taker};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::fmt;

/// `Deserialize` for a type that has a draft.
pub(crate) fn deserialize<'de, T: Draft, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T::Whole, D::Error> {
    let mut draft = T::default();
    match Reading(&mut draft).deserialize(deserializer)? {
        Shape::Object => draft.finish().map_err(D::Error::custom),
        Shape::Scalar | Shape::List => Err(D::Error::custom("not an object")),
    }
}

struct Reading<'a>(&'a mut dyn Taker);

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Reading<'_> {
    fn scalar(self, value: Scalar<'_>) -> Shape {
        self.0.scalar(value);
        Shape::Scalar
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Shape, E> {
        Ok(self.scalar(Scalar::Null))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Shape, E> {
        Ok(self.scalar(Scalar::Bool(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Shape, E> {
        Ok(self.scalar(Scalar::Number(&value.to_string())))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Shape, E> {
        Ok(self.scalar(Scalar::Number(&value.to_string())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Shape, E> {
        // `Display` writes no exponent, and a point only where the number is not whole; here it is not taken for one.
        let mut number = value.to_string();
        if value.is_finite() && !number.contains('.') {
            number.push_str(".0");
        }
        Ok(self.scalar(Scalar::Number(&number)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Shape, E> {
        Ok(self.scalar(Scalar::Text(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items
            .next_element_seed(Place {
                taker: &mut *self.0,
                key: None,
            })?
            .is_some()
        {}
        Ok(Shape::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Shape, A::Error> {
        let mut key = String::new();
        while fields.next_key_seed(KeyInto(&mut key))?.is_some() {
            fields.next_value_seed(Place {
                taker: &mut *self.0,
                key: Some(&key),
            })?;
        }
        Ok(Shape::Object)
    }
}

/// The place of one value: offers it to the taker and skips it if it was not read.
struct Place<'a> {
    taker: &'a mut dyn Taker,
    key: Option<&'a str>,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut slot = Unread {
            deserializer: Some(deserializer),
            error: None,
        };
        match self.key {
            Some(key) => self.taker.field(key, &mut slot),
            None => self.taker.item(&mut slot),
        }
        match (slot.error, slot.deserializer) {
            (Some(error), _) => Err(error),
            (None, Some(unread)) => IgnoredAny::deserialize(unread).map(drop),
            (None, None) => Ok(()),
        }
    }
}

struct Unread<'de, D: Deserializer<'de>> {
    deserializer: Option<D>,
    error: Option<D::Error>,
}

impl<'de, D: Deserializer<'de>> Slot for Unread<'de, D> {
    fn read(&mut self, into: &mut dyn Taker) -> Shape {
        match self
            .deserializer
            .take()
            .map(|deserializer| Reading(into).deserialize(deserializer))
        {
            Some(Ok(shape)) => shape,
            Some(Err(error)) => {
                self.error = Some(error);
                Shape::Scalar
            }
            None => Shape::Scalar,
        }
    }
}

/// Keeps the key of a field while its value is read.
struct KeyInto<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for KeyInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(key);
        Ok(())
    }
}
