//! Where what lies in the database, and as what.

use confab_protocol::digits;
use confab_session::record::RECORD_VERSION;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::Owner;
use super::idb::{COMPOSITION, IDENTITY, OUTBOX, Transaction};
use super::shelf::{Shelf, StoredRow, Write};
use super::stored::read_identity;
use crate::driver::record::{from_js, to_js};

/// The shelf that was found; `writes`: whether the transaction may write.
pub fn read(
    owner: &Owner,
    transaction: &Transaction,
    found: [JsValue; 3],
    writes: bool,
) -> Result<Shelf, JsValue> {
    let [found, rows, composition] = found;
    let identity = from_js(&found).and_then(|json| read_identity(&json));
    if identity.is_none() && !found.is_undefined() && writes {
        // One that does not read is put aside before another takes its place.
        transaction.put(IDENTITY, &["unread\n", &owner.name].concat(), &found)?;
    }
    let rows: Array = rows.unchecked_into();
    // A row that does not read, or of a version that is not known, stays where it is.
    let rows = rows.iter().filter_map(|row| StoredRow::read(&from_js(&row)?));
    let rows = rows.filter(|stored| stored.owner == owner.name).collect();
    Ok(Shelf {
        identity,
        rows,
        composition: composition.as_string(),
    })
}

/// Writes a change.
pub fn put(owner: &Owner, transaction: &Transaction, write: &Write) -> Result<(), JsValue> {
    let (store, key, value) = match write {
        Write::Identity(Some(identity)) => (IDENTITY, identity_key(owner), Some(to_js(identity)?)),
        Write::Identity(None) => (IDENTITY, identity_key(owner), None),
        Write::Row(row) => (OUTBOX, row_key(owner, &row.row.key.0), Some(to_js(row)?)),
        Write::NoRow(key) => (OUTBOX, row_key(owner, &key.0), None),
        Write::Composition(text) => (COMPOSITION, owner.name.clone(), js_text(text.as_ref())),
        Write::Page(text) => (COMPOSITION, page_key(owner), js_text(text.as_ref())),
    };
    match value {
        Some(value) => transaction.put(store, &key, &value),
        None => transaction.delete(store, &key),
    }
}

fn js_text(text: Option<&String>) -> Option<JsValue> {
    text.map(|text| JsValue::from_str(text))
}

/// Where the identity lies. Records of another version lie beside this one, untouched.
pub fn identity_key(owner: &Owner) -> String {
    [&digits(RECORD_VERSION.into()), "\n", &owner.name].concat()
}

/// Where a row lies.
pub fn row_key(owner: &Owner, key: &str) -> String {
    [&owner.name, "\n", key].concat()
}

/// Where the page kept for the next start lies, beside the compositions: no address, which is what their keys begin
/// with, has a space.
pub fn page_key(owner: &Owner) -> String {
    ["page ", &identity_key(owner)].concat()
}
