//! A visitor and an agent over real HTTP and a real socket, on a server started in this process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use confab_server::{Options, Server, start};
use serde_json::{Value, json};
use support::{Cable, Site, send};

async fn server(options: Options) -> (Server, Site) {
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

#[tokio::test]
async fn a_visitor_and_an_agent_talk_and_both_see_it_live() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let mut theirs = Cable::of_visitor(&site, &visitor).await;
    let profile = site
        .call(
            "GET",
            "/api/v1/profile",
            &[("api-access-token", &site.agent_token)],
            &Value::Null,
        )
        .await
        .unwrap()
        .json();
    let mut ours = Cable::open(&site).await;
    ours.subscribe(&json!({
        "channel": "RoomChannel", "pubsub_token": profile["pubsub_token"],
        "account_id": site.account, "user_id": profile["id"],
    }))
    .await;

    let sent = site
        .post(
            &visitor.messages(),
            &json!({"content": "hi <b>", "echo_id": "e1"}),
        )
        .await;
    assert!(sent.text().contains("hi \\u003cb\\u003e"), "{}", sent.text());
    let id = sent.json()["id"].clone();
    let (echo, _) = theirs.event("message.created").await;
    assert_eq!(
        (&echo["id"], &echo["echo_id"], &echo["content"]),
        (&id, &json!("e1"), &json!("hi <b>"))
    );
    let (seen, _) = ours.event("message.created").await;
    assert_eq!(seen["id"], id);

    let path = format!("/conversations/{}/messages", visitor.conversation);
    let note = site
        .agent(
            "POST",
            &path,
            &site.agent_token,
            &json!({"content": "note", "private": true}),
        )
        .await;
    let reply = site
        .agent("POST", &path, &site.agent_token, &json!({"content": "hello"}))
        .await
        .json();
    assert_eq!(
        (reply["message_type"].clone(), reply["status"].clone()),
        (json!(1), json!("sent"))
    );
    // The note was sent before the reply: had the visitor got it, it would be the first to arrive.
    let (got, _) = theirs.event("message.created").await;
    assert_eq!(got["id"], reply["id"]);
    let (got, _) = ours.event("message.created").await;
    assert_eq!(got["id"], note.json()["id"]);

    let seen = site
        .post(&format!("{}/update_last_seen", visitor.path), &json!({}))
        .await;
    assert_eq!(
        (seen.status, seen.body.len(), seen.header("content-type")),
        (200, 0, Some("application/json"))
    );
    let (update, _) = theirs.event("message.updated").await;
    assert_eq!(
        (&update["id"], &update["previous_changes"]["status"]),
        (&reply["id"], &json!(["sent", "read"]))
    );
    let listed = site.get(&visitor.messages()).await.json();
    let contents: Vec<&Value> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["content"])
        .collect();
    assert_eq!(contents, [&json!("hi <b>"), &json!("hello")]);
    server.stop().await;
}

#[tokio::test]
async fn wrong_tokens_are_answered_by_silence_and_large_frames_by_the_end() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let mut cable = Cable::open(&site).await;
    let wrong = json!({"channel": "RoomChannel", "pubsub_token": "wrong"}).to_string();
    cable
        .send(&json!({"command": "subscribe", "identifier": wrong}))
        .await;
    // The next answer is the one to the good token: the wrong one got none, and the socket lives.
    cable
        .subscribe(&json!({"channel": "RoomChannel", "pubsub_token": visitor.token}))
        .await;
    cable
        .send(&json!({"command": "subscribe", "identifier": "x".repeat(70_000)}))
        .await;
    while cable.next().await.is_some() {}
    server.stop().await;
}

#[tokio::test]
async fn stopping_tells_sockets_to_come_back() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    let (_, _) = cable.event("presence.update").await;
    server.stop().await;
    let last = cable.next().await.unwrap();
    assert_eq!(
        last,
        json!({"type": "disconnect", "reason": "server_restart", "reconnect": true})
    );
    assert!(cable.next().await.is_none());
    assert!(send(&site.authority, "GET", "/", &[], b"").await.is_none());
}

