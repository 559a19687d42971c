//! Conversations: making them, changing them, and the events that follow.

use rusqlite::params;
use serde_json::{Map, Value, json};

use super::{Context, Job, agent_tokens, show};
use crate::error::ApiError;
use crate::store::{Contact, Conversation, Inbox, Session, Status};
use crate::time::Instant;
use crate::wire;

const LONGEST_TEXT: usize = 1500;
const LARGEST_INTEGER: i64 = 9_999_999_999;

/// What a new conversation may bring along.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub status: Option<Status>,
    pub assignee_id: Option<i64>,
    pub snoozed_until: Option<Instant>,
    pub custom_attributes: Map<String, Value>,
    pub additional_attributes: Map<String, Value>,
    /// Not even an inbox locked to a single conversation finds the last one.
    pub always_new: bool,
}

/// Makes a conversation, or finds the last one where the inbox keeps contacts to a single one.
pub fn create(
    context: &mut Context<'_>,
    inbox: &Inbox,
    session: &Session,
    contact: &Contact,
    draft: Draft,
) -> Result<Conversation, ApiError> {
    if !draft.always_new
        && inbox.is_on("lock_to_single_conversation")
        && let Some(last) = last_of(context, session)?
    {
        return Ok(last);
    }
    check_attributes(&draft.custom_attributes)?;
    let status = if contact.blocked && context.quirks.contacts.blocking {
        Status::Resolved
    } else {
        draft.status.unwrap_or(Status::Open)
    };
    let sql =
        "UPDATE accounts SET last_display_id = last_display_id + 1 WHERE id = ? RETURNING last_display_id";
    let display_id: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row([inbox.account_id], |row| row.get(0))?;
    let now = context.now;
    let mut conversation = Conversation {
        id: 0,
        account_id: inbox.account_id,
        display_id,
        uuid: context.random.uuid(),
        inbox_id: inbox.id,
        contact_id: contact.id,
        contact_inbox_id: session.id,
        status,
        assignee_id: draft.assignee_id,
        priority: None,
        labels: Vec::new(),
        custom_attributes: draft.custom_attributes,
        additional_attributes: draft.additional_attributes,
        snoozed_until: draft.snoozed_until,
        waiting_since: Some(now),
        first_reply_created_at: None,
        agent_last_seen_at: None,
        assignee_last_seen_at: None,
        contact_last_seen_at: None,
        last_activity_at: now,
        created_at: now,
        updated_at: now,
    };
    let sql = "INSERT INTO conversations (account_id, display_id, uuid, inbox_id, contact_id, contact_inbox_id, status, labels,
               custom_attributes, additional_attributes, last_activity_at, created_at, updated_at)
               VALUES (?, ?, ?, ?, ?, ?, '', '[]', '', '', 0, ?, 0)";
    let keys = params![
        conversation.account_id,
        display_id,
        conversation.uuid,
        inbox.id,
        contact.id,
        session.id,
        now.0
    ];
    context.db.prepare_cached(sql)?.execute(keys)?;
    conversation.id = context.db.last_insert_rowid();
    write(context, &conversation)?;
    announce(context, &conversation, "conversation.created", Audience::Everyone)?;
    Ok(conversation)
}

fn last_of(context: &Context<'_>, session: &Session) -> Result<Option<Conversation>, ApiError> {
    let sql = "SELECT * FROM conversations WHERE contact_inbox_id = ? ORDER BY id DESC LIMIT 1";
    let mut statement = context.db.prepare_cached(sql)?;
    let mut rows = statement.query([session.id])?;
    Ok(rows.next()?.map(Conversation::read).transpose()?)
}

/// Limits of conversation attributes, of which each may be broken.
fn check_attributes(attributes: &Map<String, Value>) -> Result<(), ApiError> {
    let complaint = |(key, value): (&String, &Value)| match value {
        Value::String(text) if text.chars().count() > LONGEST_TEXT => Some(format!(
            "Custom attributes {key} length should be < {LONGEST_TEXT}"
        )),
        Value::Number(number) if number.as_i64().is_none_or(|n| n > LARGEST_INTEGER) && !number.is_f64() => {
            Some(format!(
                "Custom attributes {key} value should be < {LARGEST_INTEGER}"
            ))
        }
        _ => None,
    };
    let complaints: Vec<_> = attributes
        .iter()
        .filter_map(complaint)
        .map(|text| ("custom_attributes", text))
        .collect();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(ApiError::Invalid(complaints))
    }
}

