//! Reading JSON that may hold anything anywhere.
//!
//! Servers of many versions and brands put null, text or nothing where a number was. So no place has a
//! type that could be wrong: a [`Taker`] is offered each key with a [`Slot`] and takes from it what it can use as what it
//! wants; the rest is skipped. Only a document that is not JSON is an error here. What must be there is the business of
//! [`Draft::finish`].
//!
//! Takers and slots meet as trait objects: the JSON reader is compiled once for all types, which keeps wasm small.

mod bridge;
mod reader;

pub(crate) use bridge::deserialize;
pub(crate) use reader::{Fault, read_text};

use crate::json::Json;
use std::fmt;

/// A value without parts.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    Text(&'a str),
}

/// What kind of value stood in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    List,
    Object,
}

/// Somebody who is offered what a value holds. What is not taken is skipped.
pub(crate) trait Taker {
    fn scalar(&mut self, _value: Scalar<'_>) {}
    fn field(&mut self, _key: &str, _value: &mut dyn Slot) {}
    fn item(&mut self, _value: &mut dyn Slot) {}
}

/// A value not yet read. The second reading finds nothing.
pub(crate) trait Slot {
    fn read(&mut self, into: &mut dyn Taker) -> Shape;
}

/// An object in the making: the takings of its fields, complete or not.
pub(crate) trait Draft: Taker + Default {
    /// What comes of it.
    type Whole;
    /// The object, unless a field is missing that it cannot be without.
    fn finish(self) -> Result<Self::Whole, Missing>;
}

/// The name of a field that an object cannot be without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub &'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The words of serde's own derive, which `decode::explain` reads.
        write!(f, "missing field `{}`", self.0)
    }
}

/// A type that has a draft.
pub(crate) trait Drafted: Sized {
    /// Its draft.
    type Draft: Draft<Whole = Self>;
}

/// Names the draft of a type, and implements `Deserialize` by it.
macro_rules! deserialize_by_draft {
    ($($whole:ty: $draft:ty),* $(,)?) => {$(
        impl crate::lenient::Drafted for $whole {
            type Draft = $draft;
        }

        impl<'de> serde::Deserialize<'de> for $whole {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::lenient::deserialize::<$draft, D>(deserializer)
            }
        }
    )*};
}
pub(crate) use deserialize_by_draft;

/// Implements `Draft` for a type that is its own draft, since it can be without any of its fields.
macro_rules! own_draft {
    ($($whole:ty),* $(,)?) => {$(
        impl crate::lenient::Draft for $whole {
            type Whole = Self;
            fn finish(self) -> Result<Self, crate::lenient::Missing> {
                Ok(self)
            }
        }
        crate::lenient::deserialize_by_draft!($whole: $whole);
    )*};
}
pub(crate) use own_draft;

// ------------------------------------------------------------------------------------------- what takers ask a slot for

