//! The conformance statements about requests and answers that bind a client, as far as the wire goes. Names
//! begin with the number.

use crate::eg::{self, body, read};
use confab_protocol::{
    BodyKind, ContactId, ContentType, ConversationId, ConversationStatus, EchoId, ErrorText, Inbox,
    MessageId, MessageType, Method, Profile, Refusal, Reply, Request, SenderKind, SourceId, UnixSeconds,
};
use serde_json::json;

const JSON: &str = "application/json; charset=utf-8";
const NOT_FOUND: &str = r#"{"status":404,"error":"Not Found"}"#;

fn source_id() -> SourceId {
    SourceId::new("s-1")
}

fn refused(status: u16, kind: BodyKind, message: Option<&str>) -> Refusal {
    Refusal::Refused {
        status,
        kind,
        text: ErrorText {
            message: message.map(str::to_owned),
            attributes: Vec::new(),
        },
    }
}

#[test]
fn s6_an_error_that_is_empty_html_or_plain_text_reports_its_status() {
    let request = Request::ShowInbox;
    let answers = [
        (400, "text/html", "", BodyKind::Empty),
        (
            404,
            "text/html; charset=UTF-8",
            "<!DOCTYPE html><h1>Gone</h1>",
            BodyKind::Html,
        ),
        (429, "text/plain", "Retry later\n", BodyKind::Text),
        (502, "", "<html>Bad Gateway</html>", BodyKind::Html),
        (500, JSON, "no JSON at all", BodyKind::Json),
    ];
    for (status, content_type, body, kind) in answers {
        assert_eq!(
            request.read(status, content_type, body),
            Err(refused(status, kind, None))
        );
    }
}

#[test]
fn s7_a_422_says_what_is_wrong_with_which_fields() {
    let body = r#"{"message":"Email Invalid email","attributes":["email"]}"#;
    let request = Request::CreateContact {
        source_id: source_id(),
        identity: None,
        profile: Profile::default(),
    };
    let text = ErrorText {
        message: Some("Email Invalid email".to_owned()),
        attributes: vec!["email".to_owned()],
    };
    let refusal = Refusal::Refused {
        status: 422,
        kind: BodyKind::Json,
        text,
    };
    assert_eq!(request.read(422, JSON, body), Err(refusal));
    let body = r#"{"error":"You cannot update the CSAT survey after 14 days"}"#;
    let said = Some("You cannot update the CSAT survey after 14 days");
    assert_eq!(
        request.read(422, JSON, body),
        Err(refused(422, BodyKind::Json, said))
    );
    let body = r#"{"error":"lesser","message":"better","attributes":null}"#;
    assert_eq!(
        request.read(422, JSON, body),
        Err(refused(422, BodyKind::Json, Some("better")))
    );
}

#[test]
fn s11_every_byte_of_a_source_id_outside_letters_digits_and_three_marks_is_encoded() {
    let request = Request::ShowContact {
        source_id: SourceId::new("jane.doe@a/b c~d_e-f%?#é"),
    };
    let path = eg::http(&request).path;
    assert_eq!(
        path,
        "/public/api/v1/inboxes/Ab12/contacts/jane%2Edoe%40a%2Fb%20c~d_e-f%25%3F%23%C3%A9"
    );
}

#[test]
fn s16_an_inbox_reads_with_its_working_hours() {
    let Reply::Inbox(inbox) = read(&Request::ShowInbox, &eg::inbox()) else {
        panic!("no inbox")
    };
    assert_eq!(
        (inbox.name.as_deref(), inbox.timezone.as_deref()),
        (Some("Web API"), Some("UTC"))
    );
    let switches = (
        inbox.identity_validation_enabled,
        inbox.working_hours_enabled,
        inbox.csat_survey_enabled,
    );
    assert_eq!((switches, inbox.greeting_enabled), ((false, true, false), true));
    let [sunday, monday] = inbox.working_hours.as_slice() else {
        panic!("{:?}", inbox.working_hours)
    };
    assert_eq!(
        (sunday.day_of_week, sunday.closed_all_day, sunday.open_hour),
        (0, true, None)
    );
    let hours = (
        monday.open_hour,
        monday.open_minutes,
        monday.close_hour,
        monday.close_minutes,
    );
    assert_eq!(hours, (Some(9), Some(0), Some(17), Some(30)));
}

