//! One option at a time: found in the first source that gives it, checked by its kind, or told to be wrong.

use confab_protocol::Json;

use super::sources::Source;
use super::table::{Kind, Opt};
use super::{ConfigError, Fault};
use crate::driver::address::BaseUrl;
use crate::ui::strings::intl_tag;

/// Reads options and collects what is wrong with them.
pub struct Reader<'a> {
    /// The sources, the first counting most.
    pub order: &'a [Source],
    /// What is wrong so far.
    pub errors: Vec<ConfigError>,
}

impl Reader<'_> {
    /// Notes a wrong value, as it was given.
    pub fn wrong(&mut self, option: Opt, fault: Fault) {
        let value = match self.find(option) {
            // Nearly right is nearly a secret: the value is not repeated.
            Some(_) if option.kind() == Kind::Hash => "(not shown)".to_owned(),
            Some(value) => value.as_str().map_or_else(|| value.text(), Into::into),
            None => String::new(),
        };
        self.errors.push(ConfigError::new(option.name(), &value, fault));
    }

    /// Whether any source gives it.
    pub fn has(&self, option: Opt) -> bool {
        self.find(option).is_some()
    }

    /// A text without white space around it that fits its kind. A number counts as its digits; a blank text as not given.
    pub fn text(&mut self, option: Opt) -> Option<String> {
        let text = match self.find(option)? {
            Json::String(text) => text.trim().into(),
            Json::Number(number) => number.clone(),
            _ => {
                self.wrong(option, Fault::NoText);
                return None;
            }
        };
        if fits(option.kind(), &text) {
            return Some(text);
        }
        self.wrong(option, Fault::Kind);
        // Without it the server would not check the identifier at all.
        (option.kind() == Kind::Hash).then_some(text)
    }

    /// The place of the word that is given among those that the option may be.
    pub fn word(&mut self, option: Opt) -> Option<usize> {
        let text = self.text(option)?;
        let Kind::Words(words) = option.kind() else {
            return None;
        };
        let found = words.iter().position(|word| word.eq_ignore_ascii_case(&text));
        if found.is_none() {
            self.wrong(option, Fault::Kind);
        }
        found
    }

    /// A whole number between two bounds; a text may hold it, with or without `px`.
    pub fn number(&mut self, option: Opt) -> Option<i64> {
        let Kind::Number(least, most) = option.kind() else {
            return None;
        };
        let found = match self.find(option)? {
            Json::String(text) => {
                let text = text.trim();
                text.strip_suffix("px").unwrap_or(text).trim_end().parse().ok()
            }
            other => other.as_i64(),
        };
        let number = found.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(option, Fault::Kind);
        }
        number
    }

    /// An object, or a text that holds one.
    pub fn object(&mut self, option: Opt) -> Vec<(String, Json)> {
        match self.structure(option) {
            None => Vec::new(),
            Some(Json::Object(fields)) => fields,
            Some(_) => {
                self.wrong(option, Fault::Kind);
                Vec::new()
            }
        }
    }

    /// An object of texts, or a text that holds one.
    pub fn texts(&mut self, option: Opt) -> Vec<(String, String)> {
        let object = self.object(option);
        let all = object.len();
        let mut texts = Vec::new();
        for (key, value) in object {
            if let Json::String(text) = value {
                texts.push((key, text));
            }
        }
        if texts.len() < all {
            self.wrong(option, Fault::Kind);
        }
        texts
    }

    /// A list of texts, or a text that holds one.
    pub fn list(&mut self, option: Opt) -> Vec<String> {
        let Some(found) = self.structure(option) else {
            return Vec::new();
        };
        let list: Option<Vec<String>> = found
            .as_array()
            .and_then(|list| list.iter().map(|text| text.as_str().map(Into::into)).collect());
        if list.is_none() {
            self.wrong(option, Fault::Kind);
        }
        list.unwrap_or_default()
    }

    /// Notes whether the value is wrong, and takes nothing from it.
    pub fn judge(&mut self, option: Opt) {
        match option.kind() {
            Kind::Number(..) => drop(self.number(option)),
            Kind::Words(_) => drop(self.word(option)),
            _ => drop(self.text(option)),
        }
    }

    /// What an attribute can only hold as text, is taken apart here. A text that is no JSON stays a text.
    fn structure(&self, option: Opt) -> Option<Json> {
        let found = self.find(option)?;
        let parsed = found.as_str().and_then(|text| text.parse().ok());
        Some(parsed.unwrap_or_else(|| found.clone()))
    }

    /// The value in the first source that gives one. `null` and blank texts give none.
    fn find(&self, option: Opt) -> Option<&Json> {
        let is_given = |value: &&Json| match value {
            Json::Null => false,
            Json::String(text) => !text.trim().is_empty(),
            _ => true,
        };
        self.order
            .iter()
            .find_map(|source| source.get(option.name()).filter(is_given))
    }
}

/// Whether a text is what its kind wants. What needs more than the text is judged by who reads the option.
fn fits(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Inbox => {
            text.len() <= 255
                && text
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
        }
        Kind::Hash => text.len() == 64 && text.bytes().all(|c| c.is_ascii_hexdigit()),
        Kind::Email => {
            text.split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
                && !text.contains(char::is_whitespace)
        }
        Kind::Phone => text.strip_prefix('+').is_some_and(|digits| {
            (2..=15).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|c| c.is_ascii_digit())
        }),
        Kind::Avatar => BaseUrl::parse(text.split(['?', '#']).next().unwrap_or_default()).is_ok(),
        Kind::Picture => {
            let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
            !scheme.bytes().all(|c| c.is_ascii_alphanumeric())
                || ["", "http", "https"].contains(&scheme)
                || text.starts_with("data:image/")
        }
        Kind::Locale => intl_tag(text).is_some(),
        _ => true,
    }
}
