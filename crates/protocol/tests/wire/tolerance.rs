//! What a client tolerates: only the named fields are required; anything else may be missing, null or of
//! any type.

use crate::eg;
use confab_protocol::{
    AttachmentKind, Availability, CableEvent, ContactSession, ContentType, Conversation, ConversationStatus,
    DecodeError, Frame, Message, MessageId, MessageStatus, MessageType, Refusal, Reply, Request, SenderKind,
    SourceId, UnixSeconds, from_json,
};
use serde_json::{Value as Json, json};

#[test]
fn a_required_field_of_another_type_is_missed_by_its_name() {
    for odd in [Json::Null, json!([]), json!({"a": 1}), json!("x"), json!(true)] {
        let mut message = eg::message();
        message["created_at"] = odd;
        let frame = eg::frame("message.created", &message);
        let error = Frame::read(&frame.to_string()).unwrap_err();
        assert_eq!(
            (error.what, error.path.as_str()),
            ("message.created", "message.data.created_at")
        );
        assert_eq!(
            error.to_string(),
            "message.created: missing or of another type (message.data.created_at)"
        );
    }
}

#[test]
fn blank_secrets_are_missing_ones() {
    let mut session = eg::session();
    session["pubsub_token"] = json!(" ");
    let error = from_json::<ContactSession>("ContactSession", &session.to_string()).unwrap_err();
    assert_eq!(error.path, "pubsub_token");
}

#[test]
fn text_that_is_not_json_is_said_with_its_place() {
    let read = |text: &str| from_json::<Message>("Message", text).unwrap_err();
    let error = |path: &str, reason: &str| DecodeError {
        what: "Message",
        path: path.into(),
        reason: reason.into(),
    };
    assert_eq!(read("{\"id\":\n 1,}"), error("line 2 column 4", "not JSON"));
    assert_eq!(
        read("{\"id\":1"),
        error("line 1 column 7", "JSON that ends too early")
    );
    let twice = format!(
        "{0} {0}",
        json!({"id": 1, "conversation_id": 7, "message_type": 0, "created_at": 5})
    );
    assert_eq!(read(&twice), error("line 1 column 62", "not JSON"));
}

#[test]
fn an_answer_or_frame_with_something_behind_it_is_no_json() {
    let request = Request::ShowInbox;
    assert!(request.read(200, "application/json", "{}\n ").is_ok());
    let Err(Refusal::Undecodable(error)) = request.read(200, "application/json", "{} x") else {
        panic!()
    };
    assert_eq!(error.reason, "not JSON");
    assert!(Frame::read("{} {}").is_err());
}

#[test]
fn a_success_that_is_a_web_page_is_called_so() {
    let request = Request::ShowContact {
        source_id: SourceId::new("s"),
    };
    for (content_type, is_html) in [("text/html", true), ("", true), ("application/json", false)] {
        let Err(Refusal::Undecodable(error)) = request.read(200, content_type, " <!DOCTYPE html>") else {
            panic!()
        };
        assert_eq!((error.what, error.is_html()), ("ContactSession", is_html));
    }
}

#[test]
fn ids_and_sizes_are_read_from_text_too() {
    let mut json = eg::message();
    json["id"] = json!("901");
    json["conversation_id"] = json!(7.0);
    json["attachments"][0]["file_size"] = json!("68");
    let message: Message = from_json("Message", &json.to_string()).unwrap();
    assert_eq!((message.id, message.conversation_id.0), (MessageId(901), 7));
    assert_eq!(message.attachments[0].file_size, Some(68));
}

