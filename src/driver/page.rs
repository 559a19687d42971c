//! What the page notices: whether it is seen, whether it came back, whether there is a network.

use std::rc::Rc;

use confab_session::Event;
use wasm_bindgen::JsCast;
use web_sys::{EventTarget, VisibilityState};

use super::Sink;
use super::handle::{Listener, window};

/// The listeners of the page; dropping them takes them away.
pub struct Page {
    _listeners: Vec<Listener>,
}

/// Listens from now on, and says at once what is so already.
pub fn listen(sink: &Sink) -> Page {
    let mut listeners = Vec::new();
    if let Some(window) = window() {
        let mut on = |target: &EventTarget, name: &'static str, event: fn() -> Event| {
            let sink = Rc::clone(sink);
            listeners.push(Listener::new(target, name, move |_| sink(event().into())));
        };
        on(&window, "focus", || Event::Resumed);
        on(&window, "pageshow", || Event::Resumed);
        on(&window, "online", || Event::WentOnline);
        on(&window, "offline", || Event::WentOffline);
        if let Some(document) = window.document() {
            on(&document, "resume", || Event::Resumed);
            on(document.unchecked_ref(), "visibilitychange", visibility);
        }
        if !window.navigator().on_line() {
            sink(Event::WentOffline.into());
        }
    }
    sink(visibility().into());
    Page {
        _listeners: listeners,
    }
}

/// Whether a person can see this page now. Without a document it counts as seen.
pub fn is_visible() -> bool {
    let document = window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() != VisibilityState::Hidden)
}

fn visibility() -> Event {
    Event::VisibilityChanged {
        visible: is_visible(),
    }
}
