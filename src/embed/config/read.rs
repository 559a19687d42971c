//! One option at a time: found in the first source that gives it, checked, or told to be wrong.

use confab_protocol::Json;

use super::ConfigError;
use super::sources::Source;

/// Reads options and collects what is wrong with them.
pub struct Reader<'a> {
    /// The sources, the first counting most.
    pub order: &'a [Source],
    /// What is wrong so far.
    pub errors: Vec<ConfigError>,
}

impl Reader<'_> {
    /// Notes a wrong value, as it was given.
    pub fn wrong(&mut self, option: &str, message: &str, remedy: &str) {
        let value = self.find(option).map_or_else(String::new, shown);
        self.errors
            .push(ConfigError::new(option, &value, message, remedy));
    }

    /// Notes a wrong value that must not be repeated.
    pub fn wrong_secret(&mut self, option: &str, message: &str, remedy: &str) {
        self.errors
            .push(ConfigError::new(option, "(not shown)", message, remedy));
    }

    /// A text without white space around it. A number counts as its digits; a blank text as not given.
    pub fn text(&mut self, option: &str) -> Option<String> {
        match self.find(option)? {
            Json::String(text) => Some(text.trim().into()),
            Json::Number(number) => Some(number.clone()),
            _ => {
                self.wrong(option, "is not a text", "put it between quotation marks");
                None
            }
        }
    }

    /// A text that passes a test.
    pub fn text_that(
        &mut self,
        option: &str,
        test: impl Fn(&str) -> bool,
        message: &str,
        remedy: &str,
    ) -> Option<String> {
        let given = self.text(option)?;
        if !test(&given) {
            self.wrong(option, message, remedy);
            return None;
        }
        Some(given)
    }

    /// One of a few words, in any case.
    pub fn one_of<T: Copy>(&mut self, option: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(option)?;
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(
                option,
                "is not one of the words it may be",
                &format!("use one of: {}", words.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number between two bounds; a text may hold it, with or without `px`.
    pub fn number(&mut self, option: &str, least: i64, most: i64, unit: &str) -> Option<i64> {
        let found = match self.find(option)? {
            Json::String(text) => {
                let text = text.trim();
                text.strip_suffix("px").unwrap_or(text).trim_end().parse().ok()
            }
            other => other.as_i64(),
        };
        let number = found.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.wrong(
                option,
                "is not a whole number that it may be",
                &format!("use {least} to {most} ({unit})"),
            );
        }
        number
    }

    /// An object, or a text that holds one.
    pub fn object(&mut self, option: &str) -> Vec<(String, Json)> {
        match self.structure(option) {
            None => Vec::new(),
            Some(Json::Object(fields)) => fields,
            Some(_) => {
                self.wrong(
                    option,
                    "is not a JSON object",
                    "write it like {\"plan\": \"gold\"}",
                );
                Vec::new()
            }
        }
    }

    /// An object of texts, or a text that holds one.
    pub fn texts(&mut self, option: &str) -> Vec<(String, String)> {
        let object = self.object(option);
        let all = object.len();
        let mut texts = Vec::new();
        for (key, value) in object {
            if let Json::String(text) = value {
                texts.push((key, text));
            }
        }
        if texts.len() < all {
            self.wrong(
                option,
                "holds something that is not a text",
                "write it like {\"send\": \"Send\"}",
            );
        }
        texts
    }

    /// A list of texts, or a text that holds one.
    pub fn list(&mut self, option: &str) -> Vec<String> {
        let Some(found) = self.structure(option) else {
            return Vec::new();
        };
        let list: Option<Vec<String>> = found
            .as_array()
            .and_then(|list| list.iter().map(|text| text.as_str().map(Into::into)).collect());
        if list.is_none() {
            self.wrong(
                option,
                "is not a JSON list of texts",
                "write it like [\"Where is my order?\", \"I want to return something\"]",
            );
        }
        list.unwrap_or_default()
    }

    /// What an attribute can only hold as text, is taken apart here. A text that is no JSON stays a text.
    fn structure(&self, option: &str) -> Option<Json> {
        let found = self.find(option)?;
        let parsed = found.as_str().and_then(|text| text.parse().ok());
        Some(parsed.unwrap_or_else(|| found.clone()))
    }

    /// The value in the first source that gives one. `null` and blank texts give none.
    fn find(&self, option: &str) -> Option<&Json> {
        let is_given = |value: &&Json| match value {
            Json::Null => false,
            Json::String(text) => !text.trim().is_empty(),
            _ => true,
        };
        self.order
            .iter()
            .find_map(|source| source.get(option).filter(is_given))
    }
}

fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), Into::into)
}
