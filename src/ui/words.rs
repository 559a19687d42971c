//! Wording that needs the browser's knowledge of languages: times, days, numbers, plurals. All through `Intl`.

use std::cell::OnceCell;

use confab_session::UnixMillis;
use js_sys::{Array, Date, Function, Intl, Number, Object, Reflect};
use wasm_bindgen::JsValue;

use super::strings::{Key, Strings, intl_tag};

/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;
/// The last instant that `Date` is asked to word, the end of the year 9999: later ones throw.
const LATEST: f64 = 253_402_300_799_000.0;

/// The words of one visitor: texts, language and time zone.
pub struct Words {
    strings: Strings,
    locales: Array,
    time: OnceCell<Function>,
    exact: OnceCell<Function>,
}

impl Words {
    /// Words of a BCP 47 tag. A tag that `Intl` would refuse is cut to what it takes.
    pub fn new(strings: Strings, locale: &str) -> Self {
        let locales = Array::new();
        if let Some(tag) = intl_tag(locale) {
            locales.push(&tag.into());
        }
        Self {
            strings,
            locales,
            time: OnceCell::new(),
            exact: OnceCell::new(),
        }
    }

    /// The text of a key.
    pub fn text(&self, key: Key) -> &str {
        self.strings.text(key)
    }

    /// The text of a key with one place filled in.
    pub fn with(&self, key: Key, name: &str, value: &str) -> String {
        self.strings.with(key, name, value)
    }

    /// A counted text in the form that the language has for the number.
    pub fn counted(&self, key: Key, count: u32) -> String {
        let category = Intl::PluralRules::new(&self.locales, &Object::new()).select(f64::from(count));
        self.strings
            .counted(key, &String::from(category), &self.number(f64::from(count)))
    }

    /// A time of day.
    pub fn time(&self, at: UnixMillis) -> String {
        let format = self
            .time
            .get_or_init(|| self.format(&[("hour", "numeric"), ("minute", "2-digit")]));
        apply(format, &date(at))
    }

    /// Date and time to the minute, for whoever wants to know exactly.
    pub fn exact(&self, at: UnixMillis) -> String {
        let format = self
            .exact
            .get_or_init(|| self.format(&[("dateStyle", "full"), ("timeStyle", "short")]));
        apply(format, &date(at))
    }

    /// A day as people say it: today, yesterday, its weekday within a week, else its date.
    pub fn day(&self, at: UnixMillis) -> String {
        let (at, now) = (date(at), Date::new_0());
        #[expect(clippy::cast_possible_truncation, reason = "both are days of a calendar")]
        let ago = ((midnight(&now) - midnight(&at)) / DAY).round() as i64;
        if ago == 0 || ago == 1 {
            let options = object(&[("numeric", "auto")]);
            Intl::RelativeTimeFormat::new(&self.locales, &options)
                .format(if ago == 0 { 0.0 } else { -1.0 }, "day")
                .into()
        } else if (2..7).contains(&ago) {
            apply(&self.format(&[("weekday", "long")]), &at)
        } else if at.get_full_year() == now.get_full_year() {
            apply(&self.format(&[("day", "numeric"), ("month", "long")]), &at)
        } else {
            apply(
                &self.format(&[("day", "numeric"), ("month", "long"), ("year", "numeric")]),
                &at,
            )
        }
    }

    /// A file's size.
    pub fn size(&self, bytes: u64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a size is shown with two digits")]
        let bytes = bytes as f64;
        let (key, number) = if bytes < 1_000.0 {
            (Key::Bytes, bytes)
        } else if bytes < 1_000_000.0 {
            (Key::Kilobytes, (bytes / 1_000.0).round())
        } else {
            (Key::Megabytes, (bytes / 100_000.0).round() / 10.0)
        };
        self.with(key, "n", &self.number(number))
    }

    fn number(&self, number: f64) -> String {
        let locale = self.locales.get(0).as_string().unwrap_or_else(|| "en".to_owned());
        Number::from(number).to_locale_string(&locale).into()
    }

    fn format(&self, options: &[(&str, &str)]) -> Function {
        Intl::DateTimeFormat::new(&self.locales, &object(options)).format()
    }
}

/// An instant for machines.
pub fn machine_time(at: UnixMillis) -> String {
    date(at).to_iso_string().into()
}

fn apply(format: &Function, date: &Date) -> String {
    format
        .call1(&JsValue::UNDEFINED, date)
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn object(fields: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Fails for frozen objects only.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object
}

#[expect(
    clippy::cast_precision_loss,
    reason = "instants that a calendar knows are far below 2^53"
)]
fn date(at: UnixMillis) -> Date {
    Date::new(&(at.0 as f64).clamp(0.0, LATEST).into())
}

/// The beginning of the day in the visitor's time zone.
fn midnight(date: &Date) -> f64 {
    let day = Date::new(date);
    day.set_hours(0);
    day.set_minutes(0);
    day.set_seconds(0);
    day.set_milliseconds(0);
    day.get_time()
}