#[tokio::test]
async fn reserved_keys_unread_bodies_and_limits() {
    let (server, site) = server(Options {
        messages_per_minute: Some(3),
        ..Options::default()
    })
    .await;
    let contacts = format!("{}/contacts", site.client());
    assert_eq!(
        site.post(&contacts, &json!({"contact_id": "x"})).await.status,
        404
    );
    assert_eq!(
        site.post(&contacts, &json!({"conversation_id": 1})).await.status,
        500
    );
    let visitor = site.visitor().await;
    let path = visitor.messages();
    let unread = send(
        &site.authority,
        "POST",
        &path,
        &[("content-type", "text/plain")],
        b"hello",
    )
    .await
    .unwrap();
    assert_eq!((unread.status, &unread.json()["content"]), (200, &Value::Null));
    let longest = "é".repeat(150_000);
    assert_eq!(site.post(&path, &json!({"content": longest})).await.status, 200);
    let refused = site.post(&path, &json!({"content": format!("{longest}x")})).await;
    assert_eq!(
        (refused.status, refused.json()),
        (
            422,
            json!({"message": "Content is too long (maximum is 150000 characters)", "attributes": ["content"]})
        )
    );
    assert_eq!(site.post(&path, &json!({"content": "third"})).await.status, 200);
    let flood = site.post(&path, &json!({"content": "fourth"})).await;
    assert_eq!(
        flood.json(),
        json!({"message": "Too many messages", "attributes": ["base"]})
    );
    server.stop().await;
}

#[tokio::test]
async fn one_session_for_one_source_id_asked_for_at_once() {
    let (server, site) = server(Options::default()).await;
    let path = format!("{}/contacts", site.client());
    let body = json!({"source_id": "5d1f7f6e-3f0f-4a53-9a2f-0b8d6c1c2d3e"});
    let asked = (0..8).map(|_| site.post(&path, &body));
    let answers = futures_util::future::join_all(asked).await;
    let first = answers[0].json();
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 && answer.json() == first)
    );
    server.stop().await;
}

#[tokio::test]
async fn everything_lies_below_a_prefix_and_nothing_beside_it() {
    let (server, site) = server(Options {
        prefix: "/support/".to_owned(),
        ..Options::default()
    })
    .await;
    assert_eq!(site.prefix, "/support");
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    site.post(&visitor.messages(), &json!({"content": "below"})).await;
    assert_eq!(cable.event("message.created").await.0["content"], "below");
    assert_eq!(site.get("/agent").await.status, 200);
    let beside = send(&site.authority, "GET", &site.client(), &[], b"")
        .await
        .unwrap();
    assert_eq!(
        (beside.status, beside.header("content-type")),
        (404, Some("text/html; charset=UTF-8"))
    );
    server.stop().await;
}

#[tokio::test]
async fn a_seed_repeats_ids_tokens_and_names() {
    let options = Options {
        seed: Some(11),
        now: Some(1_800_000_000),
        ..Options::default()
    };
    let (one, first) = server(options.clone()).await;
    let (other, second) = server(options).await;
    assert_eq!(
        (&first.admin_token, &first.inbox),
        (&second.admin_token, &second.inbox)
    );
    let path = format!("{}/contacts", first.client());
    let (a, b) = (
        first.post(&path, &json!({})).await,
        second.post(&path, &json!({})).await,
    );
    assert_eq!(a.json(), b.json());
    let visitor = first.visitor().await;
    let message = first
        .post(&visitor.messages(), &json!({"content": "x"}))
        .await
        .json();
    let at = message["created_at"].as_i64().unwrap();
    assert!((1_800_000_000..1_800_000_060).contains(&at), "{at}");
    one.stop().await;
    other.stop().await;
}
