//! What a window of its own is told of the shelf it takes over.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::Store;
use crate::driver::record::to_js;

impl Store {
    /// Describes the shelf as this tab last saw it, for a window that takes the chat over: its name, what is on it, whether
    /// it outlives the page, and whether something is still being done to it.
    pub fn describe(&self, report: &dyn Fn(&str, JsValue)) {
        let inner = &self.inner;
        let owner = Rc::clone(&inner.owner.borrow());
        report("name", owner.name.as_str().into());
        report("tab", inner.tab.0.as_str().into());
        report("durable", inner.durable.get().into());
        report("busy", inner.busy.get().into());
        let shelves = inner.shelves.borrow();
        let Some((_, contents)) = shelves.iter().find(|(other, _)| other.name == owner.name) else {
            return;
        };
        // A record with a number that JavaScript has no place for could not have been stored either.
        if let Some(identity) = contents.identity.as_ref().and_then(|record| to_js(record).ok()) {
            report("identity", identity);
        }
        let rows: Array = contents.rows.iter().filter_map(|row| to_js(row).ok()).collect();
        report("rows", rows.into());
    }
}
