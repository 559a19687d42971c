//! What the server answers: replies, and refusals in their many shapes.

use super::Request;
use crate::decode::{self, DecodeError};
use crate::lenient::{Slot, Taker, read_text};
use crate::model::{
    ContactRow, ContactSession, Conversation, ConversationDraft, Inbox, Message, MessageDraft, RowDraft,
    SessionDraft, Survey,
};

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::large_enum_variant,
        reason = "one reply at a time: a box would cost more than the room"
    )
)]
pub enum Reply {
    /// The inbox.
    Inbox(Inbox),
    /// The session with its secrets.
    Contact(ContactSession),
    /// The contact after a change, without secrets.
    UpdatedContact(ContactRow),
    /// All conversations, in no order.
    Conversations(Vec<Conversation>),
    /// One conversation.
    Conversation(Conversation),
    /// A page of messages, oldest first. Hidden ones are still in it: old servers list them (see [`Message::is_hidden`]).
    Messages(Vec<Message>),
    /// One message.
    Message(Message),
    /// A conversation's survey.
    Survey(Survey),
    /// It is done; there is nothing to read.
    Done,
}

/// Why there is no reply, though the server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The status is none of 200 to 299.
    Refused {
        /// The status.
        status: u16,
        /// What kind of body came with it: a JSON 404 tells of something unknown, an HTML 404 of an unknown route.
        kind: BodyKind,
        /// What it says.
        text: ErrorText,
    },
    /// The status says success, but the body is not what it should be.
    Undecodable(DecodeError),
}

/// What kind of body an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// JSON.
    Json,
    /// A web page.
    Html,
    /// Any other text.
    Text,
    /// None at all.
    Empty,
}

/// What a refusal says, from any of its three shapes. Words of the server, made for developers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorText {
    /// `message`, else `error`; None unless the body is JSON.
    pub message: Option<String>,
    /// The fields that a 422 complains about.
    pub attributes: Vec<String>,
}

pub(super) fn read(request: &Request, status: u16, content_type: &str, body: &str) -> Result<Reply, Refusal> {
    let kind = kind_of(content_type, body);
    if !(200..=299).contains(&status) {
        return Err(Refusal::Refused {
            status,
            kind,
            text: error_text(kind, body),
        });
    }
    decode(request, kind, body).map_err(Refusal::Undecodable)
}

fn decode(request: &Request, kind: BodyKind, body: &str) -> Result<Reply, DecodeError> {
    let what = match request {
        Request::ShowInbox => "Inbox",
        Request::CreateContact { .. } | Request::ShowContact { .. } => "ContactSession",
        Request::UpdateContact { .. } => "ContactRow",
        Request::ListConversations { .. } => "Conversations",
        Request::CreateConversation { .. }
        | Request::ShowConversation { .. }
        | Request::ResolveConversation { .. } => "Conversation",
        Request::ListMessages { .. } => "Messages",
        Request::SendMessage { .. } | Request::SubmitValues { .. } => "Message",
        Request::ShowSurvey { .. } | Request::AnswerSurvey { .. } => "Survey",
        // Their bodies are empty, though they are called JSON.
        Request::ProbeInbox | Request::SetTyping { .. } | Request::UpdateLastSeen { .. } => {
            return Ok(Reply::Done);
        }
    };
    if kind == BodyKind::Html {
        return Err(DecodeError::html(what));
    }
    Ok(match request {
        Request::ShowInbox => Reply::Inbox(decode::object::<Inbox>(what, body)?),
        Request::CreateContact { .. } | Request::ShowContact { .. } => {
            Reply::Contact(decode::object::<SessionDraft>(what, body)?)
        }
        Request::UpdateContact { .. } => Reply::UpdatedContact(decode::object::<RowDraft>(what, body)?),
        Request::ListConversations { .. } => {
            Reply::Conversations(decode::list::<ConversationDraft>(what, body)?)
        }
        Request::CreateConversation { .. }
        | Request::ShowConversation { .. }
        | Request::ResolveConversation { .. } => {
            Reply::Conversation(decode::object::<ConversationDraft>(what, body)?)
        }
        Request::ListMessages { .. } => Reply::Messages(decode::list::<MessageDraft>(what, body)?),
        Request::SendMessage { .. } | Request::SubmitValues { .. } => {
            Reply::Message(decode::object::<MessageDraft>(what, body)?)
        }
        Request::ShowSurvey { .. } | Request::AnswerSurvey { .. } => {
            Reply::Survey(decode::object::<Survey>(what, body)?)
        }
        Request::ProbeInbox | Request::SetTyping { .. } | Request::UpdateLastSeen { .. } => Reply::Done,
    })
}

fn kind_of(content_type: &str, body: &str) -> BodyKind {
    let mut words = content_type.split(['/', '+', ';', ' ']);
    let start = body.trim_ascii_start().bytes().next();
    match (start, words.nth(1)) {
        (None, _) => BodyKind::Empty,
        // `text/html`, `application/xhtml+xml`.
        (_, Some("html" | "xhtml")) | (Some(b'<'), None) => BodyKind::Html,
        // `application/json`, `application/problem+json`.
        (_, Some("json")) | (Some(b'{' | b'['), None) => BodyKind::Json,
        _ if words.next() == Some("json") => BodyKind::Json,
        _ => BodyKind::Text,
    }
}

fn error_text(kind: BodyKind, body: &str) -> ErrorText {
    let mut taken = ErrorTaken::default();
    if kind != BodyKind::Json || read_text(body, &mut taken).is_err() {
        return ErrorText::default();
    }
    ErrorText {
        message: taken.message.or(taken.error),
        attributes: taken.attributes.0,
    }
}

#[derive(Default)]
struct ErrorTaken {
    message: Option<String>,
    error: Option<String>,
    attributes: Names,
}

impl Taker for ErrorTaken {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "message" => value.put_filled(&mut self.message),
            "error" => value.put_filled(&mut self.error),
            "attributes" => {
                value.read(&mut self.attributes);
            }
            _ => {}
        }
    }
}

#[derive(Default)]
struct Names(Vec<String>);

impl Taker for Names {
    fn item(&mut self, value: &mut dyn Slot) {
        self.0.extend(value.text());
    }
}
