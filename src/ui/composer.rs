//! The box one writes in. The page has it before any wasm arrives; it is adopted and never replaced, so that focus,
//! input methods and what is typed survive.

use std::cell::Cell;
use std::rc::Rc;

use confab_session::view::Composition;
use confab_session::{Intent, is_too_long};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use super::dom::{El, Listener, append, button, div, el, icon, icons, set};
use super::mount::Ui;
use super::strings::Key;

/// What browsers report for a key that an input method is working on.
const KEY_OF_INPUT_METHOD: u32 = 229;

/// Characters that surely fill the lines that the box grows to.
const MEASURED: usize = 2_000;

/// The composer with its listeners.
pub struct Composer {
    parts: Rc<Parts>,
    /// Whether this is the page's own, which stays when the widget goes.
    is_adopted: bool,
    /// The newest composition that was taken over.
    revision: Cell<u32>,
    _listeners: [Listener; 2],
}

struct Parts {
    ui: Rc<Ui>,
    node: Element,
    grow: Element,
    send: Element,
    field: HtmlTextAreaElement,
}

impl Composer {
    /// Takes over the composer in `root`, or makes one.
    pub fn adopt(root: &HtmlElement, ui: &Rc<Ui>) -> Self {
        let (parts, is_adopted) = match Parts::find(root, ui) {
            Some(parts) => (parts, true),
            None => (Parts::make(root, ui), false),
        };
        let words = &parts.ui.words;
        set(&parts.field, "placeholder", words.text(Key::Placeholder));
        set(&parts.field, "aria-label", words.text(Key::Placeholder));
        set(&parts.send, "aria-label", words.text(Key::Send));
        set(&parts.send, "data-do", "send");
        let parts = Rc::new(parts);
        let (typing, pressing) = (Rc::clone(&parts), Rc::clone(&parts));
        let listeners = [
            Listener::new(&parts.field, "input", move |_| typing.tell()),
            Listener::new(&parts.field, "keydown", move |event| pressing.pressed(&event)),
        ];
        // What was typed before the widget came is told like any other.
        if parts.field.value().is_empty() {
            parts.show_state();
        } else {
            parts.tell();
        }
        Self {
            parts,
            is_adopted,
            revision: Cell::new(0),
            _listeners: listeners,
        }
    }

    /// The element that the other regions stand around.
    pub fn node(&self) -> &Element {
        &self.parts.node
    }

    /// Puts the caret into the box, if it is not there.
    pub fn focus(&self) {
        let _ = self.parts.field.focus();
    }

    /// Sends what is written.
    pub fn submit(&self) {
        self.parts.submit();
    }

    /// Takes over text of an earlier page, or of a message that could not be stored. What the visitor types meanwhile
    /// comes after it; an empty text takes away what somebody else was typing who has logged out.
    pub fn take_over(&self, composition: Option<Composition>) {
        let Some(Composition { text, revision }) = composition else {
            return;
        };
        if revision <= self.revision.replace(revision) && revision != 0 {
            return;
        }
        let typed = self.parts.field.value();
        if typed == text {
            return;
        }
        let is_both = !typed.trim().is_empty() && !text.is_empty();
        self.parts.field.set_value(&if is_both {
            [text.as_str(), "\n", &typed].concat()
        } else {
            text
        });
        // The rest of what there is to say about it is said by whoever is told.
        if is_both || is_too_long(&self.parts.field.value()) {
            self.parts.tell();
        } else {
            self.parts.show_state();
        }
    }
}

impl Drop for Composer {
    fn drop(&mut self) {
        if self.is_adopted {
            set(&self.parts.send, "aria-disabled", "true");
            let _ = self.parts.send.remove_attribute("data-do");
        } else {
            self.parts.node.remove();
        }
    }
}

impl Parts {
    fn find(root: &HtmlElement, ui: &Rc<Ui>) -> Option<Self> {
        let node = root.query_selector(".composer").ok().flatten()?;
        let find = |selector| node.query_selector(selector).ok().flatten();
        let (grow, send, field) = (find(".grow")?, find(".send")?, find("textarea")?);
        let field = field.dyn_into().ok()?;
        Some(Self {
            ui: Rc::clone(ui),
            node,
            grow,
            send,
            field,
        })
    }

    /// The same elements as in index.html.
    fn make(root: &HtmlElement, ui: &Rc<Ui>) -> Self {
        let field = el("textarea").attr("rows", "1").attr("enterkeyhint", "send");
        let field = field.attr("autocomplete", "off");
        let grow = div("grow").child(&field);
        let send = button("send", "send").child(&icon(icons::UP));
        let node = div("composer").child(&div("field").child(&grow).child(&send));
        append(root, &node.0);
        let El(field) = field;
        Self {
            ui: Rc::clone(ui),
            node: node.0,
            grow: grow.0,
            send: send.0,
            field: field.unchecked_into(),
        }
    }

    fn pressed(&self, event: &Event) {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if event.key() != "Enter" || event.shift_key() || event.is_composing() {
            return;
        }
        // Safari ends the composition before the Enter that ends it, and tells by this code only.
        if event.key_code() == KEY_OF_INPUT_METHOD {
            return;
        }
        event.prevent_default();
        self.submit();
    }

    fn submit(&self) {
        let text = self.field.value();
        let _ = self.field.focus();
        if !can_be_sent(&text) {
            return;
        }
        self.field.set_value("");
        self.show_state();
        (self.ui.dispatch)(Intent::Submit { text });
    }

    fn tell(&self) {
        self.show_state();
        (self.ui.dispatch)(Intent::CompositionChanged {
            text: self.field.value(),
        });
    }

    /// The height of the box and the colour of the button follow the text.
    fn show_state(&self) {
        let text = self.field.value();
        let end = text
            .char_indices()
            .nth(MEASURED)
            .map_or(text.len(), |(end, _)| end);
        set(&self.grow, "data-text", text.get(..end).unwrap_or_default());
        set(
            &self.send,
            "aria-disabled",
            if can_be_sent(&text) { "false" } else { "true" },
        );
    }
}

/// Whether it says something, and no more than the server takes at once.
fn can_be_sent(text: &str) -> bool {
    !confab_content::text::is_blank(text) && !is_too_long(text)
}
