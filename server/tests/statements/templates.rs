//! What the inbox says by itself.

use confab_server::Options;
use serde_json::{Value, json};

use super::{Inbox, about, admin, server};
use crate::support::Site;

/// Monday 2027-01-04, 12:00:00 UTC.
const NOON: i64 = 1_799_064_000;
const AWAY: &str = "Nobody is here";

fn open_at_noon(now: i64) -> Options {
    Options {
        now: Some(now),
        ..Options::default()
    }
}

fn day(number: i64, hours: Option<(i64, i64)>) -> Value {
    match hours {
        None => json!({"day_of_week": number, "closed_all_day": true, "open_all_day": false}),
        Some((open, close)) => json!({"day_of_week": number, "closed_all_day": false, "open_all_day": false,
            "open_hour": open, "open_minutes": 0, "close_hour": close, "close_minutes": 0}),
    }
}

/// Whether a first message is answered with the text for closed hours.
async fn answers_away(inbox: &Inbox) -> bool {
    let visitor = inbox.site.visitor().await;
    inbox
        .site
        .post(&visitor.messages(), &json!({"content": "hello"}))
        .await;
    texts(&inbox.site, &visitor.messages())
        .await
        .iter()
        .any(|text| text == AWAY)
}

async fn texts(site: &Site, path: &str) -> Vec<String> {
    let list = site.get(path).await.json();
    let list = list.as_array().unwrap().iter();
    list.map(|message| message["content"].as_str().unwrap_or_default().to_owned())
        .collect()
}

async fn with_hours(site: &Site, zone: &str, hours: &[Value]) -> Inbox {
    let settings = json!({"working_hours_enabled": true, "out_of_office_message": AWAY, "timezone": zone});
    let inbox = Inbox::make(site, &json!({}), &settings).await;
    let path = format!("/inboxes/{}", inbox.id);
    assert_eq!(
        admin(site, "PATCH", &path, &json!({"working_hours": hours}))
            .await
            .status,
        200
    );
    inbox
}

#[tokio::test]
async fn s114_outside_of_the_hours_one_text_a_day_unless_somebody_just_wrote() {
    let (server, site) = server(open_at_noon(NOON)).await;
    let inbox = with_hours(&site, "UTC", &[day(1, None)]).await;
    let visitor = inbox.site.visitor().await;
    for text in ["one", "two"] {
        inbox
            .site
            .post(&visitor.messages(), &json!({"content": text}))
            .await;
    }
    assert_eq!(texts(&site, &visitor.messages()).await, ["one", AWAY, "two"]);
    let other = inbox.site.visitor().await;
    about(
        &site,
        other.conversation,
        "/messages",
        &json!({"content": "I am"}),
    )
    .await;
    inbox
        .site
        .post(&other.messages(), &json!({"content": "who?"}))
        .await;
    assert_eq!(texts(&site, &other.messages()).await, ["I am", "who?"]);
    // A note for agents is no answer to the visitor.
    let third = inbox.site.visitor().await;
    about(
        &site,
        third.conversation,
        "/messages",
        &json!({"content": "hm", "private": true}),
    )
    .await;
    inbox
        .site
        .post(&third.messages(), &json!({"content": "who?"}))
        .await;
    assert_eq!(texts(&site, &third.messages()).await, ["who?", AWAY]);
    server.stop().await;
}

#[tokio::test]
async fn s114_hours_are_those_of_the_inboxs_clock_and_day() {
    let (server, site) = server(open_at_noon(NOON)).await;
    // At noon UTC it is Monday 07:00 in New York, half past five in the afternoon in Kolkata, Tuesday 02:00 on Kiritimati.
    let cases = [
        ("UTC", day(1, Some((9, 17))), false),
        ("UTC", day(1, Some((13, 17))), true),
        ("America/New_York", day(1, Some((9, 17))), true),
        ("America/New_York", day(1, Some((6, 8))), false),
        ("Pacific/Kiritimati", day(2, Some((1, 3))), false),
        ("Pacific/Kiritimati", day(2, None), true),
        ("Asia/Kolkata", day(1, Some((17, 18))), false),
    ];
    for (zone, hours, away) in cases {
        let inbox = with_hours(&site, zone, std::slice::from_ref(&hours)).await;
        assert_eq!(answers_away(&inbox).await, away, "{zone} {hours}");
    }
    server.stop().await;
}

#[tokio::test]
async fn s114_summer_time_moves_the_hours() {
    // 07:30 UTC: half past eight in Berlin in winter, half past nine in summer.
    for (now, away) in [(1_800_084_600, true), (1_815_636_600, false)] {
        let (server, site) = server(open_at_noon(now)).await;
        let all: Vec<Value> = (0..7).map(|number| day(number, Some((9, 17)))).collect();
        let inbox = with_hours(&site, "Europe/Berlin", &all).await;
        assert_eq!(answers_away(&inbox).await, away, "{now}");
        server.stop().await;
    }
}

#[tokio::test]
async fn s017_a_day_open_all_day_shows_its_hours_and_impossible_hours_are_not_taken() {
    let (server, site) = server(open_at_noon(NOON)).await;
    let odd = [
        json!({"day_of_week": 0, "closed_all_day": false, "open_all_day": true}),
        json!({"day_of_week": 1, "closed_all_day": true, "open_all_day": true}),
        json!({"day_of_week": 2, "closed_all_day": false, "open_hour": 17, "close_hour": 9}),
        json!({"day_of_week": 3, "closed_all_day": false, "open_hour": 24, "open_minutes": 0, "close_hour": 25, "close_minutes": 0}),
        json!({"day_of_week": 6, "closed_all_day": false}),
    ];
    let inbox = with_hours(&site, "UTC", &odd).await;
    let shown = site.get(&inbox.site.client()).await.json();
    let rows = shown["working_hours"].as_array().unwrap();
    let whole = json!({"day_of_week": 0, "closed_all_day": false, "open_hour": 0, "open_minutes": 0,
        "close_hour": 23, "close_minutes": 59, "open_all_day": true});
    assert_eq!((rows.len(), &rows[0]), (7, &whole));
    for row in &rows[1..4] {
        assert_eq!(
            (&row["open_hour"], &row["close_hour"]),
            (&json!(9), &json!(17)),
            "{row}"
        );
        assert_eq!(
            (&row["closed_all_day"], &row["open_all_day"]),
            (&json!(false), &json!(false)),
            "{row}"
        );
    }
    assert_eq!(rows[6]["closed_all_day"], json!(true), "an open day needs hours");
    server.stop().await;
}
