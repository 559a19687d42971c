//! Surveys grow too old, and who is asked.

use std::path::PathBuf;

use confab_server::Options;
use serde_json::json;

use super::{Inbox, about, server};
use crate::support::{Cable, Site, Visitor};

const DAY: i64 = 86_400;
/// 2027-01-04, 12:00:00 UTC.
const NOON: i64 = 1_799_064_000;

/// A database file that goes with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("confab-statements-{name}-{}.sqlite3", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn at(&self, now: i64) -> Options {
        let database = self.0.display().to_string();
        Options {
            database,
            now: Some(now),
            ..Options::default()
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            // Whichever of them there is.
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

/// Resolves and waits for the survey; its message id.
async fn surveyed(site: &Site, visitor: &Visitor) -> i64 {
    let mut cable = Cable::of_visitor(site, visitor).await;
    about(
        site,
        visitor.conversation,
        "/toggle_status",
        &json!({"status": "resolved"}),
    )
    .await;
    loop {
        let (message, _) = cable.event("message.created").await;
        if message["content_type"] == "input_csat" {
            return message["id"].as_i64().unwrap();
        }
    }
}

#[tokio::test]
async fn s075_a_survey_is_answered_for_fourteen_calendar_days() {
    let file = File::new("csat");
    let (first, site) = server(file.at(NOON)).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({"csat_survey_enabled": true})).await;
    let visitor = inbox.site.visitor().await;
    let survey = surveyed(&inbox.site, &visitor).await;
    let uuid = site.get(&visitor.path).await.json()["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    first.stop().await;
    let answer = json!({"submitted_values": {"csat_survey_response": {"rating": 4}}});
    let page = format!("/public/api/v1/csat_survey/{uuid}");
    let midnight = NOON - NOON % DAY;
    for (now, status) in [
        (midnight + 15 * DAY - 30, 200),
        (midnight + 15 * DAY, 422),
        (midnight + 40 * DAY, 422),
    ] {
        let (server, later) = server(file.at(now)).await;
        let own = format!("{}/{survey}", visitor.messages());
        let patched = later.call("PATCH", &own, &[], &answer).await.unwrap();
        let by_page = later
            .call("PATCH", &page, &[], &json!({"message": answer}))
            .await
            .unwrap();
        assert_eq!((patched.status, by_page.status), (status, status), "{now}");
        if status == 422 {
            let why = json!({"error": "You cannot update the CSAT survey after 14 days"});
            assert_eq!((patched.json(), by_page.json()), (why.clone(), why));
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn s113_label_rules_say_who_is_asked_and_nobody_twice() {
    let (server, site) = server(Options::default()).await;
    let rule = |operator: &str| json!({"display_type": "emoji", "survey_rules": {"operator": operator, "values": ["vip"]}});
    for (operator, label, asked) in [
        ("contains", "vip", true),
        ("contains", "other", false),
        ("does_not_contain", "vip", false),
        ("does_not_contain", "other", true),
        ("is_unheard_of", "other", true),
    ] {
        let settings = json!({"csat_survey_enabled": true, "csat_config": rule(operator)});
        let inbox = Inbox::make(&site, &json!({}), &settings).await;
        let visitor = inbox.site.visitor().await;
        about(
            &site,
            visitor.conversation,
            "/labels",
            &json!({"labels": [label]}),
        )
        .await;
        for _ in 0..2 {
            about(
                &site,
                visitor.conversation,
                "/toggle_status",
                &json!({"status": "resolved"}),
            )
            .await;
            about(
                &site,
                visitor.conversation,
                "/toggle_status",
                &json!({"status": "open"}),
            )
            .await;
        }
        let list = site.get(&visitor.messages()).await.json();
        let surveys = list
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message["content_type"] == "input_csat");
        assert_eq!(surveys.count(), usize::from(asked), "{operator} {label}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_surveys_page_reads_no_reserved_parameters() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({"csat_survey_enabled": true})).await;
    let visitor = inbox.site.visitor().await;
    surveyed(&inbox.site, &visitor).await;
    let uuid = site.get(&visitor.path).await.json()["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = format!("/public/api/v1/csat_survey/{uuid}?inbox_id=x&contact_id=y&conversation_id=1");
    assert_eq!(site.get(&page).await.status, 200);
    server.stop().await;
}
