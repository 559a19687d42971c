//! A server in the manner of Chatwoot: no idempotency, echo ids that are not stored, pages of twenty.

use std::collections::BTreeMap;

use confab_protocol::{
    CableEvent, ContactId, ContactRow, ContactSession, ContentAttributes, ContentType, ConversationId,
    ConversationStatus, EchoId, Identifier, IdentifierHash, Message, MessageId, MessageStatus, MessageType,
    PubsubToken, Reply, Request, SourceId, UnixSeconds,
};
use confab_session::{Failure, Millis};

pub use super::refusals::{refused, refused_html, refused_with};
use super::shapes::{event, inbox, shape};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It does not reach the server; the browser notices.
    NeverArrives,
    /// It does not reach the server, and nobody notices before the time-out.
    HangsUnapplied,
    /// It is applied, its answer gets lost.
    ReplyLost,
    /// It is applied, yet answered like this.
    AppliedYet(Failure),
    /// It is answered with this status, and applied some milliseconds later all the same.
    AppliedLate { after: u64, status: u16 },
    /// It is refused and not applied.
    Refused(Failure),
    /// The same, after so many milliseconds.
    RefusedAfter(u64, Failure),
    /// It is applied at once, and its answer takes so many milliseconds.
    Slow(u64),
}

pub struct ContactState {
    pub id: ContactId,
    pub token: PubsubToken,
    pub verified: bool,
}

pub struct ConversationState {
    pub source_id: SourceId,
    pub status: ConversationStatus,
    pub agent_seen: i64,
    pub messages: Vec<Message>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a way to be broken")]
#[derive(Default)]
pub struct Server {
    pub(super) contacts: BTreeMap<SourceId, ContactState>,
    pub(super) conversations: BTreeMap<ConversationId, ConversationState>,
    last: i64,
    faults: Vec<(String, Fault)>,
    /// Requests answered with an error that are applied later.
    pub later: Vec<(Millis, Request)>,
    pub is_down: bool,
    /// The job queue stands still: no events.
    pub events_stall: bool,
    /// As 2.7: no inbox route, no typing, no last seen, no show, no toggle.
    pub is_old: bool,
    /// The inbox identifier is not known.
    pub unknown_inbox: bool,
    /// Contacts are gone as soon as they are made.
    pub is_forgetful: bool,
    /// As until 4.6: the list of conversations of a verified session is a 500.
    pub refuses_lists: bool,
    /// The only identifier hash that is accepted; without one, none is asked for.
    pub hash: Option<String>,
}

/// The name of a request's kind, for faults.
fn kind(request: &Request) -> String {
    let debug = format!("{request:?}");
    debug.split([' ', '{']).next().unwrap_or_default().to_owned()
}

type Events = Vec<(PubsubToken, CableEvent)>;

impl Server {
    /// The next request of this kind (a variant's name) goes wrong like this.
    pub fn fail(&mut self, kind: &str, fault: Fault) {
        self.faults.push((kind.to_owned(), fault));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.faults.clear();
        self.is_down = false;
        self.events_stall = false;
    }

    pub fn fault_for(&mut self, request: &Request) -> Option<Fault> {
        if self.is_down {
            return Some(Fault::NeverArrives);
        }
        let kind = kind(request);
        let at = self.faults.iter().position(|(of, _)| *of == kind)?;
        Some(self.faults.remove(at).1)
    }

    pub fn knows_token(&self, identifier: &Identifier) -> bool {
        self.contacts
            .values()
            .any(|contact| Identifier::room(&contact.token) == *identifier)
    }

    pub fn contacts(&self) -> usize {
        self.contacts.len()
    }

    pub fn is_verified(&self) -> bool {
        self.contacts.values().all(|contact| contact.verified)
    }

    pub fn conversations(&self) -> usize {
        self.conversations.len()
    }

    /// The texts the server has from contacts, in order.
    pub fn contact_texts(&self) -> Vec<String> {
        let messages = self.conversations.values().flat_map(|one| &one.messages);
        let own = messages.filter(|message| message.message_type == MessageType::Incoming);
        own.filter_map(|message| message.content.clone()).collect()
    }

