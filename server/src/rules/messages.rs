//! Messages: making and changing them, and everything that follows from a new one.

use rusqlite::params;
use serde_json::{Map, Value, json};

use super::attachments::{self, NewFile};
use super::threads::{self, Audience};
use super::{Context, bots, callbacks, changes, liquid, people, show, templates};
use crate::error::ApiError;
use crate::store::{Attachment, Contact, Conversation, Message, Sender, Status};
use crate::time::Instant;
use crate::wire;

const LONGEST_CONTENT: usize = 150_000;
const DELETED: &str = "This message was deleted";

/// A message to be made. What is not said is a plain text without author.
#[derive(Clone, Debug)]
pub struct Draft {
    pub message_type: i64,
    pub content: Option<String>,
    pub private: bool,
    pub content_type: String,
    pub content_attributes: Map<String, Value>,
    pub additional_attributes: Map<String, Value>,
    pub sender: Option<Sender>,
    pub source_id: Option<String>,
    /// Comes back in the event, is stored nowhere.
    pub echo_id: Option<Value>,
    pub files: Vec<NewFile>,
}

impl Draft {
    /// A text.
    pub fn text(message_type: i64, content: Option<String>, sender: Option<Sender>) -> Self {
        Self {
            message_type,
            content,
            private: false,
            content_type: "text".to_owned(),
            content_attributes: Map::new(),
            additional_attributes: Map::new(),
            sender,
            source_id: None,
            echo_id: None,
            files: Vec::new(),
        }
    }
}

/// Stores a message; then the conversation reopens, events go out, the first reply and the waiting time are noted,
/// and the inbox greets, in the order of the real server.
pub fn create(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    draft: Draft,
) -> Result<Message, ApiError> {
    check(context, conversation, &draft)?;
    let echo_id = draft.echo_id.clone();
    let mut draft = draft;
    let files = std::mem::take(&mut draft.files);
    let saved_again = !files.is_empty() && context.quirks.messages.files_saved_again;
    let before = saved_again.then(|| conversation.clone());
    let mut message = insert(context, conversation, draft)?;
    attachments::store(context, &message, files)?;
    if message.message_type == Message::INCOMING {
        reopen(context, conversation)?;
    }
    conversation.last_activity_at = message.created_at;
    conversation.updated_at = message.created_at;
    threads::write_silently(context, conversation)?;
    announce(context, &message, conversation, "message.created", |data| {
        if let Some(echo_id) = echo_id.clone() {
            wire::put(data, "echo_id", echo_id);
        }
    })?;
    callbacks::message(context, "message_created", &message, conversation)?;
    note_reply(context, conversation, &message, echo_id)?;
    if before.is_some_and(|before| threads::differ(&before, conversation)) {
        change(context, &mut message, conversation, |_| {})?;
    }
    templates::follow(context, conversation, &message)?;
    if let Some(Sender::Contact(id)) = message.sender
        && let Some(mut contact) = Contact::by_id(context.db, id)?
    {
        let now = context.now;
        people::save(context, &mut contact, |contact| {
            contact.last_activity_at = Some(now);
        })?;
    }
    Ok(message)
}

fn check(context: &Context<'_>, conversation: &Conversation, draft: &Draft) -> Result<(), ApiError> {
    if draft
        .content
        .as_ref()
        .is_some_and(|text| text.chars().count() > LONGEST_CONTENT)
    {
        return Err(ApiError::invalid(
            "content",
            format!("Content is too long (maximum is {LONGEST_CONTENT} characters)"),
        ));
    }
    let Some(limit) = context.quirks.messages_per_minute else {
        return Ok(());
    };
    let sql = "SELECT count(*) FROM messages WHERE conversation_id = ? AND created_at >= ?";
    let since = context.now.minus_seconds(60).0;
    let recent: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.id, since], |row| row.get(0))?;
    if recent >= limit {
        return Err(ApiError::invalid("base", "Too many messages"));
    }
    Ok(())
}

