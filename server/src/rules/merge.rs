//! `PATCH contacts` of the public API: filling in, and merging with whoever owns the e-mail or phone.

use rusqlite::Row;
use serde_json::json;

use super::threads::{self, Audience};
use super::{Context, callbacks, people, presence, show};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::store::{Contact, ContactKey, Conversation, Message};
use crate::time::Instant;
use crate::wire;

/// Applies the parameters to the contact, after merging it into the owner of a known e-mail or phone.
pub fn identify(context: &mut Context<'_>, contact: Contact, params: &Params) -> Result<Contact, ApiError> {
    let text = |name: &str| params.present(name).and_then(Param::text);
    people::email_must_be_text(context, params)?;
    let mut phone = text("phone_number");
    let email = text("email").map(|email| email.to_lowercase());
    let sought = text("email").map(|email| {
        if context.quirks.contacts.emails_found_in_any_case {
            email.to_lowercase()
        } else {
            email
        }
    });
    let mut contact = contact;
    let mut moved = Vec::new();
    if let Some(email) = &sought
        && let Some(owner) = owner(context, &contact, ContactKey::Email, email)?
    {
        contact = merge(context, owner, &contact, &mut moved)?;
    }
    if let Some(number) = &phone
        && let Some(owner) = owner(context, &contact, ContactKey::Phone, number)?
    {
        // Another e-mail on the number's owner: the number is left out rather than two people joined.
        let clashes = email.is_some() && owner.email.is_some() && owner.email != email;
        if clashes {
            phone = None;
        } else {
            contact = merge(context, owner, &contact, &mut moved)?;
        }
    }
    people::save(context, &mut contact, |contact| {
        contact.name = text("name").or(contact.name.take());
        contact.email = email.or(contact.email.take());
        contact.phone_number = phone.or(contact.phone_number.take());
        if let Some(attributes) = params.tree("custom_attributes") {
            people::deep_merge(&mut contact.custom_attributes, attributes.json());
        }
    })?;
    announce_moved(context, &contact, &moved)?;
    Ok(contact)
}

fn owner(
    context: &Context<'_>,
    contact: &Contact,
    key: ContactKey,
    value: &str,
) -> Result<Option<Contact>, ApiError> {
    let found = Contact::by_key(context.db, contact.account_id, key, value)?;
    Ok(found.filter(|owner| owner.id != contact.id))
}

/// `base` survives and keeps its values, blanks are filled from `other`, which is deleted. Sessions, conversations and
/// messages move over.
fn merge(
    context: &mut Context<'_>,
    base: Contact,
    other: &Contact,
    moved: &mut Vec<Moved>,
) -> Result<Contact, ApiError> {
    let mut base = base;
    for sql in [
        "UPDATE contact_inboxes SET contact_id = ?1 WHERE contact_id = ?2",
        "UPDATE conversations SET contact_id = ?1 WHERE contact_id = ?2",
    ] {
        context.db.execute(sql, [base.id, other.id])?;
    }
    moved.extend(move_messages(context, &base, other)?);
    context
        .db
        .execute("DELETE FROM contacts WHERE id = ?", [other.id])?;
    presence::forget(context.db, other.account_id, other.id)?;
    people::announce(context, other, "contact.deleted");
    people::save(context, &mut base, |base| {
        let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
        for (mine, theirs) in [
            (&mut base.name, &other.name),
            (&mut base.email, &other.email),
            (&mut base.phone_number, &other.phone_number),
            (&mut base.identifier, &other.identifier),
        ] {
            if blank(mine) {
                mine.clone_from(theirs);
            }
        }
        for (mine, theirs) in [
            (&mut base.custom_attributes, &other.custom_attributes),
            (&mut base.additional_attributes, &other.additional_attributes),
        ] {
            let mut attributes = theirs.clone();
            people::deep_merge(&mut attributes, std::mem::take(mine));
            *mine = attributes;
        }
    })?;
    people::announce(context, &base, "contact.merged");
    Ok(base)
}

/// A message whose author changed, and what it said before.
struct Moved {
    message: i64,
    conversation: i64,
    updated_at: Instant,
    sender: i64,
}

fn move_messages(context: &Context<'_>, base: &Contact, other: &Contact) -> Result<Vec<Moved>, ApiError> {
    let sql = "SELECT id, conversation_id, updated_at FROM messages WHERE sender_type = 'Contact' AND sender_id = ? ORDER BY id";
    let read = |row: &Row<'_>| {
        Ok(Moved {
            message: row.get(0)?,
            conversation: row.get(1)?,
            updated_at: Instant(row.get(2)?),
            sender: other.id,
        })
    };
    let moved: Vec<Moved> = context
        .db
        .prepare_cached(sql)?
        .query_map([other.id], read)?
        .collect::<rusqlite::Result<_>>()?;
    let sql =
        "UPDATE messages SET sender_id = ?, updated_at = ? WHERE sender_type = 'Contact' AND sender_id = ?";
    context
        .db
        .prepare_cached(sql)?
        .execute([base.id, context.now.0, other.id])?;
    Ok(moved)
}

/// One `message.updated` each, with the contact as it is in the end: the real server announces in the background.
fn announce_moved(context: &mut Context<'_>, contact: &Contact, moved: &[Moved]) -> Result<(), ApiError> {
    for one in moved {
        let Some(mut conversation) = Conversation::by_id(context.db, one.conversation)? else {
            continue;
        };
        let Some(message) = Message::by_id(context.db, conversation.id, one.message)? else {
            continue;
        };
        let mut data = show::message_event(context, &message, &conversation)?;
        let changes = json!({
            "sender_id": [one.sender, contact.id],
            "updated_at": [one.updated_at.iso(), message.updated_at.iso()],
        });
        if context.quirks.events.previous_changes {
            wire::put(&mut data, "previous_changes", changes);
        }
        let audience = if message.is_public() {
            Audience::Everyone
        } else {
            Audience::Agents
        };
        let streams = threads::streams(context, &conversation, audience)?;
        context.emit(streams, "message.updated", data);
        callbacks::message(context, "message_updated", &message, &mut conversation)?;
    }
    Ok(())
}
