//! Builders for tests: the shortest way to a value in which only what matters is said.

use confab_protocol::request::BodyKind;
use confab_protocol::{
    ContentAttributes, ContentType, ConversationId, ErrorText, Message, MessageId, MessageType, Sender,
    SenderKind, UnixSeconds,
};

use crate::event::Failure;
use crate::record::{Attempt, OutgoingKey, OutgoingRecord, RECORD_VERSION};
use crate::time::UnixMillis;

pub(crate) fn key(key: &str) -> OutgoingKey {
    OutgoingKey(key.to_owned())
}

pub(crate) fn row(name: &str, sequence: u64, text: &str) -> OutgoingRecord {
    OutgoingRecord {
        version: RECORD_VERSION,
        key: key(name),
        sequence,
        text: text.to_owned(),
        submitted_at: UnixMillis(0),
        rounds: 0,
        attempt: None,
        failed: None,
        wait_until: None,
    }
}

pub(crate) fn attempted(name: &str, sequence: u64, text: &str, newest_known: Option<i64>) -> OutgoingRecord {
    let attempt = Some(Attempt {
        newest_known: newest_known.map(MessageId),
        patience: 0,
    });
    OutgoingRecord {
        attempt,
        ..row(name, sequence, text)
    }
}

pub(crate) fn from_contact(id: i64, text: &str) -> Message {
    Message {
        id: MessageId(id),
        conversation_id: ConversationId(7),
        message_type: MessageType::Incoming,
        content: Some(text.to_owned()),
        content_type: ContentType::Text,
        content_attributes: ContentAttributes::default(),
        created_at: UnixSeconds(1_767_323_000 + id),
        updated_at: None,
        status: None,
        private: false,
        echo_id: None,
        attachments: Vec::new(),
        sender: None,
    }
}

pub(crate) fn agent() -> Sender {
    Sender {
        id: Some(2),
        kind: SenderKind::Agent,
        name: Some("Ada".to_owned()),
        avatar_url: None,
    }
}

pub(crate) fn from_agent(id: i64, text: &str) -> Message {
    Message {
        message_type: MessageType::Outgoing,
        sender: Some(agent()),
        ..from_contact(id, text)
    }
}

pub(crate) fn edited(id: i64, text: &str, updated_at: &str) -> Message {
    Message {
        updated_at: Some(updated_at.to_owned()),
        ..from_agent(id, text)
    }
}

pub(crate) fn refused(status: u16, kind: BodyKind) -> Failure {
    Failure::Refused {
        status,
        kind,
        text: ErrorText::default(),
    }
}

pub(crate) fn refused_with(status: u16, words: &str) -> Failure {
    let text = ErrorText {
        message: Some(words.to_owned()),
        ..ErrorText::default()
    };
    Failure::Refused {
        status,
        kind: BodyKind::Json,
        text,
    }
}
