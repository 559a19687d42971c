//! `PATCH contacts` of the public API: filling in, and merging with whoever owns the e-mail or phone (protocol 2.4).

use serde_json::json;

use super::threads::{self, Audience};
use super::{Context, people, presence};
use crate::error::ApiError;
use crate::params::Params;
use crate::store::{Contact, ContactKey, Conversation};
use crate::wire;

/// Applies the parameters to the contact, after merging it into the owner of a known e-mail or phone.
pub fn identify(context: &mut Context<'_>, contact: Contact, params: &Params) -> Result<Contact, ApiError> {
    let text = |name: &str| params.text(name).filter(|text| !text.trim().is_empty());
    let mut phone = text("phone_number");
    let email = text("email").map(|email| email.to_lowercase());
    let mut contact = contact;
    if let Some(email) = &email
        && let Some(owner) = owner(context, &contact, ContactKey::Email, email)?
    {
        contact = merge(context, owner, &contact)?;
    }
    if let Some(number) = &phone
        && let Some(owner) = owner(context, &contact, ContactKey::Phone, number)?
    {
        // Another e-mail on the number's owner: the number is left out rather than two people joined.
        let clashes = email.is_some() && owner.email.is_some() && owner.email != email;
        if clashes {
            phone = None;
        } else {
            contact = merge(context, owner, &contact)?;
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
/// messages move over; each moved message is announced, as its sender changed.
fn merge(context: &mut Context<'_>, base: Contact, other: &Contact) -> Result<Contact, ApiError> {
    let mut base = base;
    for sql in [
        "UPDATE contact_inboxes SET contact_id = ?1 WHERE contact_id = ?2",
        "UPDATE conversations SET contact_id = ?1 WHERE contact_id = ?2",
    ] {
        context.db.execute(sql, [base.id, other.id])?;
    }
    move_messages(context, &base, other)?;
    context
        .db
        .execute("DELETE FROM contacts WHERE id = ?", [other.id])?;
    presence::forget(context.db, other.account_id, other.id)?;
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
        let mut attributes = other.custom_attributes.clone();
        people::deep_merge(&mut attributes, std::mem::take(&mut base.custom_attributes));
        base.custom_attributes = attributes;
        base.last_activity_at = base.last_activity_at.max(other.last_activity_at);
    })?;
    people::announce(context, &base, "contact.merged");
    Ok(base)
}

fn move_messages(context: &mut Context<'_>, base: &Contact, other: &Contact) -> Result<(), ApiError> {
    let sql = "SELECT id, conversation_id, updated_at FROM messages WHERE sender_type = 'Contact' AND sender_id = ? ORDER BY id";
    let moved: Vec<(i64, i64, i64)> = context
        .db
        .prepare_cached(sql)?
        .query_map([other.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, conversation, updated_at) in moved {
        let sql = "UPDATE messages SET sender_id = ?, updated_at = ? WHERE id = ?";
        context
            .db
            .prepare_cached(sql)?
            .execute([base.id, context.now.0, id])?;
        let Some(conversation) = Conversation::by_id(context.db, conversation)? else {
            continue;
        };
        let Some(message) = crate::store::Message::by_id(context.db, conversation.id, id)? else {
            continue;
        };
        let mut data = super::show::message_event(context, &message, &conversation)?;
        wire::put(
            &mut data,
            "previous_changes",
            json!({
                "sender_id": [other.id, base.id],
                "updated_at": [crate::time::Instant(updated_at).iso(), message.updated_at.iso()],
            }),
        );
        wire::put(&mut data, "sender", wire::contact_push(base));
        let audience = if message.is_public() {
            Audience::Everyone
        } else {
            Audience::Agents
        };
        let streams = threads::streams(context, &conversation, audience)?;
        context.emit(streams, "message.updated", data);
    }
    Ok(())
}
