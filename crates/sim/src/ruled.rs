//! The reference server's own rules on its own database, in this process: requests are written and answers read as on the
//! wire. One database for each thread; every schedule begins by undoing the one before.

mod desk;

use std::cell::{Cell, RefCell};

use confab_protocol::{
    Body, ContactId, ConversationId, Frame, Identifier, InboxIdentifier, Message, MessageId, Refusal, Reply,
    Request, SourceId,
};
use confab_server::{Call, Room, Told};
use confab_session::Failure;
use serde_json::Value;

use crate::server::{Broadcast, EPOCH, Outcome};

thread_local! {
    /// The database that the last schedule of this thread left.
    static ROOM: RefCell<Option<Room>> = const { RefCell::new(None) };
}

/// A conversation that a request made.
#[derive(Clone, Debug)]
struct Thread {
    id: ConversationId,
    source_id: SourceId,
    gone: bool,
}

/// A message of an agent.
#[derive(Clone, Debug)]
struct Written {
    thread: usize,
    id: MessageId,
    /// It asks for a choice that nobody has made yet.
    asks: bool,
    deleted: bool,
}

/// The rules at work, and what the schedule has to remember of what they did.
pub(crate) struct Ruled {
    /// Taken out when this is dropped.
    room: RefCell<Option<Room>>,
    inbox: InboxIdentifier,
    agent: String,
    account: i64,
    /// The streams of contacts: a contact's number is the place of its stream.
    streams: Vec<String>,
    threads: Vec<Thread>,
    written: Vec<Written>,
    emails: u32,
    gone: bool,
    unread: Vec<String>,
    now: Cell<u64>,
}

impl Drop for Ruled {
    fn drop(&mut self) {
        ROOM.set(self.room.take());
    }
}

/// What came back.
struct Answer {
    status: u16,
    content_type: String,
    body: String,
    told: Vec<Told>,
}

impl Ruled {
    /// The rules on a database as it is when new.
    pub(crate) fn begin(seed: u64, greets: bool) -> Self {
        let mut room = ROOM
            .take()
            .unwrap_or_else(|| Room::open().unwrap_or_else(|error| panic!("no database in memory: {error}")));
        if let Err(error) = room.begin(seed) {
            panic!("the database in memory cannot be undone: {error}");
        }
        let seeds = room.seeds().clone();
        let mut ruled = Self {
            room: RefCell::new(Some(room)),
            inbox: InboxIdentifier::new(seeds.inbox_identifier),
            agent: seeds.admin_token,
            account: seeds.account,
            streams: Vec::new(),
            threads: Vec::new(),
            written: Vec::new(),
            emails: 0,
            gone: false,
            unread: Vec::new(),
            now: Cell::new(0),
        };
        if greets {
            ruled.greet();
        }
        ruled
    }

    fn ask(&self, method: &str, target: &str, body: Option<&str>, token: Option<&str>) -> Answer {
        let call = Call {
            method,
            target,
            body,
            token,
        };
        let now = EPOCH.saturating_mul(1_000).saturating_add(self.now.get());
        let now = i64::try_from(now).unwrap_or_default();
        let mut room = self.room.borrow_mut();
        let answered = room.as_mut().map(|room| room.answer(&call, now));
        let Some(answered) = answered else {
            return Answer {
                status: 0,
                content_type: String::new(),
                body: String::new(),
                told: Vec::new(),
            };
        };
        Answer {
            status: answered.status,
            content_type: answered.content_type,
            body: answered.body,
            told: answered.events,
        }
    }

    /// Asks as a contact does; the answer as the protocol reads it.
    fn ask_as_contact(&self, request: &Request) -> (Result<Reply, Refusal>, Vec<Told>) {
        let http = request.to_http(&self.inbox);
        let body = match &http.body {
            Body::Json(text) => Some(text.as_str()),
            Body::None | Body::Multipart(_) => None,
        };
        let answer = self.ask(http.method.as_str(), &http.path, body, None);
        let reply = request.read(answer.status, &answer.content_type, &answer.body);
        (reply, answer.told)
    }

