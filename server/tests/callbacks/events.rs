//! What callbacks say, and how they are signed.

use serde_json::json;

use crate::receiver::{Manner, Receiver};
use crate::{Inbox, private, server};

#[tokio::test]
async fn rule_119_a_message_is_told_once_and_signed_with_the_channels_secret() {
    let (server, site) = server(private()).await;
    let mut receiver = Receiver::start(Manner::Always(200)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let visitor = inbox.site.visitor().await;
    let created = receiver.event("conversation_created").await;
    assert_eq!(created["id"], visitor.conversation);
    let id = inbox.say(&visitor, "a <b>\\\nc\n\n").await;
    let call = receiver.next().await;
    assert_eq!(
        (call.method.as_str(), call.uri.to_string()),
        ("POST", "/callback?x=1".to_owned())
    );
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(call.header("accept"), Some("application/json"));
    assert_eq!(call.header("x-chatwoot-delivery").unwrap().len(), 36);
    assert!(call.is_signed_with(&inbox.secret));
    let text = String::from_utf8_lossy(&call.body);
    assert!(text.contains("a \\u003cb\\u003e\\nc\""), "{text}");
    let told = call.json();
    assert_eq!(told["event"], "message_created");
    assert_eq!(
        (&told["id"], &told["message_type"]),
        (&json!(id), &json!("incoming"))
    );
    assert!(told["created_at"].as_str().unwrap().ends_with('Z') && told["sender"]["type"].is_null());
    let conversation = &told["conversation"];
    assert_eq!(
        conversation["contact_inbox"]["source_id"],
        visitor.source.as_str()
    );
    assert_eq!(conversation["account"], told["account"]);
    assert_eq!(conversation["messages"][0]["content"], "a <b>\nc");

    let path = format!("/inboxes/{}/reset_secret", inbox.id);
    let reset = site
        .agent("POST", &path, &site.admin_token, &json!({}))
        .await
        .json();
    let secret = reset["secret"].as_str().unwrap();
    assert_ne!(secret, inbox.secret);
    inbox.say(&visitor, "again").await;
    let call = receiver.next().await;
    assert_eq!(call.json()["content"], "again", "one callback per message");
    assert!(call.is_signed_with(secret) && !call.is_signed_with(&inbox.secret));
    server.stop().await;
}

#[tokio::test]
async fn rule_121_notes_are_told_and_lines_about_what_happened_are_not() {
    let (server, site) = server(private()).await;
    let mut receiver = Receiver::start(Manner::Always(200)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let visitor = inbox.site.visitor().await;
    receiver.event("conversation_created").await;
    let note = json!({"content": "note", "private": true});
    inbox.agent(&visitor, "POST", "/messages", &note).await;
    let told = receiver.event("message_created").await;
    assert_eq!(
        (&told["private"], &told["content"]),
        (&json!(true), &json!("note"))
    );
    assert_eq!(told["sender"]["type"], "user");
    // Resolving writes a line, which is told to nobody.
    let resolve = json!({"status": "resolved"});
    inbox.agent(&visitor, "POST", "/toggle_status", &resolve).await;
    let names = ["conversation_status_changed", "conversation_updated"];
    let [status, updated] = receiver.events(names).await;
    assert_eq!(
        (&status["changed_attributes"], &status["status"]),
        (&json!(null), &json!("resolved"))
    );
    assert!(status.as_object().unwrap().contains_key("changed_attributes"));
    let changed = updated["changed_attributes"].as_array().unwrap();
    assert_eq!(
        changed[0],
        json!({"status": {"previous_value": "open", "current_value": "resolved"}})
    );
    assert!(changed[1]["updated_at"].is_object());
    assert_eq!(
        changed.len(),
        2,
        "resolving clears waiting_since in silence: {changed:?}"
    );
    // One message and what it changes; a line told would be a second message_created among them.
    inbox.say(&visitor, "more").await;
    let names = ["message_created", names[0], names[1], names[1]];
    assert_eq!(receiver.events(names).await[0]["content"], "more");
    inbox.say(&visitor, "last").await;
    assert_eq!(receiver.event("message_created").await["content"], "last");
    server.stop().await;
}

#[tokio::test]
async fn both_sides_typing_and_assignments_are_told() {
    let (server, site) = server(private()).await;
    let mut receiver = Receiver::start(Manner::Always(200)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let visitor = inbox.site.visitor().await;
    receiver.event("conversation_created").await;
    let path = format!("{}/toggle_typing", visitor.path);
    site.post(&path, &json!({"typing_status": "on"})).await;
    let told = receiver.event("conversation_typing_on").await;
    assert_eq!(
        (&told["user"]["name"], &told["is_private"]),
        (&json!("Kim"), &json!(false))
    );
    let typing = json!({"typing_status": "off", "is_private": true});
    inbox
        .agent(&visitor, "POST", "/toggle_typing_status", &typing)
        .await;
    let told = receiver.event("conversation_typing_off").await;
    assert_eq!(
        (&told["user"]["type"], &told["is_private"]),
        (&json!("user"), &json!(true))
    );
    let profile = [("api_access_token", site.agent_token.as_str())];
    let profile = site
        .call("GET", "/api/v1/profile", &profile, &json!({}))
        .await
        .unwrap()
        .json();
    let assignee = json!({"assignee_id": profile["id"]});
    inbox.agent(&visitor, "POST", "/assignments", &assignee).await;
    let told = receiver.event("conversation_updated").await;
    assert_eq!(told["meta"]["assignee"]["id"], profile["id"]);
    let expected = json!({"assignee_id": {"previous_value": null, "current_value": profile["id"]}});
    assert_eq!(told["changed_attributes"][0], expected);
    server.stop().await;
}

#[tokio::test]
async fn a_survey_is_told_with_the_link_to_its_page() {
    let (server, site) = server(private()).await;
    let mut receiver = Receiver::start(Manner::Always(200)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    inbox.change(&json!({"csat_survey_enabled": true})).await;
    let visitor = inbox.site.visitor().await;
    let resolve = json!({"status": "resolved"});
    inbox.agent(&visitor, "POST", "/toggle_status", &resolve).await;
    for name in [
        "conversation_created",
        "conversation_status_changed",
        "conversation_updated",
    ] {
        receiver.event(name).await;
    }
    let told = receiver.event("message_created").await;
    let link = format!("http://{}/survey/responses/", site.authority);
    assert!(told["content"].as_str().unwrap().contains(&link), "{told}");
    assert_eq!(
        (&told["message_type"], &told["sender"]),
        (&json!("template"), &json!(null))
    );
    assert_eq!(
        told["conversation"]["messages"][0]["content"],
        "Please rate the conversation"
    );
    server.stop().await;
}

#[tokio::test]
async fn redirects_are_followed_with_the_same_callback() {
    let (server, site) = server(private()).await;
    let mut target = Receiver::start(Manner::Always(200)).await;
    let detour = Receiver::start(Manner::Elsewhere(target.url.clone())).await;
    let inbox = Inbox::make(&site, &detour.url).await;
    inbox.site.visitor().await;
    let call = target.next().await;
    assert_eq!(call.method.as_str(), "POST");
    assert!(call.is_signed_with(&inbox.secret));
    assert_eq!(call.json()["event"], "conversation_created");
    server.stop().await;
}