fn insert(context: &Context<'_>, conversation: &Conversation, draft: Draft) -> Result<Message, ApiError> {
    let quirks = &context.quirks.messages;
    let has_variables = match draft.message_type {
        Message::OUTGOING => quirks.variables_in_replies,
        Message::TEMPLATE => quirks.variables_in_templates,
        _ => false,
    };
    let rendered = match &draft.content {
        Some(text) if has_variables => Some(liquid::render(context, conversation, draft.sender, text)?),
        other => other.clone(),
    };
    let mut message = Message {
        id: 0,
        account_id: conversation.account_id,
        inbox_id: conversation.inbox_id,
        conversation_id: conversation.id,
        message_type: draft.message_type,
        content: rendered,
        processed_content: draft.content,
        private: draft.private,
        status: "sent".to_owned(),
        source_id: draft.source_id,
        content_type: draft.content_type,
        content_attributes: draft.content_attributes,
        additional_attributes: draft.additional_attributes,
        sender: draft.sender,
        created_at: context.now,
        updated_at: context.now,
    };
    let sql = "INSERT INTO messages (account_id, inbox_id, conversation_id, message_type, content, processed_content, private,
               status, source_id, content_type, content_attributes, additional_attributes, sender_type, sender_id,
               created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    context.db.prepare_cached(sql)?.execute(params![
        message.account_id,
        message.inbox_id,
        message.conversation_id,
        message.message_type,
        message.content,
        message.processed_content,
        message.private,
        message.status,
        message.source_id,
        message.content_type,
        json!(message.content_attributes).to_string(),
        json!(message.additional_attributes).to_string(),
        message.sender.map(Sender::kind),
        message.sender.map(Sender::id),
        message.created_at.0,
        message.updated_at.0
    ])?;
    message.id = context.db.last_insert_rowid();
    Ok(message)
}

/// A message of the contact opens what was resolved or snoozed, unless it is muted. Where a bot is, what was resolved is
/// the bot's again.
fn reopen(context: &mut Context<'_>, conversation: &mut Conversation) -> Result<(), ApiError> {
    let closed = matches!(conversation.status, Status::Resolved | Status::Snoozed);
    if closed && !show::is_muted(context, conversation, &show::contact_of(context, conversation)?)? {
        let resolved = conversation.status == Status::Resolved;
        let status = if resolved && bots::has_bot(context, conversation.inbox_id)? {
            Status::Pending
        } else {
            Status::Open
        };
        context.reopened_by_message =
            resolved && status == Status::Open && context.quirks.messages.reopening_told;
        let saved = threads::save(context, conversation, |conversation| {
            conversation.status = status;
        });
        context.reopened_by_message = false;
        saved?;
    }
    Ok(())
}

/// The first reply, and who waits for whom since when.
fn note_reply(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    message: &Message,
    echo_id: Option<Value>,
) -> Result<(), ApiError> {
    let by_human =
        message.message_type == Message::OUTGOING && matches!(message.sender, Some(Sender::User(_)));
    let by_bot = context.quirks.callbacks.bot_replies_count
        && message.message_type == Message::OUTGOING
        && matches!(message.sender, Some(Sender::Bot(_)));
    let at = message.created_at;
    if by_human && !message.private && conversation.first_reply_created_at.is_none() {
        let mut data = event(context, message, conversation)?;
        if let Some(echo_id) = echo_id {
            wire::put(&mut data, "echo_id", echo_id);
        }
        let streams = threads::streams(context, conversation, Audience::Agents)?;
        context.emit(streams, "first.reply.created", data);
        threads::save(context, conversation, |conversation| {
            conversation.first_reply_created_at = Some(at);
            conversation.waiting_since = None;
        })
    } else if (by_human || by_bot) && !message.private {
        threads::save(context, conversation, |conversation| {
            conversation.waiting_since = None;
        })
    } else if message.message_type == Message::INCOMING && conversation.waiting_since.is_none() {
        threads::save(context, conversation, |conversation| {
            conversation.waiting_since = Some(at);
        })
    } else {
        Ok(())
    }
}

/// A line about what happened, for agents.
pub fn activity(context: &mut Context<'_>, conversation: &Conversation, text: &str) -> Result<(), ApiError> {
    let mut conversation = conversation.clone();
    create(
        context,
        &mut conversation,
        Draft::text(Message::ACTIVITY, Some(text.to_owned()), None),
    )?;
    Ok(())
}

