//! What agents do with a conversation besides writing.

use serde_json::{Value, json};

use super::{Agent, Caller, conversation};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::activities::note;
use crate::rules::threads;
use crate::rules::typing::{self, Typist};
use crate::rules::{Context, Reply, labels as list, people, presence, show as shown};
use crate::store::{Actor, Bot, Conversation, Message, Status, User};
use crate::time::Instant;
use crate::wire;

const PRIORITIES: &[&str] = &["low", "medium", "high", "urgent"];
/// When nothing is unread, seeing it again is noted only after an hour.
const SEEN_AGAIN_SECONDS: i64 = 3600;
/// How long a conversation stays muted, where contacts cannot be blocked.
const MUTED_SECONDS: i64 = 6 * 3600;

/// Sets the status, or toggles between open and resolved; an agent who opens is assigned. A bot that opens what is pending
/// hands over: from then on the contact waits.
pub fn toggle_status(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "id")?;
    let status = match params.present("status").and_then(Param::text) {
        Some(text) => Status::parse(&text).ok_or(ApiError::Internal("an unknown status"))?,
        None if conversation.status == Status::Open => Status::Resolved,
        None => Status::Open,
    };
    let snoozed_until = match params.present("status") {
        Some(_) => until(params)?,
        None => None,
    };
    let hands_over = caller.actor.user().is_none()
        && conversation.status == Status::Pending
        && params.text("status").as_deref() == Some("open");
    if hands_over && context.quirks.callbacks.handing_over_waits && conversation.waiting_since.is_none() {
        let now = context.now;
        threads::save(context, &mut conversation, |conversation| {
            conversation.waiting_since = Some(now);
        })?;
    }
    threads::save(context, &mut conversation, |conversation| {
        conversation.status = status;
        conversation.snoozed_until = snoozed_until.or(conversation.snoozed_until);
    })?;
    if let Some(user) = caller.actor.user()
        && status == Status::Open
        && !user.is_administrator()
    {
        let id = user.id;
        threads::save(context, &mut conversation, |conversation| {
            conversation.assignee_id = Some(id);
        })?;
    }
    Ok(Reply::Json(json!({"payload": {
        "success": true,
        "conversation_id": conversation.display_id,
        "current_status": conversation.status.name(),
        "snoozed_until": conversation.snoozed_until.map(Instant::iso),
    }})))
}

/// `snoozed_until`: seconds since 1970 and nothing else, but as text or number.
fn until(params: &Params) -> Result<Option<Instant>, ApiError> {
    let seconds = match params.get("snoozed_until") {
        None | Some(Param::Null | Param::Bool(false)) => return Ok(None),
        Some(param) => param.text().and_then(|text| text.parse().ok()),
    };
    let seconds = seconds.ok_or(ApiError::Internal("no time in seconds"))?;
    Ok(Some(Instant::from_seconds(seconds)))
}

/// Tells the contact and other agents that this one types; `is_private` is passed on as it came.
pub fn toggle_typing(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, caller, params, "id")?;
    let (told, token) = match &caller.actor {
        Actor::User(user) => (wire::user_callback(user), user.pubsub_token.as_str()),
        Actor::Bot(bot) => (wire::bot_callback(bot), ""),
    };
    let typist = Typist {
        shown: shown::actor(context, &caller.actor)?,
        told,
        token,
        is_private: params
            .present("is_private")
            .map_or(Value::Bool(false), Param::json),
    };
    typing::tell(
        context,
        &conversation,
        &typist,
        params.text("typing_status").as_deref(),
    )?;
    Ok(Reply::Empty)
}

/// Sets or clears the priority.
pub fn toggle_priority(
    context: &mut Context<'_>,
    caller: &Caller,
    params: &Params,
) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "id")?;
    set_priority(context, caller, &mut conversation, params)?;
    Ok(Reply::Empty)
}

