//! Which conversations a session reaches, and what a new one takes.

use confab_server::Options;
use serde_json::{Value, json};

use super::{Inbox, about, admin, agent_cable, server};
use crate::support::Cable;

#[tokio::test]
async fn s043_an_unverified_session_does_not_reach_the_other_sessions_conversation() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({})).await;
    let contacts = format!("{}/contacts", inbox.site.client());
    let mut sources = Vec::new();
    for _ in 0..2 {
        let session = site.post(&contacts, &json!({"identifier": "jo"})).await.json();
        sources.push(session["source_id"].as_str().unwrap().to_owned());
    }
    let own = format!("{contacts}/{}/conversations", sources[0]);
    let number = site.post(&own, &json!({})).await.json()["id"].clone();
    let message = site
        .post(&format!("{own}/{number}/messages"), &json!({"content": "x"}))
        .await
        .json();
    let foreign = format!("{contacts}/{}/conversations/{number}", sources[1]);
    let calls = [
        ("GET", String::new()),
        ("POST", "/toggle_status".to_owned()),
        ("POST", "/toggle_typing".to_owned()),
        ("POST", "/update_last_seen".to_owned()),
        ("GET", "/messages".to_owned()),
        ("POST", "/messages".to_owned()),
        ("PATCH", format!("/messages/{}", message["id"])),
    ];
    let pair = json!({"identifier": "jo", "identifier_hash": inbox.hash("jo")});
    for status in [404, 200] {
        for (method, path) in &calls {
            let answer = site
                .call(method, &format!("{foreign}{path}"), &[], &json!({}))
                .await
                .unwrap();
            assert_eq!(answer.status, status, "{method} {path}");
        }
        // Once verified, the same calls reach it.
        let verified = site
            .call("PATCH", &format!("{contacts}/{}", sources[1]), &[], &pair)
            .await;
        assert_eq!(verified.unwrap().status, 200);
    }
    server.stop().await;
}

#[tokio::test]
async fn s047_a_new_conversation_takes_custom_attributes_and_nothing_else() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let path = format!("{}/contacts/{}/conversations", site.client(), visitor.source);
    let body = json!({
        "status": "resolved", "additional_attributes": {"a": 1}, "custom_attributes": {"b": 2},
        "assignee_id": 1, "message": {"content": "x"}, "snoozed_until": 1_900_000_000,
    });
    let made = site.post(&path, &body).await.json();
    assert_eq!((&made["status"], &made["messages"]), (&json!("open"), &json!([])));
    let shown = format!("/conversations/{}", made["id"]);
    let shown = site
        .agent("GET", &shown, &site.admin_token, &json!({}))
        .await
        .json();
    assert_eq!(shown["additional_attributes"], json!({}));
    assert_eq!(shown["custom_attributes"], json!({"b": 2}));
    assert_eq!(
        (&shown["snoozed_until"], shown["meta"].get("assignee")),
        (&Value::Null, None)
    );
    server.stop().await;
}

#[tokio::test]
async fn s053_typing_is_answered_empty_and_only_on_and_off_reach_agents() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let mut agent = agent_cable(&site).await;
    let path = format!("{}/toggle_typing", visitor.path);
    let words = [
        json!({"typing_status": "maybe"}),
        json!({}),
        json!({"typing_status": ["on"]}),
        json!({"typing_status": "ON"}),
    ];
    for word in words
        .iter()
        .chain([&json!({"typing_status": "on"}), &json!({"typing_status": "off"})])
    {
        let answer = site.post(&path, word).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{word}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let (on, before) = agent.event("conversation.typing_on").await;
    assert!(!before.iter().any(|name| name.contains("typing")), "{before:?}");
    assert_eq!(on["user"]["type"], "contact");
    let (_, between) = agent.event("conversation.typing_off").await;
    assert!(between.is_empty(), "{between:?}");
    // In the query it counts too.
    assert_eq!(
        site.post(&format!("{path}?typing_status=on"), &json!({}))
            .await
            .status,
        200
    );
    agent.event("conversation.typing_on").await;
    server.stop().await;
}

#[tokio::test]
async fn s051_with_a_bot_a_resolved_conversation_becomes_pending_and_not_open() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({})).await;
    let bot = admin(&site, "POST", "/agent_bots", &json!({"name": "Robo"}))
        .await
        .json();
    let path = format!("/inboxes/{}/set_agent_bot", inbox.id);
    let set = admin(&site, "POST", &path, &json!({"agent_bot": bot["id"]})).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let visitor = inbox.site.visitor().await;
    assert_eq!(site.get(&visitor.path).await.json()["status"], "pending");
    about(
        &site,
        visitor.conversation,
        "/toggle_status",
        &json!({"status": "resolved"}),
    )
    .await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    assert_eq!(
        site.post(&visitor.messages(), &json!({"content": "again"}))
            .await
            .status,
        200
    );
    let (changed, _) = cable.event("conversation.status_changed").await;
    assert_eq!(
        (&changed["status"], changed.get("performer")),
        (&json!("pending"), None)
    );
    assert_eq!(site.get(&visitor.path).await.json()["status"], "pending");
    server.stop().await;
}
