//! Records as values of the browser: what it can store and hand to other tabs.

use confab_protocol::Json;
use confab_protocol::json::{Misfit, from_value, to_json};
use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// The record as a plain object. Numbers beyond 53 bits lose their last ones.
pub fn to_js(record: &impl Serialize) -> Result<JsValue, JsValue> {
    // Through JSON: the browser has a good reader of it, and no second way to take values apart has to be loaded.
    let json = to_json(record).map_err(|Misfit| JsValue::NULL)?;
    JSON::parse(&json.to_string())
}

/// Reads a record back; `None` for anything else.
pub fn from_js<T: DeserializeOwned>(value: &JsValue) -> Option<T> {
    // There is no text of what is undefined.
    let text = JsValue::from(JSON::stringify(value).ok()?).as_string()?;
    from_value(text.parse::<Json>().ok()?).ok()
}