    pub fn messages(&self) -> Vec<&Message> {
        self.conversations
            .values()
            .flat_map(|one| &one.messages)
            .collect()
    }

    pub fn texts(&self) -> Vec<String> {
        let messages = self.conversations.values().flat_map(|one| &one.messages);
        messages.filter_map(|message| message.content.clone()).collect()
    }

    /// Another conversation of the first contact.
    pub fn begin_another(&mut self) -> Option<ConversationId> {
        let source_id = self.contacts.keys().next()?.clone();
        self.create_conversation(&source_id, &mut Vec::new()).ok()?;
        self.conversations.keys().next_back().copied()
    }

    /// The conversation in which a message stands.
    pub fn conversation_of(&self, id: MessageId) -> Option<ConversationId> {
        let holds = |state: &ConversationState| state.messages.iter().any(|message| message.id == id);
        let mut all = self.conversations.iter();
        all.find(|(_, state)| holds(state)).map(|(of, _)| *of)
    }

    /// Whether these are the newest messages of a conversation.
    pub fn is_newest_page(&self, page: &[Message]) -> bool {
        let last = page.last().map(|message| message.id);
        self.conversations
            .values()
            .any(|state| state.messages.last().map(|message| message.id) == last)
    }

    /// The contact is deleted, with all it had.
    pub fn forget_contacts(&mut self) {
        self.contacts.clear();
        self.conversations.clear();
    }

