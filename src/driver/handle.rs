//! Things of the browser as values whose drop undoes them: listeners and timers.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget, Window};

/// The window. The driver runs in pages only, never in a worker; without a window it does nothing.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// An event listener; dropping it takes it away.
pub struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `call` for each event of this name on the target.
    pub fn new(target: &EventTarget, name: &'static str, call: impl FnMut(Event) + 'static) -> Self {
        let closure = Closure::new(call);
        // Adding a listener cannot fail: the browser throws for a missing argument alone.
        let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        Self {
            target: target.clone(),
            name,
            closure,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}

/// A timer that rings once; dropping it stops it.
pub struct Timeout {
    id: i32,
    _closure: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Calls `call` after at least this many milliseconds. `None` without a window.
    pub fn new(milliseconds: u64, call: impl FnOnce() + 'static) -> Option<Self> {
        let closure = Closure::once(call);
        // Longer waits than the browser can count are cut: whoever set the timer looks at the clock anyway.
        let wait = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        let id = window()?
            .set_timeout_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), wait);
        Some(Self {
            id: id.ok()?,
            _closure: closure,
        })
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        if let Some(window) = window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}
