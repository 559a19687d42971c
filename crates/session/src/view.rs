//! What to show, as data: no words, no pixels. Instants are worded by the components.

use std::sync::Arc;

use confab_content::markdown::Document;
use confab_protocol::{
    Attachment, ContentAttributes, ContentType, ConversationStatus, MessageId, UnixSeconds,
};

use crate::config::SetupProblem;
use crate::record::OutgoingKey;
use crate::time::{Millis, UnixMillis};

/// Everything a component may ask. Cheap to clone: rows are shared.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub struct View {
    /// Grows with every change of anything below, so that two views need no comparing.
    pub revision: u64,
    /// Whether the store was read; before that only the shell is shown.
    pub ready: bool,
    /// Whether the panel is open.
    pub open: bool,
    /// How the connection is doing, for header and banner.
    pub link: LinkState,
    /// The rows, oldest first; at most 300.
    pub rows: Vec<Arc<Row>>,
    /// What stands above the first row.
    pub older: Older,
    /// Whether newer messages lie below the last row, pushed out of the window by older ones.
    pub newer: bool,
    /// Who is typing, if someone is.
    pub typing: Option<Person>,
    /// Who answered last, for the header.
    pub agent: Option<Person>,
    /// How many agents are there; `None` while unknown.
    pub agents_online: Option<u32>,
    /// The conversation's status, once there is one.
    pub status: Option<ConversationStatus>,
    /// Messages of others that were not on screen yet.
    pub unread: u32,
    /// The first row that was unread when the panel was opened: a divider stands above it.
    pub first_unread: Option<RowKey>,
    /// Text to put into the composer once: what was typed before a reload, or could not be saved.
    pub composition: Option<Composition>,
    /// Something to tell the visitor calmly; the site owner is told the rest.
    pub notice: Option<Notice>,
    /// Whether storage is denied and nothing outlives the page.
    pub memory_only: bool,
    /// The inbox's name, once known.
    pub inbox_name: Option<String>,
}

/// Text that the composer should take over; `revision` grows with each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// The text.
    pub text: String,
    /// Grows with every hand-over, so that the same text can be given twice.
    pub revision: u32,
}

/// How the connection is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Nothing to connect for yet: no contact.
    Idle,
    /// On the way to being live for the first time or again; shown after a moment only.
    Connecting,
    /// Subscribed and resynced.
    Live,
    /// The browser says there is no network.
    Offline,
    /// The last attempts failed; the next comes at this instant of the monotonic clock.
    Waiting {
        /// When the next attempt begins.
        until: Millis,
    },
}

/// What lies above the first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Older {
    /// The beginning of the conversation is shown.
    None,
    /// There is more.
    Available,
    /// It is being fetched.
    Loading,
    /// Fetching failed; the visitor may ask again.
    Failed,
}

/// Something said to the visitor above the composer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The chat is not set up right; the problem itself is the site owner's.
    Unavailable(SetupProblem),
    /// The conversation that the page's address names is none of the visitor's. Gone once something is submitted.
    UnknownConversation,
    /// What stands in the composer is longer than the server takes; nothing of it is cut, and none of it can be sent.
    TooLong,
    /// The server asks to slow down until this instant.
    SlowDown {
        /// When sending goes on.
        until: Millis,
    },
}

/// A row's name for life: it stays when an outgoing message becomes a confirmed one, so its node is never torn down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub u64);

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub key: RowKey,
    /// What it is.
    pub content: RowContent,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum RowContent {
    /// A message, the visitor's or another's, confirmed or outgoing.
    Message(MessageRow),
    /// A new day begins.
    Day {
        /// An instant of that day.
        at: UnixMillis,
    },
    /// Messages are missing here; they load on demand.
    Gap {
        /// Whether they are being fetched.
        loading: bool,
    },
}

/// A message as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// The server's id, once it has one.
    pub message: Option<MessageId>,
    /// Who wrote it.
    pub author: Author,
    /// When, as the server says; for an outgoing message, when it was submitted by the visitor's clock.
    pub at: UnixMillis,
    /// Parsed text; `None` where there is none.
    pub text: Option<Arc<Document>>,
    /// Files, places, cards of people.
    pub attachments: Arc<[Attachment]>,
    /// What kind of message it is.
    pub content_type: ContentType,
    /// Items, answers, reply reference, for the interactive kinds.
    pub attributes: Arc<ContentAttributes>,
    /// First words of the message this one answers, if it is known.
    pub quote: Option<String>,
    /// Deleted by an agent: shown as a placeholder, never with its old text.
    pub deleted: bool,
    /// First, middle or last of neighbouring messages of one author within a few minutes.
    pub place: Place,
    /// The state of the visitor's own message.
    pub delivery: Option<Delivery>,
    /// Whether the delivery is worded below this row: the last own message, and whatever failed or waits.
    pub show_delivery: bool,
}

/// Place in a group of one author's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Alone.
    Single,
    /// Name and time above.
    First,
    /// Between.
    Middle,
    /// The avatar beside.
    Last,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The visitor.
    Contact,
    /// A person of the team.
    Agent(Person),
    /// A program of the team.
    Bot(Person),
    /// Greeting, survey, out-of-office: nobody in particular.
    System,
}

/// A name and a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As shown, without characters that could reorder the line; may be empty.
    pub name: Arc<str>,
    /// Address of a picture.
    pub avatar: Option<Arc<str>>,
}

/// What is known of a message of the visitor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// On its way into the store.
    Saving(OutgoingKey),
    /// Stored; waits for the contact and the conversation to be made, or for more than that.
    Queued {
        /// Its name.
        key: OutgoingKey,
        /// Whether the network is what it waits for.
        waiting_for_network: bool,
        /// Whether one before it, a pause that the server asked for, or a set-up problem holds it up.
        is_held: bool,
    },
    /// A request is under way.
    Sending(OutgoingKey),
    /// A request ended without an answer; whether the server has it is being found out.
    Unconfirmed(OutgoingKey),
    /// It was not sent, and a person decides.
    Failed {
        /// Its name, for Retry and Discard.
        key: OutgoingKey,
        /// The status that it was refused with; `None` when trying went on for too long.
        status: Option<u16>,
        /// The server's words, if any.
        reason: Option<String>,
        /// False: the outcome is still unknown, retrying may double it.
        certain: bool,
    },
    /// The server has it.
    Sent,
    /// An agent has seen it, at the latest at this time.
    Seen {
        /// By the server's clock.
        at: UnixSeconds,
    },
    /// The server has it, but the operator's callback is down: "Not delivered to the team".
    NotDelivered,
}