/// Writes every column that can change.
fn write(context: &Context<'_>, c: &Conversation) -> Result<(), ApiError> {
    let sql = "UPDATE conversations SET status = ?, assignee_id = ?, priority = ?, labels = ?, custom_attributes = ?,
               additional_attributes = ?, snoozed_until = ?, waiting_since = ?, first_reply_created_at = ?,
               agent_last_seen_at = ?, assignee_last_seen_at = ?, contact_last_seen_at = ?, last_activity_at = ?,
               updated_at = ?, contact_id = ? WHERE id = ?";
    let micros = |time: Option<Instant>| time.map(|time| time.0);
    context.db.prepare_cached(sql)?.execute(params![
        c.status.name(),
        c.assignee_id,
        c.priority,
        json!(c.labels).to_string(),
        json!(c.custom_attributes).to_string(),
        json!(c.additional_attributes).to_string(),
        micros(c.snoozed_until),
        micros(c.waiting_since),
        micros(c.first_reply_created_at),
        micros(c.agent_last_seen_at),
        micros(c.assignee_last_seen_at),
        micros(c.contact_last_seen_at),
        c.last_activity_at.0,
        c.updated_at.0,
        c.contact_id,
        c.id
    ])?;
    Ok(())
}

/// Writes without events and without a new `updated_at`, as the real server's `update_columns` does.
pub fn write_silently(context: &Context<'_>, conversation: &Conversation) -> Result<(), ApiError> {
    write(context, conversation)
}

/// Writes what `change` did and announces it: `status_changed`, `updated` and, to agents, `assignee.changed`.
pub fn save(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    change: impl FnOnce(&mut Conversation),
) -> Result<(), ApiError> {
    let before = conversation.clone();
    change(conversation);
    if conversation.custom_attributes != before.custom_attributes {
        check_attributes(&conversation.custom_attributes)?;
    }
    if *conversation == before {
        return Ok(());
    }
    conversation.updated_at = context.now;
    if conversation.status != before.status {
        if context.quirks.conversations.resolving_clears_waiting && conversation.status == Status::Resolved {
            conversation.waiting_since = None;
        }
        if conversation.status != Status::Snoozed {
            conversation.snoozed_until = None;
        }
    }
    write(context, conversation)?;
    if conversation.status != before.status {
        announce_fresh(context, conversation, "conversation.status_changed")?;
        status_activity(context, conversation);
        if conversation.status == Status::Resolved {
            context.later(Job::Survey {
                conversation: conversation.id,
            });
        }
    }
    if conversation.assignee_id != before.assignee_id {
        announce(context, conversation, "assignee.changed", Audience::Agents)?;
        assignee_activity(context, conversation)?;
    }
    if context.quirks.events.conversation_updated && shows(&before) != shows(conversation) {
        announce_fresh(context, conversation, "conversation.updated")?;
        if conversation.labels != before.labels && !context.quirks.events.labels_once {
            announce_fresh(context, conversation, "conversation.updated")?;
        }
    }
    Ok(())
}

/// The fields whose change is worth a `conversation.updated`.
fn shows(c: &Conversation) -> impl PartialEq + '_ {
    (
        c.status,
        c.assignee_id,
        c.snoozed_until,
        &c.custom_attributes,
        &c.labels,
        c.waiting_since,
        c.first_reply_created_at,
        &c.priority,
    )
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Agents of the inbox and the contact's sessions.
    Everyone,
    /// Agents of the inbox.
    Agents,
}

/// Sends a conversation event with the agent who caused it.
pub fn announce(
    context: &mut Context<'_>,
    conversation: &Conversation,
    event: &'static str,
    audience: Audience,
) -> Result<(), ApiError> {
    let mut data = show::conversation_event(context, conversation)?;
    wire::put(&mut data, "account_id", json!(conversation.account_id));
    if let Some(performer) = context.performer.clone() {
        wire::put(&mut data, "performer", show::user(context, &performer)?);
    }
    let streams = streams(context, conversation, audience)?;
    context.emit(streams, event, data);
    Ok(())
}

