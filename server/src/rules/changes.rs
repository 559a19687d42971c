//! What changed in a conversation, as callbacks are told: fields in the order of the real server's columns.

use serde_json::{Value, json};

use crate::store::Conversation;
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
            let mut entry = serde_json::Map::new();
            entry.insert(
                name.to_owned(),
                json!({"previous_value": old, "current_value": new}),
            );
            Value::Object(entry)
        })
        .collect()
}
