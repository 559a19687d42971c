//! Examples: a request of each kind, and documents as a server writes them.

use confab_protocol::{
    Body, ConversationId, EchoId, ExternalId, HttpRequest, IdentifierHash, Identity, InboxIdentifier,
    MessageId, Profile, Reply, Request, SourceId, Submitted,
};
use serde_json::{Value as Json, json};

/// What every secret of these examples holds.
pub const SECRET: &str = "OPENSESAME";

pub fn source_id() -> SourceId {
    SourceId::new(format!("a.{SECRET}/1"))
}

pub fn identity() -> Identity {
    Identity {
        identifier: ExternalId::new("user-7"),
        identifier_hash: Some(IdentifierHash::new(format!("h{SECRET}"))),
    }
}

pub fn profile() -> Profile {
    let attributes = [
        ("plan".to_owned(), confab_protocol::Json::from("pro")),
        ("seats".to_owned(), r#"{"used":1.5}"#.parse().unwrap()),
    ];
    Profile {
        name: Some("Ada \"A\" Byron".to_owned()),
        email: Some("ada@example.org".to_owned()),
        phone_number: None,
        avatar_url: None,
        custom_attributes: attributes.into(),
    }
}

/// One request of every kind.
pub fn requests() -> Vec<Request> {
    let conversation = ConversationId(7);
    let message = MessageId(901);
    let uuid = "0d7e".to_owned();
    vec![
        Request::ShowInbox,
        Request::ProbeInbox,
        Request::CreateContact {
            source_id: source_id(),
            identity: Some(identity()),
            profile: profile(),
        },
        Request::ShowContact {
            source_id: source_id(),
        },
        Request::UpdateContact {
            source_id: source_id(),
            identity: Some(identity()),
            profile: profile(),
        },
        Request::ListConversations {
            source_id: source_id(),
        },
        Request::CreateConversation {
            source_id: source_id(),
            custom_attributes: Vec::new(),
        },
        Request::ShowConversation {
            source_id: source_id(),
            conversation,
        },
        Request::ResolveConversation {
            source_id: source_id(),
            conversation,
        },
        Request::SetTyping {
            source_id: source_id(),
            conversation,
            on: true,
        },
        Request::UpdateLastSeen {
            source_id: source_id(),
            conversation,
        },
        Request::ListMessages {
            source_id: source_id(),
            conversation,
            before: Some(message),
        },
        Request::SendMessage {
            source_id: source_id(),
            conversation,
            content: "hi".to_owned(),
            echo_id: EchoId::new("e-1"),
        },
        Request::SubmitValues {
            source_id: source_id(),
            conversation,
            message,
            values: csat(),
        },
        Request::ShowSurvey { uuid: uuid.clone() },
        Request::AnswerSurvey {
            uuid,
            rating: 5,
            feedback: None,
        },
    ]
}

pub fn csat() -> Submitted {
    Submitted::Csat {
        rating: Some(4),
        feedback: Some("ok".to_owned()),
    }
}

pub fn http(request: &Request) -> HttpRequest {
    request.to_http(&InboxIdentifier::new("Ab12"))
}

pub fn session() -> Json {
    json!({"source_id": "s-1", "pubsub_token": "t-1", "id": 41, "name": "Ada", "email": null, "phone_number": null})
}

/// Reads the answer of a success.
pub fn read(request: &Request, body: &Json) -> Reply {
    request
        .read(200, "application/json; charset=utf-8", &body.to_string())
        .unwrap()
}

/// The JSON that a request sends along.
pub fn body(request: &Request) -> Json {
    match http(request).body {
        Body::Json(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// A message with everything that an event's message may have.
pub fn message() -> Json {
    json!({
        "id": 901, "content": "hello", "account_id": 1, "inbox_id": 3, "conversation_id": 7, "message_type": 1,
        "created_at": 1_767_323_045, "updated_at": "2026-01-02T03:04:05.678Z", "private": false, "status": "sent",
        "content_type": "form", "echo_id": "e-1",
        "content_attributes": {
            "deleted": false, "in_reply_to": 900, "button_label": "Send", "external_error": null,
            "items": [{
                "title": "T", "value": "v", "name": "n", "type": "select", "required": true,
                "options": [{"label": "L", "value": "l"}],
                "actions": [{"type": "link", "text": "Open", "uri": "https://shop.example/"}],
            }],
            "submitted_values": [{"name": "n", "value": "l"}],
        },
        "attachments": [{
            "id": 5, "message_id": 901, "file_type": "image", "data_url": "https://chat.example/a.png", "thumb_url": "",
            "file_size": 68, "width": 1, "height": 1, "coordinates_lat": 52.5, "coordinates_long": 13,
        }],
        "sender": {"id": 2, "name": "Rowan Agent", "available_name": "Rowan", "avatar_url": "", "type": "user"},
    })
}

pub fn conversation() -> Json {
    json!({
        "id": 7, "uuid": "0d7e", "inbox_id": 3, "contact_last_seen_at": 0, "status": "open",
        "agent_last_seen_at": 1_767_323_045, "messages": [message()], "contact": {"id": 41},
    })
}

pub fn inbox() -> Json {
    json!({
        "identifier": "Ab12", "identity_validation_enabled": false, "name": "Web API", "timezone": "UTC",
        "working_hours": [
            {"day_of_week": 0, "closed_all_day": true, "open_hour": null, "open_minutes": null, "close_hour": null,
             "close_minutes": null, "open_all_day": false},
            {"day_of_week": 1, "closed_all_day": false, "open_hour": 9, "open_minutes": 0, "close_hour": 17,
             "close_minutes": 30, "open_all_day": false},
        ],
        "working_hours_enabled": true, "csat_survey_enabled": false, "greeting_enabled": true,
    })
}

/// The data of a conversation event.
pub fn conversation_event() -> Json {
    json!({
        "id": 7, "inbox_id": 3, "status": "resolved", "agent_last_seen_at": 5, "contact_last_seen_at": 0,
        "contact_inbox": {"source_id": format!("s{SECRET}"), "pubsub_token": format!("t{SECRET}")},
        "meta": {"sender": {"id": 41}, "assignee": {"id": 2, "name": "Rowan", "type": "user"}}, "messages": [message()],
    })
}

pub fn typing() -> Json {
    json!({"conversation": conversation_event(), "user": {"id": 2, "name": "Rowan", "type": "user"}, "is_private": false})
}

/// A frame with an event.
pub fn frame(event: &str, data: &Json) -> Json {
    let identifier = format!(r#"{{"channel":"RoomChannel","pubsub_token":"t{SECRET}"}}"#);
    json!({"identifier": identifier, "message": {"event": event, "data": data}})
}

/// A frame of every event that a contact can hear.
pub fn frames() -> Vec<Json> {
    vec![
        frame("message.created", &message()),
        frame("message.updated", &message()),
        frame("conversation.created", &conversation_event()),
        frame("conversation.updated", &conversation_event()),
        frame("conversation.status_changed", &conversation_event()),
        frame("conversation.typing_on", &typing()),
        frame("conversation.typing_off", &typing()),
        frame(
            "presence.update",
            &json!({"account_id": 1, "users": {"2": "online", "5": "busy"}}),
        ),
    ]
}

/// The places of all values but the whole.
pub fn pointers(document: &Json) -> Vec<String> {
    let children: Vec<(String, &Json)> = match document {
        Json::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    let below = |(step, value): (String, &Json)| {
        let inner = pointers(value)
            .into_iter()
            .map(|rest| format!("/{step}{rest}"))
            .collect::<Vec<_>>();
        [vec![format!("/{step}")], inner].concat()
    };
    children.into_iter().flat_map(below).collect()
}
