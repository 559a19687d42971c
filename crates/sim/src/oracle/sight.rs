//! What is wrong with a view: by itself, against the views before it, and against what the server has.

use std::collections::{BTreeMap, BTreeSet};

use confab_content::markdown;
use confab_protocol::{Message, MessageId, MessageType};
use confab_session::view::MessageRow;
use confab_session::{Delivery, OutgoingKey, RowContent, RowKey, View};

use super::Oracle;
use crate::report::Kind;

/// Rows shown at most.
const WINDOW: usize = 300;
/// Messages of the newest page: of these the text is judged, of older ones only whether they are there.
const PAGE: usize = 20;

/// The rows that are messages.
pub(super) fn messages(view: &View) -> impl Iterator<Item = (RowKey, &MessageRow)> {
    view.rows.iter().filter_map(|row| match &row.content {
        RowContent::Message(message) => Some((row.key, message)),
        RowContent::Day { .. } | RowContent::Gap { .. } => None,
    })
}

/// The name of a message that the server is not known to have.
pub(super) fn outgoing(row: &MessageRow) -> Option<&OutgoingKey> {
    match row.delivery.as_ref()? {
        Delivery::Saving(key)
        | Delivery::Queued { key, .. }
        | Delivery::Sending(key)
        | Delivery::Unconfirmed(key)
        | Delivery::Failed { key, .. } => Some(key),
        Delivery::Sent | Delivery::Seen { .. } | Delivery::NotDelivered => None,
    }
}

/// What a view at rest shows otherwise than the server has it.
pub(super) fn compare(view: &View, there: &[Message], oracle: &Oracle) -> Vec<(Kind, String)> {
    let shown: BTreeMap<MessageId, &MessageRow> = messages(view)
        .filter_map(|(_, row)| Some((row.message?, row)))
        .collect();
    let waiting: BTreeSet<&OutgoingKey> = messages(view).filter_map(|(_, row)| outgoing(row)).collect();
    let gaps = view
        .rows
        .iter()
        .any(|row| matches!(row.content, RowContent::Gap { .. }));
    let first = shown.keys().next().copied();
    let newest = there.len().saturating_sub(PAGE);
    let is_under_way = |message: &Message| {
        let key = oracle.owner(Some(message.id));
        key.is_some_and(|key| waiting.contains(key))
    };
    let mut found = Vec::new();
    let mut before: Option<&Message> = None;
    for (index, message) in there.iter().enumerate() {
        let required = index >= newest || (!gaps && first.is_some_and(|first| message.id > first));
        // Stored a moment ago, and still shown as being sent; a greeting came with it.
        let is_greeting = message.message_type == MessageType::Template;
        let under_way = is_under_way(message) || is_greeting && before.is_some_and(is_under_way);
        before = Some(message);
        match shown.get(&message.id) {
            None if required && !under_way => {
                found.push((
                    Kind::Missing,
                    format!("message {} {:?}", message.id, message.content),
                ));
            }
            Some(row) if index >= newest && !is_as(row, message) => {
                let story = format!("message {} is not shown as {:?}", message.id, message.content);
                found.push((Kind::Missing, story));
            }
            _ => {}
        }
    }
    for id in shown
        .keys()
        .filter(|id| !there.iter().any(|message| message.id == **id))
    {
        found.push((Kind::Unexpected, format!("message {id} is not on the server")));
    }
    found
}

fn is_as(row: &MessageRow, message: &Message) -> bool {
    if message.content_attributes.deleted {
        return row.deleted;
    }
    let document = markdown::parse(message.content.as_deref().unwrap_or_default(), &|_: &str| None);
    !row.deleted
        && row.text.as_deref().is_some_and(|text| *text == document)
        && *row.attributes == message.content_attributes
        && *row.attachments == *message.attachments
}

/// What is wrong with a view by itself and against the views before it.
pub(super) fn see(
    view: &View,
    keys: &mut BTreeMap<MessageId, RowKey>,
    names: &mut BTreeMap<OutgoingKey, RowKey>,
    oracle: &Oracle,
) -> Vec<(Kind, String)> {
    // What is gone from the view because its message lies above what is loaded comes back anew.
    let first = messages(view).filter_map(|(_, row)| row.message).min();
    let is_above = |key: &OutgoingKey| first.is_some_and(|first| oracle.is_stored_below(key, first));
    let shown = |key: RowKey| view.rows.iter().any(|row| row.key == key);
    // So does one that went with its conversation, when it is sent once more into the next, and one that a person gave up
    // while another page had it under way.
    names.retain(|name, key| shown(*key) || !is_above(name) && !oracle.is_out_of_view(name));
    let mut found = Vec::new();
    let mut rows = BTreeSet::new();
    let mut here = BTreeSet::new();
    if view.rows.len() > WINDOW {
        found.push((Kind::Unexpected, format!("{} rows", view.rows.len())));
    }
    for row in view.rows.iter().filter(|row| !rows.insert(row.key)) {
        found.push((Kind::Unexpected, format!("two rows with the key {:?}", row.key)));
    }
    for (row_key, row) in messages(view) {
        let owner = outgoing(row).or_else(|| oracle.owner(row.message));
        let as_outgoing = owner.and_then(|key| names.get(key)).copied();
        let as_message = row.message.and_then(|id| keys.get(&id)).copied();
        // A message fetched before its waiting row was met has two rows that become one: either may stay.
        if ![as_outgoing, as_message].contains(&Some(row_key)) {
            for known in [as_outgoing, as_message].into_iter().flatten() {
                let what = (owner.map(|key| key.0.as_str()), row.message);
                found.push((
                    Kind::KeyChanged,
                    format!("{what:?} was {known:?} and is {row_key:?}"),
                ));
            }
        }
        if let Some(id) = row.message {
            keys.insert(id, row_key);
        }
        let Some(owner) = owner else { continue };
        if outgoing(row).is_some() {
            names.insert(owner.clone(), row_key);
        }
        if !here.insert(owner) {
            found.push((Kind::Unexpected, format!("{} is shown twice", owner.0)));
        }
    }
    found
}
