//! The documents that callbacks carry.

use serde_json::{Value, json};

use super::{Notice, Subject};
use crate::error::ApiError;
use crate::rules::{Context, show, surveys};
use crate::store::{Bot, Contact, Conversation, Inbox, Message, Sender, User};
use crate::wire;

/// The document; None when what it is about is gone.
pub fn payload(context: &Context<'_>, notice: &Notice) -> Result<Option<Value>, ApiError> {
    let Some(conversation) = Conversation::by_id(context.db, notice.conversation)? else {
        return Ok(None);
    };
    let shown = conversation_document(context, &conversation)?;
    let mut document = match &notice.subject {
        Subject::Message(id) => {
            let Some(message) = Message::by_id(context.db, conversation.id, *id)? else {
                return Ok(None);
            };
            message_document(context, &message, &conversation, shown)?
        }
        Subject::Conversation => shown,
        Subject::Changed(changed) => {
            let mut document = shown;
            wire::put(&mut document, "event", json!(notice.event));
            wire::put(&mut document, "changed_attributes", changed.clone());
            document
        }
        Subject::Typing { user, is_private } => json!({
            "event": notice.event,
            "user": user,
            "conversation": shown,
            "is_private": is_private,
        }),
    };
    wire::put(&mut document, "event", json!(notice.event));
    Ok(Some(document))
}

fn account(context: &Context<'_>, id: i64) -> rusqlite::Result<Value> {
    let sql = "SELECT name FROM accounts WHERE id = ?";
    let name: String = context
        .db
        .prepare_cached(sql)?
        .query_row([id], |row| row.get(0))?;
    Ok(json!({"id": id, "name": name}))
}

fn conversation_document(context: &Context<'_>, conversation: &Conversation) -> Result<Value, ApiError> {
    let mut document = show::conversation_event(context, conversation)?;
    if context.quirks.callbacks.content_normalised {
        wire::normalise_messages(&mut document);
    }
    if context.quirks.callbacks.conversation_has_account {
        wire::put(
            &mut document,
            "account",
            account(context, conversation.account_id)?,
        );
    }
    Ok(document)
}

fn message_document(
    context: &Context<'_>,
    message: &Message,
    conversation: &Conversation,
    shown: Value,
) -> Result<Value, ApiError> {
    let inbox = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)?
        .ok_or(ApiError::Internal("a conversation without inbox"))?;
    let account = account(context, conversation.account_id)?;
    let attachments = show::message_event(context, message, conversation)?
        .get_mut("attachments")
        .map(Value::take);
    let mut text = if message.content_type == "input_csat" {
        Some(survey_text(context, &inbox, conversation))
    } else {
        message.content.clone()
    };
    if context.quirks.callbacks.content_normalised {
        text = text.map(|text| wire::normalised(&text));
    }
    Ok(wire::message_callback(wire::MessageCallback {
        message,
        account: &account,
        content: text,
        conversation: shown,
        inbox: &inbox,
        sender: sender(context, message, &account)?,
        attachments,
    }))
}

/// Channels without a survey of their own get the link to its page.
fn survey_text(context: &Context<'_>, inbox: &Inbox, conversation: &Conversation) -> String {
    let own = inbox
        .settings
        .get("csat_config")
        .and_then(|config| config.get("message"))
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    match own {
        Some(text) => format!("{text} {}", surveys::page(context, conversation)),
        None => surveys::link(context, conversation),
    }
}

fn sender(context: &Context<'_>, message: &Message, account: &Value) -> Result<Option<Value>, ApiError> {
    Ok(match message.sender {
        Some(Sender::Contact(id)) => {
            Contact::by_id(context.db, id)?.map(|contact| contact_document(context, &contact, account))
        }
        Some(Sender::User(id)) => User::by_id(context.db, id)?.map(|user| wire::user_callback(&user)),
        Some(Sender::Bot(id)) => Bot::by_id(context.db, id)?.map(|bot| wire::bot_callback(&bot)),
        None => None,
    })
}

/// A contact as callbacks have it.
pub fn contact(context: &Context<'_>, contact: &Contact) -> Result<Value, ApiError> {
    let account = account(context, contact.account_id)?;
    Ok(contact_document(context, contact, &account))
}

fn contact_document(context: &Context<'_>, contact: &Contact, account: &Value) -> Value {
    if context.quirks.callbacks.contact_whole {
        wire::contact_callback(&wire::contact_push(&context.quirks.shape, contact), account)
    } else {
        wire::short_contact_callback(&wire::contact_push(&context.quirks.shape, contact), account)
    }
}
