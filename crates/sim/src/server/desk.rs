//! Messages written, changed and seen, by contacts and agents.

use confab_protocol::{
    Attachment, AttachmentId, AttachmentKind, CableEvent, ContentAttributes, ContentType, Conversation,
    ConversationId, ConversationStatus, EchoId, Message, MessageId, MessageStatus, MessageType, SourceId,
    TypingEvent,
};

use super::{Broadcast, Server, Thread, agent, conversation_id, seconds, stamp};

fn picture(id: MessageId) -> Attachment {
    Attachment {
        id: Some(AttachmentId(id.0)),
        kind: AttachmentKind::Image,
        data_url: None,
        thumb_url: None,
        file_size: None,
        width: None,
        height: None,
        content_type: None,
        extension: None,
        fallback_title: None,
        transcribed_text: None,
        coordinates: None,
    }
}

impl Server {
    pub(super) fn blank(id: MessageId, thread: usize, content: &str, now: u64) -> Message {
        Message {
            id,
            conversation_id: conversation_id(thread),
            message_type: MessageType::Outgoing,
            content: Some(content.to_owned()),
            content_type: ContentType::Text,
            content_attributes: ContentAttributes::default(),
            created_at: seconds(now),
            updated_at: Some(stamp(now)),
            status: Some(MessageStatus::Sent),
            private: false,
            echo_id: None,
            attachments: Vec::new(),
            sender: None,
        }
    }

    /// Stores a message and tells of it; a message of the contact reopens a resolved conversation and may be greeted.
    pub(super) fn add(&mut self, thread: usize, message: Message, now: u64) -> Vec<Broadcast> {
        let contact = self.threads.get(thread).map_or(0, |known| known.contact);
        let incoming = message.message_type == MessageType::Incoming;
        let mut broadcasts = Vec::new();
        if incoming && self.event(thread).status == ConversationStatus::Resolved {
            broadcasts.extend(self.set_status(thread, ConversationStatus::Open));
        }
        let first = incoming && self.of(message.conversation_id).next().is_none();
        broadcasts.push(Broadcast {
            contact,
            event: CableEvent::MessageCreated(message.clone()),
        });
        self.messages.insert((message.created_at, message.id), message);
        if first && self.greets {
            let id = self.draw_id();
            let greeting = Message {
                message_type: MessageType::Template,
                ..Self::blank(id, thread, "welcome", now)
            };
            broadcasts.extend(self.add(thread, greeting, now));
        }
        broadcasts
    }

    pub(super) fn set_status(&mut self, thread: usize, status: ConversationStatus) -> Vec<Broadcast> {
        let Some(known) = self.threads.get_mut(thread) else {
            return Vec::new();
        };
        known.status = status;
        let contact = known.contact;
        let event = self.event(thread);
        [
            CableEvent::StatusChanged(event.clone()),
            CableEvent::ConversationUpdated(event),
        ]
        .map(|event| Broadcast { contact, event })
        .into()
    }

    pub(super) fn mark_seen(&mut self, thread: usize, now: u64) -> Vec<Broadcast> {
        let Some(known) = self.threads.get_mut(thread) else {
            return Vec::new();
        };
        known.contact_seen = seconds(now);
        let (contact, id) = (known.contact, conversation_id(thread));
        let mut broadcasts = Vec::new();
        for message in self.messages.values_mut() {
            let unread = message.conversation_id == id
                && message.message_type == MessageType::Outgoing
                && message.status == Some(MessageStatus::Sent);
            if unread {
                message.status = Some(MessageStatus::Read);
                message.updated_at = Some(stamp(now));
                let event = CableEvent::MessageUpdated(Message {
                    echo_id: None,
                    ..message.clone()
                });
                broadcasts.push(Broadcast { contact, event });
            }
        }
        broadcasts
    }

    /// An agent writes.
    pub(crate) fn agent_writes(&mut self, thread: usize, text: &str, now: u64) -> Vec<Broadcast> {
        let id = self.draw_id();
        let attachment = picture(id);
        let message = Message {
            sender: Some(agent()),
            attachments: (id.0 % 5 == 0).then_some(attachment).into_iter().collect(),
            ..Self::blank(id, thread, text, now)
        };
        if let Some(known) = self.threads.get_mut(thread) {
            known.agent_seen = seconds(now);
        }
        self.add(thread, message, now)
    }

    /// Another client of the same contact writes.
    pub(crate) fn other_client_writes(&mut self, thread: usize, text: &str, now: u64) -> Vec<Broadcast> {
        let id = self.draw_id();
        let message = Message {
            message_type: MessageType::Incoming,
            echo_id: Some(EchoId::new(format!("other-{id}"))),
            ..Self::blank(id, thread, text, now)
        };
        self.add(thread, message, now)
    }