    /// Does what a request asks.
    pub(crate) fn perform(&mut self, request: &Request, now: u64) -> Outcome {
        self.now.set(now);
        let (reply, told) = self.ask_as_contact(request);
        match (&reply, request) {
            (Ok(Reply::Contact(contact)), _) => {
                self.contact(contact.pubsub_token.expose());
            }
            (Ok(Reply::Conversation(made)), Request::CreateConversation { source_id, .. }) => {
                let (id, source_id) = (made.id, source_id.clone());
                self.threads.push(Thread {
                    id,
                    source_id,
                    gone: false,
                });
            }
            (Err(Refusal::Undecodable(error)), _) => self.unread.push(error.to_string()),
            (
                Err(Refusal::Refused {
                    status: 500..=599, ..
                }),
                _,
            ) => {
                self.unread.push(format!("a 5xx to {request:?}"));
            }
            _ => {}
        }
        (reply.map_err(Failure::from), self.broadcasts(told))
    }

    /// The number of the contact with this stream.
    fn contact(&mut self, stream: &str) -> usize {
        let known = self.streams.iter().position(|known| known == stream);
        known.unwrap_or_else(|| {
            self.streams.push(stream.to_owned());
            self.streams.len().saturating_sub(1)
        })
    }

    /// What contacts hear of it.
    fn broadcasts(&mut self, told: Vec<Told>) -> Vec<Broadcast> {
        let mut broadcasts = Vec::new();
        for told in told {
            let heard = |stream: &String| self.streams.iter().position(|known| known == stream);
            let contacts: Vec<usize> = told.streams.iter().filter_map(heard).collect();
            if contacts.is_empty() {
                continue;
            }
            let text = format!("{{\"identifier\":\"\",\"message\":{}}}", told.message);
            match Frame::read(&text) {
                Ok(Frame::Event { event, .. }) => {
                    let broadcast = |contact| Broadcast {
                        contact,
                        event: event.clone(),
                    };
                    broadcasts.extend(contacts.into_iter().map(broadcast));
                }
                Ok(_) => self.unread.push(text),
                Err(error) => self.unread.push(format!("{error}: {text}")),
            }
        }
        broadcasts
    }

    /// Whose stream a subscription asks for.
    pub(crate) fn subscriber(&mut self, identifier: &Identifier, now: u64) -> Option<usize> {
        self.now.set(now);
        let at = i64::try_from(EPOCH.saturating_mul(1_000).saturating_add(now)).unwrap_or_default();
        let room = self.room.get_mut().as_mut()?;
        let stream = room.subscribe(identifier.expose(), at)?;
        Some(self.contact(&stream))
    }

    /// A sign of life.
    pub(crate) fn presence(&mut self, identifier: &Identifier, now: u64) -> Vec<Broadcast> {
        self.now.set(now);
        let at = i64::try_from(EPOCH.saturating_mul(1_000).saturating_add(now)).unwrap_or_default();
        let room = self.room.get_mut().as_mut();
        let told = room.map(|room| room.presence(identifier.expose(), at));
        self.broadcasts(told.unwrap_or_default())
    }

    /// The messages of a conversation in the order shown, page by page as a contact reads them.
    pub(crate) fn of(&self, id: ConversationId) -> Vec<Message> {
        let Some(thread) = self.threads.iter().find(|thread| thread.id == id) else {
            return Vec::new();
        };
        let mut all: Vec<Message> = Vec::new();
        loop {
            let request = Request::ListMessages {
                source_id: thread.source_id.clone(),
                conversation: id,
                before: all.first().map(|message| message.id),
            };
            match self.ask_as_contact(&request).0 {
                Ok(Reply::Messages(mut page)) if !page.is_empty() => {
                    page.append(&mut all);
                    all = page;
                }
                _ => return all,
            }
        }
    }

    pub(crate) fn conversations_made(&self) -> usize {
        self.threads.len()
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    pub(crate) fn is_there(&self, thread: usize) -> bool {
        !self.gone && self.threads.get(thread).is_some_and(|known| !known.gone)
    }

    pub(crate) fn unread(&self) -> &[String] {
        &self.unread
    }

    /// What a document says at a place.
    fn at(document: &str, pointer: &str) -> Option<Value> {
        let document: Value = serde_json::from_str(document).ok()?;
        document.pointer(pointer).cloned()
    }

    fn id(document: &str, pointer: &str) -> Option<ContactId> {
        Self::at(document, pointer)?.as_i64().map(ContactId)
    }
}
