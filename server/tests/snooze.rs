//! What was put off until a time comes back by itself.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use confab_server::{Options, start};
use serde_json::{Value, json};
use support::{PATIENCE, Site, Visitor};

const MORNING: i64 = 1_900_000_000;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

async fn snooze(site: &Site, visitor: &Visitor, until: Option<i64>) {
    let path = format!("/conversations/{}/toggle_status", visitor.conversation);
    let body = json!({"status": "snoozed", "snoozed_until": until});
    let answer = site.agent("POST", &path, &site.agent_token, &body).await;
    assert_eq!(answer.json()["payload"]["current_status"], "snoozed");
}

async fn status(site: &Site, visitor: &Visitor) -> Value {
    site.get(&visitor.path).await.json()["status"].clone()
}

#[tokio::test]
async fn a_snoozed_conversation_opens_when_its_time_has_come_and_no_other_does() {
    let folder = std::env::temp_dir().join(format!("confab-snooze-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = |now| Options {
        database: folder.join("chat.sqlite3").display().to_string(),
        now: Some(now),
        ..Options::default()
    };
    let server = start(options(MORNING)).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let (due, later) = (site.visitor().await, site.visitor().await);
    let (unbound, forgotten) = (site.visitor().await, site.visitor().await);
    snooze(&site, &due, Some(MORNING + HOUR)).await;
    snooze(&site, &later, Some(MORNING + 2 * DAY)).await;
    snooze(&site, &unbound, None).await;
    snooze(&site, &forgotten, Some(MORNING - 3 * DAY)).await;
    server.stop().await;

    // It looks at once when it starts, and every few minutes from then on.
    let server = start(options(MORNING + HOUR + 1)).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let opened = async {
        while status(&site, &due).await != "open" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.unwrap();
    for visitor in [&later, &unbound, &forgotten] {
        assert_eq!(
            status(&site, visitor).await,
            "snoozed",
            "{}",
            visitor.conversation
        );
    }
    server.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
