//! Telling that somebody types.

use serde_json::{Value, json};

use super::{Context, agent_tokens, callbacks, show};
use crate::error::ApiError;
use crate::store::Conversation;
use crate::wire;

/// Who types, and whether on a note for agents: whatever the agent's client sent.
#[derive(Clone, Debug)]
pub struct Typist<'a> {
    pub shown: Value,
    /// As callbacks have it.
    pub told: Value,
    pub token: &'a str,
    pub is_private: Value,
}

/// Typing, to everyone but the one who types.
pub fn tell(
    context: &mut Context<'_>,
    conversation: &Conversation,
    typist: &Typist<'_>,
    status: Option<&str>,
) -> Result<(), ApiError> {
    let (event, on) = match status {
        Some("on") => ("conversation.typing_on", true),
        Some("off") => ("conversation.typing_off", false),
        _ => return Ok(()),
    };
    let mut data = json!({
        "conversation": show::conversation_event(context, conversation)?,
        "user": typist.shown,
        "is_private": typist.is_private,
        "account_id": conversation.account_id,
    });
    if let Some(performer) = show::performer(context)? {
        wire::put(&mut data, "performer", performer);
    }
    let mut streams = agent_tokens(context.db, conversation.account_id, conversation.inbox_id)?;
    streams.push(show::session_of(context, conversation)?.pubsub_token);
    streams.retain(|token| token != typist.token);
    context.emit(streams, event, data);
    let (told, is_private) = (typist.told.clone(), typist.is_private.clone());
    callbacks::typing(context, on, conversation, told, is_private)
}
