//! What changed: in a conversation, as callbacks are told, fields in the order of the real server's columns; in a message, as
//! the cable tells it.

use serde_json::{Map, Value, json};

use crate::store::{Conversation, Message};
use crate::time::Instant;

/// The list of `{field: {previous_value, current_value}}`.
pub fn list(before: &Conversation, after: &Conversation) -> Value {
    let iso = |time: Option<Instant>| json!(time.map(Instant::iso));
    let pair = |field: fn(&Conversation) -> Value| (field(before), field(after));
    let time = |field: fn(&Conversation) -> Option<Instant>| (iso(field(before)), iso(field(after)));
    let fields = [
        ("status", pair(|c| json!(c.status.name()))),
        ("assignee_id", pair(|c| json!(c.assignee_id))),
        ("updated_at", time(|c| Some(c.updated_at))),
        ("contact_last_seen_at", time(|c| c.contact_last_seen_at)),
        ("additional_attributes", pair(|c| json!(c.additional_attributes))),
        ("snoozed_until", time(|c| c.snoozed_until)),
        ("custom_attributes", pair(|c| json!(c.custom_attributes))),
        ("first_reply_created_at", time(|c| c.first_reply_created_at)),
        ("priority", pair(|c| json!(c.priority))),
        ("waiting_since", time(|c| c.waiting_since)),
        ("cached_label_list", pair(|c| json!(c.cached_label_list))),
        ("assignee_agent_bot_id", pair(|c| json!(c.assignee_agent_bot_id))),
        ("label_list", pair(|c| json!(c.labels))),
    ];
    // Every write is one at another time, even within what our clock takes for one instant.
    let changed = fields
        .into_iter()
        .filter(|(name, (old, new))| *name == "updated_at" || old != new);
    changed
        .map(|(name, (old, new))| {
            let mut entry = Map::new();
            entry.insert(
                name.to_owned(),
                json!({"previous_value": old, "current_value": new}),
            );
            Value::Object(entry)
        })
        .collect()
}

/// `previous_changes` of a message: `{field: [old, new]}`.
pub fn of_message(before: &Message, after: &Message) -> Map<String, Value> {
    let mut changes = Map::new();
    let mut note = |name: &str, old: Value, new: Value| {
        if old != new {
            changes.insert(name.to_owned(), json!([old, new]));
        }
    };
    note("content", json!(before.content), json!(after.content));
    note(
        "updated_at",
        json!(before.updated_at.iso()),
        json!(after.updated_at.iso()),
    );
    note("status", json!(before.status), json!(after.status));
    note(
        "content_type",
        json!(before.content_type),
        json!(after.content_type),
    );
    note(
        "content_attributes",
        json!(before.content_attributes),
        json!(after.content_attributes),
    );
    note(
        "processed_message_content",
        json!(before.processed_content),
        json!(after.processed_content),
    );
    changes
}
