//! Reading JSON that may hold anything anywhere.
//!
//! Servers of many versions and brands put null, text or nothing where a number was (protocol.md §7.2). So no place has a
//! type that could be wrong: a [`Taker`] is offered each key with a [`Slot`] and takes from it what it can use as what it
//! wants; the rest is skipped. Only a document that is not JSON is an error here. What must be there is the business of
//! [`Draft::finish`].
//!
//! Takers and slots meet as trait objects: the JSON reader is compiled once for all types, which keeps wasm small.

mod bridge;

pub(crate) use bridge::{deserialize, read_text};

use std::fmt;

/// A value without parts.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
}

/// What kind of value stood in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
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

/// Implements `Deserialize` for a type by its draft.
macro_rules! deserialize_by_draft {
    ($($whole:ty: $draft:ty),* $(,)?) => {$(
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
    /// Text; numbers and truth values become text, fractions and everything else None.
    pub(crate) fn text(&mut self) -> Option<String> {
        let mut taken = TextTaken(None);
        self.read(&mut taken);
        taken.0
    }

    /// Text that says something: blank is None.
    pub(crate) fn filled(&mut self) -> Option<String> {
        self.text().filter(|text| !text.trim().is_empty())
    }

    /// A whole number, also as text or with a fraction, which is dropped.
    pub(crate) fn int(&mut self) -> Option<i64> {
        let mut taken = IntTaken(None);
        self.read(&mut taken);
        taken.0
    }

    /// A whole number that fits the wanted type.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Option<T> {
        self.int().and_then(|number| T::try_from(number).ok())
    }

    /// A number with a fraction.
    pub(crate) fn float(&mut self) -> Option<f64> {
        let mut taken = FloatTaken(None);
        self.read(&mut taken);
        taken.0
    }

    /// True or false, also as number or word. Anything else counts as false.
    pub(crate) fn truth(&mut self) -> bool {
        self.decided().unwrap_or(false)
    }

    /// True or false, also as number or word, or None.
    pub(crate) fn decided(&mut self) -> Option<bool> {
        let mut taken = TruthTaken(None);
        self.read(&mut taken);
        taken.0
    }

    /// Unix seconds, also as text, fraction or ISO 8601 instant.
    pub(crate) fn time(&mut self) -> Option<i64> {
        let mut taken = TimeTaken(None);
        self.read(&mut taken);
        taken.0
    }

    /// True when there is anything but null; what it says is not kept.
    pub(crate) fn present(&mut self) -> bool {
        let mut taken = PresenceTaken(false);
        self.read(&mut taken) != Shape::Scalar || taken.0
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

struct TextTaken(Option<String>);

impl Taker for TextTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = match value {
            Scalar::Text(text) => Some(text.to_owned()),
            Scalar::Int(number) => Some(number.to_string()),
            Scalar::Bool(truth) => Some(if truth { "true" } else { "false" }.to_owned()),
            Scalar::Null | Scalar::Float(_) => None,
        };
    }
}

struct IntTaken(Option<i64>);

impl Taker for IntTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = match value {
            Scalar::Int(number) => Some(number),
            Scalar::Float(number) => whole(number),
            Scalar::Text(text) => whole_text(text),
            Scalar::Null | Scalar::Bool(_) => None,
        };
    }
}

struct FloatTaken(Option<f64>);

impl Taker for FloatTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = match value {
            Scalar::Float(number) => Some(number),
            Scalar::Int(number) => i32::try_from(number).ok().map(f64::from),
            Scalar::Null | Scalar::Bool(_) | Scalar::Text(_) => None,
        };
    }
}

struct TruthTaken(Option<bool>);

impl Taker for TruthTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        let is_one_of =
            |words: [&str; 4], text: &str| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        self.0 = match value {
            Scalar::Bool(truth) => Some(truth),
            Scalar::Int(number) => Some(number != 0),
            Scalar::Text(text) if is_one_of(["true", "t", "1", "on"], text) => Some(true),
            Scalar::Text(text) if is_one_of(["false", "f", "0", "off"], text) => Some(false),
            Scalar::Null | Scalar::Float(_) | Scalar::Text(_) => None,
        };
    }
}

struct TimeTaken(Option<i64>);

impl Taker for TimeTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = match value {
            Scalar::Int(number) => Some(number),
            Scalar::Float(number) => whole(number),
            Scalar::Text(text) => crate::time::iso_seconds(text).or_else(|| whole_text(text)),
            Scalar::Null | Scalar::Bool(_) => None,
        };
    }
}

struct PresenceTaken(bool);

impl Taker for PresenceTaken {
    fn scalar(&mut self, value: Scalar<'_>) {
        self.0 = !matches!(value, Scalar::Null);
    }
}

fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9.0e18;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "dropping the fraction is the purpose; the range is checked"
    )]
    (-LIMIT..LIMIT).contains(&number).then(|| number.floor() as i64)
}

fn whole_text(text: &str) -> Option<i64> {
    let (number, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let plain = fraction.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| number.parse().ok())?
}
