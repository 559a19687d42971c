//! Who answers: the model of Chatwoot, or the reference server's own rules.

use confab_protocol::{
    Conversation, ConversationId, ConversationStatus, Identifier, Message, MessageId, MessageType, Request,
    SourceId,
};

use crate::ruled::Ruled;
use crate::server::{Broadcast, Outcome, Server};

/// The server's rules, without anything that may happen to requests and events on their way.
pub(crate) enum Backend {
    Model(Box<Server>),
    Rules(Box<Ruled>),
}

/// Asks whichever it is.
macro_rules! ask {
    ($backend:expr, $server:ident => $answer:expr) => {
        match $backend {
            Backend::Model($server) => $answer,
            Backend::Rules($server) => $answer,
        }
    };
}

impl Backend {
    /// The number of a message that is to be; the reference server gives it when it stores.
    pub(crate) fn draw_id(&mut self) -> Option<MessageId> {
        match self {
            Self::Model(model) => Some(model.draw_id()),
            Self::Rules(_) => None,
        }
    }

    /// Does what a request asks. `id`: the number drawn for its message when the work began.
    pub(crate) fn perform(&mut self, request: &Request, id: Option<MessageId>, now: u64) -> Outcome {
        match self {
            Self::Model(model) => model.perform(request, id, now),
            Self::Rules(rules) => rules.perform(request, now),
        }
    }

    /// Whose stream a subscription asks for.
    pub(crate) fn subscriber(&mut self, identifier: &Identifier, now: u64) -> Option<usize> {
        match self {
            Self::Model(model) => model.subscriber(identifier),
            Self::Rules(rules) => rules.subscriber(identifier, now),
        }
    }

    /// A sign of life.
    pub(crate) fn presence(&mut self, contact: usize, identifier: &Identifier, now: u64) -> Vec<Broadcast> {
        match self {
            Self::Model(_) => Server::presence(contact),
            Self::Rules(rules) => rules.presence(identifier, now),
        }
    }

    /// The messages of a conversation in the order shown.
    pub(crate) fn of(&self, id: ConversationId) -> Vec<Message> {
        match self {
            Self::Model(model) => model.of(id).cloned().collect(),
            Self::Rules(rules) => rules.of(id),
        }
    }

    /// The place of a conversation that is there.
    pub(crate) fn thread(&self, id: ConversationId) -> Option<usize> {
        let thread = match self {
            Self::Model(_) => Server::thread(id),
            Self::Rules(rules) => rules.thread(id),
        };
        thread.filter(|thread| self.is_there(*thread))
    }

    /// Conversations of a contact that were begun and left: open, never written to by the contact, beside another. One that
    /// another client wrote to first counts as that client's, and the one entered is not left.
    pub(crate) fn left_behind(&self, contact: &SourceId, entered: Option<ConversationId>) -> usize {
        let all = ask!(self, server => server.conversations_of(contact));
        let is_left = |one: &&Conversation| {
            let incoming = |message: &Message| message.message_type == MessageType::Incoming;
            let is_other = entered != Some(one.id);
            is_other && one.status != ConversationStatus::Resolved && !one.messages.iter().any(incoming)
        };
        if all.len() > 1 {
            all.iter().filter(is_left).count()
        } else {
            0
        }
    }

    pub(crate) fn conversations_made(&self) -> usize {
        ask!(self, server => server.conversations_made())
    }

    /// Whether the inbox was deleted.
    pub(crate) fn is_gone(&self) -> bool {
        ask!(self, server => server.is_gone())
    }

    /// Whether this conversation can be written to.
    pub(crate) fn is_there(&self, thread: usize) -> bool {
        ask!(self, server => server.is_there(thread))
    }

    pub(crate) fn agent_writes(&mut self, thread: usize, text: &str, now: u64) -> Vec<Broadcast> {
        ask!(self, server => server.agent_writes(thread, text, now))
    }

    pub(crate) fn other_client_writes(&mut self, thread: usize, text: &str, now: u64) -> Vec<Broadcast> {
        ask!(self, server => server.other_client_writes(thread, text, now))
    }

    pub(crate) fn agent_changes(&mut self, nth: usize, deletes: bool, now: u64) -> Vec<Broadcast> {
        ask!(self, server => server.agent_changes(nth, deletes, now))
    }

    pub(crate) fn agent_types(&mut self, thread: usize, on: bool, now: u64) -> Vec<Broadcast> {
        match self {
            Self::Model(model) => model.agent_types(thread, on),
            Self::Rules(rules) => rules.agent_types(thread, on, now),
        }
    }

    pub(crate) fn agent_resolves(&mut self, thread: usize, now: u64) -> Vec<Broadcast> {
        match self {
            Self::Model(model) => model.agent_resolves(thread),
            Self::Rules(rules) => rules.agent_resolves(thread, now),
        }
    }

    /// An agent deletes a conversation, or all of a contact's; which ones.
    pub(crate) fn delete(&mut self, thread: usize, with_contact: bool, now: u64) -> Vec<ConversationId> {
        match self {
            Self::Model(model) => model.delete(thread, with_contact),
            Self::Rules(rules) => rules.delete(thread, with_contact, now),
        }
    }

    /// The inbox is deleted with everything; which conversations.
    pub(crate) fn delete_inbox(&mut self, now: u64) -> Vec<ConversationId> {
        match self {
            Self::Model(model) => model.delete_inbox(),
            Self::Rules(rules) => rules.delete_inbox(now),
        }
    }

    /// The contact of a conversation becomes one with another; what is told of it.
    pub(crate) fn merge(&mut self, thread: usize, now: u64) -> Vec<Broadcast> {
        match self {
            Self::Model(model) => {
                model.merge(thread);
                Vec::new()
            }
            Self::Rules(rules) => rules.merge(thread, now),
        }
    }

    /// Answers and events that the protocol could not read.
    pub(crate) fn unread(&self) -> &[String] {
        match self {
            Self::Model(_) => &[],
            Self::Rules(rules) => rules.unread(),
        }
    }
}