#[test]
fn s18_an_old_server_and_an_unknown_inbox_are_told_apart_by_the_probe() {
    let inbox = Request::ShowInbox.read(404, JSON, NOT_FOUND);
    assert_eq!(inbox, Err(refused(404, BodyKind::Json, Some("Not Found"))));
    let http = eg::http(&Request::ProbeInbox);
    assert_eq!(
        (http.method, http.path.as_str()),
        (
            Method::Get,
            "/public/api/v1/inboxes/Ab12/contacts/x/conversations/1"
        )
    );
    let unknown = Request::ProbeInbox.read(404, JSON, NOT_FOUND);
    assert_eq!(unknown, Err(refused(404, BodyKind::Json, Some("Not Found"))));
    let old = Request::ProbeInbox.read(404, "text/html; charset=UTF-8", "<!DOCTYPE html>");
    assert_eq!(old, Err(refused(404, BodyKind::Html, None)));
}

#[test]
fn s19_a_created_contact_reads_with_its_secrets() {
    let request = Request::CreateContact {
        source_id: source_id(),
        identity: None,
        profile: Profile::default(),
    };
    assert_eq!(body(&request), json!({"source_id": "s-1"}));
    let Reply::Contact(session) = read(&request, &eg::session()) else {
        panic!("no session")
    };
    assert_eq!(
        (session.source_id.expose(), session.pubsub_token.expose()),
        ("s-1", "t-1")
    );
    assert_eq!(
        (session.id, session.name.as_deref()),
        (Some(ContactId(41)), Some("Ada"))
    );
    assert_eq!((session.email, session.phone_number), (None, None));
}

#[test]
fn s27_s28_an_updated_contact_is_an_id_and_no_secrets() {
    let row = json!({"id": 41, "name": "Ada", "created_at": "2026-01-02T03:04:05.678Z", "custom_attributes": {"plan": "pro"}});
    let request = Request::UpdateContact {
        source_id: source_id(),
        identity: None,
        profile: eg::profile(),
    };
    let Reply::UpdatedContact(updated) = read(&request, &row) else {
        panic!("no row")
    };
    assert_eq!(updated.id, ContactId(41));
}

#[test]
fn s34_a_forgotten_session_is_a_json_404() {
    let answer = Request::ShowContact {
        source_id: source_id(),
    }
    .read(404, JSON, NOT_FOUND);
    assert_eq!(answer, Err(refused(404, BodyKind::Json, Some("Not Found"))));
}

#[test]
fn s40_an_identity_is_proved_by_a_patch_whose_url_does_not_hold_the_hash() {
    let request = Request::UpdateContact {
        source_id: source_id(),
        identity: Some(eg::identity()),
        profile: eg::profile(),
    };
    let http = eg::http(&request);
    assert_eq!(
        (http.method, http.path.as_str()),
        (Method::Patch, "/public/api/v1/inboxes/Ab12/contacts/s-1")
    );
    let hash = eg::identity().identifier_hash.unwrap();
    let expected = json!({
        "identifier": "user-7", "identifier_hash": hash.expose(), "name": "Ada \"A\" Byron", "email": "ada@example.org",
        "custom_attributes": {"plan": "pro", "seats": {"used": 1.5}},
    });
    assert_eq!(body(&request), expected);
}

#[test]
fn s41_a_wrong_hash_is_a_500_with_the_words_of_any_500() {
    let request = Request::UpdateContact {
        source_id: source_id(),
        identity: Some(eg::identity()),
        profile: eg::profile(),
    };
    let answer = request.read(
        500,
        "application/json; charset=UTF-8",
        r#"{"status":500,"error":"Internal Server Error"}"#,
    );
    assert_eq!(
        answer,
        Err(refused(500, BodyKind::Json, Some("Internal Server Error")))
    );
}

