//! What is met in the recordings: each decoded, compared with its JSON, and counted by kind.

use crate::routes;
use crate::unread::Unread;
use confab_protocol::event::Presence;
use confab_protocol::{
    AttachmentKind, BodyKind, CableEvent, ContactRow, ContactSession, ContentType, Conversation,
    ConversationEvent, ConversationStatus, Frame, Inbox, Message, MessageStatus, MessageType, Refusal, Reply,
    Request, SenderKind, Survey, TypingEvent,
};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// How often each kind was met, and what was not read of it.
#[derive(Default)]
pub struct Met {
    pub counts: BTreeMap<String, usize>,
    pub unread: Unread,
}

impl Met {
    fn count(&mut self, kind: impl Into<String>) {
        *self.counts.entry(kind.into()).or_default() += 1;
    }

    pub fn step(&mut self, step: &Json, place: &str) {
        for arrived in list(&step["arrived"]) {
            // The agent's socket hears more than a contact ever does; callbacks come to the operator.
            if arrived["frame"].is_object() && arrived["socket"] != "agent" {
                self.frame(&arrived["frame"], place);
            }
        }
        let method = step["request"]["method"].as_str().unwrap_or_default();
        let path = step["request"]["path"].as_str().unwrap_or_default();
        let response = &step["response"];
        if response["body"].is_null() || !routes::is_public(path) {
            return;
        }
        if matches!(method, "OPTIONS" | "HEAD") {
            return self.count("marker preflight");
        }
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let request = routes::request(method, path);
        self.answer(&request, status, &response["body"], place);
    }

    pub fn answer(&mut self, request: &Request, status: u16, body: &Json, place: &str) {
        let (content_type, text) = as_sent(body);
        match request.read(status, content_type, &text) {
            Ok(reply) => {
                assert!(
                    (200..300).contains(&status),
                    "{place}: a reply in spite of {status}"
                );
                self.reply(&reply, body, place);
            }
            Err(Refusal::Refused {
                status: refused,
                kind,
                text,
            }) => {
                assert!(
                    !(200..300).contains(&status) && refused == status,
                    "{place}: refused in spite of {status}"
                );
                self.count(format!("refusal {kind:?}"));
                assert_eq!(
                    text.message.is_some(),
                    kind == BodyKind::Json,
                    "{place}: what {body} says"
                );
                let said = body.get("message").or(body.get("error")).and_then(Json::as_str);
                assert_eq!(text.message.as_deref(), said, "{place}");
                assert_eq!(text.attributes.len(), list(&body["attributes"]).len(), "{place}");
            }
            Err(Refusal::Undecodable(error)) => panic!("{place}: {error}: {body}"),
        }
    }

    fn reply(&mut self, reply: &Reply, body: &Json, place: &str) {
        self.count(format!("reply {}", name_of(reply)));
        match reply {
            Reply::Inbox(_) => self.unread.note::<Inbox>("Inbox", body),
            Reply::Contact(_) => self.unread.note::<ContactSession>("ContactSession", body),
            Reply::UpdatedContact(_) => self.unread.note::<ContactRow>("ContactRow", body),
            Reply::Survey(_) => self.unread.note::<Survey>("Survey", body),
            Reply::Done => {}
            Reply::Message(message) => self.message(message, body, place),
            Reply::Messages(messages) => {
                assert_eq!(messages.len(), list(body).len(), "{place}: messages were lost");
                for (message, json) in messages.iter().zip(list(body)) {
                    self.message(message, json, place);
                }
            }
            Reply::Conversation(conversation) => self.conversation(conversation, body, place),
            Reply::Conversations(conversations) => {
                assert_eq!(
                    conversations.len(),
                    list(body).len(),
                    "{place}: conversations were lost"
                );
                for (conversation, json) in conversations.iter().zip(list(body)) {
                    self.conversation(conversation, json, place);
                }
            }
        }
    }

    fn conversation(&mut self, conversation: &Conversation, json: &Json, place: &str) {
        assert!(
            !matches!(conversation.status, ConversationStatus::Unknown(_)),
            "{place}: {:?}",
            conversation.status
        );
        self.count(format!("conversation {:?}", conversation.status));
        self.unread.note::<Conversation>("Conversation", json);
        let shown = |message: &&Json| message["message_type"] != 2 && message["private"] != true;
        let expected: Vec<&Json> = list(&json["messages"]).iter().filter(shown).collect();
        // 2.7 lists notes without saying that they are private, so nobody can leave those out.
        assert_eq!(
            conversation.messages.len(),
            expected.len(),
            "{place}: messages were lost"
        );
        for (message, json) in conversation.messages.iter().zip(expected) {
            self.message(message, json, place);
        }
    }

