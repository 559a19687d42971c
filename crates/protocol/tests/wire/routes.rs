//! Every request is spelled as its route.

use crate::eg;
use confab_protocol::{Body, HttpRequest, InboxIdentifier, Method, Part, PartContent, Request};

#[test]
fn every_request_is_spelled_as_its_route() {
    const CONTACT: &str = "/public/api/v1/inboxes/Ab12/contacts/a%2EOPENSESAME%2F1";
    let root = "/public/api/v1/inboxes/Ab12".to_owned();
    let contact = |rest: &str| format!("{CONTACT}{rest}");
    let conversation = |rest: &str| format!("{CONTACT}/conversations/7{rest}");
    let survey = "/public/api/v1/csat_survey/0d7e".to_owned();
    let routes = [
        ("ShowInbox", Method::Get, root.clone(), false),
        (
            "ProbeInbox",
            Method::Get,
            format!("{root}/contacts/x/conversations/1"),
            false,
        ),
        ("CreateContact", Method::Post, format!("{root}/contacts"), true),
        ("ShowContact", Method::Get, contact(""), false),
        ("UpdateContact", Method::Patch, contact(""), true),
        ("ListConversations", Method::Get, contact("/conversations"), false),
        (
            "CreateConversation",
            Method::Post,
            contact("/conversations"),
            true,
        ),
        ("ShowConversation", Method::Get, conversation(""), false),
        (
            "ResolveConversation",
            Method::Post,
            conversation("/toggle_status"),
            true,
        ),
        ("SetTyping", Method::Post, conversation("/toggle_typing"), true),
        (
            "UpdateLastSeen",
            Method::Post,
            conversation("/update_last_seen"),
            true,
        ),
        (
            "ListMessages",
            Method::Get,
            conversation("/messages?before=901"),
            false,
        ),
        ("SendMessage", Method::Post, conversation("/messages"), true),
        ("SubmitValues", Method::Patch, conversation("/messages/901"), true),
        ("ShowSurvey", Method::Get, survey.clone(), false),
        ("AnswerSurvey", Method::Patch, survey, true),
    ];
    let requests = eg::requests();
    assert_eq!(requests.len(), routes.len());
    for (request, (name, method, path, has_body)) in requests.iter().zip(routes) {
        let http = eg::http(request);
        assert!(format!("{request:?}").starts_with(name), "{request:?}");
        assert_eq!((http.method, http.path), (method, path), "{name}");
        assert_eq!(http.body != Body::None, has_body, "{name}");
        if let Body::Json(text) = http.body {
            assert!(
                serde_json::from_str::<serde_json::Map<_, _>>(&text).is_ok(),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn methods_are_named_as_http_names_them() {
    assert_eq!(
        [Method::Get, Method::Post, Method::Patch].map(Method::as_str),
        ["GET", "POST", "PATCH"]
    );
}

#[test]
fn an_inbox_identifier_is_encoded_too() {
    let path = Request::ShowInbox.to_http(&InboxIdentifier::new("../x?")).path;
    assert_eq!(path, "/public/api/v1/inboxes/%2E%2E%2Fx%3F");
}

#[test]
fn a_request_with_files_can_be_expressed() {
    let text = Part {
        name: "content".to_owned(),
        content: PartContent::Text("hi".to_owned()),
    };
    let file = Part {
        name: "attachments[]".to_owned(),
        content: PartContent::File(0),
    };
    let request = HttpRequest {
        method: Method::Post,
        path: "/p".to_owned(),
        body: Body::Multipart(vec![text, file.clone(), file]),
    };
    let shown = format!("{request:?}");
    assert!(
        shown.contains("Text(2 bytes)") && shown.matches("attachments[]").count() == 2,
        "{shown}"
    );
}
