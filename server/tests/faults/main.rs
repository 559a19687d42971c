//! Every fault over real HTTP and a real socket: what the client meets, and what the server really did.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod events;
mod requests;

use std::time::{Duration, Instant};

use confab_server::{Options, Server, start};
use serde_json::{Value, json};
use support::{Answer, Cable, Site, Visitor};

const SECRET: &str = "let-me";
const KEY: [(&str, &str); 1] = [("x-confab-faults", SECRET)];
const ORIGIN: [(&str, &str); 1] = [("origin", "https://shop.example")];

async fn server() -> (Server, Site) {
    let options = Options {
        faults: Some(SECRET.to_owned()),
        ..Options::default()
    };
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

async fn control(site: &Site, method: &str, path: &str, body: &Value) -> Answer {
    site.call(method, path, &KEY, body).await.unwrap()
}

/// Sets a fault and gives its number.
async fn set(site: &Site, fault: Value) -> u64 {
    let answer = control(site, "POST", "/faults", &fault).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["faults"][0]["id"].as_u64().unwrap()
}

async fn clear(site: &Site) {
    let answer = control(site, "DELETE", "/faults", &Value::Null).await;
    assert_eq!(answer.status, 200);
}

async fn struck(site: &Site, id: u64) -> u64 {
    let shown = control(site, "GET", "/faults", &Value::Null).await.json();
    let list = shown["faults"].as_array().unwrap().clone();
    let found = list.iter().find(|fault| fault["id"] == id).unwrap();
    found["struck"].as_u64().unwrap()
}

/// Posts a message; None: the connection ended without an answer.
async fn say(site: &Site, visitor: &Visitor, text: &str) -> Option<Answer> {
    site.call("POST", &visitor.messages(), &ORIGIN, &json!({"content": text}))
        .await
}

async fn stored(site: &Site, visitor: &Visitor) -> Vec<String> {
    let listed = site.get(&visitor.messages()).await.json();
    let contents = listed.as_array().unwrap().iter();
    contents
        .map(|message| message["content"].as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn until_stored(site: &Site, visitor: &Visitor, texts: &[&str]) {
    let begun = Instant::now();
    while stored(site, visitor).await != texts {
        assert!(
            begun.elapsed() < support::PATIENCE,
            "{:?}",
            stored(site, visitor).await
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The contents of the messages whose events arrive before a sign of life asked for now is answered.
async fn events_so_far(cable: &mut Cable, visitor: &Visitor) -> Vec<String> {
    let identifier = json!({"channel": "RoomChannel", "pubsub_token": visitor.token}).to_string();
    let data = json!({"action": "update_presence"}).to_string();
    cable
        .send(&json!({"command": "message", "identifier": identifier, "data": data}))
        .await;
    let mut seen = Vec::new();
    loop {
        let frame = cable.next().await.unwrap();
        match frame["message"]["event"].as_str() {
            Some("presence.update") => return seen,
            Some("message.created") => {
                seen.push(frame["message"]["data"]["content"].as_str().unwrap().to_owned());
            }
            _ => {}
        }
    }
}

async fn listening(site: &Site) -> (Visitor, Cable) {
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(site, &visitor).await;
    cable.event("presence.update").await;
    (visitor, cable)
}

async fn next_content(cable: &mut Cable) -> String {
    let (data, _) = cable.event("message.created").await;
    data["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_the_flag_the_route_does_not_exist_and_without_the_secret_neither() {
    let plain = start(Options::default()).await.unwrap();
    let site = Site::new(&plain.addresses().json());
    let unknown = site.get("/no-such-route").await;
    for answer in [
        control(&site, "POST", "/faults", &json!({"fault": "stall"})).await,
        site.get("/faults").await,
    ] {
        assert_eq!((answer.status, answer.text()), (404, unknown.text()));
    }
    plain.stop().await;

    let (server, site) = server().await;
    let hidden = site.get("/faults").await;
    assert_eq!((hidden.status, hidden.text()), (404, unknown.text()));
    let wrong = [("x-confab-faults", "let-m")];
    let refused = site
        .call("POST", "/faults", &wrong, &json!({"fault": "stall"}))
        .await
        .unwrap();
    assert_eq!(refused.status, 403);
    assert_eq!(
        control(&site, "GET", "/faults", &Value::Null).await.json(),
        json!({"faults": []})
    );
    server.stop().await;

    let empty = Options {
        faults: Some(String::new()),
        ..Options::default()
    };
    assert!(
        start(empty)
            .await
            .unwrap_err()
            .to_string()
            .contains("--faults needs a secret")
    );
}

#[tokio::test]
async fn faults_are_set_all_or_none_shown_and_cleared_by_number() {
    let (server, site) = server().await;
    let both = json!([{"fault": "stall"}, {"fault": "error", "status": 200}]);
    let refused = control(&site, "POST", "/faults", &both).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.json()["error"]
            .as_str()
            .unwrap()
            .contains("from 500 to 599")
    );
    let broken = site.call("POST", "/faults", &KEY, &json!("{")).await.unwrap();
    assert_eq!(broken.status, 422, "a text is no fault");
    let one = set(&site, json!({"fault": "error", "path": "/nowhere"})).await;
    let other = set(&site, json!({"fault": "delay", "after_ms": 1, "times": 2})).await;
    let shown = control(&site, "GET", "/faults", &Value::Null).await.json();
    let expected = json!([
        {"id": one, "fault": "error", "path": "/nowhere", "matched": 0, "struck": 0},
        {"id": other, "fault": "delay", "after_ms": 1, "times": 2, "matched": 0, "struck": 0},
    ]);
    assert_eq!(shown["faults"], expected);
    let gone = control(&site, "DELETE", &format!("/faults/{one}"), &Value::Null).await;
    assert_eq!((gone.status, gone.json()), (200, json!({"cleared": 1})));
    let again = control(&site, "DELETE", &format!("/faults/{one}"), &Value::Null).await;
    assert_eq!(again.status, 404);
    assert_eq!(
        control(&site, "DELETE", "/faults", &Value::Null).await.json(),
        json!({"cleared": 1})
    );
    assert_eq!(control(&site, "PUT", "/faults", &Value::Null).await.status, 405);
    server.stop().await;
}

#[tokio::test]
async fn a_fault_strikes_whom_it_names_as_often_as_it_says() {
    let (server, site) = server().await;
    let (one, other) = (site.visitor().await, site.visitor().await);
    let statuses = async |site: &Site, visitor: &Visitor, count: usize| {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(say(site, visitor, "x").await.unwrap().status);
        }
        all
    };
    set(
        &site,
        json!({"fault": "error", "contact": one.source, "method": "POST", "skip": 1, "times": 2}),
    )
    .await;
    assert_eq!(statuses(&site, &other, 2).await, [200, 200]);
    assert_eq!(statuses(&site, &one, 5).await, [200, 500, 500, 200, 200]);
    clear(&site).await;

    let chance = json!({"fault": "error", "method": "POST", "probability": 0.5, "seed": 3});
    set(&site, chance.clone()).await;
    let first = statuses(&site, &one, 20).await;
    clear(&site).await;
    set(&site, chance).await;
    assert_eq!(statuses(&site, &one, 20).await, first, "a seed repeats");
    assert!(first.contains(&200) && first.contains(&500));
    clear(&site).await;

    // The first that has an answer gives it; the next one keeps its turn.
    let all = json!([
        {"fault": "error", "method": "POST", "status": 503, "times": 1},
        {"fault": "proxy_error", "method": "POST", "times": 1},
    ]);
    assert_eq!(control(&site, "POST", "/faults", &all).await.status, 201);
    assert_eq!(statuses(&site, &one, 3).await, [503, 502, 200]);
    server.stop().await;
}