/// What the contact has seen becomes `read`, one `message.updated` each; notes and activity too, for agents only.
pub fn mark_read(context: &mut Context<'_>, conversation: i64, until: Instant) -> Result<(), ApiError> {
    let Some(conversation) = Conversation::by_id(context.db, conversation)? else {
        return Ok(());
    };
    let sql = "SELECT * FROM messages WHERE conversation_id = ? AND message_type <> 0 AND status IN ('sent', 'delivered')
               AND created_at <= ? ORDER BY id";
    let unread: Vec<Message> = context
        .db
        .prepare_cached(sql)?
        .query_map([conversation.id, until.0], Message::read)?
        .collect::<rusqlite::Result<_>>()?;
    for mut message in unread {
        change(context, &mut message, &conversation, |message| {
            "read".clone_into(&mut message.status);
        })?;
    }
    Ok(())
}

/// Deletes the files and replaces the content, as the real server does; REST goes on listing it.
pub fn delete(
    context: &mut Context<'_>,
    message: &mut Message,
    conversation: &Conversation,
) -> Result<(), ApiError> {
    Attachment::delete_of(context.db, message.id)?;
    change(context, message, conversation, |message| {
        message.content = Some(DELETED.to_owned());
        "text".clone_into(&mut message.content_type);
        message.content_attributes = Map::from_iter([("deleted".to_owned(), Value::Bool(true))]);
    })
}

/// Writes what `alter` did and announces it with the previous values; without a change only older versions announce it.
pub fn change(
    context: &mut Context<'_>,
    message: &mut Message,
    conversation: &Conversation,
    alter: impl FnOnce(&mut Message),
) -> Result<(), ApiError> {
    let before = message.clone();
    alter(message);
    // Every later write replaces the raw text, whose variables only a new message shows.
    message.processed_content.clone_from(&message.content);
    if *message != before {
        store(context, message)?;
    } else if context.quirks.events.silent_without_change {
        return Ok(());
    }
    let changes = changes::of_message(&before, message);
    let told = context.quirks.events.previous_changes;
    announce(context, message, conversation, "message.updated", |data| {
        if told {
            wire::put(data, "previous_changes", json!(changes));
        }
    })?;
    callbacks::message(context, "message_updated", message, &mut conversation.clone())
}

fn store(context: &Context<'_>, message: &mut Message) -> rusqlite::Result<()> {
    message.updated_at = context.now;
    let sql = "UPDATE messages SET content = ?, processed_content = ?, status = ?, content_type = ?, content_attributes = ?,
               updated_at = ? WHERE id = ?";
    context.db.prepare_cached(sql)?.execute(params![
        message.content,
        message.processed_content,
        message.status,
        message.content_type,
        json!(message.content_attributes).to_string(),
        message.updated_at.0,
        message.id
    ])?;
    Ok(())
}

fn event(context: &Context<'_>, message: &Message, conversation: &Conversation) -> Result<Value, ApiError> {
    let mut data = show::message_event(context, message, conversation)?;
    if let Some(performer) = show::performer(context)? {
        wire::put(&mut data, "performer", performer);
    }
    Ok(data)
}

fn announce(
    context: &mut Context<'_>,
    message: &Message,
    conversation: &Conversation,
    name: &'static str,
    add: impl FnOnce(&mut Value),
) -> Result<(), ApiError> {
    let mut data = event(context, message, conversation)?;
    add(&mut data);
    let audience = if message.is_public() {
        Audience::Everyone
    } else {
        Audience::Agents
    };
    let streams = threads::streams(context, conversation, audience)?;
    context.emit(streams, name, data);
    Ok(())
}

/// `in_reply_to` as stored: the id where the message exists in the conversation, and its external id.
pub fn resolve_reply(
    context: &Context<'_>,
    conversation: &Conversation,
    attributes: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let Some(wanted) = attributes.get("in_reply_to").filter(|value| !value.is_null()) else {
        return Ok(());
    };
    let id = crate::params::Param::from(wanted.clone())
        .integer()
        .unwrap_or_default();
    let found = Message::by_id(context.db, conversation.id, id)?;
    attributes.insert(
        "in_reply_to".to_owned(),
        json!(found.as_ref().map(|message| message.id)),
    );
    if context.quirks.messages.external_reply_ids {
        attributes.insert(
            "in_reply_to_external_id".to_owned(),
            json!(found.and_then(|message| message.source_id)),
        );
    }
    Ok(())
}