#[test]
fn s45_a_conversation_reads_with_its_seen_times_and_messages() {
    let request = Request::CreateConversation {
        source_id: source_id(),
        custom_attributes: Vec::new(),
    };
    let Reply::Conversation(conversation) = read(&request, &eg::conversation()) else {
        panic!("no conversation")
    };
    assert_eq!(
        (conversation.id, conversation.status),
        (ConversationId(7), ConversationStatus::Open)
    );
    assert_eq!(conversation.uuid.as_deref(), Some("0d7e"));
    let seen = (conversation.contact_last_seen_at, conversation.agent_last_seen_at);
    assert_eq!(seen, (UnixSeconds(0), UnixSeconds(1_767_323_045)));
    assert_eq!(conversation.messages.len(), 1);
}

#[test]
fn s54_the_answers_to_typing_and_seen_are_not_parsed() {
    let typing = Request::SetTyping {
        source_id: source_id(),
        conversation: ConversationId(7),
        on: false,
    };
    let seen = Request::UpdateLastSeen {
        source_id: source_id(),
        conversation: ConversationId(7),
    };
    assert_eq!(body(&typing), json!({"typing_status": "off"}));
    for request in [typing, seen] {
        assert_eq!(request.read(200, "application/json", ""), Ok(Reply::Done));
        assert_eq!(request.read(200, "application/json", "not JSON"), Ok(Reply::Done));
    }
}

#[test]
fn s57_a_sent_message_reads_without_echo_id_status_and_privacy() {
    let request = Request::SendMessage {
        source_id: source_id(),
        conversation: ConversationId(7),
        content: "a \"quoted\"\nline \u{1F600}".to_owned(),
        echo_id: EchoId::new("e-1"),
    };
    assert_eq!(
        body(&request),
        json!({"content": "a \"quoted\"\nline \u{1F600}", "echo_id": "e-1"})
    );
    let answer = json!({
        "id": 901, "content": "hi", "message_type": 0, "content_type": "text", "content_attributes": {},
        "created_at": 1_767_323_045, "conversation_id": 7, "sender": {"id": 41, "type": "contact", "thumbnail": "p.png"},
    });
    let Reply::Message(message) = read(&request, &answer) else {
        panic!("no message")
    };
    assert_eq!(
        (message.id, message.conversation_id),
        (MessageId(901), ConversationId(7))
    );
    assert_eq!(
        (message.message_type, message.content_type),
        (MessageType::Incoming, ContentType::Text)
    );
    assert_eq!(message.created_at, UnixSeconds(1_767_323_045));
    assert_eq!(
        (message.echo_id, message.status, message.private),
        (None, None, false)
    );
    let sender = message.sender.unwrap();
    assert_eq!(
        (sender.kind, sender.name, sender.avatar_url.as_deref()),
        (SenderKind::Contact, None, Some("p.png"))
    );
}

#[test]
fn s64_a_page_of_messages_is_asked_for_by_the_id_it_ends_before() {
    let page = |before| Request::ListMessages {
        source_id: source_id(),
        conversation: ConversationId(7),
        before,
    };
    let path = |before| eg::http(&page(before)).path;
    assert_eq!(
        path(None),
        "/public/api/v1/inboxes/Ab12/contacts/s-1/conversations/7/messages"
    );
    assert_eq!(path(Some(MessageId(26))), path(None) + "?before=26");
    assert_eq!(page(None).read(200, JSON, "[]"), Ok(Reply::Messages(Vec::new())));
}

#[test]
fn s110_unknown_keys_in_an_answer_are_ignored() {
    let Reply::Inbox(inbox) = read(&Request::ShowInbox, &json!({"colour": {"deep": [1]}})) else {
        panic!("no inbox")
    };
    assert_eq!(inbox, Inbox::default());
}
