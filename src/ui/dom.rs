//! Making elements. Text becomes text nodes and nothing else: nothing here, nor anywhere in the widget, hands a string
//! to an HTML parser, so the page can demand Trusted Types. One plain type for every element keeps the code small.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use web_sys::{Element, Event, EventTarget, Node, Text};

#[wasm_bindgen]
extern "C" {
    /// The document of the page; named apart from `web_sys` because creating an element of a known name cannot fail.
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Maker;

    type Maker;

    #[wasm_bindgen(method, js_name = createElement)]
    fn create_element(this: &Maker, tag: &str) -> Element;
    #[wasm_bindgen(method, js_name = createElementNS)]
    fn create_element_ns(this: &Maker, namespace: &str, tag: &str) -> Element;
    #[wasm_bindgen(method, js_name = createTextNode)]
    fn create_text_node(this: &Maker, text: &str) -> Text;
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element under construction.
#[derive(Clone, Debug)]
pub struct El(pub Element);

/// A new element.
pub fn el(tag: &str) -> El {
    El(DOCUMENT.with(|document| document.create_element(tag)))
}

/// A new element with classes.
pub fn div(class: &str) -> El {
    el("div").class(class)
}

impl El {
    /// Sets the classes.
    pub fn class(self, names: &str) -> Self {
        self.attr("class", names)
    }

    /// Sets an attribute. Never used for handlers or styles.
    pub fn attr(self, name: &str, value: &str) -> Self {
        set(&self.0, name, value);
        self
    }

    /// Appends text, as text.
    pub fn text(self, text: &str) -> Self {
        append(
            &self.0,
            &DOCUMENT.with(|document| document.create_text_node(text)),
        );
        self
    }

    /// Appends an element.
    pub fn child(self, child: &Self) -> Self {
        append(&self.0, &child.0);
        self
    }
}

/// A button that says what it does to the one listener of the panel.
pub fn button(class: &str, act: &str) -> El {
    el("button")
        .class(class)
        .attr("type", "button")
        .attr("data-do", act)
}

/// A line drawing of 24 by 24, decorative.
pub fn icon(path: &str) -> El {
    let make = |tag| El(DOCUMENT.with(|document| document.create_element_ns(SVG, tag)));
    let path = make("path").attr("d", path);
    make("svg")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .child(&path)
}

/// The drawings.
pub mod icons {
    /// A cross.
    pub const CLOSE: &str = "M6 6l12 12M18 6L6 18";
    /// A window, and an arrow out of it.
    pub const WINDOW: &str = "M13 4h7v7M20 4l-9 9M10 5H5v14h14v-5";
    /// An arrow to the top.
    pub const UP: &str = "M12 19V5M6 11l6-6 6 6";
    /// An arrow to the bottom.
    pub const DOWN: &str = "M12 5v14M6 13l6 6 6-6";
    /// A tick.
    pub const TICK: &str = "M4 12.5l5 5L20 6.500";
    /// A clock.
    pub const CLOCK: &str = "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7.500V12l3 2";
    /// A triangle that warns.
    pub const WARN: &str = "M12 8v5M12 16.500h.01M12 3l9.500 17h-19z";
}

/// Appends a node.
pub fn append(parent: &Node, child: &Node) {
    // Fails only when the child contains the parent.
    let _ = parent.append_child(child);
}

/// Sets an attribute whose name is a literal.
pub fn set(element: &Element, name: &str, value: &str) {
    // Fails only for a name that is none.
    let _ = element.set_attribute(name, value);
}

/// Sets or removes a boolean attribute.
pub fn toggle(element: &Element, name: &str, on: bool) {
    if on {
        set(element, name, "");
    } else {
        let _ = element.remove_attribute(name);
    }
}

/// Replaces the text of an element when it differs, so that a live region does not repeat itself.
pub fn set_text(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// A listener that is removed when this value is dropped.
#[must_use]
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Listens from now on.
    pub fn new(target: &EventTarget, kind: &'static str, handler: impl FnMut(Event) + 'static) -> Self {
        Self::boxed(target, kind, Box::new(handler))
    }

    fn boxed(target: &EventTarget, kind: &'static str, handler: Box<dyn FnMut(Event)>) -> Self {
        let handler = Closure::wrap(handler);
        // Fails for a null listener only.
        let _ = target.add_event_listener_with_callback(kind, handler.as_ref().unchecked_ref());
        Self {
            target: target.clone(),
            kind,
            handler,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.kind, self.handler.as_ref().unchecked_ref());
    }
}

/// Something that rings every so often until it is dropped.
#[must_use]
pub struct Interval {
    id: i32,
    _handler: Closure<dyn FnMut()>,
}

impl Interval {
    /// Rings every `ms` milliseconds.
    pub fn new(ms: i32, handler: impl FnMut() + 'static) -> Self {
        let handler = Closure::wrap(Box::new(handler) as Box<dyn FnMut()>);
        let id = web_sys::window().and_then(|window| {
            window
                .set_interval_with_callback_and_timeout_and_arguments_0(handler.as_ref().unchecked_ref(), ms)
                .ok()
        });
        Self {
            id: id.unwrap_or_default(),
            _handler: handler,
        }
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_interval_with_handle(self.id);
        }
    }
}

/// Something done before the next picture, however often it is asked for meanwhile.
#[must_use]
pub struct BeforePaint {
    asked: Rc<Cell<Option<i32>>>,
    handler: Closure<dyn FnMut()>,
}

impl BeforePaint {
    /// Does nothing until it is asked for.
    pub fn new(mut act: impl FnMut() + 'static) -> Self {
        let asked = Rc::new(Cell::new(None));
        let done = Rc::clone(&asked);
        let handler = Closure::wrap(Box::new(move || {
            done.take();
            act();
        }) as Box<dyn FnMut()>);
        Self { asked, handler }
    }

    /// Asks for it. A page that nobody sees paints nothing, and does it when it is seen again.
    pub fn ask(&self) {
        if self.asked.get().is_none() {
            let window = web_sys::window();
            let request = |window: web_sys::Window| {
                window
                    .request_animation_frame(self.handler.as_ref().unchecked_ref())
                    .ok()
            };
            self.asked.set(window.and_then(request));
        }
    }
}

impl Drop for BeforePaint {
    fn drop(&mut self) {
        if let (Some(id), Some(window)) = (self.asked.take(), web_sys::window()) {
            let _ = window.cancel_animation_frame(id);
        }
    }
}
