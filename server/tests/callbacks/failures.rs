//! What becomes of messages when callbacks fail.

use confab_server::Options;
use serde_json::json;
use support::Cable;
use tokio::net::TcpListener;

use crate::receiver::{Manner, Receiver};
use crate::{Inbox, private, server, support};

const SLOW: &str = "Net::ReadTimeout with #<TCPSocket:(closed)>";

/// The error that the visitor is told of.
async fn failure(cable: &mut Cable, message: i64) -> String {
    let (data, _) = cable.event("message.updated").await;
    assert_eq!(
        (&data["id"], &data["status"]),
        (&json!(message), &json!("failed"))
    );
    assert_eq!(data["previous_changes"]["status"], json!(["sent", "failed"]));
    data["content_attributes"]["external_error"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn rule_120_a_refusal_marks_the_message_and_is_not_tried_again() {
    let (server, site) = server(private()).await;
    let mut receiver = Receiver::start(Manner::Always(503)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let (visitor, mut cable) = inbox.visitor().await;
    receiver.event("conversation_created").await;
    for text in ["one", "two"] {
        let id = inbox.say(&visitor, text).await;
        assert_eq!(failure(&mut cable, id).await, "503 Service Unavailable");
        // The mark is told too; that this fails as well changes nothing, and nothing is told a second time.
        for event in ["message_created", "message_updated"] {
            let told = receiver.event(event).await;
            assert_eq!((&told["id"], &told["content"]), (&json!(id), &json!(text)));
        }
    }
    let listed = site.get(&visitor.messages()).await.json();
    assert_eq!(
        listed[0]["content_attributes"]["external_error"],
        "503 Service Unavailable"
    );
    server.stop().await;
}

#[tokio::test]
async fn rule_120_an_answer_that_does_not_come_marks_the_message() {
    let options = Options {
        callback_seconds: 1,
        ..private()
    };
    let (server, site) = server(options).await;
    let receiver = Receiver::start(Manner::Silent).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let (visitor, mut cable) = inbox.visitor().await;
    let id = inbox.say(&visitor, "anybody?").await;
    assert_eq!(failure(&mut cable, id).await, SLOW);
    server.stop().await;
}

#[tokio::test]
async fn addresses_that_lead_nowhere_mark_the_message() {
    let (server, site) = server(private()).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let refused = format!(
        "Failed to open TCP connection to 127.0.0.1:{port} (Connection refused - connect(2) for \"127.0.0.1\" port {port})"
    );
    let around = Receiver::start(Manner::Elsewhere("/again".to_owned())).await;
    let endless = format!("Got 10 redirects fetching {}", around.url);
    for (url, expected) in [
        (format!("http://127.0.0.1:{port}/"), refused),
        (
            "not an address".to_owned(),
            "bad URI (is not URI?): \"not an address\"".to_owned(),
        ),
        (
            "ftp://127.0.0.1/".to_owned(),
            "URI scheme 'ftp' not in allowlist: [\"http\", \"https\"]".to_owned(),
        ),
        (around.url.clone(), endless),
    ] {
        let inbox = Inbox::make(&site, &url).await;
        let (visitor, mut cable) = inbox.visitor().await;
        let id = inbox.say(&visitor, "hello").await;
        assert_eq!(failure(&mut cable, id).await, expected, "{url}");
    }
    server.stop().await;
}

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let (server, site) = server(Options::default()).await;
    let mut receiver = Receiver::start(Manner::Always(200)).await;
    let port = receiver.port;
    for (host, shown) in [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
        ("0.0.0.0", "0.0.0.0"),
    ] {
        let inbox = Inbox::make(&site, &format!("http://{host}:{port}/")).await;
        let (visitor, mut cable) = inbox.visitor().await;
        let id = inbox.say(&visitor, "hello").await;
        let expected = format!("Hostname '{shown}' has no public ip addresses");
        assert_eq!(failure(&mut cable, id).await, expected);
    }
    assert!(receiver.is_untouched());
    server.stop().await;
}

#[tokio::test]
async fn older_versions_sign_nothing_and_mark_nothing() {
    let options = Options {
        version: confab_server::Version::parse("3.0").unwrap(),
        ..Options::default()
    };
    let (server, site) = server(options).await;
    let mut receiver = Receiver::start(Manner::Always(500)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let (visitor, mut cable) = inbox.visitor().await;
    receiver.event("conversation_created").await;
    let id = inbox.say(&visitor, "hello").await;
    let call = receiver.next().await;
    assert_eq!(
        call.json()["event"],
        "message_created",
        "private addresses are called"
    );
    assert!(call.header("x-chatwoot-signature").is_none() && call.header("x-chatwoot-delivery").is_none());
    inbox
        .agent(&visitor, "POST", "/messages", &json!({"content": "answer"}))
        .await;
    let (_, passed) = cable.event("conversation.updated").await;
    assert!(!passed.contains(&"message.updated".to_owned()), "{passed:?}");
    let listed = site.get(&visitor.messages()).await.json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["content_attributes"]),
        (&json!(id), &json!({}))
    );
    server.stop().await;
}
