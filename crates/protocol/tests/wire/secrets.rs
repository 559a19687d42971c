//! What opens something is never shown by `Debug`.

use crate::eg::{self, SECRET};
use confab_protocol::{
    Body, Command, ContactRow, ContactSession, Frame, Identifier, IdentifierHash, Part, PartContent,
    PubsubToken, Reply, Request, SourceId, from_json,
};
use serde_json::json;
use std::fmt::Debug;

fn assert_silent(value: &impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn secrets_hide_themselves() {
    assert_silent(&eg::source_id());
    assert_silent(&PubsubToken::new(SECRET));
    assert_silent(&IdentifierHash::new(SECRET));
    assert_eq!(format!("{:?}", SourceId::new("x")), "SourceId(…)");
    assert_eq!(SourceId::new("x").expose(), "x");
}

#[test]
fn requests_of_every_kind_hide_their_secrets_before_and_after_they_are_spelled() {
    let mut with_secret = 0;
    for request in eg::requests() {
        let http = eg::http(&request);
        with_secret += usize::from(http.path.contains(SECRET));
        assert_silent(&request);
        assert_silent(&http);
        assert_silent(&http.body);
    }
    assert_eq!(with_secret, 11, "requests with a source_id in their path");
}

#[test]
fn the_path_of_a_request_shows_the_route_without_its_source_id() {
    let request = Request::SendMessage {
        source_id: eg::source_id(),
        conversation: confab_protocol::ConversationId(7),
        content: "hi".to_owned(),
        echo_id: confab_protocol::EchoId::new("e"),
    };
    let shown = format!("{:?}", eg::http(&request));
    assert_eq!(
        shown,
        "POST /public/api/v1/inboxes/Ab12/contacts/…/conversations/7/messages Json(30 bytes)"
    );
    let shown = format!(
        "{:?}",
        eg::http(&Request::ShowContact {
            source_id: eg::source_id()
        })
    );
    assert_eq!(shown, "GET /public/api/v1/inboxes/Ab12/contacts/… None");
}

#[test]
fn the_body_of_a_new_contact_holds_the_secrets_and_hides_them() {
    let request = Request::CreateContact {
        source_id: eg::source_id(),
        identity: Some(eg::identity()),
        profile: eg::profile(),
    };
    let http = eg::http(&request);
    let Body::Json(text) = &http.body else {
        panic!("no body")
    };
    assert_eq!(text.matches(SECRET).count(), 2);
    assert_silent(&http);
}

#[test]
fn parts_hide_their_text() {
    let part = Part {
        name: "content".to_owned(),
        content: PartContent::Text(SECRET.to_owned()),
    };
    assert_silent(&part.content);
    assert_silent(&Body::Multipart(vec![part]));
}

#[test]
fn sessions_hide_their_secrets() {
    let mut json = eg::session();
    json["source_id"] = json!(SECRET);
    json["pubsub_token"] = json!(SECRET);
    let session: ContactSession = from_json("ContactSession", &json.to_string()).unwrap();
    assert_eq!(
        (session.source_id.expose(), session.pubsub_token.expose()),
        (SECRET, SECRET)
    );
    assert_silent(&session);
    assert_silent(&Reply::Contact(session));
}

#[test]
fn subscriptions_and_the_frames_that_name_them_hide_the_token() {
    let identifier = Identifier::room(&PubsubToken::new(SECRET));
    assert!(identifier.expose().contains(SECRET));
    assert_silent(&identifier);
    for command in [
        Command::Subscribe(&identifier),
        Command::UpdatePresence(&identifier),
        Command::Unsubscribe(&identifier),
    ] {
        assert!(command.to_text().contains(SECRET));
        assert_silent(&command);
    }
    for kind in ["confirm_subscription", "reject_subscription"] {
        let frame =
            Frame::read(&json!({"identifier": identifier.expose(), "type": kind}).to_string()).unwrap();
        assert!(
            matches!(&frame, Frame::Confirmed { identifier } | Frame::Rejected { identifier } if identifier.contains(SECRET))
        );
        assert_silent(&frame);
    }
    for json in eg::frames() {
        let text = json.to_string();
        assert!(text.contains(SECRET));
        assert_silent(&Frame::read(&text).unwrap());
    }
}

#[test]
fn errors_quote_nothing_of_the_document() {
    let documents = [
        format!("{{\"source_id\":\"{SECRET}\",\"pubsub_token\":\"{SECRET}\""),
        format!("{{\"source_id\":\"{SECRET}\"}}"),
        format!("\"{SECRET}\""),
        SECRET.to_owned(),
        format!("{{\"{SECRET}\":1}}"),
        format!("<html>{SECRET}"),
    ];
    for text in documents {
        for request in eg::requests() {
            if let Err(error) = request.read(200, "application/json", &text) {
                assert_silent(&error);
            }
        }
        assert_silent(&from_json::<ContactSession>("ContactSession", &text).unwrap_err());
        assert_silent(&from_json::<ContactRow>("ContactRow", &text).unwrap_err());
        let shown = from_json::<ContactRow>("ContactRow", &text)
            .unwrap_err()
            .to_string();
        assert!(!shown.contains(SECRET), "{shown}");
        let broken = format!(
            "{{\"identifier\":\"{SECRET}\",\"message\":{{\"event\":\"message.created\",\"data\":{text}"
        );
        assert_silent(&Frame::read(&broken).unwrap_err());
    }
}