/// Sets or clears the priority, with a line for agents.
pub fn set_priority(
    context: &mut Context<'_>,
    caller: &Caller,
    conversation: &mut Conversation,
    params: &Params,
) -> Result<(), ApiError> {
    let wanted = params.present("priority").and_then(Param::text);
    if wanted
        .as_ref()
        .is_some_and(|text| !PRIORITIES.contains(&text.as_str()))
    {
        return Err(ApiError::Internal("an unknown priority"));
    }
    let before = conversation.priority.clone();
    let name = caller.actor.name();
    let text = match (&before, &wanted) {
        (None, Some(new)) => Some(format!("{name} set the priority to {new}")),
        (Some(old), Some(new)) if old != new => {
            Some(format!("{name} changed the priority from {old} to {new}"))
        }
        (Some(_), None) => Some(format!("{name} removed the priority")),
        _ => None,
    };
    threads::save(context, conversation, |conversation| {
        conversation.priority = wanted;
    })?;
    if let Some(text) = text {
        note(context, conversation, text);
    }
    Ok(())
}

/// The agent has read everything; told to nobody.
pub fn update_last_seen(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, agent, params, "id")?;
    let assigned = conversation.assignee_id == Some(agent.user.id);
    let seen = if assigned {
        conversation.assignee_last_seen_at
    } else {
        conversation.agent_last_seen_at
    };
    let sql =
        "SELECT count(*) FROM (SELECT 1 FROM messages WHERE conversation_id = ? AND created_at > ? LIMIT 1)";
    let keys = [conversation.id, seen.map_or(-1, |at| at.0)];
    let unread: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row(keys, |row| row.get(0))?;
    let limit = context.now.minus_seconds(SEEN_AGAIN_SECONDS);
    let long_ago = [seen, conversation.agent_last_seen_at]
        .iter()
        .any(|seen| seen.is_none_or(|at| at < limit));
    if unread > 0 || long_ago {
        conversation.agent_last_seen_at = Some(context.now);
        if assigned {
            conversation.assignee_last_seen_at = Some(context.now);
        }
        threads::write_silently(context, &conversation)?;
    }
    Ok(Reply::Json(shown::application_conversation(
        context,
        &conversation,
    )?))
}

/// Makes the last incoming message unread again; without one, everything.
pub fn unread(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, agent, params, "id")?;
    let sql = "SELECT * FROM messages WHERE conversation_id = ? AND message_type = 0 ORDER BY created_at DESC, id DESC LIMIT 1";
    let mut statement = context.db.prepare_cached(sql)?;
    let mut rows = statement.query([conversation.id])?;
    let last = rows.next()?.map(Message::read).transpose()?;
    let before = last.map(|last| last.created_at.minus_seconds(1));
    conversation.agent_last_seen_at = before;
    conversation.assignee_last_seen_at = before;
    threads::write_silently(context, &conversation)?;
    Ok(Reply::Json(shown::application_conversation(
        context,
        &conversation,
    )?))
}

/// Replaces the custom attributes.
pub fn custom_attributes(
    context: &mut Context<'_>,
    caller: &Caller,
    params: &Params,
) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "id")?;
    let attributes = params
        .tree("custom_attributes")
        .map(Params::json)
        .unwrap_or_default();
    threads::save(context, &mut conversation, |conversation| {
        conversation.custom_attributes = attributes;
    })?;
    Ok(Reply::Json(
        json!({"custom_attributes": conversation.custom_attributes}),
    ))
}

/// Blocks the contact and resolves.
pub fn mute(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, agent, params, "id")?;
    set_blocked(context, &conversation, true)?;
    threads::save(context, &mut conversation, |conversation| {
        conversation.status = Status::Resolved;
    })?;
    note(
        context,
        &conversation,
        format!("{} has muted the conversation", agent.user.name),
    );
    Ok(Reply::Empty)
}

/// Unblocks the contact; announces nothing of the conversation.
pub fn unmute(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, agent, params, "id")?;
    set_blocked(context, &conversation, false)?;
    note(
        context,
        &conversation,
        format!("{} has unmuted the conversation", agent.user.name),
    );
    Ok(Reply::Empty)
}