    pub(super) fn next_id(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    /// Applies a request and says what is broadcast for it.
    pub fn answer(&mut self, request: &Request, now: i64) -> (Result<Reply, Failure>, Events) {
        let mut events = Vec::new();
        let result = self.answer_with(request, now, &mut events);
        (result, events)
    }

    fn answer_with(&mut self, request: &Request, now: i64, events: &mut Events) -> Result<Reply, Failure> {
        if self.unknown_inbox {
            return Err(refused(404));
        }
        match request {
            Request::ShowInbox if self.is_old => Err(refused(404)),
            Request::ProbeInbox if self.is_old => Err(refused_html(404)),
            Request::ShowInbox => Ok(Reply::Inbox(inbox())),
            Request::ProbeInbox => Err(refused(404)),
            Request::CreateContact {
                source_id, identity, ..
            } => {
                let hash = identity.as_ref().and_then(|one| one.identifier_hash.as_ref());
                self.check_hash(hash.map(IdentifierHash::expose))?;
                let contact = self.create_contact(source_id);
                if self.is_forgetful {
                    self.forget_contacts();
                }
                Ok(Reply::Contact(contact))
            }
            Request::ShowContact { source_id } => {
                let known = self.contacts.contains_key(source_id);
                known
                    .then(|| Reply::Contact(self.create_contact(source_id)))
                    .ok_or(refused(404))
            }
            Request::UpdateContact {
                source_id, identity, ..
            } => {
                let hash = identity.as_ref().and_then(|one| one.identifier_hash.as_ref());
                self.check_hash(hash.map(IdentifierHash::expose))?;
                let contact = self.contacts.get_mut(source_id).ok_or(refused(404))?;
                contact.verified |= hash.is_some();
                Ok(Reply::UpdatedContact(ContactRow { id: contact.id }))
            }
            Request::ListConversations { source_id } => {
                let contact = self.contacts.get(source_id).ok_or(refused(404))?;
                if self.refuses_lists && contact.verified {
                    return Err(refused(500));
                }
                let of = self
                    .conversations
                    .iter()
                    .filter(|(_, one)| one.source_id == *source_id);
                Ok(Reply::Conversations(
                    of.map(|(id, one)| shape(*id, one)).collect(),
                ))
            }
            Request::CreateConversation { source_id, .. } => self.create_conversation(source_id, events),
            _ => self.answer_in_conversation(request, now, events),
        }
    }

    fn check_hash(&self, given: Option<&str>) -> Result<(), Failure> {
        match (&self.hash, given) {
            (Some(right), Some(given)) if right != given => Err(refused(500)),
            (None, Some(_)) => Err(refused(500)),
            _ => Ok(()),
        }
    }

    fn create_contact(&mut self, source_id: &SourceId) -> ContactSession {
        if !self.contacts.contains_key(source_id) {
            let id = self.next_id();
            let token = PubsubToken::new(format!("token-{id}"));
            let contact = ContactState {
                id: ContactId(id),
                token,
                verified: false,
            };
            self.contacts.insert(source_id.clone(), contact);
        }
        let contact = &self.contacts[source_id];
        ContactSession {
            source_id: source_id.clone(),
            pubsub_token: contact.token.clone(),
            id: Some(contact.id),
            name: None,
            email: None,
            phone_number: None,
        }
    }

    fn create_conversation(&mut self, source_id: &SourceId, events: &mut Events) -> Result<Reply, Failure> {
        let token = self.contacts.get(source_id).ok_or(refused(404))?.token.clone();
        let id = ConversationId(self.next_id());
        let state = ConversationState {
            source_id: source_id.clone(),
            status: ConversationStatus::Open,
            agent_seen: 0,
            messages: Vec::new(),
        };
        let conversation = shape(id, &state);
        self.conversations.insert(id, state);
        events.push((
            token,
            CableEvent::ConversationCreated(event(id, &ConversationStatus::Open)),
        ));
        Ok(Reply::Conversation(conversation))
    }

    fn answer_in_conversation(
        &mut self,
        request: &Request,
        now: i64,
        events: &mut Events,
    ) -> Result<Reply, Failure> {
        let (source_id, id) = match request {
            Request::ShowConversation {
                source_id,
                conversation,
            }
            | Request::ResolveConversation {
                source_id,
                conversation,
            }
            | Request::SetTyping {
                source_id,
                conversation,
                ..
            }
            | Request::UpdateLastSeen {
                source_id,
                conversation,
            }
            | Request::ListMessages {
                source_id,
                conversation,
                ..
            }
            | Request::SendMessage {
                source_id,
                conversation,
                ..
            } => (source_id.clone(), *conversation),
            _ => return Err(refused_html(404)),
        };
        let optional = !matches!(
            request,
            Request::ListMessages { .. } | Request::SendMessage { .. }
        );
        if self.is_old && optional {
            return Err(refused_html(404));
        }
        let token = self.contacts.get(&source_id).ok_or(refused(404))?.token.clone();
        if self
            .conversations
            .get(&id)
            .is_none_or(|one| one.source_id != source_id)
        {
            return Err(refused(404));
        }
        if let Request::SendMessage { content, echo_id, .. } = request {
            let message = self.store_message(id, MessageType::Incoming, content, now);
            let echo = Message {
                echo_id: Some(EchoId::new(echo_id.as_str())),
                status: Some(MessageStatus::Sent),
                ..message.clone()
            };
            events.push((token, CableEvent::MessageCreated(echo)));
            return Ok(Reply::Message(message));
        }
        let state = self.conversations.get_mut(&id).ok_or(refused(404))?;
        match request {
            Request::ListMessages { before, .. } => {
                let below = |message: &&Message| before.is_none_or(|before| message.id < before);
                let all: Vec<Message> = state.messages.iter().filter(below).cloned().collect();
                Ok(Reply::Messages(all[all.len().saturating_sub(20)..].to_vec()))
            }
            Request::ResolveConversation { .. } => {
                state.status = ConversationStatus::Resolved;
                events.push((token, CableEvent::StatusChanged(event(id, &state.status))));
                Ok(Reply::Conversation(shape(id, state)))
            }
            Request::ShowConversation { .. } => Ok(Reply::Conversation(shape(id, state))),
            _ => Ok(Reply::Done),
        }
    }

    pub(super) fn store_message(
        &mut self,
        id: ConversationId,
        message_type: MessageType,
        text: &str,
        now: i64,
    ) -> Message {
        let message = Message {
            id: MessageId(self.next_id()),
            conversation_id: id,
            message_type,
            content: Some(text.to_owned()),
            content_type: ContentType::Text,
            content_attributes: ContentAttributes::default(),
            created_at: UnixSeconds(now),
            updated_at: None,
            status: None,
            private: false,
            echo_id: None,
            attachments: Vec::new(),
            sender: None,
        };
        if let Some(state) = self.conversations.get_mut(&id) {
            state.messages.push(message.clone());
        }
        message
    }
}
