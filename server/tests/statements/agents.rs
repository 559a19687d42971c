//! The application API beside the numbered rules, and the description of both APIs.

use confab_server::Options;
use serde_json::{Value, json};

use super::{Inbox, server};

#[tokio::test]
async fn a_source_id_belongs_to_one_contact_and_is_found_again_by_it() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({})).await;
    let token = site.agent_token.clone();
    let call = async |path: &str, body: Value| site.agent("POST", path, &token, &body).await;
    let contact = |name: &str, source: &str| json!({"name": name, "inbox_id": inbox.id, "source_id": source});
    let owner = call("/contacts", contact("Owner", "s-1")).await.json()["payload"]["contact"]["id"].clone();
    let other = call("/contacts", contact("Other", "s-2")).await.json()["payload"]["contact"]["id"].clone();
    assert_eq!(call("/contacts", contact("Third", "s-1")).await.status, 500);
    let talk = |contact: &Value, source: Value| json!({"inbox_id": inbox.id, "contact_id": contact, "source_id": source});
    let refused = call("/conversations", talk(&other, json!("s-1"))).await;
    assert_eq!(
        (refused.status, refused.json()),
        (422, json!({"error": "source_id should be unique"}))
    );
    let own = call("/conversations", talk(&owner, json!("s-1"))).await;
    assert_eq!(
        (own.status, own.json()["meta"]["sender"]["id"].clone()),
        (200, owner.clone())
    );
    assert_eq!(
        call("/conversations", talk(&owner, json!("  "))).await.status,
        404
    );
    let sessions = async || {
        let path = format!("/contacts/{owner}");
        let shown = site.agent("GET", &path, &token, &json!({})).await.json();
        shown["payload"]["contact_inboxes"].as_array().unwrap().len()
    };
    let again = format!("/contacts/{owner}/contact_inboxes");
    assert_eq!(
        call(&again, json!({"inbox_id": inbox.id, "source_id": "s-1"}))
            .await
            .status,
        200
    );
    assert_eq!(sessions().await, 1, "the session was there");
    assert_eq!(
        call("/conversations", talk(&owner, Value::Null)).await.status,
        200
    );
    assert_eq!(sessions().await, 2, "without a source_id there is a new session");
    server.stop().await;
}

#[tokio::test]
async fn an_agent_can_open_a_session_that_is_verified() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({})).await;
    let token = site.agent_token.clone();
    let body = json!({"name": "Vera", "inbox_id": inbox.id, "source_id": "plain"});
    let contact =
        site.agent("POST", "/contacts", &token, &body).await.json()["payload"]["contact"]["id"].clone();
    for (source, verified) in [
        ("one", json!(true)),
        ("two", json!("false")),
        ("three", Value::Null),
    ] {
        let body = json!({"inbox_id": inbox.id, "contact_id": contact, "source_id": source, "hmac_verified": verified});
        assert_eq!(
            site.agent("POST", "/conversations", &token, &body).await.status,
            200
        );
    }
    for (source, reached) in [("one", 3), ("two", 1), ("three", 1), ("plain", 0)] {
        let path = format!("{}/contacts/{source}/conversations", inbox.site.client());
        let list = site.get(&path).await.json();
        assert_eq!(list.as_array().map(Vec::len), Some(reached), "{source}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_description_names_its_server_and_may_be_read_by_any_page() {
    let (server, site) = server(Options {
        prefix: "/support".to_owned(),
        ..Options::default()
    })
    .await;
    let answer = site.get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let base = format!("http://{}/support", site.authority);
    assert_eq!(document["servers"], json!([{"url": base}]));
    assert_eq!(
        document["components"]["securitySchemes"]["token"]["name"],
        "api_access_token"
    );
    server.stop().await;
}
