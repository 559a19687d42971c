//! Whose contact a new session gets, and what proves who somebody is.

use confab_server::Options;
use serde_json::{Value, json};

use super::{Inbox, server};

#[tokio::test]
async fn s022_the_identifier_counts_before_the_e_mail_and_that_before_the_phone() {
    let (server, site) = server(Options::default()).await;
    let contacts = format!("{}/contacts", site.client());
    let identifier = json!({"identifier": "crm-1", "name": "First"});
    let email = json!({"email": "second@example.org", "name": "Second"});
    let phone = json!({"phone_number": "+4930123456", "name": "Third"});
    let mut ids = Vec::new();
    for body in [&identifier, &email, &phone] {
        ids.push(site.post(&contacts, body).await.json()["id"].clone());
    }
    let all = json!({"identifier": "crm-1", "email": "SECOND@example.org", "phone_number": "+4930123456"});
    let two = json!({"identifier": "crm-none", "email": "SECOND@example.org", "phone_number": "+4930123456"});
    let one = json!({"email": "none@example.org", "phone_number": "+4930123456"});
    for (body, wanted) in [(&all, 0), (&two, 1), (&one, 2)] {
        let found = site.post(&contacts, body).await.json();
        assert_eq!(found["id"], ids[wanted], "{body}");
    }
    // Nothing was written into the contacts that were found.
    let third = site.post(&contacts, &phone).await.json();
    assert_eq!((&third["name"], &third["email"]), (&json!("Third"), &Value::Null));
    server.stop().await;
}

#[tokio::test]
async fn s122_a_new_inbox_answers_to_its_identifier_and_signs_with_its_token() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({"hmac_mandatory": true}), &json!({})).await;
    let contacts = format!("{}/contacts", inbox.site.client());
    assert_eq!(
        site.get(&inbox.site.client()).await.json()["identifier"],
        inbox.site.inbox.as_str()
    );
    let mut body = json!({"identifier": "jo", "identifier_hash": inbox.hash("jo")});
    assert_eq!(site.post(&contacts, &body).await.status, 200);
    body["identifier_hash"] = json!(inbox.hash("somebody else"));
    assert_eq!(site.post(&contacts, &body).await.status, 500);
    let path = format!("/inboxes/{}", inbox.id);
    let shown = super::admin(&site, "GET", &path, &json!({})).await.json();
    assert_eq!(shown["hmac_token"], inbox.hmac_token.as_str());
    assert_eq!(shown["secret"].as_str().map(str::len), Some(24));
    let to_agent = site
        .agent("GET", &path, &site.agent_token, &json!({}))
        .await
        .json();
    assert!(to_agent.get("hmac_token").is_none() && to_agent.get("secret").is_none());
    server.stop().await;
}
