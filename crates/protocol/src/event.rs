//! What a contact can hear on the cable.

use crate::id::{AgentId, ConversationId, InboxId, UnixSeconds};
use crate::lenient::{Draft, Missing, Slot, Taker, deserialize_by_draft};
use crate::model::{ConversationStatus, Message, Sender, conversation_status};

/// An event of the contact's stream. Neither order nor delivery is guaranteed, and the same one may come twice.
#[derive(Clone, Debug, PartialEq)]
pub enum CableEvent {
    /// `message.created`: also the contact's own, mostly before the answer to its request.
    MessageCreated(Message),
    /// `message.updated`: status, answers, deletion, translation, merge.
    MessageUpdated(Message),
    /// `conversation.created`.
    ConversationCreated(ConversationEvent),
    /// `conversation.updated` (since 2.11.0).
    ConversationUpdated(ConversationEvent),
    /// `conversation.status_changed`.
    StatusChanged(ConversationEvent),
    /// `conversation.typing_on`: nothing ends it on the server's side.
    TypingOn(TypingEvent),
    /// `conversation.typing_off`.
    TypingOff(TypingEvent),
    /// `presence.update`: the agents that are there; the answer to the client's own sign of presence.
    Presence(Vec<(AgentId, Availability)>),
    /// An event not known here.
    Unknown {
        /// Its name on the wire.
        name: String,
    },
}

/// Whether an agent is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Availability {
    /// There.
    Online,
    /// There, but not for new conversations.
    Busy,
    /// Not there.
    Offline,
    /// A word not known here.
    Unknown,
}

/// A conversation as events show it. The message in it is left out: it has its own event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationEvent {
    /// The display id.
    pub id: ConversationId,
    /// The inbox it is in.
    pub inbox_id: Option<InboxId>,
    /// Whether somebody works on it.
    pub status: ConversationStatus,
    /// When an agent last saw it; 0 is never.
    pub agent_last_seen_at: UnixSeconds,
    /// When the contact last saw it; 0 is never.
    pub contact_last_seen_at: UnixSeconds,
    /// Who works on it.
    pub assignee: Option<Sender>,
}

/// Somebody begins or ends typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypingEvent {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub user: Option<Sender>,
    /// A note among agents is being written: show nothing.
    pub is_private: bool,
}

deserialize_by_draft!(ConversationEvent: ConversationEventDraft, TypingEvent: TypingDraft, Presence: PresenceDraft);

#[derive(Default)]
pub(crate) struct ConversationEventDraft {
    id: Option<i64>,
    inbox_id: Option<i64>,
    status: Option<ConversationStatus>,
    agent_last_seen_at: i64,
    contact_last_seen_at: i64,
    meta: Meta,
}

impl Taker for ConversationEventDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "id" => value.put_int(&mut self.id),
            "inbox_id" => value.put_int(&mut self.inbox_id),
            "status" => self.status = value.filled().map(conversation_status),
            "agent_last_seen_at" => value.put_seen(&mut self.agent_last_seen_at),
            "contact_last_seen_at" => value.put_seen(&mut self.contact_last_seen_at),
            "meta" => {
                value.read(&mut self.meta);
            }
            _ => {}
        }
    }
}

impl Draft for ConversationEventDraft {
    type Whole = ConversationEvent;

    fn finish(self) -> Result<ConversationEvent, Missing> {
        Ok(ConversationEvent {
            id: ConversationId(self.id.ok_or(Missing("id"))?),
            inbox_id: self.inbox_id.map(InboxId),
            status: self.status.ok_or(Missing("status"))?,
            agent_last_seen_at: UnixSeconds(self.agent_last_seen_at),
            contact_last_seen_at: UnixSeconds(self.contact_last_seen_at),
            assignee: self.meta.assignee,
        })
    }
}

#[derive(Default)]
struct Meta {
    assignee: Option<Sender>,
}

impl Taker for Meta {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        if key == "assignee" {
            self.assignee = value.object::<Sender>();
        }
    }
}

#[derive(Default)]
pub(crate) struct TypingDraft {
    conversation: OnlyId,
    user: Option<Sender>,
    is_private: bool,
}

impl Taker for TypingDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "conversation" => {
                value.read(&mut self.conversation);
            }
            "user" => self.user = value.object::<Sender>(),
            "is_private" => value.put_truth(&mut self.is_private),
            _ => {}
        }
    }
}

impl Draft for TypingDraft {
    type Whole = TypingEvent;

    fn finish(self) -> Result<TypingEvent, Missing> {
        let conversation = self.conversation.id.ok_or(Missing("conversation.id"))?;
        Ok(TypingEvent {
            conversation: ConversationId(conversation),
            user: self.user,
            is_private: self.is_private,
        })
    }
}

#[derive(Default)]
struct OnlyId {
    id: Option<i64>,
}

impl Taker for OnlyId {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        if key == "id" {
            self.id = value.int();
        }
    }
}

/// The data of `presence.update`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// The agents that are there, and those that always are listed.
    pub users: Vec<(AgentId, Availability)>,
}

/// Its `users` are keyed by agent ids as text.
#[derive(Default)]
pub(crate) struct PresenceDraft {
    users: Users,
}

impl Taker for PresenceDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        if key == "users" {
            value.read(&mut self.users);
        }
    }
}

impl Draft for PresenceDraft {
    type Whole = Presence;

    fn finish(self) -> Result<Presence, Missing> {
        Ok(Presence { users: self.users.0 })
    }
}

#[derive(Default)]
struct Users(Vec<(AgentId, Availability)>);

impl Taker for Users {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        let Ok(id) = key.parse() else { return };
        let availability = match value.text().as_deref() {
            Some("online") => Availability::Online,
            Some("busy") => Availability::Busy,
            Some("offline") => Availability::Offline,
            _ => Availability::Unknown,
        };
        self.0.push((AgentId(id), availability));
    }
}
