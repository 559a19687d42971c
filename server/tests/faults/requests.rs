//! Faults of single requests, of what stands before the server, and of its database.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::Cable;
use super::{ORIGIN, clear, listening, next_content, say, server, set, stored, until_stored};

#[tokio::test]
async fn a_delay_holds_the_request_before_its_rule_or_the_answer_after_it() {
    let (server, site) = server().await;
    let (visitor, mut cable) = listening(&site).await;
    set(
        &site,
        json!({"fault": "delay", "method": "POST", "before_ms": 400, "times": 1}),
    )
    .await;
    let begun = Instant::now();
    assert_eq!(say(&site, &visitor, "late").await.unwrap().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(400));
    assert_eq!(next_content(&mut cable).await, "late");

    set(
        &site,
        json!({"fault": "delay", "method": "POST", "after_ms": 60_000, "times": 1}),
    )
    .await;
    let (same, whose) = (site.clone(), visitor.clone());
    let answer = tokio::spawn(async move { say(&same, &whose, "soon").await });
    assert_eq!(
        next_content(&mut cable).await,
        "soon",
        "the event does not wait for the answer"
    );
    assert_eq!(stored(&site, &visitor).await, ["late", "soon"]);
    assert!(!answer.is_finished());
    // The end of the server cuts the wait short, so that stopping does not take a minute.
    server.stop().await;
    assert_eq!(answer.await.unwrap().unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_is_dropped_without_a_byte_before_or_after_the_commit() {
    let (server, site) = server().await;
    let visitor = site.visitor().await;
    let path = "/public/api/v1/inboxes/*/contacts/*/conversations/*/messages";
    set(
        &site,
        json!({"fault": "drop_answer", "method": "POST", "path": path, "times": 1}),
    )
    .await;
    assert!(say(&site, &visitor, "kept").await.is_none());
    set(
        &site,
        json!({"fault": "drop_answer", "when": "before", "method": "POST", "path": path}),
    )
    .await;
    assert!(say(&site, &visitor, "lost").await.is_none());
    assert_eq!(stored(&site, &visitor).await, ["kept"]);
    server.stop().await;
}

#[tokio::test]
async fn errors_come_before_or_after_the_commit() {
    let (server, site) = server().await;
    let visitor = site.visitor().await;
    let once = |when: &str, status: u64| json!({"fault": "error", "method": "POST", "when": when, "status": status, "times": 1});
    set(&site, once("before", 503)).await;
    let answer = say(&site, &visitor, "lost").await.unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(
        answer.json(),
        json!({"status": 503, "error": "Service Unavailable"})
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    set(&site, once("after", 500)).await;
    let answer = say(&site, &visitor, "kept").await.unwrap();
    assert_eq!(
        answer.json(),
        json!({"status": 500, "error": "Internal Server Error"})
    );
    assert_eq!(stored(&site, &visitor).await, ["kept"]);
    server.stop().await;
}

#[tokio::test]
async fn what_stands_in_front_of_the_server_answers_in_its_place() {
    let (server, site) = server().await;
    let visitor = site.visitor().await;
    set(&site, json!({"fault": "captive_portal", "times": 2})).await;
    let answer = say(&site, &visitor, "lost").await.unwrap();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html"))
    );
    assert!(answer.text().contains("<form"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let preflight = [ORIGIN[0], ("access-control-request-method", "POST")];
    let answer = site
        .call("OPTIONS", &visitor.messages(), &preflight, &Value::Null)
        .await
        .unwrap();
    assert!(
        answer.text().contains("<form"),
        "a portal stands before preflights too"
    );

    set(&site, json!({"fault": "rate_limit", "times": 1})).await;
    let answer = site
        .call("OPTIONS", &visitor.messages(), &preflight, &Value::Null)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "others spare them");
    let answer = say(&site, &visitor, "lost").await.unwrap();
    assert_eq!(
        (
            answer.status,
            answer.text(),
            answer.header("content-type"),
            answer.header("retry-after")
        ),
        (429, "Retry later\n".to_owned(), Some("text/plain"), None)
    );
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    set(&site, json!({"fault": "rate_limit", "cors": false, "times": 1})).await;
    let answer = say(&site, &visitor, "lost").await.unwrap();
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (429, None)
    );

    for status in [502, 503, 504, 413] {
        set(
            &site,
            json!({"fault": "proxy_error", "status": status, "times": 1}),
        )
        .await;
        let answer = say(&site, &visitor, "lost").await.unwrap();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("text/html"))
        );
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert!(
            answer.text().contains(&format!("<h1>{status} ")),
            "{}",
            answer.text()
        );
    }
    assert!(stored(&site, &visitor).await.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_frozen_database_answers_500_in_time_and_stores_the_message_later() {
    let (server, site) = server().await;
    let visitor = site.visitor().await;
    let freeze = json!({"fault": "database_freeze", "for_ms": 60_000, "limit_ms": 300, "finish_ms": 100});
    set(&site, freeze.clone()).await;
    let begun = Instant::now();
    let answer = say(&site, &visitor, "later").await.unwrap();
    assert_eq!(answer.status, 500);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        site.get(&visitor.messages()).await.status,
        500,
        "reading waits as well"
    );
    let identifier = json!({"channel": "RoomChannel", "pubsub_token": visitor.token}).to_string();
    let subscribe = json!({"command": "subscribe", "identifier": identifier});
    let mut given_up = Cable::open(&site).await;
    given_up.send(&subscribe).await;
    // Whoever is confirmed now would have been told so before this is answered.
    assert_eq!(site.get(&visitor.messages()).await.status, 500);
    set(&site, json!({"fault": "cut_sockets", "reason": "remote"})).await;
    assert_eq!(given_up.next().await.unwrap()["type"], "disconnect");
    let mut cable = Cable::open(&site).await;
    cable.send(&subscribe).await;
    clear(&site).await;
    until_stored(&site, &visitor, &["later"]).await;
    assert_eq!(cable.next().await.unwrap()["type"], "confirm_subscription");

    let mut without = freeze;
    without["stored"] = json!(false);
    // What is held would be done at once, before the next request comes.
    without["finish_ms"] = json!(0);
    set(&site, without).await;
    assert_eq!(say(&site, &visitor, "never").await.unwrap().status, 500);
    clear(&site).await;
    assert_eq!(say(&site, &visitor, "next").await.unwrap().status, 200);
    assert_eq!(stored(&site, &visitor).await, ["later", "next"]);
    server.stop().await;
}

#[tokio::test]
async fn a_short_freeze_answers_late_and_in_any_order() {
    let (server, site) = server().await;
    let visitor = site.visitor().await;
    set(
        &site,
        json!({"fault": "database_freeze", "for_ms": 400, "finish_ms": 800, "method": "POST"}),
    )
    .await;
    let begun = Instant::now();
    let mut waiting = Vec::new();
    for number in 0..8 {
        let (same, whose) = (site.clone(), visitor.clone());
        waiting.push(tokio::spawn(async move {
            say(&same, &whose, &number.to_string()).await
        }));
    }
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap().status, 200);
    }
    assert!(begun.elapsed() >= Duration::from_millis(400));
    let mut found = stored(&site, &visitor).await;
    found.sort();
    assert_eq!(found, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    server.stop().await;
}
