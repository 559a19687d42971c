//! The copy of `source_id` in `localStorage`: it can be read at once, and stands in when `IndexedDB` comes up empty.
//!
//! The browser may throw at every touch of `localStorage`; then there is simply no copy.

use std::cell::RefCell;

use confab_protocol::SourceId;
use web_sys::Storage;

use super::Owner;
use crate::driver::handle::window;

/// Version of the copy; one of another version is neither read nor overwritten by looking.
const VERSION: &str = "1 ";

/// Where copies lie besides: in the storage of the page that embeds this one, which some browsers keep longer.
#[derive(Default)]
struct Mirror {
    /// What that page had at the start, by key.
    kept: Vec<(String, String)>,
    tell: Option<Tell>,
}

/// Tells the page what to keep from now on; nothing where there is nothing.
pub type Tell = Box<dyn Fn(&str)>;

thread_local! {
    static MIRROR: RefCell<Mirror> = RefCell::default();
}

/// From now on copies are kept by the embedding page, too; this it has: keys and texts, each a line.
pub fn mirror(told: &str, tell: Tell) {
    let (mut lines, mut kept) = (told.lines(), Vec::new());
    while let (Some(key), Some(text)) = (lines.next(), lines.next()) {
        kept.push((key.to_owned(), text.to_owned()));
    }
    let tell = Some(tell);
    MIRROR.set(Mirror { kept, tell });
}

/// The copy, if there is one.
pub fn read(owner: &Owner) -> Option<SourceId> {
    let own = storage().and_then(|storage| storage.get_item(&owner.copy).ok()?);
    let text = own.or_else(|| {
        MIRROR.with_borrow(|mirror| {
            let kept = mirror.kept.iter().find(|(key, _)| *key == owner.copy);
            kept.map(|(_, text)| text.clone())
        })
    })?;
    text.strip_prefix(VERSION)
        .filter(|text| !text.is_empty())
        .map(SourceId::new)
}

/// Puts the copy, or removes it.
pub fn write(owner: &Owner, source_id: Option<&SourceId>) {
    let text = source_id.map(|source_id| [VERSION, source_id.expose()].concat());
    if let Some(storage) = storage() {
        // A full or denied storage costs the copy alone: the database has the original.
        let _ = match &text {
            Some(text) => storage.set_item(&owner.copy, text),
            None => storage.remove_item(&owner.copy),
        };
    }
    MIRROR.with_borrow_mut(|mirror| {
        let Some(tell) = &mirror.tell else { return };
        mirror.kept.retain(|(key, _)| *key != owner.copy);
        mirror.kept.extend(text.map(|text| (owner.copy.clone(), text)));
        let lines: Vec<String> = mirror
            .kept
            .iter()
            .map(|(key, text)| [key, "\n", text, "\n"].concat())
            .collect();
        tell(&lines.concat());
    });
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}