    /// A message is changed, or deleted.
    pub(crate) fn agent_changes(&mut self, nth: usize, deletes: bool, now: u64) -> Vec<Broadcast> {
        // What a contact wrote is left alone: a text changed within the seconds in which its sending is unclear cannot be
        // told from another one.
        let theirs = |message: &&mut Message| message.message_type != MessageType::Incoming;
        let Some(message) = self.messages.values_mut().rev().filter(theirs).nth(nth) else {
            return Vec::new();
        };
        if message.content_attributes.deleted {
            return Vec::new();
        }
        let old = message.content.clone().unwrap_or_default();
        message.content = Some(if deletes {
            "This message was deleted".to_owned()
        } else {
            format!("{old}+")
        });
        message.content_attributes.deleted = deletes;
        message.content_attributes.submitted_email = Some(format!("{old}@example.com"));
        for attachment in &mut message.attachments {
            attachment.width = Some(attachment.width.unwrap_or_default().saturating_add(100));
        }
        message.updated_at = Some(stamp(now));
        let event = CableEvent::MessageUpdated(Message {
            echo_id: None,
            ..message.clone()
        });
        let thread = usize::try_from(message.conversation_id.0.saturating_sub(1)).unwrap_or_default();
        let contact = self.threads.get(thread).map_or(0, |known| known.contact);
        vec![Broadcast { contact, event }]
    }

    /// An agent begins or ends typing.
    pub(crate) fn agent_types(&self, thread: usize, on: bool) -> Vec<Broadcast> {
        let Some(known) = self.threads.get(thread) else {
            return Vec::new();
        };
        let event = TypingEvent {
            conversation: conversation_id(thread),
            user: Some(agent()),
            is_private: false,
        };
        let event = if on {
            CableEvent::TypingOn(event)
        } else {
            CableEvent::TypingOff(event)
        };
        vec![Broadcast {
            contact: known.contact,
            event,
        }]
    }

    /// An agent deletes a conversation, or all of a contact's; which ones.
    pub(crate) fn delete(&mut self, thread: usize, with_contact: bool) -> Vec<ConversationId> {
        let contact = self.threads.get(thread).map_or(usize::MAX, |known| known.contact);
        let mut deleted = Vec::new();
        for (index, known) in self.threads.iter_mut().enumerate() {
            if index == thread || with_contact && known.contact == contact {
                known.gone = true;
                deleted.push(conversation_id(index));
            }
        }
        if let Some(contact) = self.contacts.get_mut(contact) {
            contact.gone |= with_contact;
        }
        self.messages
            .retain(|_, message| !deleted.contains(&message.conversation_id));
        deleted
    }

    /// The inbox is deleted with everything; which conversations.
    pub(crate) fn delete_inbox(&mut self) -> Vec<ConversationId> {
        self.gone = true;
        self.messages.clear();
        self.contacts.clear();
        (0..self.threads.len()).map(conversation_id).collect()
    }

    /// Whether the inbox was deleted.
    pub(crate) const fn is_gone(&self) -> bool {
        self.gone
    }

    /// The place of a conversation.
    pub(crate) fn thread(id: ConversationId) -> Option<usize> {
        usize::try_from(id.0.saturating_sub(1)).ok()
    }

    /// The conversations of a contact that are there.
    pub(crate) fn conversations_of(&self, source_id: &SourceId) -> Vec<Conversation> {
        let is_theirs = |thread: &Thread| {
            let contact = self.contacts.get(thread.contact);
            !thread.gone && contact.is_some_and(|contact| contact.source_id == *source_id)
        };
        let there = self.threads.iter().enumerate();
        let there = there.filter(|(_, thread)| is_theirs(thread));
        there.map(|(thread, _)| self.conversation(thread)).collect()
    }

    /// Whether this conversation can be written to.
    pub(crate) fn is_there(&self, thread: usize) -> bool {
        !self.gone && self.threads.get(thread).is_some_and(|known| !known.gone)
    }

    /// The contact of a conversation becomes one with another, under the other's number.
    pub(crate) fn merge(&mut self, thread: usize) {
        let contact = self.threads.get(thread).map(|known| known.contact);
        if let Some(contact) = contact.and_then(|contact| self.contacts.get_mut(contact)) {
            contact.id = contact.id.saturating_add(1_000);
        }
    }

    /// An agent ends the conversation.
    pub(crate) fn agent_resolves(&mut self, thread: usize) -> Vec<Broadcast> {
        self.set_status(thread, ConversationStatus::Resolved)
    }
}
