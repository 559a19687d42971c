//! The cable's handshake, its pings and who is told what.

use confab_server::Options;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::http::Request;

use super::{about, agent_cable, server};
use crate::support::{Cable, PATIENCE, Site};

fn handshake(site: &Site) -> Request<()> {
    format!("ws://{}/cable", site.authority)
        .into_client_request()
        .unwrap()
}

#[tokio::test]
async fn s081_no_subprotocol_works_and_unknown_ones_are_not_repeated() {
    let (server, site) = server(Options::default()).await;
    let (mut socket, response) = connect_async(handshake(&site)).await.unwrap();
    assert!(response.headers().get("sec-websocket-protocol").is_none());
    let first = socket.next().await.unwrap().unwrap();
    assert_eq!(first.to_text().unwrap(), r#"{"type":"welcome"}"#);
    let mut request = handshake(&site);
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "graphql-ws, mqtt".parse().unwrap());
    // The client library refuses because the answer, a switch of protocols all the same, names none.
    let refused = connect_async(request).await.unwrap_err();
    let expected = ProtocolError::SecWebSocketSubProtocolError(SubProtocolError::NoSubProtocol);
    assert!(
        matches!(&refused, Error::Protocol(why) if *why == expected),
        "{refused}"
    );
    server.stop().await;
}

#[tokio::test]
async fn s082_any_origin_may_connect() {
    let (server, site) = server(Options::default()).await;
    for origin in ["https://shop.example", "null", "http://localhost:1234", "file://"] {
        let mut request = handshake(&site);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let (mut socket, _) = connect_async(request)
            .await
            .unwrap_or_else(|error| panic!("{origin}: {error}"));
        let first = socket.next().await.unwrap().unwrap();
        assert_eq!(first.to_text().unwrap(), r#"{"type":"welcome"}"#, "{origin}");
    }
    server.stop().await;
}

#[tokio::test]
async fn s083_an_idle_socket_is_pinged_every_three_seconds_with_the_time() {
    let (server, site) = server(Options {
        now: Some(1_800_000_000),
        ..Options::default()
    })
    .await;
    let (mut socket, _) = connect_async(handshake(&site)).await.unwrap();
    let mut times = Vec::new();
    while times.len() < 3 {
        let frame = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("a ping in time");
        let frame: Value = serde_json::from_str(frame.unwrap().unwrap().to_text().unwrap()).unwrap();
        if frame["type"] == "ping" {
            times.push(frame["message"].as_i64().expect("whole seconds"));
        }
    }
    // By the server's own clock, so that a busy machine does not matter; rounding makes it four at most.
    assert!(
        times
            .windows(2)
            .all(|pair| (2..=4).contains(&(pair[1] - pair[0]))),
        "{times:?}"
    );
    assert!((1_800_000_000..1_800_000_120).contains(&times[0]), "{times:?}");
    server.stop().await;
}

#[tokio::test]
async fn s092_nobody_is_told_that_an_agent_went() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let agent = agent_cable(&site).await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    let ask = json!({"command": "message", "data": "{\"action\":\"update_presence\"}",
        "identifier": json!({"channel": "RoomChannel", "pubsub_token": visitor.token}).to_string()});
    cable.event("presence.update").await;
    cable.send(&ask).await;
    let (there, _) = cable.event("presence.update").await;
    assert_eq!(there["users"].as_object().unwrap().len(), 1, "{there}");
    drop(agent);
    let body = json!({"profile": {"account_id": site.account, "availability": "offline"}});
    let token = [("api_access_token", site.agent_token.as_str())];
    let set = site
        .call("POST", "/api/v1/profile/availability", &token, &body)
        .await
        .unwrap();
    assert_eq!(set.status, 200);
    // What comes next was caused later: nothing came between.
    about(
        &site,
        visitor.conversation,
        "/messages",
        &json!({"content": "bye"}),
    )
    .await;
    let (_, passed) = cable.event("message.created").await;
    assert!(passed.is_empty(), "{passed:?}");
    cable.send(&ask).await;
    let (gone, _) = cable.event("presence.update").await;
    assert!(
        gone["users"]
            .as_object()
            .unwrap()
            .values()
            .all(|state| state == "offline"),
        "{gone}"
    );
    server.stop().await;
}

#[tokio::test]
async fn s093_closing_the_socket_does_not_end_presence_at_once() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    cable.event("presence.update").await;
    drop(cable);
    let mut agent = agent_cable(&site).await;
    let (seen, _) = agent.event("presence.update").await;
    assert_eq!(
        seen["contacts"].as_object().map(serde_json::Map::len),
        Some(1),
        "{seen}"
    );
    server.stop().await;
}
