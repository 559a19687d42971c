//! The list of what the types do not read.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Paths that types leave unread, as `Type: path`.
#[derive(Default)]
pub struct Unread(BTreeSet<String>);

impl Unread {
    /// Notes what a `T` does not read of a document.
    pub fn note<T: serde::de::DeserializeOwned>(&mut self, name: &str, json: &Json) {
        let text = json.to_string();
        let mut reader = serde_json::Deserializer::from_str(&text);
        let note = |path: serde_ignored::Path<'_>| {
            self.0.insert(format!("{name}: {}", spelled(&path)));
        };
        let decoded: Result<T, _> = serde_ignored::deserialize(&mut reader, note);
        if let Err(error) = decoded {
            panic!("{name}: {error}: {json}");
        }
    }

    /// Compares with the committed list, or writes it anew when asked to.
    pub fn compare(&self) {
        let met = &self.0;
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unread.txt");
        let text = met.iter().fold(String::new(), |mut text, path| {
            writeln!(text, "{path}").unwrap();
            text
        });
        if std::env::var_os("CONFAB_BLESS").is_some() {
            return std::fs::write(file, text).unwrap();
        }
        let listed = std::fs::read_to_string(&file).unwrap_or_default();
        let listed: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
        let new: Vec<_> = met.difference(&listed).collect();
        let gone: Vec<_> = listed.difference(met).collect();
        assert!(
            new.is_empty() && gone.is_empty(),
            "What the types do not read has changed.\nnot read and not listed: {new:#?}\nlisted, but read or no longer met: {gone:#?}\n\
         Read them, or accept the change: CONFAB_BLESS=1 cargo test -p confab-protocol --test recorded"
        );
    }
}

/// A path in a document, with `[]` for any index and `<id>` for any number as a key.
fn spelled(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    let join = |parent: &Path<'_>, step: &str| match spelled(parent) {
        start if start.is_empty() => step.to_owned(),
        start => format!("{start}.{step}"),
    };
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, .. } => format!("{}[]", spelled(parent)),
        Path::Map { parent, key } if key.bytes().all(|byte| byte.is_ascii_digit()) => join(parent, "<id>"),
        Path::Map { parent, key } => join(parent, key),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            spelled(parent)
        }
    }
}
