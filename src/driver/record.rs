//! Values of ours as values of the browser, and back: what it can store, and hand to other tabs and pages.

use confab_protocol::Json;
use js_sys::JSON;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

/// A record as a plain object. Fails for numbers beyond 53 bits.
pub fn to_js(record: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(record.serialize(&Serializer::json_compatible())?)
}

/// Reads a plain value; `None` for anything that JSON has no words for.
pub fn from_js(value: &JsValue) -> Option<Json> {
    // Through JSON: reading with serde would bring the printing of floats along, for errors that nobody sees.
    let text = JsValue::from(JSON::stringify(value).ok()?).as_string()?;
    text.parse().ok()
}
