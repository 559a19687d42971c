//! What agents write and change of messages, contacts and inboxes, where no recorded story looks so closely.

use confab_server::Options;
use serde_json::{Value, json};

use super::{Inbox, about, admin, agent_cable, server};
use crate::support::{Answer, Cable, Site};

async fn agent(site: &Site, method: &str, conversation: i64, path: &str, body: &Value) -> Answer {
    let path = format!("/conversations/{conversation}{path}");
    site.agent(method, &path, &site.agent_token, body).await
}

#[tokio::test]
async fn a_status_that_nobody_knows_changes_nothing_and_an_error_that_is_over_leaves_null() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let sent = about(
        &site,
        visitor.conversation,
        "/messages",
        &json!({"content": "hi"}),
    )
    .await;
    let path = format!("/messages/{}", sent.json()["id"]);
    let change = async |body: Value| {
        let answer = agent(&site, "PATCH", visitor.conversation, &path, &body).await;
        assert_eq!(answer.status, 200, "{body}");
        let shown = answer.json();
        (shown["status"].clone(), shown["content_attributes"].clone())
    };
    assert_eq!(
        change(json!({"status": "lost"})).await,
        (json!("sent"), json!({}))
    );
    assert_eq!(change(json!({})).await, (json!("sent"), json!({})));
    assert_eq!(
        change(json!({"status": "delivered"})).await,
        (json!("delivered"), json!({}))
    );
    let failed = json!({"status": "failed", "external_error": "bounced"});
    assert_eq!(
        change(failed).await,
        (json!("failed"), json!({"external_error": "bounced"}))
    );
    let over = (json!("delivered"), json!({"external_error": null}));
    assert_eq!(change(json!({"status": "delivered"})).await, over);
    server.stop().await;
}

#[tokio::test]
async fn messages_of_every_type_and_what_comes_with_them() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let write = async |body: Value| agent(&site, "POST", visitor.conversation, "/messages", &body).await;
    let refused = write(json!({"content": "x", "message_type": "shout"})).await;
    let error = json!({"error": "'shout' is not a valid message_type"});
    assert_eq!((refused.status, refused.json()), (422, error));
    let unsigned = write(json!({"content": "x", "attachments": ["abc"]})).await;
    let error = json!({"error": "ActiveSupport::MessageVerifier::InvalidSignature"});
    assert_eq!((unsigned.status, unsigned.json()), (422, error));
    for (word, number, sender) in [
        ("template", 3, "contact"),
        ("activity", 2, "contact"),
        ("outgoing", 1, "user"),
    ] {
        let made = write(json!({"content": "x", "message_type": word})).await.json();
        assert_eq!(
            (&made["message_type"], &made["sender"]["type"]),
            (&json!(number), &json!(sender))
        );
    }
    let made = write(json!({"content": "x", "external_created_at": 1_600_000_000}))
        .await
        .json();
    assert_eq!(
        made["content_attributes"],
        json!({"external_created_at": 1_600_000_000})
    );
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    write(json!({"content": "x", "campaign_id": 3})).await;
    let told = cable.event("message.created").await.0;
    assert_eq!(told["additional_attributes"], json!({"campaign_id": 3}));
    server.stop().await;
}

#[tokio::test]
async fn variables_are_replaced_and_the_next_write_forgets_them() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    site.call(
        "PATCH",
        visitor.path.split("/conversations").next().unwrap(),
        &[],
        &json!({"name": "kim lee", "custom_attributes": {"plan": "pro"}}),
    )
    .await
    .unwrap();
    let raw = "{{contact.first_name}} {{ contact.custom_attribute.plan | upcase }}, {{conversation.display_id}} `{{x}}`";
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    about(&site, visitor.conversation, "/messages", &json!({"content": raw})).await;
    let ready = format!("Kim PRO, {} `{{{{x}}}}`", visitor.conversation);
    let made = cable.event("message.created").await.0;
    assert_eq!(
        (&made["content"], &made["processed_message_content"]),
        (&json!(ready), &json!(raw))
    );
    site.post(&format!("{}/update_last_seen", visitor.path), &json!({}))
        .await;
    let seen = cable.event("message.updated").await.0;
    assert_eq!(seen["processed_message_content"], json!(ready));
    assert_eq!(
        seen["previous_changes"]["processed_message_content"],
        json!([raw, ready])
    );
    server.stop().await;
}

