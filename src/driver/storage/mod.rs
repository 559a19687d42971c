//! Identity, outbox and composition: in `IndexedDB` where the browser lets us, else in memory.
//!
//! Where to start:
//! 1. [`shelf`]: what is stored and what each operation does to it; pure.
//! 2. [`operation`], [`stored`]: what can be asked for, and records as they lie there.
//! 3. [`Store`]: one operation after the other, each in one transaction.
//! 4. `idb`, `copy`: the browser's two storages.

#[cfg(target_arch = "wasm32")]
mod copy;
#[cfg(target_arch = "wasm32")]
pub mod idb;
#[cfg(target_arch = "wasm32")]
mod place;
#[cfg(target_arch = "wasm32")]
mod store;

pub mod operation;
pub mod shelf;
pub mod stored;

#[cfg(target_arch = "wasm32")]
pub use copy::mirror;
#[cfg(target_arch = "wasm32")]
pub use store::Store;

use confab_protocol::{ExternalId, digits};
use confab_session::record::RECORD_VERSION;

/// Whose shelf it is: an installation, an inbox, an embedding site, and the site's own user or nobody.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The site's own user id.
    pub identifier: Option<ExternalId>,
    /// Name of the shelf in the database.
    #[cfg_attr(
        not(any(target_arch = "wasm32", test)),
        expect(dead_code, reason = "the store is there in browsers alone")
    )]
    name: String,
    /// Key of the copy in `localStorage`.
    copy: String,
}

impl Owner {
    /// The owner under a storage name that carries base, inbox and embedding origin. What was typed as one user, or
    /// as nobody, is kept apart from what was typed as another.
    pub fn new(storage_name: &str, identifier: Option<ExternalId>) -> Self {
        // No address has a line break, so no two owners share a name.
        let user = identifier
            .as_ref()
            .map_or_else(String::new, |identifier| ["\n", identifier.as_str()].concat());
        Self {
            identifier,
            name: [storage_name, &user].concat(),
            copy: ["confab:", storage_name, &user].concat(),
        }
    }

    /// What tabs of this owner call their lock and their channel. Tabs of another version, which read neither records
    /// nor words of this one, have a place of their own: neither waits for the other.
    pub fn meeting_place(&self) -> String {
        [&self.copy, "\n", &digits(RECORD_VERSION.into())].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::{Owner, RECORD_VERSION};

    /// The scripts that pass rows from the frame to a window of its own have to name things as this module does.
    #[test]
    fn the_scripts_of_the_pop_out_know_version_stores_and_names() {
        let script = include_str!("../../embed/popout-shelf.js");
        for line in [
            format!("const RECORDS = {RECORD_VERSION};"),
            "const STORES = ['identity', 'outbox', 'composition'];".into(),
            "indexedDB.open('confab')".into(),
            "`${RECORDS}\\n${name}`".into(),
            "`page ${RECORDS}\\n${name}`".into(),
            "`${name}\\n${stored.row.key}`".into(),
            "meetingPlace = (name) => `confab:${name}\\n${RECORDS}`;".into(),
            "new BroadcastChannel(meetingPlace(name))".into(),
        ] {
            assert!(script.contains(&line), "{line}");
        }
        let nobody = Owner::new("base:inbox:https://shop.example", None);
        assert_eq!(nobody.name, "base:inbox:https://shop.example");
        assert_eq!(
            nobody.meeting_place(),
            format!("confab:base:inbox:https://shop.example\n{RECORD_VERSION}")
        );
    }
}
