//! Values of ours as values of the browser, and back: what it can store, and hand to other tabs and pages.

use confab_protocol::{Json, written};
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A record as a plain object. Fails for numbers beyond 53 bits.
pub fn to_js(record: &impl Serialize) -> Result<JsValue, JsValue> {
    JSON::parse(&written(record).unwrap_or_default())
}

/// Reads a plain value; `None` for anything that JSON has no words for.
pub fn from_js(value: &JsValue) -> Option<Json> {
    // Through JSON: serde's reader of browser values brings the printing of floats along, its writer a table of hashes.
    let text = JsValue::from(JSON::stringify(value).ok()?).as_string()?;
    text.parse().ok()
}