/// Blocks the contact or no longer; older versions mute the conversation for some hours.
fn set_blocked(
    context: &mut Context<'_>,
    conversation: &Conversation,
    blocked: bool,
) -> Result<(), ApiError> {
    if !context.quirks.contacts.blocking {
        let until = if blocked {
            context.now.minus_seconds(-MUTED_SECONDS)
        } else {
            context.now
        };
        let sql = "INSERT OR REPLACE INTO temp.muted (conversation_id, until) VALUES (?, ?)";
        context.db.execute(sql, [conversation.id, until.0])?;
        return Ok(());
    }
    let mut contact = shown::contact_of(context, conversation)?;
    people::save(context, &mut contact, |contact| contact.blocked = blocked)
}

/// Assigns an agent, a bot, or nobody.
pub fn assign(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "conversation_id")?;
    let to_bot = params.text("assignee_type").as_deref() == Some("AgentBot");
    if to_bot && context.quirks.application.assigned_to_bots {
        return assign_bot(context, &mut conversation, params);
    }
    // A team would do as well, but no account here has one.
    if params.get("assignee_id").is_none() {
        return Ok(Reply::Json(Value::Null));
    }
    let assignee = match params.present("assignee_id").and_then(Param::integer) {
        Some(id) => User::by_id(context.db, id)?.filter(|user| user.account_id == caller.account),
        None => None,
    };
    let id = assignee.as_ref().map(|user| user.id);
    let now = context.now;
    threads::save(context, &mut conversation, |conversation| {
        let taken_over = id.is_some() && conversation.assignee_agent_bot_id.is_some();
        if taken_over && conversation.status == Status::Pending {
            conversation.status = Status::Open;
            conversation.waiting_since = conversation.waiting_since.or(Some(now));
        }
        conversation.assignee_id = id;
        conversation.assignee_agent_bot_id = None;
    })?;
    Ok(Reply::Json(match assignee {
        Some(user) => wire::account_user(
            &context.quirks.shape,
            &user,
            &presence::availability(context, &user)?,
        ),
        None => Value::Null,
    }))
}

/// A bot gets the conversation, which waits for it as pending.
fn assign_bot(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    params: &Params,
) -> Result<Reply, ApiError> {
    let bot = match params.present("assignee_id").and_then(Param::integer) {
        Some(id) => Bot::by_id(context.db, id)?.filter(|bot| bot.account_id == conversation.account_id),
        None => None,
    };
    let Some(bot) = bot else {
        return Ok(Reply::Json(Value::Null));
    };
    threads::save(context, conversation, |conversation| {
        conversation.assignee_id = None;
        conversation.assignee_agent_bot_id = Some(bot.id);
        conversation.status = Status::Pending;
    })?;
    Ok(Reply::Json(wire::bot_slim(&bot)))
}

/// The conversation's labels.
pub fn labels(context: &Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, caller, params, "conversation_id")?;
    Ok(Reply::Json(json!({"payload": conversation.labels})))
}

/// Replaces the labels. The answer has them as they were sent, later ones as they are kept.
pub fn set_labels(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "conversation_id")?;
    let wanted = list::read(params);
    let before = conversation.labels.clone();
    threads::save(context, &mut conversation, |conversation| {
        conversation.labels.clone_from(&wanted);
    })?;
    let name = caller.actor.name();
    let missing = |from: &[String], of: &[String]| -> Vec<String> {
        of.iter().filter(|label| !from.contains(label)).cloned().collect()
    };
    let (added, removed) = (missing(&before, &wanted), missing(&wanted, &before));
    if !added.is_empty() {
        note(
            context,
            &conversation,
            format!("{name} added {}", added.join(", ")),
        );
    }
    if !removed.is_empty() {
        note(
            context,
            &conversation,
            format!("{name} removed {}", removed.join(", ")),
        );
    }
    Ok(Reply::Json(json!({"payload": wanted})))
}
