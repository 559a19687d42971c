//! Messages as agents read, write, change and delete them.

use serde_json::{Map, Value, json};

use super::{Agent, Caller, conversation};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::messages::{self, Draft};
use crate::rules::{Context, Reply, attachments, interactive, presence, show};
use crate::store::{Actor, Bot, Conversation, Message, Sender, User};
use crate::time::Instant;
use crate::wire;

const PAGE: i64 = 20;
const PAGE_AFTER: i64 = 100;
const PAGE_BETWEEN: i64 = 1000;
const CONTENT_TYPES: &[&str] = &[
    "text",
    "input_text",
    "input_textarea",
    "input_email",
    "input_select",
    "cards",
    "form",
    "article",
    "incoming_email",
    "input_csat",
];
/// The attributes that agents could always give.
const FIRST_ATTRIBUTES: &[&str] = &["items", "in_reply_to"];

/// Twenty before an id or the newest twenty; up to 100 after one; up to 1000 between two. Ascending, notes and activity included.
pub fn list(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, agent, params, "conversation_id")?;
    let cursor = |name: &str| {
        params
            .present(name)
            .map(|param| param.integer().unwrap_or(i64::MAX))
    };
    let newest = "SELECT * FROM (SELECT * FROM messages WHERE conversation_id = ?1 AND id >= ?2 AND id < ?3
                  ORDER BY created_at DESC, id DESC LIMIT ?4) ORDER BY created_at, id";
    let oldest = "SELECT * FROM messages WHERE conversation_id = ?1 AND id > ?2 AND id < ?3 ORDER BY created_at, id LIMIT ?4";
    let after = cursor("after").filter(|_| context.quirks.application.messages_after);
    let (sql, from, to, limit) = match (after, cursor("before")) {
        (Some(after), Some(before)) => (newest, after, before, PAGE_BETWEEN),
        (Some(after), None) => (oldest, after, i64::MAX, PAGE_AFTER),
        (None, before) => (newest, 0, before.unwrap_or(i64::MAX), PAGE),
    };
    let mut statement = context.db.prepare_cached(sql)?;
    let rows = statement.query_map([conversation.id, from, to, limit], Message::read)?;
    let page: Vec<Message> = rows.collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = page
        .iter()
        .map(|message| show::application_message(context, message, &conversation, None))
        .collect();
    Ok(Reply::Json(
        json!({"meta": meta(context, &conversation)?, "payload": documents?}),
    ))
}

fn meta(context: &Context<'_>, conversation: &Conversation) -> Result<Value, ApiError> {
    let contact = show::contact_of(context, conversation)?;
    let mut meta = json!({
        "labels": conversation.labels,
        "additional_attributes": conversation.additional_attributes,
        "contact": wire::contact_push(&context.quirks.shape, &contact),
    });
    if let Some(id) = conversation.assignee_id
        && let Some(user) = User::by_id(context.db, id)?
    {
        wire::put(
            &mut meta,
            "assignee",
            wire::account_user(
                &context.quirks.shape,
                &user,
                &presence::availability(context, &user)?,
            ),
        );
    }
    wire::put(
        &mut meta,
        "agent_last_seen_at",
        json!(conversation.agent_last_seen_at.map(Instant::iso)),
    );
    wire::put(
        &mut meta,
        "assignee_last_seen_at",
        json!(conversation.assignee_last_seen_at.map(Instant::iso)),
    );
    Ok(meta)
}

/// A message of the agent or bot, or in the contact's name with `message_type` incoming.
pub fn create(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "conversation_id")?;
    let draft = draft(context, caller, &conversation, params).map_err(as_refusal)?;
    let echo_id = draft.echo_id.clone();
    let message = messages::create(context, &mut conversation, draft).map_err(as_refusal)?;
    Ok(Reply::Json(show::application_message(
        context,
        &message,
        &conversation,
        echo_id,
    )?))
}

/// The controller words what the model refuses in its own way.
fn as_refusal(error: ApiError) -> ApiError {
    match error {
        ApiError::Invalid(errors) => {
            let messages: Vec<String> = errors.into_iter().map(|(_, message)| message).collect();
            ApiError::Refused(format!("Validation failed: {}", messages.join(", ")))
        }
        ApiError::Internal(attachments::UNSIGNED) => ApiError::Refused(attachments::UNSIGNED.to_owned()),
        other => other,
    }
}