/// Sends an event whose data the real server reads again just before sending, so that performer and availability get lost.
fn announce_fresh(
    context: &mut Context<'_>,
    conversation: &Conversation,
    event: &'static str,
) -> Result<(), ApiError> {
    if !context.quirks.events.read_again {
        return announce(context, conversation, event, Audience::Everyone);
    }
    let performer = context.performer.take();
    let sent = announce(context, conversation, event, Audience::Everyone);
    context.performer = performer;
    sent
}

/// The streams of a conversation's events. A verified session shares with all verified sessions of its contact.
pub fn streams(
    context: &Context<'_>,
    conversation: &Conversation,
    audience: Audience,
) -> Result<Vec<String>, ApiError> {
    let mut streams = agent_tokens(context.db, conversation.account_id, conversation.inbox_id)?;
    if audience == Audience::Everyone {
        let session = show::session_of(context, conversation)?;
        if session.hmac_verified {
            let sql = "SELECT pubsub_token FROM contact_inboxes WHERE contact_id = ? AND hmac_verified = 1 ORDER BY id";
            let mut statement = context.db.prepare_cached(sql)?;
            let tokens = statement.query_map([session.contact_id], |row| row.get(0))?;
            streams.extend(tokens.collect::<rusqlite::Result<Vec<String>>>()?);
        } else {
            streams.push(session.pubsub_token);
        }
    }
    Ok(streams)
}

fn status_activity(context: &mut Context<'_>, conversation: &Conversation) {
    let text = match (&context.performer, &context.visitor, conversation.status) {
        (Some(user), _, Status::Resolved) => format!("Conversation was marked resolved by {}", user.name),
        (Some(user), _, Status::Open) => format!("Conversation was reopened by {}", user.name),
        (Some(user), _, Status::Pending) => format!("Conversation was marked as pending by {}", user.name),
        (Some(user), _, Status::Snoozed) => format!("Conversation was snoozed by {}", user.name),
        (None, Some(contact), Status::Resolved) => {
            let name = contact.name.as_deref().unwrap_or_default();
            format!("Conversation was resolved by {}", capitalised(name))
        }
        (None, ..) => return,
    };
    context.later(Job::Activity {
        conversation: conversation.id,
        text,
    });
}

fn assignee_activity(context: &mut Context<'_>, conversation: &Conversation) -> Result<(), ApiError> {
    let Some(user) = context.performer.clone() else {
        return Ok(());
    };
    let assignee = match conversation.assignee_id {
        Some(id) => crate::store::User::by_id(context.db, id)?,
        None => None,
    };
    let text = match assignee {
        Some(assignee) if assignee.id == user.id => format!("{} self-assigned this conversation", user.name),
        Some(assignee) => format!("Assigned to {} by {}", assignee.name, user.name),
        None => format!("Conversation unassigned by {}", user.name),
    };
    context.later(Job::Activity {
        conversation: conversation.id,
        text,
    });
    Ok(())
}

/// First letter upper case, the others lower, as Ruby does it.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first
            .to_uppercase()
            .chain(chars.flat_map(char::to_lowercase))
            .collect(),
        None => String::new(),
    }
}

/// Who types, and whether on a note for agents: whatever the agent's client sent.
#[derive(Clone, Debug)]
pub struct Typist<'a> {
    pub shown: Value,
    pub token: &'a str,
    pub is_private: Value,
}

/// Typing, to everyone but the one who types.
pub fn typing(
    context: &mut Context<'_>,
    conversation: &Conversation,
    typist: &Typist<'_>,
    status: Option<&str>,
) -> Result<(), ApiError> {
    let event = match status {
        Some("on") => "conversation.typing_on",
        Some("off") => "conversation.typing_off",
        _ => return Ok(()),
    };
    let mut data = json!({
        "conversation": show::conversation_event(context, conversation)?,
        "user": typist.shown,
        "is_private": typist.is_private,
        "account_id": conversation.account_id,
    });
    if let Some(performer) = context.performer.clone() {
        wire::put(&mut data, "performer", show::user(context, &performer)?);
    }
    let mut streams = agent_tokens(context.db, conversation.account_id, conversation.inbox_id)?;
    streams.push(show::session_of(context, conversation)?.pubsub_token);
    streams.retain(|token| token != typist.token);
    context.emit(streams, event, data);
    Ok(())
}
