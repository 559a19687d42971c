//! Chatwoot in memory: its rules without its weaknesses, which are the world's to add.
//!
//! What it holds to: a contact is found again by its `source_id`, a conversation and a message are made
//! anew by each request; pages of twenty go back with `before`; times are whole seconds; `echo_id`, `status` and
//! `updated_at` are in events alone.

mod desk;

use std::collections::BTreeMap;

use confab_protocol::{
    AgentId, Availability, BodyKind, CableEvent, ContactId, ContactRow, ContactSession, Conversation,
    ConversationEvent, ConversationId, ConversationStatus, ErrorText, Identifier, Inbox, InboxId, Message,
    MessageId, MessageType, PubsubToken, Reply, Request, Sender, SenderKind, SourceId, UnixSeconds,
};
use confab_session::Failure;

/// Messages on a page.
const PAGE: usize = 20;
/// The second at which every schedule begins.
pub(crate) const EPOCH: u64 = 1_767_225_600;
const INBOX: InboxId = InboxId(3);

/// A broadcast to the sockets of one contact.
#[derive(Clone, Debug)]
pub(crate) struct Broadcast {
    pub(crate) contact: usize,
    pub(crate) event: CableEvent,
}

#[derive(Clone, Debug)]
struct Contact {
    source_id: SourceId,
    token: PubsubToken,
    id: i64,
    gone: bool,
}

#[derive(Clone, Debug)]
struct Thread {
    contact: usize,
    status: ConversationStatus,
    contact_seen: UnixSeconds,
    agent_seen: UnixSeconds,
    gone: bool,
}

/// Contacts, conversations and messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    contacts: Vec<Contact>,
    threads: Vec<Thread>,
    messages: BTreeMap<(UnixSeconds, MessageId), Message>,
    last_message: i64,
    /// The inbox was deleted.
    gone: bool,
    greets: bool,
}

/// What the server answers, and what it broadcasts for it.
pub(crate) type Outcome = (Result<Reply, Failure>, Vec<Broadcast>);

pub(crate) fn refused(status: u16, kind: BodyKind, words: &str) -> Failure {
    let message = (!words.is_empty()).then(|| words.to_owned());
    let text = ErrorText {
        message,
        ..ErrorText::default()
    };
    Failure::Refused { status, kind, text }
}

fn not_found() -> Outcome {
    (Err(refused(404, BodyKind::Json, "Not Found")), Vec::new())
}

fn seconds(now: u64) -> UnixSeconds {
    UnixSeconds(i64::try_from(EPOCH.saturating_add(now / 1_000)).unwrap_or_default())
}

/// As a page or an answer has it.
fn in_rest(message: &Message) -> Message {
    Message {
        echo_id: None,
        status: None,
        updated_at: None,
        ..message.clone()
    }
}

fn stamp(now: u64) -> String {
    format!("{:020}.{:03}", EPOCH.saturating_add(now / 1_000), now % 1_000)
}

fn agent() -> Sender {
    Sender {
        id: Some(2),
        kind: SenderKind::Agent,
        name: Some("Ada".to_owned()),
        avatar_url: None,
    }
}

fn contact_sender() -> Sender {
    Sender {
        id: Some(41),
        kind: SenderKind::Contact,
        ..Sender::default()
    }
}

/// Whether a request changes something.
pub(crate) const fn writes(request: &Request) -> bool {
    matches!(
        request,
        Request::CreateContact { .. }
            | Request::UpdateContact { .. }
            | Request::CreateConversation { .. }
            | Request::ResolveConversation { .. }
            | Request::SetTyping { .. }
            | Request::UpdateLastSeen { .. }
            | Request::SendMessage { .. }
    )
}

impl Server {
    /// An empty one, whose inbox greets or does not.
    pub(crate) fn greeting(greets: bool) -> Self {
        Self {
            greets,
            ..Self::default()
        }
    }

    /// What a sign of life is answered with.
    pub(crate) fn presence(contact: usize) -> Vec<Broadcast> {
        let online = (AgentId(2), Availability::Online);
        let event = CableEvent::Presence(std::iter::once(online).collect());
        vec![Broadcast { contact, event }]
    }

