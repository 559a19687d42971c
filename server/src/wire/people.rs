//! Contacts, sessions and users.

use serde_json::{Value, json};

use super::{Document, Shape, iso_or_null, put};
use crate::store::{Bot, Contact, Session, User};
use crate::time::Instant;

/// What a contact gets when it creates or reads its session: six keys.
pub fn session(contact: &Contact, session: &Session) -> Value {
    json!({
        "source_id": session.source_id,
        "pubsub_token": session.pubsub_token,
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
    })
}

/// The raw row: the answer to PATCH and the `contact` of a conversation.
pub fn contact_row(shape: &Shape, contact: &Contact) -> Value {
    let row = json!({
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
        "account_id": contact.account_id,
        "created_at": contact.created_at.iso(),
        "updated_at": contact.updated_at.iso(),
        "additional_attributes": contact.additional_attributes,
        "identifier": contact.identifier,
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": iso_or_null(contact.last_activity_at),
        "contact_type": contact.contact_type,
        "middle_name": "",
        "last_name": "",
        "location": null,
        "country_code": null,
        "blocked": contact.blocked,
        "company_id": null,
        "label_list": [],
    });
    shape.fit(Document::ContactRow, row)
}

/// A contact as sender, typing user or subject of an event.
pub fn contact_push(shape: &Shape, contact: &Contact) -> Value {
    let document = json!({
        "additional_attributes": contact.additional_attributes,
        "custom_attributes": contact.custom_attributes,
        "email": contact.email,
        "id": contact.id,
        "identifier": contact.identifier,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "thumbnail": shape.picture(contact.email.as_deref()),
        "blocked": contact.blocked,
        "type": "contact",
    });
    shape.fit(Document::Contact, document)
}

/// A contact in the application API. `last_activity_at` is absent before the first message.
pub fn application_contact(shape: &Shape, contact: &Contact, online: bool) -> Value {
    let mut document = json!({
        "additional_attributes": contact.additional_attributes,
        "availability_status": if online { "online" } else { "offline" },
        "email": contact.email,
        "id": contact.id,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "blocked": contact.blocked,
        "identifier": contact.identifier,
        "thumbnail": shape.picture(contact.email.as_deref()),
        "custom_attributes": contact.custom_attributes,
    });
    if let Some(at) = contact.last_activity_at {
        put(&mut document, "last_activity_at", json!(at.seconds()));
    }
    put(&mut document, "created_at", json!(contact.created_at.seconds()));
    shape.fit(Document::ApplicationContact, document)
}

/// The raw session row inside conversation events; it holds the token.
pub fn raw_session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "contact_id": session.contact_id,
        "inbox_id": session.inbox_id,
        "source_id": session.source_id,
        "created_at": session.created_at.iso(),
        "updated_at": session.updated_at.iso(),
        "hmac_verified": session.hmac_verified,
        "pubsub_token": session.pubsub_token,
    })
}

/// An agent as sender, performer or assignee. `availability` is null where no account is known.
pub fn user_push(shape: &Shape, user: &User, availability: Option<&str>) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "available_name": user.display_name,
        "avatar_url": shape.picture(Some(&user.email)),
        "type": "user",
        "availability_status": availability,
        "thumbnail": shape.picture(Some(&user.email)),
    })
}

/// A bot as sender, performer or assignee.
pub fn bot_push(bot: &Bot) -> Value {
    json!({"id": bot.id, "name": bot.name, "avatar_url": "", "type": "agent_bot"})
}

/// A bot as a record of the account; administrators also get its secret.
pub fn agent_bot(bot: &Bot, secret: bool) -> Value {
    let mut document = json!({
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "thumbnail": "",
        "outgoing_url": bot.outgoing_url,
        "bot_type": "webhook",
        "bot_config": bot.bot_config,
        "account_id": bot.account_id,
        "access_token": bot.access_token,
    });
    if secret {
        put(&mut document, "secret", json!(bot.secret));
    }
    put(&mut document, "system_bot", json!(false));
    document
}

/// A bot as the assignee of a conversation, for agents.
pub fn bot_slim(bot: &Bot) -> Value {
    json!({
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "thumbnail": "",
        "outgoing_url": bot.outgoing_url,
        "bot_type": "webhook",
        "assignee_type": "AgentBot",
    })
}

/// An agent as a record of the account: assignments, lists of agents and members.
pub fn account_user(shape: &Shape, user: &User, availability: &str) -> Value {
    let document = json!({
        "id": user.id,
        "account_id": user.account_id,
        "availability_status": availability,
        "auto_offline": true,
        "confirmed": true,
        "email": user.email,
        "provider": "email",
        "available_name": user.display_name,
        "name": user.name,
        "role": user.role,
        "thumbnail": shape.picture(Some(&user.email)),
    });
    shape.fit(Document::AccountUser, document)
}

/// `GET /api/v1/profile`: who the token belongs to, with the tokens.
pub fn profile(shape: &Shape, user: &User, account_name: &str, availability: &str, now: Instant) -> Value {
    json!({
        "access_token": user.access_token,
        "account_id": user.account_id,
        "available_name": user.display_name,
        "avatar_url": shape.picture(Some(&user.email)),
        "confirmed": true,
        "display_name": user.display_name,
        "message_signature": null,
        "email": user.email,
        "id": user.id,
        "inviter_id": null,
        "name": user.name,
        "provider": "email",
        "pubsub_token": user.pubsub_token,
        "role": user.role,
        "ui_settings": {},
        "uid": user.email,
        "type": null,
        "accounts": [{
            "id": user.account_id,
            "name": account_name,
            "status": "active",
            "active_at": now.iso(),
            "role": user.role,
            "permissions": [user.role],
            "availability": user.availability,
            "availability_status": availability,
            "auto_offline": true,
        }],
    })
}
