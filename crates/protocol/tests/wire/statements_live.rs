//! The conformance statements about the cable and its events that bind a client, as far as the wire goes.
//! Names begin with the number.

use crate::eg;
use confab_protocol::{
    CableEvent, Command, ConversationId, EchoId, Frame, Identifier, PubsubToken, SUBPROTOCOLS,
};
use serde_json::{Value as Json, json};

fn event(name: &str, data: &Json) -> CableEvent {
    match Frame::read(&eg::frame(name, data).to_string()).unwrap() {
        Frame::Event { event, .. } => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn s80_the_subprotocol_of_action_cable_is_offered_first() {
    assert_eq!(SUBPROTOCOLS, ["actioncable-v1-json", "actioncable-unsupported"]);
    assert_eq!(Frame::read(r#"{"type":"welcome"}"#), Ok(Frame::Welcome));
    assert_eq!(
        Frame::read(r#"{"type":"ping","message":1767323045}"#),
        Ok(Frame::Ping)
    );
}

#[test]
fn s85_the_identifier_is_subscribed_with_and_confirmed_byte_for_byte() {
    let identifier = Identifier::room(&PubsubToken::new("TOKEN"));
    assert_eq!(
        identifier.expose(),
        r#"{"channel":"RoomChannel","pubsub_token":"TOKEN"}"#
    );
    let subscribe = Command::Subscribe(&identifier).to_text();
    let expected =
        r#"{"command":"subscribe","identifier":"{\"channel\":\"RoomChannel\",\"pubsub_token\":\"TOKEN\"}"}"#;
    assert_eq!(subscribe, expected);
    let confirm = json!({"identifier": identifier.expose(), "type": "confirm_subscription"});
    let confirmed = Frame::Confirmed {
        identifier: identifier.expose().to_owned(),
    };
    assert_eq!(Frame::read(&confirm.to_string()), Ok(confirmed));
}

#[test]
fn s90_identifier_and_data_of_a_command_are_texts() {
    let identifier = Identifier::room(&PubsubToken::new("a \"quoted\" token"));
    let room: Json = serde_json::from_str(identifier.expose()).unwrap();
    assert_eq!(room["pubsub_token"], "a \"quoted\" token");
    let unsubscribe: Json = serde_json::from_str(&Command::Unsubscribe(&identifier).to_text()).unwrap();
    assert_eq!(
        unsubscribe,
        json!({"command": "unsubscribe", "identifier": identifier.expose()})
    );
    let presence: Json = serde_json::from_str(&Command::UpdatePresence(&identifier).to_text()).unwrap();
    let data = r#"{"action":"update_presence"}"#;
    assert_eq!(
        presence,
        json!({"command": "message", "identifier": identifier.expose(), "data": data})
    );
}

#[test]
fn s95_a_disconnect_says_whether_to_come_back_and_means_yes_where_it_does_not() {
    let read = |text: &str| match Frame::read(text).unwrap() {
        Frame::Disconnect { reason, reconnect } => (reason, reconnect),
        other => panic!("{other:?}"),
    };
    let restart = r#"{"type":"disconnect","reason":"server_restart","reconnect":true}"#;
    assert_eq!(read(restart), (Some("server_restart".to_owned()), true));
    let refused = r#"{"type":"disconnect","reason":"unauthorized","reconnect":false}"#;
    assert_eq!(read(refused), (Some("unauthorized".to_owned()), false));
    assert_eq!(read(r#"{"type":"disconnect"}"#), (None, true));
    assert_eq!(read(r#"{"type":"disconnect","reconnect":{}}"#), (None, true));
}

#[test]
fn s99_an_echo_brings_its_echo_id() {
    let CableEvent::MessageCreated(message) = event("message.created", &eg::message()) else {
        panic!("no message")
    };
    assert_eq!(message.echo_id, Some(EchoId::new("e-1")));
    assert_eq!(message.updated_at.as_deref(), Some("2026-01-02T03:04:05.678Z"));
}

#[test]
fn s105_typing_in_a_private_note_is_told_as_such_in_both_spellings() {
    for (sent, private) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
    ] {
        let mut data = eg::typing();
        data["is_private"] = sent;
        let CableEvent::TypingOn(typing) = event("conversation.typing_on", &data) else {
            panic!("no typing")
        };
        assert_eq!(
            (typing.conversation, typing.is_private),
            (ConversationId(7), private)
        );
    }
}

#[test]
fn s109_a_deleted_message_is_marked() {
    let mut data = eg::message();
    data["content_attributes"] = json!({"deleted": true});
    let CableEvent::MessageUpdated(message) = event("message.updated", &data) else {
        panic!("no message")
    };
    assert!(message.content_attributes.deleted);
}

#[test]
fn s110_unknown_events_and_keys_are_values() {
    let unknown = CableEvent::Unknown {
        name: "conversation.painted".to_owned(),
    };
    assert_eq!(event("conversation.painted", &json!({"colour": 1})), unknown);
    for text in [
        r#"{"type":"later"}"#,
        "{}",
        "[]",
        "1",
        r#"{"message":{"data":{}}}"#,
    ] {
        assert_eq!(Frame::read(text), Ok(Frame::Unknown), "{text}");
    }
}
