//! What callback addresses are told: senders, messages and their texts in a form of their own.

use serde_json::{Value, json};

use super::put;
use crate::store::{Bot, Inbox, Message, User};

/// A contact, from its form on the cable: with its account and avatar, without `type`.
pub fn contact_callback(push: &Value, account: &Value) -> Value {
    let mut document = json!({
        "account": account,
        "additional_attributes": push.get("additional_attributes"),
        "avatar": push.get("thumbnail"),
    });
    if let Value::Object(members) = push {
        for (name, value) in members.iter().filter(|(name, _)| *name != "type") {
            put(&mut document, name, value.clone());
        }
    }
    document
}

/// A contact before 2.14.0.
pub fn short_contact_callback(push: &Value, account: &Value) -> Value {
    json!({
        "id": push.get("id"),
        "name": push.get("name"),
        "avatar": push.get("thumbnail"),
        "type": "contact",
        "account": account,
    })
}

/// An agent.
pub fn user_callback(user: &User) -> Value {
    json!({"id": user.id, "name": user.name, "email": user.email, "type": "user"})
}

/// A bot.
pub fn bot_callback(bot: &Bot) -> Value {
    json!({"id": bot.id, "name": bot.name, "type": "agent_bot"})
}

/// What a message document for callbacks is made of.
#[derive(Clone, Debug)]
pub struct MessageCallback<'a> {
    /// The row.
    pub message: &'a Message,
    /// Id and name of the account.
    pub account: &'a Value,
    /// The text as callbacks get it.
    pub content: Option<String>,
    /// The conversation as callbacks get it.
    pub conversation: Value,
    /// The inbox.
    pub inbox: &'a Inbox,
    /// The author; null for templates.
    pub sender: Option<Value>,
    /// Files as on the cable; absent without any.
    pub attachments: Option<Value>,
}

/// A message: its type a word, its time ISO 8601, no status.
pub fn message_callback(parts: MessageCallback<'_>) -> Value {
    let message = parts.message;
    let kind = match message.message_type {
        Message::INCOMING => "incoming",
        Message::OUTGOING => "outgoing",
        Message::ACTIVITY => "activity",
        _ => "template",
    };
    let mut document = json!({
        "account": parts.account,
        "additional_attributes": message.additional_attributes,
        "content_attributes": message.content_attributes,
        "content_type": message.content_type,
        "content": parts.content,
        "conversation": parts.conversation,
        "created_at": message.created_at.iso(),
        "id": message.id,
        "inbox": {"id": parts.inbox.id, "name": parts.inbox.name},
        "message_type": kind,
        "private": message.private,
        "sender": parts.sender,
        "source_id": message.source_id,
    });
    if let Some(attachments) = parts.attachments {
        put(&mut document, "attachments", attachments);
    }
    document
}

/// A text without the backslashes of the editor's hard breaks and without line breaks at its end. Blank texts stay.
pub fn normalised(text: &str) -> String {
    if text.trim().is_empty() {
        return text.to_owned();
    }
    let broken = text.replace("\\\r\n", "\n").replace("\\\n", "\n");
    let mut rest = broken.as_str();
    while let Some(shorter) = rest.strip_suffix('\n') {
        rest = shorter.strip_suffix('\r').unwrap_or(shorter);
    }
    rest.to_owned()
}

/// Normalises the texts of a conversation's messages.
pub fn normalise_messages(conversation: &mut Value) {
    let Some(Value::Array(messages)) = conversation.get_mut("messages") else {
        return;
    };
    for message in messages {
        for name in ["content", "processed_message_content"] {
            if let Some(Value::String(text)) = message.get_mut(name) {
                *text = normalised(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_breaks_and_trailing_newlines_go() {
        assert_eq!(normalised("a\\\nb\\\r\nc\n\r\n\n"), "a\nb\nc");
        assert_eq!(
            normalised("back\\slash stays \\ and \n inner"),
            "back\\slash stays \\ and \n inner"
        );
        assert_eq!(normalised("\n"), "\n", "blank texts are left alone");
        let mut conversation =
            json!({"messages": [{"content": "x\\\ny", "processed_message_content": null}]});
        normalise_messages(&mut conversation);
        assert_eq!(
            conversation,
            json!({"messages": [{"content": "x\ny", "processed_message_content": null}]})
        );
    }

    #[test]
    fn a_contact_has_its_account_and_no_type() {
        let push =
            json!({"additional_attributes": {}, "id": 3, "name": "Kim", "thumbnail": "t", "type": "contact"});
        let account = json!({"id": 1, "name": "A"});
        assert_eq!(
            contact_callback(&push, &account).to_string(),
            "{\"account\":{\"id\":1,\"name\":\"A\"},\"additional_attributes\":{},\"avatar\":\"t\",\"id\":3,\"name\":\"Kim\",\"thumbnail\":\"t\"}"
        );
        assert_eq!(
            short_contact_callback(&push, &account),
            json!({"id": 3, "name": "Kim", "avatar": "t", "type": "contact", "account": account})
        );
    }
}
