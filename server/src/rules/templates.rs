//! Messages the inbox writes by itself, and the variables in what we write (protocol 0.1, 112).

use serde_json::Value;

use super::messages::{self, Draft};
use super::{Context, show, threads};
use crate::error::ApiError;
use crate::store::{Conversation, Inbox, Message};

/// The greeting: after a contact's message, while nobody and no template has written (protocol 112).
pub fn greet(context: &mut Context<'_>, conversation: &mut Conversation) -> Result<(), ApiError> {
    let Some(inbox) = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)? else {
        return Ok(());
    };
    let text = inbox
        .settings
        .get("greeting_message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !inbox.is_on("greeting_enabled") || text.trim().is_empty() {
        return Ok(());
    }
    let sql = "SELECT count(*) FROM messages WHERE conversation_id = ? AND message_type IN (1, 3)";
    let written: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.id], |row| row.get(0))?;
    if written == 0 {
        messages::create(
            context,
            conversation,
            Draft::text(Message::TEMPLATE, Some(text.to_owned()), None),
        )?;
    }
    Ok(())
}

/// Replaces the variables that a template may hold; names are capitalised, unknown variables vanish (protocol 0.1).
pub fn render(context: &Context<'_>, conversation: &Conversation, text: &str) -> Result<String, ApiError> {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    let contact = show::contact_of(context, conversation)?;
    let name = contact.name.clone().unwrap_or_default();
    let words: Vec<String> = name.split_whitespace().map(threads::capitalised).collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("{{") {
        let Some((variable, after)) = opened.split_once("}}") else {
            break;
        };
        out.push_str(before);
        match variable.trim() {
            "contact.name" => out.push_str(&words.join(" ")),
            "contact.first_name" => out.push_str(words.first().map(String::as_str).unwrap_or_default()),
            "contact.last_name" if words.len() > 1 => {
                out.push_str(words.last().map(String::as_str).unwrap_or_default());
            }
            "contact.email" => out.push_str(contact.email.as_deref().unwrap_or_default()),
            "contact.phone_number" => out.push_str(contact.phone_number.as_deref().unwrap_or_default()),
            "conversation.display_id" => out.push_str(&conversation.display_id.to_string()),
            "inbox.name" => {
                let inbox = Inbox::by_id(context.db, conversation.account_id, conversation.inbox_id)?;
                out.push_str(&inbox.map(|inbox| inbox.name).unwrap_or_default());
            }
            _ => {}
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
