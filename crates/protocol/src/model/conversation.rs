//! Conversations as REST shows them.

use super::{Message, MessageDraft};
use crate::id::{ConversationId, InboxId, UnixSeconds};
use crate::lenient::{Draft, Drafts, Missing, Slot, Taker, deserialize_by_draft};

/// A conversation with its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The display id.
    pub id: ConversationId,
    /// Needed for the page of its survey (since 2.18.0).
    pub uuid: Option<String>,
    /// The inbox it is in; a verified session sees conversations of others too.
    pub inbox_id: Option<InboxId>,
    /// Whether somebody works on it.
    pub status: ConversationStatus,
    /// When the contact last saw it; 0 is never.
    pub contact_last_seen_at: UnixSeconds,
    /// When an agent last saw it; 0 is never.
    pub agent_last_seen_at: UnixSeconds,
    /// Every message of it that a contact may see, oldest first.
    pub messages: Vec<Message>,
}

/// Whether somebody works on a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationStatus {
    /// Waits for or is with the team.
    Open,
    /// Done; a message of the contact opens it again.
    Resolved,
    /// With a bot.
    Pending,
    /// Put off by the team.
    Snoozed,
    /// A status not known here, by its name on the wire.
    Unknown(String),
}

deserialize_by_draft!(Conversation: ConversationDraft);

#[derive(Default)]
pub(crate) struct ConversationDraft {
    id: Option<i64>,
    uuid: Option<String>,
    inbox_id: Option<i64>,
    status: Option<ConversationStatus>,
    contact_last_seen_at: i64,
    agent_last_seen_at: i64,
    messages: Drafts<MessageDraft>,
}

impl Taker for ConversationDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "id" => value.put_int(&mut self.id),
            "uuid" => value.put_filled(&mut self.uuid),
            "inbox_id" => value.put_int(&mut self.inbox_id),
            "status" => self.status = value.filled().map(status_from),
            "contact_last_seen_at" => value.put_seen(&mut self.contact_last_seen_at),
            "agent_last_seen_at" => value.put_seen(&mut self.agent_last_seen_at),
            "messages" => self.messages = value.drafts(),
            _ => {}
        }
    }
}

impl Draft for ConversationDraft {
    type Whole = Conversation;

    fn finish(self) -> Result<Conversation, Missing> {
        let id = ConversationId(self.id.ok_or(Missing("id"))?);
        let mut messages = Vec::new();
        for draft in self.messages.0 {
            let message = draft.within(id).finish();
            messages.extend(message.ok().filter(|message| !message.is_hidden()));
        }
        Ok(Conversation {
            id,
            uuid: self.uuid,
            inbox_id: self.inbox_id.map(InboxId),
            status: self.status.ok_or(Missing("status"))?,
            contact_last_seen_at: UnixSeconds(self.contact_last_seen_at),
            agent_last_seen_at: UnixSeconds(self.agent_last_seen_at),
            messages,
        })
    }
}

pub(crate) fn status_from(word: String) -> ConversationStatus {
    match word.as_str() {
        "open" => ConversationStatus::Open,
        "resolved" => ConversationStatus::Resolved,
        "pending" => ConversationStatus::Pending,
        "snoozed" => ConversationStatus::Snoozed,
        _ => ConversationStatus::Unknown(word),
    }
}
