//! Contacts, conversations, messages, attachments and senders: one tolerant reading of every version.

mod attachment;
mod attributes;
mod contact;
mod conversation;
mod inbox;
mod message;
mod sender;
mod survey;

pub use attachment::{Attachment, AttachmentKind};
pub use attributes::{Action, Choice, ContentAttributes, Item, Submitted, SubmittedValue};
pub use contact::{ContactRow, ContactSession};
pub use conversation::{Conversation, ConversationStatus};
pub use inbox::{Inbox, WorkingHours};
pub use message::{ContentType, Message, MessageStatus, MessageType};
pub use sender::{Sender, SenderKind};
pub use survey::Survey;

pub(crate) use contact::{RowDraft, SessionDraft};
pub(crate) use conversation::{ConversationDraft, status_from as conversation_status};
pub(crate) use message::MessageDraft;