#[test]
fn times_are_read_as_integer_fraction_text_and_iso() {
    let odd = [
        "1767323045",
        "1767323045.678",
        "\"1767323045\"",
        "\"2026-01-02T03:04:05.678Z\"",
        "\"2026-01-02 03:04:05 UTC\"",
    ];
    for time in odd {
        let text = format!(r#"{{"id":1,"conversation_id":7,"message_type":0,"created_at":{time}}}"#);
        let message: Message = from_json("Message", &text).unwrap();
        assert_eq!(message.created_at, UnixSeconds(1_767_323_045), "{time}");
    }
}

#[test]
fn message_types_are_read_as_number_and_word() {
    let types = [
        (json!(0), MessageType::Incoming),
        (json!("incoming"), MessageType::Incoming),
        (json!(1), MessageType::Outgoing),
        (json!("outgoing"), MessageType::Outgoing),
        (json!(2), MessageType::Activity),
        (json!("activity"), MessageType::Activity),
        (json!(3), MessageType::Template),
        (json!("template"), MessageType::Template),
        (json!("3"), MessageType::Template),
        (json!(4), MessageType::Unknown),
        (json!("painting"), MessageType::Unknown),
    ];
    for (sent, expected) in types {
        let mut json = eg::message();
        json["message_type"] = sent;
        let message: Message = from_json("Message", &json.to_string()).unwrap();
        assert_eq!(message.message_type, expected);
    }
}

#[test]
fn content_types_are_text_where_nothing_is_said_and_keep_names_not_known() {
    let read = |content_type: Json| {
        let mut json = eg::message();
        json["content_type"] = content_type;
        from_json::<Message>("Message", &json.to_string())
            .unwrap()
            .content_type
    };
    assert_eq!(
        (read(Json::Null), read(json!("text"))),
        (ContentType::Text, ContentType::Text)
    );
    assert_eq!(
        (read(json!("")), read(json!([]))),
        (ContentType::Text, ContentType::Text)
    );
    assert_eq!(read(json!("input_csat")), ContentType::InputCsat);
    assert_eq!(read(json!("incoming_email")), ContentType::IncomingEmail);
    assert_eq!(
        read(json!("hologram")),
        ContentType::Unknown("hologram".to_owned())
    );
}

#[test]
fn items_that_are_no_objects_or_lack_what_they_need_are_left_out() {
    let mut json = eg::conversation();
    let stray = json!({"content": "no id"});
    json["messages"] = json!([null, eg::message(), 5, stray, [eg::message()], "x"]);
    json["messages"][1]["attachments"] = json!([1, {"file_type": "file"}, null]);
    let conversation: Conversation = from_json("Conversation", &json.to_string()).unwrap();
    assert_eq!(conversation.messages.len(), 1);
    assert_eq!(conversation.messages[0].attachments.len(), 1);
    let list = Request::ListConversations {
        source_id: SourceId::new("s"),
    };
    let body = json!([null, {"id": 1}, json]);
    let Ok(Reply::Conversations(conversations)) = list.read(200, "application/json", &body.to_string())
    else {
        panic!()
    };
    assert_eq!(conversations, [conversation]);
}

#[test]
fn a_message_within_a_conversation_needs_no_conversation_id() {
    let mut json = eg::conversation();
    json["messages"][0]
        .as_object_mut()
        .unwrap()
        .remove("conversation_id");
    let conversation: Conversation = from_json("Conversation", &json.to_string()).unwrap();
    assert_eq!(conversation.messages[0].conversation_id, conversation.id);
}

#[test]
fn private_notes_and_activity_within_a_conversation_are_left_out() {
    let mut note = eg::message();
    note["private"] = json!(true);
    let mut activity = eg::message();
    activity["message_type"] = json!(2);
    let mut json = eg::conversation();
    json["messages"] = json!([note, eg::message(), activity]);
    let conversation: Conversation = from_json("Conversation", &json.to_string()).unwrap();
    assert_eq!(conversation.messages.len(), 1);
    for hidden in [note, activity] {
        assert!(
            from_json::<Message>("Message", &hidden.to_string())
                .unwrap()
                .is_hidden()
        );
    }
}

#[test]
fn a_sender_shows_its_available_name_and_the_picture_that_it_has() {
    let read = |sender: Json| {
        let mut json = eg::message();
        json["sender"] = sender;
        from_json::<Message>("Message", &json.to_string())
            .unwrap()
            .sender
            .unwrap()
    };
    let named = |sender: Json| read(sender).name;
    assert_eq!(
        named(json!({"name": "Rowan Agent", "available_name": "Rowan"})).as_deref(),
        Some("Rowan")
    );
    assert_eq!(
        named(json!({"available_name": "Rowan", "name": "Rowan Agent"})).as_deref(),
        Some("Rowan")
    );
    assert_eq!(
        named(json!({"available_name": " ", "name": "Rowan Agent"})).as_deref(),
        Some("Rowan Agent")
    );
    assert_eq!(named(json!({"available_name": null, "name": ""})), None);
    assert_eq!(
        read(json!({"avatar_url": "", "thumbnail": "t"}))
            .avatar_url
            .as_deref(),
        Some("t")
    );
    assert_eq!(
        read(json!({"thumbnail": "t", "avatar_url": "a"}))
            .avatar_url
            .as_deref(),
        Some("a")
    );
    let kinds = ["contact", "user", "agent_bot", "captain_assistant", "ghost"]
        .map(|kind| read(json!({"type": kind})).kind);
    let expected = [
        SenderKind::Contact,
        SenderKind::Agent,
        SenderKind::Bot,
        SenderKind::Bot,
        SenderKind::Unknown,
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn attachments_of_every_kind_are_read_and_unknown_ones_keep_name_and_link() {
    let read = |attachment: Json| {
        let mut json = eg::message();
        json["attachments"] = json!([attachment]);
        from_json::<Message>("Message", &json.to_string())
            .unwrap()
            .attachments
            .remove(0)
    };
    for kind in ["share", "story_mention", "ig_reel", "ig_post", "ig_story"] {
        assert_eq!(read(json!({ "file_type": kind })).kind, AttachmentKind::Share);
    }
    let unknown = read(json!({"file_type": "smell", "data_url": "https://chat.example/1"}));
    assert_eq!(unknown.kind, AttachmentKind::Unknown("smell".to_owned()));
    assert_eq!(unknown.data_url.as_deref(), Some("https://chat.example/1"));
    assert_eq!(read(json!({"data_url": ""})).data_url, None);
    let place = read(json!({"file_type": "location", "coordinates_lat": 52.52, "coordinates_long": 13}));
    assert_eq!(place.coordinates, Some(("52.52".to_owned(), "13".to_owned())));
    assert_eq!(read(json!({"coordinates_lat": 52.52})).coordinates, None);
}

#[test]
fn a_callback_that_failed_is_marked_without_its_words() {
    let mut json = eg::message();
    json["status"] = json!("failed");
    json["content_attributes"]["external_error"] = json!("Failed to open TCP connection to 10.0.0.1");
    let message: Message = from_json("Message", &json.to_string()).unwrap();
    assert_eq!(message.status, Some(MessageStatus::Failed));
    assert!(message.content_attributes.external_error);
    assert!(!format!("{message:?}").contains("TCP"));
}

#[test]
fn statuses_not_known_keep_their_names() {
    let mut json = eg::conversation();
    json["status"] = json!("dreaming");
    let conversation: Conversation = from_json("Conversation", &json.to_string()).unwrap();
    assert_eq!(
        conversation.status,
        ConversationStatus::Unknown("dreaming".to_owned())
    );
    let mut json = eg::message();
    json["status"] = json!("progress");
    let message: Message = from_json("Message", &json.to_string()).unwrap();
    assert_eq!(
        message.status,
        Some(MessageStatus::Unknown("progress".to_owned()))
    );
}

#[test]
fn the_data_of_an_event_may_stand_before_its_name() {
    let text = r#"{"message":{"data":{"users":{"2":"online","x":"busy","5":7}},"event":"presence.update"},"identifier":"i"}"#;
    let Frame::Event {
        event: CableEvent::Presence(users),
        identifier,
    } = Frame::read(text).unwrap()
    else {
        panic!()
    };
    assert_eq!(identifier, "i");
    let users: Vec<_> = users
        .into_iter()
        .map(|(id, availability)| (id.0, availability))
        .collect();
    assert_eq!(users, [(2, Availability::Online), (5, Availability::Unknown)]);
}
