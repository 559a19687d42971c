//! Messages the inbox writes by itself, and the variables in what we write.

use serde_json::Value;

use super::messages::{self, Draft};
use super::{Context, Job, bots, hours};
use crate::error::ApiError;
use crate::store::{Conversation, Inbox, Message, Status};
use crate::time::Instant;

/// What follows a message by itself: an answer to the contact and, in older versions, the survey of a resolved conversation.
pub fn follow(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    message: &Message,
) -> Result<(), ApiError> {
    if !context.quirks.messages.templates_besides_bots && bots::has_bot(context, conversation.inbox_id)? {
        return Ok(());
    }
    if message.message_type == Message::INCOMING {
        answer(context, conversation)?;
    }
    let asks = conversation.status == Status::Resolved && !context.quirks.surveys.sent_by_resolving;
    if asks && count(context, conversation, "message_type = 0", 0)? > 0 {
        context.later(Job::Survey {
            conversation: conversation.id,
        });
    }
    Ok(())
}

/// That nobody is there, or else a greeting.
fn answer(context: &mut Context<'_>, conversation: &mut Conversation) -> Result<(), ApiError> {
    let Some(inbox) = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)? else {
        return Ok(());
    };
    let text = |name: &str| {
        let text = inbox
            .settings
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default();
        (!text.trim().is_empty()).then(|| text.to_owned())
    };
    let due = if let Some(away) = text("out_of_office_message")
        && hours::is_closed(&inbox, context.now)
        && nobody_wrote_lately(context, conversation)?
    {
        Some(away)
    } else if let Some(greeting) = text("greeting_message")
        && inbox.is_on("greeting_enabled")
        && count(context, conversation, "message_type IN (1, 3)", 0)? == 0
    {
        Some(greeting)
    } else {
        None
    };
    if due.is_some() {
        messages::create(context, conversation, Draft::text(Message::TEMPLATE, due, None))?;
    }
    Ok(())
}

/// No template today (UTC), and no message of an agent in the last five minutes, where that counts; notes counted for a while.
fn nobody_wrote_lately(context: &Context<'_>, conversation: &Conversation) -> Result<bool, ApiError> {
    let today = context.now.seconds().div_euclid(86_400) * 86_400;
    let templates = count(
        context,
        conversation,
        "message_type = 3",
        Instant::from_seconds(today).0,
    )?;
    let lately = context.now.minus_seconds(5 * 60).0;
    let quirks = &context.quirks.messages;
    let replies = match (quirks.replies_keep_office_open, quirks.notes_do_not) {
        (false, _) => 0,
        (true, false) => count(context, conversation, "message_type = 1", lately)?,
        (true, true) => count(context, conversation, "message_type = 1 AND private = 0", lately)?,
    };
    Ok(templates + replies == 0)
}

fn count(
    context: &Context<'_>,
    conversation: &Conversation,
    which: &str,
    since: i64,
) -> rusqlite::Result<i64> {
    let sql =
        format!("SELECT count(*) FROM messages WHERE conversation_id = ? AND created_at >= ? AND {which}");
    context
        .db
        .prepare_cached(&sql)?
        .query_row([conversation.id, since], |row| row.get(0))
}
