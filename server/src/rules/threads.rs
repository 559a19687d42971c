//! Conversations: making them, changing them, and the events that follow.

use rusqlite::params;
use serde_json::{Map, Value, json};

use super::{Context, Job, activities, agent_tokens, bots, callbacks, changes, labels, show};
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
    let snoozes = draft.status == Some(Status::Snoozed);
    let status = if contact.blocked && context.quirks.contacts.blocking {
        Status::Resolved
    } else if bots::has_bot(context, inbox.id)? {
        Status::Pending
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
        assignee_agent_bot_id: None,
        priority: None,
        labels: Vec::new(),
        cached_label_list: None,
        labels_seen: true,
        custom_attributes: draft.custom_attributes,
        additional_attributes: draft.additional_attributes,
        snoozed_until: draft.snoozed_until.filter(|_| snoozes),
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
    callbacks::created(context, &mut conversation)?;
    if conversation.assignee_id.is_some() {
        announce(context, &conversation, "assignee.changed", Audience::Agents)?;
        activities::assignee(context, &conversation)?;
    }
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
               updated_at = ?, contact_id = ?, assignee_agent_bot_id = ?, cached_label_list = ? WHERE id = ?";
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
        c.assignee_agent_bot_id,
        c.cached_label_list,
        c.id
    ])?;
    Ok(())
}

/// Writes without events and without a new `updated_at`, as the real server's `update_columns` does.
pub fn write_silently(context: &Context<'_>, conversation: &Conversation) -> Result<(), ApiError> {
    write(context, conversation)
}

/// Writes what `change` did and announces it: `status_changed`, `updated` and, to agents, `assignee.changed`; callbacks are
/// told the same.
pub fn save(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    change: impl FnOnce(&mut Conversation),
) -> Result<(), ApiError> {
    let before = conversation.clone();
    change(conversation);
    if conversation.status != Status::Snoozed {
        conversation.snoozed_until = None;
    }
    if conversation.custom_attributes != before.custom_attributes {
        check_attributes(&conversation.custom_attributes)?;
    }
    let labels = conversation.labels.clone();
    if labels::same(&labels, &before.labels) {
        conversation.labels.clone_from(&before.labels);
    }
    if *conversation == before && labels == before.labels {
        return Ok(());
    }
    conversation.updated_at = context.now;
    if conversation.assignee_id.is_some() {
        conversation.assignee_agent_bot_id = None;
    }
    if conversation.labels_seen || labels != before.labels {
        conversation.cached_label_list = Some(labels.join(", "));
    }
    // What resolving does to the waiting time is done beside the write and told to nobody.
    let changed = changes::list(&before, conversation);
    if context.quirks.conversations.resolving_clears_waiting
        && conversation.status == Status::Resolved
        && before.status != Status::Resolved
    {
        conversation.waiting_since = None;
    }
    let given = std::mem::take(&mut conversation.labels);
    conversation.labels = labels::in_order(&before.labels, &given);
    write(context, conversation)?;
    if !context.quirks.events.read_again {
        conversation.labels = given;
    }
    if conversation.status != before.status {
        announce_fresh(context, conversation, "conversation.status_changed")?;
        callbacks::status_changed(context, conversation)?;
        activities::status(context, conversation);
        if conversation.status == Status::Resolved && context.quirks.surveys.sent_by_resolving {
            context.later(Job::Survey {
                conversation: conversation.id,
            });
        }
    }
    if conversation.assignee_id != before.assignee_id {
        announce(context, conversation, "assignee.changed", Audience::Agents)?;
        activities::assignee(context, conversation)?;
    }
    if context.quirks.events.conversation_updated && differ(&before, conversation) {
        announce_fresh(context, conversation, "conversation.updated")?;
        callbacks::updated(context, conversation, changed.clone())?;
        if conversation.labels != before.labels && !context.quirks.events.labels_once {
            announce_fresh(context, conversation, "conversation.updated")?;
            callbacks::updated(context, conversation, changed)?;
        }
        conversation.labels_seen = true;
    }
    Ok(())
}

/// Whether something changed that is worth a `conversation.updated`.
pub fn differ(before: &Conversation, after: &Conversation) -> bool {
    shows(before) != shows(after)
}

fn shows(c: &Conversation) -> impl PartialEq + '_ {
    (
        c.status,
        (c.assignee_id, c.assignee_agent_bot_id),
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
    if let Some(performer) = show::performer(context)? {
        wire::put(&mut data, "performer", performer);
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