    /// Draws the number of a message to be.
    pub(crate) fn draw_id(&mut self) -> MessageId {
        self.last_message = self.last_message.saturating_add(1);
        MessageId(self.last_message)
    }

    /// Does what a request asks. `id`: the number drawn for its message when the work began.
    pub(crate) fn perform(&mut self, request: &Request, id: Option<MessageId>, now: u64) -> Outcome {
        match request {
            _ if self.gone => not_found(),
            Request::ShowInbox => (Ok(Reply::Inbox(inbox())), Vec::new()),
            Request::CreateContact { source_id, .. } => (Ok(self.create_contact(source_id)), Vec::new()),
            Request::ShowContact { source_id } => self.with_contact(source_id, |server, contact| {
                (Ok(server.contact(contact)), Vec::new())
            }),
            Request::UpdateContact { source_id, .. } => self.with_contact(source_id, |server, contact| {
                let id = server.contact_id(contact);
                (Ok(Reply::UpdatedContact(ContactRow { id })), Vec::new())
            }),
            Request::ListConversations { source_id } => self.with_contact(source_id, |server, contact| {
                (Ok(server.conversations(contact)), Vec::new())
            }),
            Request::CreateConversation { source_id, .. } => {
                self.with_contact(source_id, Self::create_conversation)
            }
            _ => self.perform_within(request, id, now),
        }
    }

    /// Does what a request about one conversation asks.
    fn perform_within(&mut self, request: &Request, id: Option<MessageId>, now: u64) -> Outcome {
        let shown = |server: &Self, thread| Ok(Reply::Conversation(server.conversation(thread)));
        match request {
            Request::ShowConversation {
                source_id,
                conversation,
            } => self.with_thread(source_id, *conversation, |server, thread| {
                (shown(server, thread), Vec::new())
            }),
            Request::ResolveConversation {
                source_id,
                conversation,
            } => self.with_thread(source_id, *conversation, |server, thread| {
                let broadcasts = server.set_status(thread, ConversationStatus::Resolved);
                (shown(server, thread), broadcasts)
            }),
            Request::SetTyping {
                source_id,
                conversation,
                ..
            } => self.with_thread(source_id, *conversation, |_, _| (Ok(Reply::Done), Vec::new())),
            Request::UpdateLastSeen {
                source_id,
                conversation,
            } => self.with_thread(source_id, *conversation, |server, thread| {
                (Ok(Reply::Done), server.mark_seen(thread, now))
            }),
            Request::ListMessages {
                source_id,
                conversation,
                before,
            } => self.with_thread(source_id, *conversation, |server, thread| {
                (Ok(Reply::Messages(server.page(thread, *before))), Vec::new())
            }),
            Request::SendMessage {
                source_id,
                conversation,
                content,
                echo_id,
            } => {
                let id = id.unwrap_or_else(|| self.draw_id());
                self.with_thread(source_id, *conversation, |server, thread| {
                    let message = Message {
                        message_type: MessageType::Incoming,
                        echo_id: Some(echo_id.clone()),
                        sender: Some(contact_sender()),
                        ..Self::blank(id, thread, content, now)
                    };
                    let answer = Reply::Message(in_rest(&message));
                    (Ok(answer), server.add(thread, message, now))
                })
            }
            _ => not_found(),
        }
    }

    fn with_contact(
        &mut self,
        source_id: &SourceId,
        act: impl FnOnce(&mut Self, usize) -> Outcome,
    ) -> Outcome {
        match self
            .contacts
            .iter()
            .position(|contact| contact.source_id == *source_id && !contact.gone)
        {
            Some(contact) => act(self, contact),
            None => not_found(),
        }
    }

    fn with_thread(
        &mut self,
        source_id: &SourceId,
        id: ConversationId,
        act: impl FnOnce(&mut Self, usize) -> Outcome,
    ) -> Outcome {
        self.with_contact(source_id, |server, contact| {
            let thread = usize::try_from(id.0.saturating_sub(1)).unwrap_or(usize::MAX);
            match server
                .threads
                .get(thread)
                .filter(|known| known.contact == contact && !known.gone)
            {
                Some(_) => act(server, thread),
                None => not_found(),
            }
        })
    }

