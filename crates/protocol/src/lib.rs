//! The wire of Chatwoot's Client APIs as a client sees it. No IO, no clock.
//!
//! Where to start:
//! 1. [`id`] and [`secret`]: what things are called on the wire, a newtype each.
//! 2. [`model`]: contacts, conversations, messages, attachments, senders as one tolerant reading of every version.
//! 3. [`request`]: every public route as a typed [`Request`], how it is spelled and how its answer reads.
//! 4. [`cable`]: the commands and frames of Action Cable; [`event`]: what a contact can hear on it.
//! 5. [`json`]: any JSON value, for what has no type of ours.
//! 6. `lenient`: how JSON is read that may hold anything anywhere; [`decode`]: what is said when it is not enough.
//!
//! Unknown is a value here, never an error: an unknown content type, event, status or key decodes.

pub mod cable;
pub mod decode;
mod digits;
pub mod event;
pub mod id;
pub mod json;
mod lenient;
pub mod model;
pub mod request;
pub mod secret;
mod time;

pub use cable::{CABLE_PATH, Command, Frame, Identifier, SUBPROTOCOLS};
pub use decode::{DecodeError, FromJson, from_json};
pub use digits::digits;
pub use event::{Availability, CableEvent, ConversationEvent, TypingEvent};
pub use id::{
    AccountId, AgentId, AttachmentId, ContactId, ConversationId, EchoId, ExternalId, InboxId,
    InboxIdentifier, MessageId, UnixSeconds,
};
pub use json::Json;
pub use model::{
    Action, Attachment, AttachmentKind, Choice, ContactRow, ContactSession, ContentAttributes, ContentType,
    Conversation, ConversationStatus, Inbox, Item, Message, MessageStatus, MessageType, Sender, SenderKind,
    Submitted, SubmittedValue, Survey, WorkingHours,
};
pub use request::{
    Body, BodyKind, ErrorText, HttpRequest, Identity, Method, Part, PartContent, Profile, Refusal, Reply,
    Request,
};
pub use secret::{IdentifierHash, PubsubToken, SourceId};
