//! Limits and pages of messages.

use confab_server::Options;
use serde_json::json;

use super::server;

#[tokio::test]
async fn s060_the_limit_of_content_counts_characters_and_not_bytes() {
    let (server, site) = server(Options::default()).await;
    let path = site.visitor().await.messages();
    for character in ["x", "é", "🦊"] {
        let longest = character.repeat(150_000);
        let kept = site.post(&path, &json!({"content": longest})).await;
        assert_eq!(
            (kept.status, &kept.json()["content"]),
            (200, &json!(longest)),
            "{character}"
        );
        let refused = site.post(&path, &json!({"content": format!("{longest}x")})).await;
        let why = json!({"message": "Content is too long (maximum is 150000 characters)", "attributes": ["content"]});
        assert_eq!((refused.status, refused.json()), (422, why), "{character}");
    }
    server.stop().await;
}

#[tokio::test]
async fn s064_pages_of_twenty_lead_back_to_the_first_message() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let path = visitor.messages();
    let mut ids = Vec::new();
    for number in 1..=45 {
        let body = json!({"content": format!("text {number}")});
        ids.push(site.post(&path, &body).await.json()["id"].as_i64().unwrap());
    }
    let pages = [
        (String::new(), 25..45),
        (format!("?before={}", ids[25]), 5..25),
        (format!("?before={}", ids[5]), 0..5),
        (format!("?before={}", ids[0]), 0..0),
    ];
    for (query, wanted) in pages {
        let page = site.get(&format!("{path}{query}")).await.json();
        let found: Vec<i64> = page
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["id"].as_i64().unwrap())
            .collect();
        assert_eq!(found, ids[wanted], "{query}");
    }
    let embedded = site.get(&visitor.path).await.json()["messages"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(embedded, 45, "the conversation holds them all");
    server.stop().await;
}