    fn create_contact(&mut self, source_id: &SourceId) -> Reply {
        let known = self
            .contacts
            .iter()
            .position(|contact| contact.source_id == *source_id && !contact.gone);
        let contact = known.unwrap_or_else(|| {
            let token = PubsubToken::new(format!("token-{}", self.contacts.len()));
            self.contacts.push(Contact {
                source_id: source_id.clone(),
                token,
                id: i64::try_from(self.contacts.len()).unwrap_or_default(),
                gone: false,
            });
            self.contacts.len().saturating_sub(1)
        });
        self.contact(contact)
    }

    fn contact(&self, contact: usize) -> Reply {
        let (source_id, pubsub_token) = self.contacts.get(contact).map_or_else(
            || (SourceId::new(""), PubsubToken::new("")),
            |known| (known.source_id.clone(), known.token.clone()),
        );
        let id = Some(self.contact_id(contact));
        Reply::Contact(ContactSession {
            source_id,
            pubsub_token,
            id,
            name: None,
            email: None,
            phone_number: None,
        })
    }

    /// Whose stream a subscription asks for.
    pub(crate) fn subscriber(&self, identifier: &Identifier) -> Option<usize> {
        self.contacts
            .iter()
            .position(|contact| !contact.gone && Identifier::room(&contact.token) == *identifier)
    }

    fn create_conversation(&mut self, contact: usize) -> Outcome {
        self.threads.push(Thread {
            contact,
            status: ConversationStatus::Open,
            contact_seen: UnixSeconds(0),
            agent_seen: UnixSeconds(0),
            gone: false,
        });
        let thread = self.threads.len().saturating_sub(1);
        let event = CableEvent::ConversationCreated(self.event(thread));
        (
            Ok(Reply::Conversation(self.conversation(thread))),
            vec![Broadcast { contact, event }],
        )
    }

    fn contact_id(&self, contact: usize) -> ContactId {
        ContactId(
            self.contacts
                .get(contact)
                .map_or(0, |known| known.id)
                .saturating_add(41),
        )
    }

    fn conversations(&self, contact: usize) -> Reply {
        let mine = |(_, thread): &(usize, &Thread)| thread.contact == contact && !thread.gone;
        let all = self.threads.iter().enumerate().filter(mine);
        Reply::Conversations(all.map(|(thread, _)| self.conversation(thread)).collect())
    }

    fn conversation(&self, thread: usize) -> Conversation {
        let event = self.event(thread);
        Conversation {
            id: event.id,
            uuid: None,
            inbox_id: event.inbox_id,
            status: event.status,
            contact_last_seen_at: event.contact_last_seen_at,
            agent_last_seen_at: event.agent_last_seen_at,
            messages: self.of(event.id).map(in_rest).collect(),
        }
    }

    fn event(&self, thread: usize) -> ConversationEvent {
        let known = self.threads.get(thread);
        ConversationEvent {
            id: conversation_id(thread),
            inbox_id: Some(INBOX),
            status: known.map_or(ConversationStatus::Open, |known| known.status.clone()),
            agent_last_seen_at: known.map_or(UnixSeconds(0), |known| known.agent_seen),
            contact_last_seen_at: known.map_or(UnixSeconds(0), |known| known.contact_seen),
            assignee: None,
        }
    }

    /// The messages of a conversation in the order shown.
    pub(crate) fn of(&self, id: ConversationId) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages
            .values()
            .filter(move |message| message.conversation_id == id)
    }

    pub(crate) fn conversations_made(&self) -> usize {
        self.threads.len()
    }

    fn page(&self, thread: usize, before: Option<MessageId>) -> Vec<Message> {
        let older = |message: &&Message| before.is_none_or(|before| message.id < before);
        let newest = self.of(conversation_id(thread)).rev().filter(older).take(PAGE);
        let mut page: Vec<Message> = newest.map(in_rest).collect();
        page.reverse();
        page
    }
}

fn conversation_id(thread: usize) -> ConversationId {
    ConversationId(i64::try_from(thread).unwrap_or_default().saturating_add(1))
}

fn inbox() -> Inbox {
    Inbox {
        name: Some("Web".to_owned()),
        identity_validation_enabled: false,
        timezone: None,
        working_hours_enabled: false,
        working_hours: Vec::new(),
        csat_survey_enabled: false,
        greeting_enabled: false,
    }
}