fn draft(
    context: &Context<'_>,
    caller: &Caller,
    conversation: &Conversation,
    params: &Params,
) -> Result<Draft, ApiError> {
    let message_type = message_type(params)?;
    let sender = match message_type {
        Message::OUTGOING => Some(sender(context, caller, params)?),
        _ => Some(Sender::Contact(conversation.contact_id)),
    };
    let mut draft = Draft::text(message_type, params.text("content"), sender);
    draft.private = params.boolean("private").unwrap_or(false);
    draft.source_id = params.text("source_id");
    draft.echo_id = params.present("echo_id").map(Param::json);
    if let Some(kind) = params.present("content_type").and_then(Param::text) {
        if !knows(context, &kind) {
            return Err(ApiError::Refused(format!("'{kind}' is not a valid content_type")));
        }
        draft.content_type = kind;
    }
    draft.files = attachments::uploaded_or_named(context, params)?;
    draft.content_attributes = attributes(params);
    for name in ["campaign_id", "template_params"] {
        if let Some(param) = params.present(name) {
            draft.additional_attributes = Map::from_iter([(name.to_owned(), param.json())]);
        }
    }
    if !context.quirks.messages.any_content_attributes {
        draft
            .content_attributes
            .retain(|name, _| FIRST_ATTRIBUTES.contains(&name.as_str()));
    }
    let complaints = interactive::complaints(&draft.content_type, &draft.content_attributes);
    if !complaints.is_empty() {
        return Err(ApiError::Refused(format!(
            "Validation failed: {}",
            complaints.join(", ")
        )));
    }
    messages::resolve_reply(context, conversation, &mut draft.content_attributes)?;
    if let Some(param) = params.present("external_created_at") {
        draft
            .content_attributes
            .insert("external_created_at".to_owned(), param.json());
    }
    Ok(draft)
}

/// What is not outgoing is the contact's, even lines of activity and templates.
fn message_type(params: &Params) -> Result<i64, ApiError> {
    let Some(param) = params.present("message_type") else {
        return Ok(Message::OUTGOING);
    };
    match param.text().unwrap_or_default().as_str() {
        "incoming" => Ok(Message::INCOMING),
        "outgoing" => Ok(Message::OUTGOING),
        "activity" => Ok(Message::ACTIVITY),
        "template" => Ok(Message::TEMPLATE),
        other => Err(ApiError::Refused(format!(
            "'{other}' is not a valid message_type"
        ))),
    }
}

/// Whether the version has the content type.
fn knows(context: &Context<'_>, kind: &str) -> bool {
    let quirks = &context.quirks.messages;
    match kind {
        "integrations" => quirks.integrations,
        "sticker" => quirks.stickers,
        "voice_call" => quirks.voice_calls,
        other => CONTENT_TYPES.contains(&other),
    }
}

/// Whose token it is, or the bot that the request names with `sender_type` and `sender_id`.
fn sender(context: &Context<'_>, caller: &Caller, params: &Params) -> Result<Sender, ApiError> {
    if params.text("sender_type").as_deref() == Some("AgentBot") {
        let id = params.integer("sender_id").unwrap_or_default();
        let bot = Bot::by_id(context.db, id)?.filter(|bot| bot.account_id == caller.account);
        if let Some(bot) = bot {
            return Ok(Sender::Bot(bot.id));
        }
    }
    Ok(match &caller.actor {
        Actor::User(user) => Sender::User(user.id),
        Actor::Bot(bot) => Sender::Bot(bot.id),
    })
}

/// An object, or its JSON as text.
fn attributes(params: &Params) -> Map<String, Value> {
    match params.get("content_attributes") {
        Some(Param::Tree(tree)) => tree.json(),
        Some(Param::Text(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Map::new(),
    }
}

fn message(context: &Context<'_>, conversation: &Conversation, params: &Params) -> Result<Message, ApiError> {
    let id = params.integer("id").ok_or(ApiError::Missing)?;
    Message::by_id(context.db, conversation.id, id)?.ok_or(ApiError::Missing)
}

/// The state of delivery. One that is not known changes nothing, what was read does not become delivered; an error is
/// kept only with `failed`.
pub fn update(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, agent, params, "conversation_id")?;
    let mut message = message(context, &conversation, params)?;
    let status = params.text("status").unwrap_or_default();
    let known = ["sent", "delivered", "read", "failed"].contains(&status.as_str());
    if known && !(message.status == "read" && status == "delivered") {
        let external_error = params
            .present("external_error")
            .filter(|_| status == "failed")
            .map(Param::json);
        messages::change(context, &mut message, &conversation, |message| {
            let error = external_error.unwrap_or_default();
            // An error that is over leaves null behind.
            if !error.is_null() || message.content_attributes.contains_key("external_error") {
                message
                    .content_attributes
                    .insert("external_error".to_owned(), error);
            }
            message.status = status;
        })?;
    }
    Ok(Reply::Json(show::application_message(
        context,
        &message,
        &conversation,
        None,
    )?))
}

/// Replaces the content by a line that says so.
pub fn delete(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, agent, params, "conversation_id")?;
    let mut message = message(context, &conversation, params)?;
    messages::delete(context, &mut message, &conversation)?;
    Ok(Reply::Json(show::application_message(
        context,
        &message,
        &conversation,
        None,
    )?))
}