#[tokio::test]
async fn an_inbox_completes_the_settings_of_its_survey_and_knows_its_time_zones() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(
        &site,
        &json!({}),
        &json!({"csat_config": {"display_type": "star"}}),
    )
    .await;
    let path = format!("/inboxes/{}", inbox.id);
    let config = admin(&site, "GET", &path, &json!({})).await.json()["csat_config"].clone();
    let whole = json!({"display_type": "star", "message": "", "survey_rules": {"operator": "contains", "values": []},
        "button_text": "Please rate us", "language": "en"});
    assert_eq!(config, whole);
    for zone in [json!("Nowhere/Land"), json!("europe/berlin"), json!(null)] {
        let answer = admin(&site, "PATCH", &path, &json!({"timezone": zone})).await;
        let expected = json!({"message": "Timezone is not included in the list", "attributes": ["timezone"]});
        assert_eq!((answer.status, answer.json()), (422, expected), "{zone}");
    }
    for zone in [
        "Europe/Berlin",
        "UTC",
        "Etc/UTC",
        "America/Argentina/Buenos_Aires",
        "Asia/Calcutta",
    ] {
        let answer = admin(&site, "PATCH", &path, &json!({"timezone": zone})).await;
        assert_eq!(answer.status, 200, "{zone}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_contact_without_a_session_stays_behind_the_error() {
    let (server, site) = server(Options::default()).await;
    let contacts = format!("{}/contacts", site.client());
    let lost = json!({"source_id": "", "email": "lost@example.org", "name": "Lost"});
    assert_eq!(site.post(&contacts, &lost).await.status, 500);
    let found = site
        .post(&contacts, &json!({"email": "LOST@example.org", "name": "Other"}))
        .await;
    assert_eq!(found.json()["name"], "Lost");
    server.stop().await;
}

#[tokio::test]
async fn agents_replace_an_attribute_whole_where_contacts_merge_into_it() {
    let (server, site) = server(Options::default()).await;
    let body = json!({"name": "Deep", "custom_attributes": {"a": {"b": 1}, "kept": 1}});
    let made = site
        .agent("POST", "/contacts", &site.agent_token, &body)
        .await
        .json();
    let path = format!("/contacts/{}", made["payload"]["contact"]["id"]);
    let body = json!({"custom_attributes": {"a": {"c": 2}}});
    let changed = site.agent("PATCH", &path, &site.agent_token, &body).await.json();
    assert_eq!(
        changed["payload"]["custom_attributes"],
        json!({"a": {"c": 2}, "kept": 1})
    );
    server.stop().await;
}

#[tokio::test]
async fn agents_are_told_of_both_sides_of_a_merge() {
    let (server, site) = server(Options::default()).await;
    let contacts = format!("{}/contacts", site.client());
    let base = site
        .post(&contacts, &json!({"email": "base@example.org"}))
        .await
        .json();
    let other = site.post(&contacts, &json!({"name": "Other"})).await.json();
    let mut cable = agent_cable(&site).await;
    let path = format!("{contacts}/{}", other["source_id"].as_str().unwrap());
    let answer = site
        .call("PATCH", &path, &[], &json!({"email": "base@example.org"}))
        .await
        .unwrap();
    assert_eq!(answer.json()["id"], base["id"]);
    assert_eq!(cable.event("contact.deleted").await.0["id"], other["id"]);
    assert_eq!(cable.event("contact.merged").await.0["id"], base["id"]);
    server.stop().await;
}
