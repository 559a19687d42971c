//! What arrived, as text: other tabs read it again by themselves, so that nothing has to be spelled a second time.

use confab_protocol::{ConversationId, Frame, Reply, Request, SourceId};
use confab_session::Event;

/// A frame or an answer as it came over the wire. It may hold what the store of these tabs holds anyway, so it goes
/// over their own channel and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    /// How to read it.
    pub kind: RawKind,
    /// The conversation that was asked about; 0 where it does not matter.
    pub conversation: i64,
    /// The text.
    pub text: String,
}

/// How to read a [`Raw`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawKind {
    /// A frame of the cable.
    Frame,
    /// A page of messages.
    Messages,
    /// One message.
    Message,
    /// One conversation.
    Conversation,
    /// The list of conversations.
    Conversations,
}

const NAMES: [(RawKind, &str); 5] = [
    (RawKind::Frame, "frame"),
    (RawKind::Messages, "messages"),
    (RawKind::Message, "message"),
    (RawKind::Conversation, "conversation"),
    (RawKind::Conversations, "conversations"),
];

impl RawKind {
    /// What it is called between tabs.
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of this name, unless a newer tab speaks of something else.
    pub fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }
}

impl Raw {
    /// A frame.
    pub fn of_frame(text: String) -> Self {
        Self {
            kind: RawKind::Frame,
            conversation: 0,
            text,
        }
    }

    /// The answer to a request; `None` for those that other tabs have no use for.
    pub fn of_reply(request: &Request, text: String) -> Option<Self> {
        let (kind, conversation) = match request {
            Request::ListMessages { conversation, .. } => (RawKind::Messages, conversation.0),
            Request::SendMessage { conversation, .. } => (RawKind::Message, conversation.0),
            Request::ShowConversation { conversation, .. } => (RawKind::Conversation, conversation.0),
            Request::CreateConversation { .. } => (RawKind::Conversation, 0),
            Request::ListConversations { .. } => (RawKind::Conversations, 0),
            _ => return None,
        };
        Some(Self {
            kind,
            conversation,
            text,
        })
    }

    /// Reads what another tab rebroadcast; `None` when it does not read.
    pub fn overheard(&self) -> Option<Event> {
        // The key is no part of the answer.
        let (source_id, conversation) = (SourceId::new(""), ConversationId(self.conversation));
        let request = match self.kind {
            RawKind::Frame => return Frame::read(&self.text).ok().map(Event::FrameOverheard),
            RawKind::Messages | RawKind::Message => Request::ListMessages {
                source_id,
                conversation,
                before: None,
            },
            RawKind::Conversation => Request::ShowConversation {
                source_id,
                conversation,
            },
            RawKind::Conversations => Request::ListConversations { source_id },
        };
        let reply: Option<Reply> = request.read(200, "application/json", &self.text).ok();
        reply.map(Event::Overheard)
    }
}
