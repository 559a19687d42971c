//! Conversations and messages, each in three shapes: public REST, cable event, application API.

use serde_json::{Map, Value, json};

use super::{Document, Shape, iso_or_null, put, seconds_or_zero};
use crate::store::{Conversation, Message};

/// What a message document needs besides the row.
#[derive(Clone, Debug)]
pub struct MessageParts<'a> {
    /// The row.
    pub message: &'a Message,
    /// The number the wire calls `conversation_id`.
    pub display_id: i64,
    /// The author, absent for templates and activity.
    pub sender: Option<Value>,
    /// Its files; absent in the document when there are none.
    pub attachments: Vec<Value>,
}

/// A message as contacts read it. `sender` is absent when there is none.
pub fn public_message(parts: MessageParts<'_>) -> Value {
    let message = parts.message;
    let mut document = json!({
        "id": message.id,
        "content": message.content,
        "message_type": message.message_type,
        "content_type": message.content_type,
        "content_attributes": message.content_attributes,
        "created_at": message.created_at.seconds(),
        "conversation_id": parts.display_id,
    });
    if !parts.attachments.is_empty() {
        put(&mut document, "attachments", Value::Array(parts.attachments));
    }
    if let Some(sender) = parts.sender {
        put(&mut document, "sender", sender);
    }
    document
}

/// A message as agents read it. `echo_id` is there only in the answer to the request that gave one.
pub fn application_message(shape: &Shape, parts: MessageParts<'_>, echo_id: Option<Value>) -> Value {
    let message = parts.message;
    let mut document = Map::new();
    document.insert("id".into(), json!(message.id));
    document.insert("content".into(), json!(message.content));
    document.insert("inbox_id".into(), json!(message.inbox_id));
    if let Some(echo_id) = echo_id {
        document.insert("echo_id".into(), echo_id);
    }
    document.insert("conversation_id".into(), json!(parts.display_id));
    document.insert("message_type".into(), json!(message.message_type));
    document.insert("content_type".into(), json!(message.content_type));
    document.insert("status".into(), json!(message.status));
    document.insert("content_attributes".into(), json!(message.content_attributes));
    document.insert("created_at".into(), json!(message.created_at.seconds()));
    document.insert("private".into(), json!(message.private));
    document.insert("source_id".into(), json!(message.source_id));
    if let Some(sender) = parts.sender {
        document.insert("sender".into(), sender);
    }
    if !parts.attachments.is_empty() {
        document.insert("attachments".into(), Value::Array(parts.attachments));
    }
    shape.fit(Document::ApplicationMessage, Value::Object(document))
}

/// A message as the cable carries it, without `echo_id` and performer.
pub fn message_event(
    shape: &Shape,
    parts: MessageParts<'_>,
    conversation: &Conversation,
    unread: i64,
    source_id: &str,
) -> Value {
    let message = parts.message;
    let thread = json!({
        "assignee_id": conversation.assignee_id,
        "unread_count": unread,
        "last_activity_at": conversation.last_activity_at.seconds(),
        "contact_inbox": {"source_id": source_id},
    });
    let mut document = json!({
        "id": message.id,
        "content": message.content,
        "account_id": message.account_id,
        "inbox_id": message.inbox_id,
        "conversation_id": parts.display_id,
        "message_type": message.message_type,
        "created_at": message.created_at.seconds(),
        "updated_at": message.updated_at.iso(),
        "private": message.private,
        "status": message.status,
        "source_id": message.source_id,
        "content_type": message.content_type,
        "content_attributes": message.content_attributes,
        "sender_type": message.sender.map(crate::store::Sender::kind),
        "sender_id": message.sender.map(crate::store::Sender::id),
        "external_source_ids": {},
        "additional_attributes": message.additional_attributes,
        "processed_message_content": message.processed_content,
        "sentiment": {},
        "conversation": shape.fit(Document::MessageConversation, thread),
    });
    if !parts.attachments.is_empty() {
        put(&mut document, "attachments", Value::Array(parts.attachments));
    }
    if let Some(sender) = parts.sender {
        put(&mut document, "sender", sender);
    }
    shape.fit(Document::MessageEvent, document)
}

/// What a conversation document needs besides the row.
#[derive(Clone, Debug)]
pub struct ConversationParts<'a> {
    /// The row.
    pub conversation: &'a Conversation,
    /// Messages in the shape that belongs to the document.
    pub messages: Vec<Value>,
    /// The contact in the shape that belongs to the document.
    pub contact: Value,
    /// The assignee, where there is one.
    pub assignee: Option<Value>,
    /// `User` or `AgentBot`, where there is one.
    pub assignee_type: Option<&'static str>,
    /// Incoming messages no agent has read, at most 10.
    pub unread: i64,
    /// Whether agents may still answer.
    pub can_reply: bool,
    /// Whether the session was verified by a hash.
    pub hmac_verified: bool,
}

