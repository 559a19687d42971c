//! Where options come from, in the order in which they count.

use confab_protocol::Json;

use super::{ConfigError, Fault};

/// Options by their camelCase names, as one source gives them. Of equal names the last counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source(pub Vec<(String, Json)>);

impl Source {
    /// All that are texts.
    pub fn texts(&self) -> Vec<(String, String)> {
        let texts = self.0.iter();
        texts
            .filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned())))
            .collect()
    }

    /// The value of an option, if this source gives it.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let mut last_first = self.0.iter().rev();
        last_first.find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Everything that may configure a page.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The script tag's attributes over `window.confabSettings`, as the loader brings them.
    pub host: Source,
    /// The contents of `confab.json`.
    pub file: Source,
    /// The query of the hosted page.
    pub query: Source,
}

/// What the query of the hosted page may always set.
const FREE: [&str; 4] = ["text", "locale", "theme", "conversation"];
/// What it may set only where `confab.json` says `allowQuery`.
const GUARDED: [&str; 3] = ["baseUrl", "cableUrl", "inboxIdentifier"];

impl Sources {
    /// The sources, the first one counting most, and what is wrong with them as a whole.
    pub fn in_order(&self) -> (Vec<Source>, Vec<ConfigError>) {
        let mut errors = Vec::new();
        let allowed = self.file.get("allowQuery") == Some(&Json::Bool(true));
        let may_set = |name: &str| FREE.contains(&name) || (allowed && GUARDED.contains(&name));
        let asked = self.query.0.iter().filter(|(name, _)| may_set(name));
        let mut query = Source(asked.cloned().collect());
        let mut order = Vec::new();
        let mut chosen = None;
        if let Some(wish) = self.query.get("inbox").and_then(Json::as_str) {
            match self.choose(wish) {
                Some(overrides) => chosen = Some(overrides),
                None if allowed => {
                    query
                        .0
                        .push(("inboxIdentifier".into(), Json::String(wish.into())));
                }
                None => errors.push(ConfigError::new("inbox", wish, Fault::File)),
            }
        }
        order.push(self.host.clone());
        order.push(query);
        order.extend(chosen);
        order.push(self.file.clone());
        (order, errors)
    }

    /// What `confab.json` says about the inbox of this name or identifier.
    fn choose(&self, wish: &str) -> Option<Source> {
        let inboxes = self.file.get("inboxes").and_then(Json::as_object);
        let is_wished = |name: &str, overrides: &Json| {
            name == wish || overrides.get("inboxIdentifier").and_then(Json::as_str) == Some(wish)
        };
        let named = inboxes.and_then(|inboxes| {
            inboxes
                .iter()
                .find(|(name, overrides)| is_wished(name, overrides))
        });
        if let Some((_, overrides)) = named {
            return Some(Source(overrides.as_object()?.to_vec()));
        }
        // The inbox that is there without a choice may be named, too.
        (self.file.get("inboxIdentifier").and_then(Json::as_str) == Some(wish)).then(Source::default)
    }
}

/// Reads the contents of `confab.json`. `Err` says why it cannot be used.
pub fn read_file(text: &str) -> Result<Source, ConfigError> {
    let wrong = |detail: String| ConfigError {
        detail,
        ..ConfigError::new("confab.json", "", Fault::File)
    };
    match text.trim_start_matches('\u{feff}').parse::<Json>() {
        Ok(Json::Object(fields)) => Ok(Source(fields)),
        Ok(_) => Err(wrong(String::new())),
        Err(error) => Err(wrong(error.path)),
    }
}
