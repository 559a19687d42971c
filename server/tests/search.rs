//! Agents search conversations by what was said in them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use confab_server::{Options, start};
use serde_json::{Value, json};
use support::Site;

async fn found(site: &Site, query: &str) -> Vec<i64> {
    let path = format!("/conversations?{query}");
    let list = site
        .agent("GET", &path, &site.agent_token, &Value::Null)
        .await
        .json();
    let payload = list["data"]["payload"].as_array().unwrap();
    payload.iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_search_finds_what_contacts_and_agents_wrote_in_any_status() {
    let server = start(Options::default()).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let (one, other) = (site.visitor().await, site.visitor().await);
    site.post(&one.messages(), &json!({"content": "The Mudguard rattles"}))
        .await;
    site.post(&other.messages(), &json!({"content": "100% sure, under_score"}))
        .await;
    let at = format!("/conversations/{}", other.conversation);
    let say = json!({"content": "Which mudguard?"});
    site.agent("POST", &format!("{at}/messages"), &site.agent_token, &say)
        .await;
    site.agent(
        "POST",
        &format!("{at}/toggle_status"),
        &site.agent_token,
        &json!({"status": "resolved"}),
    )
    .await;
    assert_eq!(
        found(&site, "q=mudguard").await,
        [other.conversation, one.conversation]
    );
    assert_eq!(
        found(&site, "q=rattles&status=resolved").await,
        [one.conversation]
    );
    assert_eq!(found(&site, "q=100%25+s").await, [other.conversation]);
    // What the server itself wrote is not searched: the line that says who resolved it.
    assert!(found(&site, "q=resolved").await.is_empty());
    server.stop().await;
}
