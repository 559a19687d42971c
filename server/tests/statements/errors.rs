//! What every route answers when it cannot, and to requests from foreign pages.

use confab_server::Options;
use serde_json::json;

use super::server;
use crate::support::send;

const NOT_FOUND: &str = r#"{"status":404,"error":"Not Found"}"#;

#[tokio::test]
async fn s002_every_routed_call_to_an_unknown_inbox_is_the_same_404() {
    let (server, site) = server(Options::default()).await;
    let conversation = "/contacts/a/conversations/1";
    let calls = [
        ("GET", String::new()),
        ("POST", "/contacts".to_owned()),
        ("GET", "/contacts/a".to_owned()),
        ("PATCH", "/contacts/a".to_owned()),
        ("PUT", "/contacts/a".to_owned()),
        ("GET", "/contacts/a/conversations".to_owned()),
        ("POST", "/contacts/a/conversations".to_owned()),
        ("GET", conversation.to_owned()),
        ("POST", format!("{conversation}/toggle_status")),
        ("POST", format!("{conversation}/toggle_typing")),
        ("POST", format!("{conversation}/update_last_seen")),
        ("GET", format!("{conversation}/messages")),
        ("POST", format!("{conversation}/messages")),
        ("PATCH", format!("{conversation}/messages/1")),
        ("PUT", format!("{conversation}/messages/1")),
    ];
    for (method, path) in calls {
        for accept in ["*/*", "text/html", "application/json", "image/png"] {
            let path = format!("/public/api/v1/inboxes/nosuch{path}");
            let answer = site
                .call(method, &path, &[("accept", accept)], &json!({}))
                .await
                .unwrap();
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (404, NOT_FOUND),
                "{method} {path} {accept}"
            );
            assert_eq!(
                answer.header("content-type"),
                Some("application/json; charset=UTF-8")
            );
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn s012_answers_of_every_kind_open_themselves_to_foreign_pages_without_credentials() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let contacts = format!("{}/contacts", site.client());
    let cases = [
        ("GET", site.client(), json!({}), 200),
        ("POST", format!("{}/toggle_typing", visitor.path), json!({}), 200),
        ("POST", contacts.clone(), json!({"email": "no address"}), 422),
        ("POST", contacts.clone(), json!({"source_id": ""}), 500),
        ("POST", contacts.clone(), json!({"contact_id": "x"}), 404),
        ("GET", contacts, json!({}), 404),
        ("GET", format!("{}.xml", site.client()), json!({}), 406),
    ];
    for (method, path, body, status) in cases {
        let origin = [("origin", "https://shop.example")];
        let answer = site.call(method, &path, &origin, &body).await.unwrap();
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("*"),
            "{method} {path}"
        );
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let plain = site.call(method, &path, &[], &body).await.unwrap();
        assert_eq!(plain.header("access-control-allow-origin"), None, "nobody asked");
    }
    server.stop().await;
}

#[tokio::test]
async fn s013_a_preflight_for_patch_gets_the_methods_its_headers_and_two_hours() {
    let (server, site) = server(Options::default()).await;
    let headers = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "content-type"),
    ];
    let path = format!("{}/contacts/anybody", site.client());
    let answer = send(&site.authority, "OPTIONS", &path, &headers, b"")
        .await
        .unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let methods = answer.header("access-control-allow-methods").unwrap();
    assert!(methods.split(", ").any(|method| method == "PATCH"), "{methods}");
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some("content-type")
    );
    assert_eq!(answer.header("access-control-max-age"), Some("7200"));
    server.stop().await;
}
