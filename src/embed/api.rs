//! What is promised to foreign JavaScript: the events that a page hears.
//!
//! In a frame they go through the port, and the loader makes them events of its page; the hosted page is its own page.

use confab_protocol::ConversationStatus;
use confab_session::Announcement;
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit};

use super::config::ConfigError;
use super::port::Port;
use crate::driver::handle::window;

/// Who hears the news.
pub enum Audience {
    /// The page that embeds the frame.
    Embedder(Port),
    /// The hosted page itself.
    Page,
}

impl Audience {
    /// Tells a piece of news: its name and its fields.
    pub fn tell(&self, name: &str, fields: &[(&str, JsValue)]) {
        match self {
            Self::Embedder(port) => port.tell(name, fields),
            Self::Page => emit(name, fields),
        }
    }

    /// Tells the site owner what is wrong. The words come with `confab-help.js`, which `boot.js` fetches now; it tells the
    /// page, by the port if there is one.
    pub fn report(&self, error: &ConfigError) {
        let port = match self {
            Self::Embedder(port) => port.inner().into(),
            Self::Page => JsValue::NULL,
        };
        let fields = [
            ("code", error.code.into()),
            ("option", error.option.into()),
            ("value", error.value.as_str().into()),
            ("fault", (error.fault as u32).into()),
            ("detail", error.detail.as_str().into()),
            ("port", port),
        ];
        emit("problem", &fields);
    }

    fn tell_message(&self, direction: &str, preview: &str, content: &str, author: &str) {
        let fields = [
            ("direction", direction.into()),
            ("preview", preview.into()),
            ("content", content.into()),
            ("author", author.into()),
        ];
        self.tell("message", &fields);
    }

    /// Tells what the session announces.
    pub fn announce(&self, announcement: &Announcement) {
        match announcement {
            // `ready` was told when commands could be taken.
            Announcement::Ready => {}
            Announcement::MessageArrived {
                author,
                preview,
                content,
            } => self.tell_message("received", preview, content, author),
            Announcement::MessageSent { content } => self.tell_message("sent", "", content, ""),
            Announcement::UnreadChanged(count) => self.tell("unread", &[("count", (*count).into())]),
            Announcement::StatusChanged(status) => self.tell("status", &[("status", word(status).into())]),
        }
    }
}

/// A status as pages know it.
fn word(status: &ConversationStatus) -> &str {
    match status {
        ConversationStatus::Open => "open",
        ConversationStatus::Resolved => "resolved",
        ConversationStatus::Pending => "pending",
        ConversationStatus::Snoozed => "snoozed",
        ConversationStatus::Unknown(other) => other,
    }
}

/// An event `confab:NAME` on the window.
fn emit(name: &str, fields: &[(&str, JsValue)]) {
    let detail = Object::new();
    for (name, value) in fields {
        // Setting a field of a new object cannot fail.
        let _ = Reflect::set(&detail, &JsValue::from_str(name), value);
    }
    let init = CustomEventInit::new();
    init.set_detail(&detail);
    let event = CustomEvent::new_with_event_init_dict(&["confab:", name].concat(), &init).ok();
    if let Some((window, event)) = window().zip(event) {
        // Throws for an event that is under way already, which a new one is not.
        let _ = window.dispatch_event(&event);
    }
}