impl dyn Slot + '_ {
    /// Text; whole numbers and truth values become text, fractions and everything else None.
    pub(crate) fn text(&mut self) -> Option<String> {
        match self.single() {
            Json::String(text) => Some(text),
            Json::Number(number) => whole_as_written(&number).map(|_| number),
            Json::Bool(truth) => Some(if truth { "true" } else { "false" }.to_owned()),
            _ => None,
        }
    }

    /// Text that says something: blank is None.
    pub(crate) fn filled(&mut self) -> Option<String> {
        self.text().filter(|text| !text.trim().is_empty())
    }

    /// A whole number, also as text or with a fraction, which is dropped.
    pub(crate) fn int(&mut self) -> Option<i64> {
        match self.single() {
            Json::Number(number) => whole(&number),
            Json::String(text) => whole_text(text.trim()),
            _ => None,
        }
    }

    /// A whole number that fits the wanted type.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Option<T> {
        self.int().and_then(|number| T::try_from(number).ok())
    }

    /// A number as it is written.
    pub(crate) fn written(&mut self) -> Option<String> {
        match self.single() {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// True or false, also as number or word. Anything else counts as false.
    pub(crate) fn truth(&mut self) -> bool {
        self.decided().unwrap_or(false)
    }

    /// True or false, also as number or word, or None.
    pub(crate) fn decided(&mut self) -> Option<bool> {
        let is_one_of =
            |words: [&str; 4], text: &str| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        match self.single() {
            Json::Bool(truth) => Some(truth),
            Json::Number(number) => whole_as_written(&number).map(|number| number != 0),
            Json::String(text) if is_one_of(["true", "t", "1", "on"], &text) => Some(true),
            Json::String(text) if is_one_of(["false", "f", "0", "off"], &text) => Some(false),
            _ => None,
        }
    }

    /// Unix seconds, also as text, fraction or ISO 8601 instant.
    pub(crate) fn time(&mut self) -> Option<i64> {
        match self.single() {
            Json::Number(number) => whole(&number),
            Json::String(text) => crate::time::iso_seconds(&text).or_else(|| whole_text(text.trim())),
            _ => None,
        }
    }

    /// True when there is anything but null; what it says is not kept.
    pub(crate) fn present(&mut self) -> bool {
        let mut taken = PresenceTaken(false);
        self.read(&mut taken) != Shape::Scalar || taken.0
    }

    // The same into a place: what stood there is dropped here once instead of at every use, which keeps wasm small.

    #[inline(never)]
    pub(crate) fn put_text(&mut self, place: &mut Option<String>) {
        *place = self.text();
    }

    #[inline(never)]
    pub(crate) fn put_filled(&mut self, place: &mut Option<String>) {
        *place = self.filled();
    }

    #[inline(never)]
    pub(crate) fn put_int(&mut self, place: &mut Option<i64>) {
        *place = self.int();
    }

    #[inline(never)]
    pub(crate) fn put_truth(&mut self, place: &mut bool) {
        *place = self.truth();
    }

    /// A time, 0 where there is none.
    #[inline(never)]
    pub(crate) fn put_seen(&mut self, place: &mut i64) {
        *place = self.time().unwrap_or(0);
    }

    /// A value without parts; null where there are parts or nothing is left.
    fn single(&mut self) -> Json {
        let mut taken = SingleTaken(Json::Null);
        self.read(&mut taken);
        taken.0
    }

    /// An object, if it is one and complete.
    pub(crate) fn object<T: Draft>(&mut self) -> Option<T::Whole> {
        let mut draft = T::default();
        (self.read(&mut draft) == Shape::Object).then(|| draft.finish().ok())?
    }

    /// The complete objects of a list; no list is an empty one.
    pub(crate) fn list<T: Draft>(&mut self) -> Vec<T::Whole> {
        self.drafts::<T>().finish()
    }

    /// The objects of a list, complete or not.
    pub(crate) fn drafts<T: Draft>(&mut self) -> Drafts<T> {
        let mut drafts = Drafts::default();
        self.read(&mut drafts);
        drafts
    }
}

/// The objects of a list while it is read; other items are left out.
pub(crate) struct Drafts<T>(pub Vec<T>);

impl<T> Default for Drafts<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Draft> Drafts<T> {
    pub(crate) fn finish(self) -> Vec<T::Whole> {
        self.0
            .into_iter()
            .filter_map(|draft| draft.finish().ok())
            .collect()
    }
}

impl<T: Draft> Taker for Drafts<T> {
    fn item(&mut self, value: &mut dyn Slot) {
        let mut draft = T::default();
        if value.read(&mut draft) == Shape::Object {
            self.0.push(draft);
        }
    }
}

struct SingleTaken(Json);

impl Taker for SingleTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0.scalar(value);
    }
}

struct PresenceTaken(bool);

impl Taker for PresenceTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = !matches!(value, Scalar::Null);
    }
}

/// A number that is written as a whole one and fits.
pub(crate) fn whole_as_written(number: &str) -> Option<i64> {
    // Minus nothing is a fraction to most readers: it has no place among whole numbers.
    (number != "-0").then(|| number.parse().ok())?
}

/// The whole part of a number. An exponent shifts the point first.
fn whole(number: &str) -> Option<i64> {
    let Some((number, exponent)) = number.split_once(['e', 'E']) else {
        return whole_text(number);
    };
    let (digits, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits_of = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let places = i64::try_from(digits_of(digits))
        .ok()?
        .checked_add(exponent.parse().ok()?)?;
    let mut shifted = digits.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit);
    let mut value = 0_i64;
    for _ in 0..places {
        match shifted.next() {
            Some(digit) => value = value.checked_mul(10)?.checked_sub(i64::from(digit - b'0'))?,
            None if value == 0 => break,
            None => value = value.checked_mul(10)?,
        }
    }
    if number.starts_with('-') {
        Some(value)
    } else {
        value.checked_neg()
    }
}

/// The whole part of a number without exponent.
fn whole_text(text: &str) -> Option<i64> {
    let (number, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = fraction.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_found_in_every_spelling() {
        for (number, expected) in [
            ("7", Some(7)),
            ("-0", Some(0)),
            ("7.9", Some(7)),
            ("-7.9", Some(-7)),
            ("1.7673230456e9", Some(1_767_323_045)),
            ("-1.5E1", Some(-15)),
            ("12E+2", Some(1_200)),
            ("1234e-2", Some(12)),
            ("1234e-9", Some(0)),
            ("0.00e99999999", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9.223372036854775808e18", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9.223372036854775808e18", None),
            ("1e300", None),
            ("1e99999999999999999999", None),
        ] {
            assert_eq!(whole(number), expected, "{number}");
        }
    }
}