    fn message(&mut self, message: &Message, json: &Json, place: &str) {
        assert_eq!(Some(message.id.0), json["id"].as_i64(), "{place}");
        assert_eq!(Some(message.created_at.0), json["created_at"].as_i64(), "{place}");
        assert_eq!(message.content.as_deref(), json["content"].as_str(), "{place}");
        assert_eq!(
            message.echo_id.is_some(),
            json.get("echo_id").is_some(),
            "{place}"
        );
        assert_eq!(
            message.updated_at.as_deref(),
            json["updated_at"].as_str(),
            "{place}"
        );
        assert_ne!(message.message_type, MessageType::Unknown, "{place}");
        assert!(
            !matches!(message.content_type, ContentType::Unknown(_)),
            "{place}: {:?}",
            message.content_type
        );
        assert_eq!(
            message.attachments.len(),
            list(&json["attachments"]).len(),
            "{place}: attachments were lost"
        );
        let attributes = &json["content_attributes"];
        assert_eq!(
            message.content_attributes.items.len(),
            list(&attributes["items"]).len(),
            "{place}: items were lost"
        );
        let answered = !attributes["submitted_values"].is_null();
        assert_eq!(
            message.content_attributes.submitted.is_some(),
            answered,
            "{place}: an answer was lost"
        );
        self.count(format!("content type {:?}", message.content_type));
        for attachment in &message.attachments {
            assert!(
                !matches!(attachment.kind, AttachmentKind::Unknown(_)),
                "{place}: {:?}",
                attachment.kind
            );
            self.count(format!("attachment {:?}", attachment.kind));
        }
        if let Some(status) = &message.status {
            assert!(
                !matches!(status, MessageStatus::Unknown(_)),
                "{place}: {status:?}"
            );
            self.count(format!("message {status:?}"));
        }
        match &message.sender {
            Some(sender) => assert_ne!(sender.kind, SenderKind::Unknown, "{place}"),
            None => self.count("sender None"),
        }
        self.unread.note::<Message>("Message", json);
    }

    pub fn frame(&mut self, json: &Json, place: &str) {
        for marker in ["opened", "closed"] {
            if json.get(marker).is_some() {
                return self.count(format!("marker {marker}"));
            }
        }
        let frame = Frame::read(&json.to_string()).unwrap_or_else(|error| panic!("{place}: {error}: {json}"));
        let data = &json["message"]["data"];
        let name = match &frame {
            Frame::Welcome => "Welcome",
            Frame::Ping => "Ping",
            Frame::Confirmed { .. } => "Confirmed",
            Frame::Event { event, identifier } => {
                assert_eq!(Some(identifier.as_str()), json["identifier"].as_str(), "{place}");
                self.event(event, data, place)
            }
            other => panic!("{place}: {other:?}: {json}"),
        };
        self.count(format!("frame {name}"));
        let keys = |value: &Json| {
            value
                .as_object()
                .map(|object| object.keys().cloned().collect::<Vec<_>>())
        };
        let known = ["data", "event", "identifier", "message", "type"];
        for key in [keys(json), keys(&json["message"])]
            .into_iter()
            .flatten()
            .flatten()
        {
            assert!(known.contains(&key.as_str()), "{place}: frames have a key {key}");
        }
    }

    fn event(&mut self, event: &CableEvent, data: &Json, place: &str) -> &'static str {
        match event {
            CableEvent::MessageCreated(message) => {
                self.message(message, data, place);
                "MessageCreated"
            }
            CableEvent::MessageUpdated(message) => {
                self.message(message, data, place);
                "MessageUpdated"
            }
            CableEvent::ConversationCreated(conversation) => {
                self.conversation_event(conversation, data, place);
                "ConversationCreated"
            }
            CableEvent::ConversationUpdated(conversation) => {
                self.conversation_event(conversation, data, place);
                "ConversationUpdated"
            }
            CableEvent::StatusChanged(conversation) => {
                self.conversation_event(conversation, data, place);
                "StatusChanged"
            }
            CableEvent::TypingOn(_) => {
                self.unread.note::<TypingEvent>("TypingEvent", data);
                "TypingOn"
            }
            CableEvent::TypingOff(_) => {
                self.unread.note::<TypingEvent>("TypingEvent", data);
                "TypingOff"
            }
            CableEvent::Presence(users) => {
                assert_eq!(
                    users.len(),
                    data["users"].as_object().map_or(0, serde_json::Map::len),
                    "{place}"
                );
                self.unread.note::<Presence>("Presence", data);
                "Presence"
            }
            CableEvent::Unknown { name } => panic!("{place}: a contact hears {name}"),
        }
    }

    fn conversation_event(&mut self, event: &ConversationEvent, data: &Json, place: &str) {
        assert_eq!(
            event.assignee.is_some(),
            data["meta"]["assignee"].is_object(),
            "{place}"
        );
        assert_eq!(
            Some(event.agent_last_seen_at.0),
            data["agent_last_seen_at"].as_i64(),
            "{place}"
        );
        self.count(format!("conversation {:?}", event.status));
        self.unread.note::<ConversationEvent>("ConversationEvent", data);
    }
}

/// A recorded body as the server sent it. The player writes a marker where it was no JSON.
fn as_sent(body: &Json) -> (&'static str, String) {
    let marker = |name: &str| {
        body.as_object()
            .is_some_and(|object| object.len() == 1 && object.contains_key(name))
    };
    if marker("html") {
        (
            "text/html; charset=utf-8",
            "<!DOCTYPE html><title>A page</title>".to_owned(),
        )
    } else if marker("empty") {
        ("application/json; charset=utf-8", String::new())
    } else if marker("text") {
        ("text/plain", body["text"].as_str().unwrap().to_owned())
    } else if body.get("sha256").is_some() {
        (
            "application/xml; charset=utf-8",
            "<?xml version=\"1.0\"?><hash/>".to_owned(),
        )
    } else {
        ("application/json; charset=utf-8", body.to_string())
    }
}

fn name_of(reply: &Reply) -> &'static str {
    match reply {
        Reply::Inbox(_) => "Inbox",
        Reply::Contact(_) => "Contact",
        Reply::UpdatedContact(_) => "UpdatedContact",
        Reply::Conversations(_) => "Conversations",
        Reply::Conversation(_) => "Conversation",
        Reply::Messages(_) => "Messages",
        Reply::Message(_) => "Message",
        Reply::Survey(_) => "Survey",
        Reply::Done => "Done",
    }
}

/// The items of a list; nothing else has any.
pub fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}
