//! The copy of `source_id` in `localStorage`: it can be read at once, and stands in when `IndexedDB` comes up empty.
//!
//! The browser may throw at every touch of `localStorage`; then there is simply no copy.

use confab_protocol::SourceId;
use web_sys::Storage;

use super::Owner;
use crate::driver::handle::window;

/// Version of the copy; one of another version is neither read nor overwritten by looking.
const VERSION: &str = "1 ";

/// The copy, if there is one.
pub fn read(owner: &Owner) -> Option<SourceId> {
    let text = storage()?.get_item(&owner.copy).ok()??;
    text.strip_prefix(VERSION)
        .filter(|text| !text.is_empty())
        .map(SourceId::new)
}

/// Puts the copy, or removes it.
pub fn write(owner: &Owner, source_id: Option<&SourceId>) {
    let Some(storage) = storage() else { return };
    // A full or denied storage costs the copy alone: the database has the original.
    let _ = match source_id {
        Some(source_id) => storage.set_item(&owner.copy, &[VERSION, source_id.expose()].concat()),
        None => storage.remove_item(&owner.copy),
    };
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}
