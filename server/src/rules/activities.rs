//! The lines that tell agents what became of a conversation.

use super::threads::capitalised;
use super::{Context, Job};
use crate::error::ApiError;
use crate::store::{Actor, Conversation, Status, User};

const REOPENED_BY_MESSAGE: &str = "System reopened the conversation due to a new incoming message.";

/// A new status.
pub fn status(context: &mut Context<'_>, conversation: &Conversation) {
    let performer = context.performer.as_ref().map(Actor::name);
    let text = match (performer, &context.visitor, conversation.status) {
        _ if context.reopened_by_message => REOPENED_BY_MESSAGE.to_owned(),
        (Some(name), _, Status::Resolved) => format!("Conversation was marked resolved by {name}"),
        (Some(name), _, Status::Open) => format!("Conversation was reopened by {name}"),
        (Some(name), _, Status::Pending) => format!("Conversation was marked as pending by {name}"),
        (Some(name), _, Status::Snoozed) => format!("Conversation was snoozed by {name}"),
        (None, Some(contact), Status::Resolved) => {
            let name = contact.name.as_deref().unwrap_or_default();
            format!("Conversation was resolved by {}", capitalised(name))
        }
        (None, ..) => return,
    };
    note(context, conversation, text);
}

/// Another assignee, or none.
pub fn assignee(context: &mut Context<'_>, conversation: &Conversation) -> Result<(), ApiError> {
    let Some(performer) = context.performer.clone() else {
        return Ok(());
    };
    let name = performer.name();
    let assignee = match conversation.assignee_id {
        Some(id) => User::by_id(context.db, id)?,
        None => None,
    };
    let text = match assignee {
        Some(assignee) if performer.user().is_some_and(|user| user.id == assignee.id) => {
            format!("{name} self-assigned this conversation")
        }
        Some(assignee) => format!("Assigned to {} by {name}", assignee.name),
        None => format!("Conversation unassigned by {name}"),
    };
    note(context, conversation, text);
    Ok(())
}

/// Any other line.
pub fn note(context: &mut Context<'_>, conversation: &Conversation, text: String) {
    context.later(Job::Activity {
        conversation: conversation.id,
        text,
    });
}
