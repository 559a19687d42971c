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

#[tokio::test]
async fn an_e_mail_that_is_no_text_is_an_error_and_false_is_nothing() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let contacts = format!("{}/contacts", site.client());
    let own = format!("{contacts}/{}", visitor.source);
    for (odd, status) in [
        (json!(42), 500),
        (json!(true), 500),
        (json!({"a": 1}), 200),
        (Value::Null, 200),
    ] {
        let body = json!({"email": odd});
        assert_eq!(site.post(&contacts, &body).await.status, status, "POST {odd}");
        let changed = site.call("PATCH", &own, &[], &body).await.unwrap();
        assert_eq!(changed.status, status, "PATCH {odd}");
    }
    let nothing = json!({"name": false, "email": false, "phone_number": false});
    let changed = site.call("PATCH", &own, &[], &nothing).await.unwrap();
    let row = changed.json();
    assert_eq!(
        (changed.status, &row["name"], &row["email"]),
        (200, &json!("Kim"), &Value::Null)
    );
    server.stop().await;
}

#[tokio::test]
async fn s031_a_merge_joins_both_kinds_of_attributes_and_the_survivor_is_preferred() {
    let (server, site) = server(Options::default()).await;
    let contacts = format!("{}/contacts", site.client());
    let make = async |source: &str, more: Value| {
        let mut body = json!({"source_id": source});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        let id = site.post(&contacts, &body).await.json()["id"].clone();
        let attributes = json!({"additional_attributes": {"city": source, source: 1}});
        let path = format!("/contacts/{id}");
        assert_eq!(
            site.agent("PATCH", &path, &site.admin_token, &attributes)
                .await
                .status,
            200
        );
        id
    };
    let base = make("base", json!({"email": "jo@example.org", "phone_number": "+4930123456", "custom_attributes": {"a": {"x": 1}}})).await;
    make(
        "other",
        json!({"name": "Other", "custom_attributes": {"a": {"x": 2, "y": 3}}}),
    )
    .await;
    // Both belong to one contact: it is merged with once.
    let both = json!({"email": "JO@example.org", "phone_number": "+4930123456"});
    let merged = site
        .call("PATCH", &format!("{contacts}/other"), &[], &both)
        .await
        .unwrap();
    let row = merged.json();
    assert_eq!((merged.status, &row["id"]), (200, &base));
    assert_eq!(row["custom_attributes"], json!({"a": {"x": 1, "y": 3}}));
    assert_eq!(
        row["additional_attributes"],
        json!({"city": "base", "base": 1, "other": 1})
    );
    let read = site.get(&format!("{contacts}/other")).await.json();
    assert_eq!((&read["id"], &read["source_id"]), (&base, &json!("other")));
    server.stop().await;
}