/// A conversation as contacts read it.
pub fn public_conversation(
    shape: &Shape,
    conversation: &Conversation,
    messages: &[Value],
    contact: &Value,
) -> Value {
    let document = json!({
        "id": conversation.display_id,
        "uuid": conversation.uuid,
        "inbox_id": conversation.inbox_id,
        "contact_last_seen_at": seconds_or_zero(conversation.contact_last_seen_at),
        "status": conversation.status.name(),
        "agent_last_seen_at": seconds_or_zero(conversation.agent_last_seen_at),
        "messages": messages,
        "contact": contact,
    });
    shape.fit(Document::PublicConversation, document)
}

/// A conversation as the cable carries it, without `account_id`, which the broadcast adds.
pub fn conversation_event(shape: &Shape, parts: &ConversationParts<'_>, contact_inbox: &Value) -> Value {
    let conversation = parts.conversation;
    let meta = json!({
        "sender": parts.contact,
        "assignee_type": parts.assignee_type,
        "assignee": parts.assignee,
        "team": null,
        "hmac_verified": parts.hmac_verified,
    });
    let document = json!({
        "additional_attributes": conversation.additional_attributes,
        "can_reply": parts.can_reply,
        "channel": "Channel::Api",
        "contact_inbox": contact_inbox,
        "id": conversation.display_id,
        "inbox_id": conversation.inbox_id,
        "messages": parts.messages,
        "labels": conversation.labels,
        "meta": shape.fit(Document::ConversationMeta, meta),
        "status": conversation.status.name(),
        "custom_attributes": conversation.custom_attributes,
        "snoozed_until": iso_or_null(conversation.snoozed_until),
        "unread_count": parts.unread,
        "first_reply_created_at": iso_or_null(conversation.first_reply_created_at),
        "priority": conversation.priority,
        "waiting_since": seconds_or_zero(conversation.waiting_since),
        "agent_last_seen_at": seconds_or_zero(conversation.agent_last_seen_at),
        "contact_last_seen_at": seconds_or_zero(conversation.contact_last_seen_at),
        "last_activity_at": conversation.last_activity_at.seconds(),
        "timestamp": conversation.last_activity_at.seconds(),
        "created_at": conversation.created_at.seconds(),
        "updated_at": conversation.updated_at.fraction(),
    });
    shape.fit(Document::ConversationEvent, document)
}

/// A conversation as agents read it. `assignee` and its type are absent without one.
pub fn application_conversation(
    shape: &Shape,
    parts: ConversationParts<'_>,
    last: Option<&Value>,
    muted: bool,
) -> Value {
    let conversation = parts.conversation;
    let mut meta = json!({"sender": parts.contact, "channel": "Channel::Api"});
    if let Some(assignee) = parts.assignee {
        put(&mut meta, "assignee", assignee);
        put(&mut meta, "assignee_type", json!(parts.assignee_type));
    }
    put(&mut meta, "hmac_verified", json!(parts.hmac_verified));
    let document = json!({
        "meta": shape.fit(Document::ApplicationMeta, meta),
        "id": conversation.display_id,
        "messages": parts.messages,
        "account_id": conversation.account_id,
        "uuid": conversation.uuid,
        "additional_attributes": conversation.additional_attributes,
        "agent_last_seen_at": seconds_or_zero(conversation.agent_last_seen_at),
        "assignee_last_seen_at": seconds_or_zero(conversation.assignee_last_seen_at),
        "can_reply": parts.can_reply,
        "contact_last_seen_at": seconds_or_zero(conversation.contact_last_seen_at),
        "custom_attributes": conversation.custom_attributes,
        "inbox_id": conversation.inbox_id,
        "labels": cached_labels(conversation),
        "muted": muted,
        "snoozed_until": iso_or_null(conversation.snoozed_until),
        "status": conversation.status.name(),
        "created_at": conversation.created_at.seconds(),
        "updated_at": conversation.updated_at.fraction(),
        "timestamp": conversation.last_activity_at.seconds(),
        "first_reply_created_at": seconds_or_zero(conversation.first_reply_created_at),
        "unread_count": parts.unread,
        "last_non_activity_message": last,
        "last_activity_at": conversation.last_activity_at.seconds(),
        "priority": conversation.priority,
        "waiting_since": seconds_or_zero(conversation.waiting_since),
        "sla_policy_id": null,
    });
    shape.fit(Document::ApplicationConversation, document)
}

/// In the order in which they were last given.
fn cached_labels(conversation: &Conversation) -> Vec<&str> {
    match &conversation.cached_label_list {
        Some(text) => text
            .split(',')
            .map(str::trim)
            .filter(|label| !label.is_empty())
            .collect(),
        None => conversation.labels.iter().map(String::as_str).collect(),
    }
}
