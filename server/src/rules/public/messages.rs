//! The visitor's messages.

use serde_json::Value;

use super::Scope;
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::messages::{self, Draft};
use crate::rules::{Context, Reply, attachments, show, surveys};
use crate::store::{Message, Sender};

const PAGE: i64 = 20;

/// Twenty before an id, or the newest twenty, ascending. `before` is the only way to page.
pub fn list(context: &Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let conversation = scope.conversation()?;
    let before = match params.get("before") {
        Some(param @ (Param::Text(_) | Param::Number(_))) if !param.is_blank() => {
            Some(match param.integer() {
                Some(id) => id,
                None if context.quirks.messages.large_cursor_is_an_error => {
                    return Err(ApiError::Internal("a cursor beyond 64 bits"));
                }
                None => i64::MAX,
            })
        }
        Some(Param::List(_) | Param::Tree(_) | Param::File(_)) => {
            return Err(ApiError::Internal("a cursor must be a scalar"));
        }
        _ => None,
    };
    let sql = "SELECT * FROM (SELECT * FROM messages WHERE conversation_id = ? AND message_type <> 2 AND private = 0 AND id < ?
               ORDER BY created_at DESC, id DESC LIMIT ?) ORDER BY created_at, id";
    let mut statement = context.db.prepare_cached(sql)?;
    let keys = [conversation.id, before.unwrap_or(i64::MAX), PAGE];
    let page: Vec<Message> = statement
        .query_map(keys, Message::read)?
        .collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = page
        .iter()
        .map(|message| show::public_message(context, message, conversation))
        .collect();
    Ok(Reply::Json(Value::Array(documents?)))
}

/// A message of the visitor: always incoming, always text, empty if need be.
pub fn create(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = scope.conversation()?.clone();
    let contact = scope.contact(context)?;
    let mut draft = Draft::text(
        Message::INCOMING,
        params.text("content"),
        Some(Sender::Contact(contact.id)),
    );
    draft.echo_id = echo_id(params);
    draft.files = attachments::uploaded(params)?;
    context.visitor = Some(contact);
    let message = messages::create(context, &mut conversation, draft)?;
    Ok(Reply::Json(show::public_message(
        context,
        &message,
        &conversation,
    )?))
}

/// Any scalar comes back as it was.
fn echo_id(params: &Params) -> Option<Value> {
    match params.get("echo_id") {
        Some(scalar @ (Param::Text(_) | Param::Number(_) | Param::Bool(_))) => Some(scalar.json()),
        _ => None,
    }
}

/// The answer to a form, a choice or a survey; nothing about the message is checked but the age of a survey.
pub fn update(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let conversation = scope.conversation()?;
    let id = params.integer("id").unwrap_or_default();
    let mut message = Message::by_id(context.db, conversation.id, id)?.ok_or(ApiError::NotFound)?;
    let with_rating = context.quirks.surveys.answered_publicly;
    surveys::answer(context, &mut message, conversation, params, with_rating)?;
    Ok(Reply::Json(show::public_message(
        context,
        &message,
        conversation,
    )?))
}
