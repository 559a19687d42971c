//! The JSON of both APIs and of the cable, with exact nulls and absences. Rows go in, documents come out; nothing is looked up here.

mod callbacks;
mod files;
mod inbox;
mod people;
mod shape;
mod threads;

use serde_json::{Value, json};

pub use callbacks::{
    MessageCallback, bot_callback, contact_callback, message_callback, normalise_messages, normalised,
    short_contact_callback, user_callback,
};
pub use files::attachment;
pub use inbox::{
    application_inbox, default_settings, default_working_hours, public_inbox, raw_inbox, slim_inbox,
};
pub use people::{
    account_user, agent_bot, application_contact, bot_push, bot_slim, contact_push, contact_row, profile,
    raw_session, session, user_push,
};
pub use shape::{Document, Shape};
pub use threads::{
    ConversationParts, MessageParts, application_conversation, application_message, conversation_event,
    message_event, public_conversation, public_message,
};

use crate::time::Instant;

/// Text of a document as Rails writes it: `<`, `>`, `&` and the two separators U+2028 and U+2029 are escaped.
pub fn text(document: &Value) -> String {
    let plain = document.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 16);
    for c in plain.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            other => out.push(other),
        }
    }
    out
}

/// The `message` member of a cable frame.
pub fn event(name: &str, data: &Value) -> String {
    text(&json!({"event": name, "data": data}))
}

/// Adds or replaces a member of an object.
pub fn put(document: &mut Value, name: &str, value: Value) {
    if let Value::Object(map) = document {
        map.insert(name.to_owned(), value);
    }
}

/// Whole seconds, 0 for never.
fn seconds_or_zero(time: Option<Instant>) -> i64 {
    time.map_or(0, Instant::seconds)
}

/// ISO 8601 or null.
fn iso_or_null(time: Option<Instant>) -> Option<String> {
    time.map(Instant::iso)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_separators_are_escaped_and_read_back_the_same() {
        let document = json!({"a<b": "x & <i>\u{2028}\"é🦊"});
        let written = text(&document);
        assert_eq!(
            written,
            "{\"a\\u003cb\":\"x \\u0026 \\u003ci\\u003e\\u2028\\\"é🦊\"}"
        );
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), document);
    }
}
