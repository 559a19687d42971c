//! Messages as the server has them.

use super::attachment::AttachmentDraft;
use super::{Attachment, ContentAttributes, Sender};
use crate::id::{ConversationId, EchoId, MessageId, UnixSeconds};
use crate::lenient::{Draft, Missing, Slot, Taker, deserialize_by_draft};
use crate::time::iso_seconds;

/// A message, from a list, an answer or an event. Lists and answers have no `status`,
/// `updated_at` and `echo_id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The database id.
    pub id: MessageId,
    /// The conversation it is in; in a conversation's own list that one, where the message does not say.
    pub conversation_id: ConversationId,
    /// Where it comes from.
    pub message_type: MessageType,
    /// Markdown; None and blank are possible.
    pub content: Option<String>,
    /// How to show it.
    pub content_type: ContentType,
    /// Choices, forms, answers, marks.
    pub content_attributes: ContentAttributes,
    /// When it was written. Several messages may share a second: order by time and id.
    pub created_at: UnixSeconds,
    /// When it was last changed: ISO 8601 in UTC with milliseconds, so that texts sort as times. Events alone have it.
    pub updated_at: Option<String>,
    /// How far it came. Events alone have it.
    pub status: Option<MessageStatus>,
    /// A note among agents: not for a contact.
    pub private: bool,
    /// The sending client's own name for it; in `message.created` alone.
    pub echo_id: Option<EchoId>,
    /// Files and other things on it, in no fixed order.
    pub attachments: Vec<Attachment>,
    /// Who wrote it; None for templates, automation and deleted agents.
    pub sender: Option<Sender>,
}

impl Message {
    /// True for what must never be shown to a contact: private notes and activity.
    pub fn is_hidden(&self) -> bool {
        self.private || self.message_type == MessageType::Activity
    }
}

/// Where a message comes from: a number in REST and events, a word in callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// From the contact (0).
    Incoming,
    /// From the team (1).
    Outgoing,
    /// A remark about the conversation for agents (2).
    Activity,
    /// A text the server sends by itself: greeting, out of office, survey (3).
    Template,
    /// Of a type not known here.
    Unknown,
}

/// How far a message came. A contact's own stays `Sent` unless the operator's callback failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageStatus {
    /// Stored.
    Sent,
    /// Received by the other side.
    Delivered,
    /// Seen by the other side.
    Read,
    /// Not delivered to the operator's system.
    Failed,
    /// A status not known here, by its name on the wire.
    Unknown(String),
}

/// How a message is to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContentType {
    /// A text. Also where the server says nothing.
    #[default]
    Text,
    /// A question for a line of text; produced by no known server.
    InputText,
    /// A question for more text; produced by no known server.
    InputTextarea,
    /// A question for the e-mail address.
    InputEmail,
    /// Choices, one of which can be answered.
    InputSelect,
    /// Cards with picture and buttons.
    Cards,
    /// A form to fill in.
    Form,
    /// A list of articles.
    Article,
    /// An e-mail (other channels).
    IncomingEmail,
    /// A survey.
    InputCsat,
    /// A call in another product.
    Integrations,
    /// A picture without a bubble.
    Sticker,
    /// A telephone call.
    VoiceCall,
    /// A type not known here, by its name on the wire; shown as text.
    Unknown(String),
}

deserialize_by_draft!(Message: MessageDraft);

/// A message while it is read. What it needs stands beside the rest until it is known to be there.
pub(crate) struct MessageDraft {
    id: Option<i64>,
    conversation_id: Option<i64>,
    message_type: Option<MessageType>,
    created_at: Option<i64>,
    rest: Message,
}

impl Default for MessageDraft {
    fn default() -> Self {
        let rest = Message {
            id: MessageId(0),
            conversation_id: ConversationId(0),
            message_type: MessageType::Unknown,
            content: None,
            content_type: ContentType::Text,
            content_attributes: ContentAttributes::default(),
            created_at: UnixSeconds(0),
            updated_at: None,
            status: None,
            private: false,
            echo_id: None,
            attachments: Vec::new(),
            sender: None,
        };
        Self {
            id: None,
            conversation_id: None,
            message_type: None,
            created_at: None,
            rest,
        }
    }
}

impl Taker for MessageDraft {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "id" => value.put_int(&mut self.id),
            "conversation_id" => value.put_int(&mut self.conversation_id),
            "message_type" => self.message_type = value.text().map(|word| type_from(&word)),
            "created_at" => self.created_at = value.time(),
            "content" => value.put_text(&mut self.rest.content),
            "content_type" => {
                self.rest.content_type = value.filled().map_or(ContentType::Text, content_type_from);
            }
            "content_attributes" => {
                value.read(&mut self.rest.content_attributes);
            }
            "updated_at" => self.rest.updated_at = value.text().filter(|text| iso_seconds(text).is_some()),
            "status" => self.rest.status = value.filled().map(status_from),
            "private" => value.put_truth(&mut self.rest.private),
            "echo_id" => self.rest.echo_id = value.text().map(EchoId::new),
            "attachments" => self.rest.attachments = value.list::<AttachmentDraft>(),
            "sender" => self.rest.sender = value.object::<Sender>(),
            _ => {}
        }
    }
}

impl MessageDraft {
    /// Gives the conversation that lists the message, in case the message itself does not name it.
    pub(crate) fn within(mut self, conversation: ConversationId) -> Self {
        self.conversation_id.get_or_insert(conversation.0);
        self
    }
}

impl Draft for MessageDraft {
    type Whole = Message;

    fn finish(self) -> Result<Message, Missing> {
        let mut message = self.rest;
        message.id = MessageId(self.id.ok_or(Missing("id"))?);
        message.conversation_id = ConversationId(self.conversation_id.ok_or(Missing("conversation_id"))?);
        message.message_type = self.message_type.ok_or(Missing("message_type"))?;
        message.created_at = UnixSeconds(self.created_at.ok_or(Missing("created_at"))?);
        Ok(message)
    }
}

fn type_from(word: &str) -> MessageType {
    match word {
        "0" | "incoming" => MessageType::Incoming,
        "1" | "outgoing" => MessageType::Outgoing,
        "2" | "activity" => MessageType::Activity,
        "3" | "template" => MessageType::Template,
        _ => MessageType::Unknown,
    }
}

fn status_from(word: String) -> MessageStatus {
    match word.as_str() {
        "sent" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "read" => MessageStatus::Read,
        "failed" => MessageStatus::Failed,
        _ => MessageStatus::Unknown(word),
    }
}

fn content_type_from(word: String) -> ContentType {
    match word.as_str() {
        "text" => ContentType::Text,
        "input_text" => ContentType::InputText,
        "input_textarea" => ContentType::InputTextarea,
        "input_email" => ContentType::InputEmail,
        "input_select" => ContentType::InputSelect,
        "cards" => ContentType::Cards,
        "form" => ContentType::Form,
        "article" => ContentType::Article,
        "incoming_email" => ContentType::IncomingEmail,
        "input_csat" => ContentType::InputCsat,
        "integrations" => ContentType::Integrations,
        "sticker" => ContentType::Sticker,
        "voice_call" => ContentType::VoiceCall,
        _ => ContentType::Unknown(word),
    }
}
