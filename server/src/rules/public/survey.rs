//! The survey's own page: found by the conversation's uuid, answered inside a `message`.

use rusqlite::OptionalExtension;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::params::Params;
use crate::rules::{Context, Reply, surveys};
use crate::store::{Conversation, Inbox, Message};
use crate::wire::{self, Document};

/// What the page needs.
pub fn show(context: &Context<'_>, params: &Params) -> Result<Reply, ApiError> {
    let (conversation, message) = find(context, params)?;
    Ok(Reply::Json(document(context, &conversation, &message)?))
}

/// Answers the survey. The record in the answer is still the old one: a job writes it.
pub fn update(context: &mut Context<'_>, params: &Params) -> Result<Reply, ApiError> {
    let (conversation, mut message) = find(context, params)?;
    let answer = params
        .tree("message")
        .ok_or(ApiError::Internal("an answer is wrapped in message"))?;
    surveys::answer(context, &mut message, &conversation, answer, true)?;
    Ok(Reply::Json(document(context, &conversation, &message)?))
}

fn find(context: &Context<'_>, params: &Params) -> Result<(Conversation, Message), ApiError> {
    let uuid = params.text("id").unwrap_or_default();
    let sql = "SELECT * FROM conversations WHERE uuid = ?";
    let conversation = context
        .db
        .prepare_cached(sql)?
        .query_row([uuid], Conversation::read)
        .optional()?;
    let conversation = conversation.ok_or(ApiError::NotFound)?;
    let message = surveys::find(context, &conversation)?.ok_or(ApiError::NotFound)?;
    Ok((conversation, message))
}

/// `content` is the inbox's own question, null where it asks the usual one; `conversation_id` is the row's id.
fn document(
    context: &Context<'_>,
    conversation: &Conversation,
    message: &Message,
) -> Result<Value, ApiError> {
    let inbox = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)?
        .ok_or(ApiError::NotFound)?;
    let config = inbox.settings.get("csat_config");
    let own = |name: &str| {
        config
            .and_then(|config| config.get(name))
            .cloned()
            .unwrap_or_default()
    };
    let mut document = json!({
        "id": message.id,
        "csat_survey_response": surveys::response(context, message)?,
        "display_type": message.content_attributes.get("display_type"),
        "content": own("message"),
        "inbox_avatar_url": "",
        "inbox_name": inbox.name,
    });
    wire::put(&mut document, "locale", json!("en"));
    wire::put(&mut document, "conversation_id", json!(conversation.id));
    wire::put(&mut document, "created_at", json!(message.created_at.iso()));
    Ok(context.quirks.shape.fit(Document::Survey, document))
}
