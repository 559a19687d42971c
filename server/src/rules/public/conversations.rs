//! The visitor's conversations.

use serde_json::Value;

use super::{Scope, conversation};
use crate::error::ApiError;
use crate::params::Params;
use crate::rules::threads::{self, Audience, Draft};
use crate::rules::typing::{self, Typist};
use crate::rules::{Context, Job, Reply, callbacks, show as shown};
use crate::store::{Conversation, Status};
use crate::wire;

/// All within the session's reach, each with all its messages. The real server gives no order; ours is by creation.
pub fn list(context: &Context<'_>, scope: &Scope) -> Result<Reply, ApiError> {
    let session = scope.session()?;
    if session.hmac_verified && !context.quirks.conversations.verified_list_works {
        return Err(ApiError::Internal("the contact was never looked up"));
    }
    let (sql, key) = if session.hmac_verified {
        (
            "SELECT * FROM conversations WHERE contact_id = ? ORDER BY id",
            session.contact_id,
        )
    } else {
        (
            "SELECT * FROM conversations WHERE contact_inbox_id = ? ORDER BY id",
            session.id,
        )
    };
    let mut statement = context.db.prepare_cached(sql)?;
    let found: Vec<Conversation> = statement
        .query_map([key], Conversation::read)?
        .collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = found
        .iter()
        .map(|conversation| shown::public_conversation(context, conversation))
        .collect();
    Ok(Reply::Json(Value::Array(documents?)))
}

/// A new conversation; of all parameters only `custom_attributes` counts.
pub fn create(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let quirks = &context.quirks.conversations;
    let draft = Draft {
        custom_attributes: params
            .tree("custom_attributes")
            .filter(|_| quirks.contact_sets_attributes)
            .map(Params::json)
            .unwrap_or_default(),
        always_new: !quirks.locked_for_contacts,
        ..Draft::default()
    };
    let contact = scope.contact(context)?;
    let conversation = threads::create(context, scope.inbox()?, scope.session()?, &contact, draft)?;
    Ok(Reply::Json(shown::public_conversation(context, &conversation)?))
}

/// One conversation.
pub fn show(context: &Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, scope.session()?, params.integer("id"), false)?;
    Ok(Reply::Json(shown::public_conversation(context, &conversation)?))
}

/// Resolves; it cannot reopen, whatever its name says.
pub fn toggle_status(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, scope.session()?, params.integer("id"), false)?;
    context.visitor = Some(scope.contact(context)?);
    threads::save(context, &mut conversation, |conversation| {
        conversation.status = Status::Resolved;
    })?;
    Ok(Reply::Json(shown::public_conversation(context, &conversation)?))
}

/// Tells agents that the visitor types.
pub fn toggle_typing(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, scope.session()?, params.integer("id"), false)?;
    let contact = scope.contact(context)?;
    let typist = Typist {
        shown: wire::contact_push(&context.quirks.shape, &contact),
        told: callbacks::contact(context, &contact)?,
        token: &scope.session()?.pubsub_token,
        is_private: Value::Bool(false),
    };
    typing::tell(
        context,
        &conversation,
        &typist,
        params.text("typing_status").as_deref(),
    )?;
    Ok(Reply::Empty)
}

/// The visitor has read everything up to now.
pub fn update_last_seen(
    context: &mut Context<'_>,
    scope: &Scope,
    params: &Params,
) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, scope.session()?, params.integer("id"), false)?;
    let now = context.now;
    threads::save(context, &mut conversation, |conversation| {
        conversation.contact_last_seen_at = Some(now);
    })?;
    threads::announce(context, &conversation, "conversation.read", Audience::Agents)?;
    if context.quirks.events.seen_marks_read {
        context.later(Job::MarkRead {
            conversation: conversation.id,
            until: now,
        });
    }
    Ok(Reply::Empty)
}
