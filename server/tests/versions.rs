//! What the older versions do otherwise, beyond the recorded stories.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use confab_server::{Options, Server, Version, start};
use serde_json::{Value, json};
use support::{Cable, Site};

async fn server(version: &str) -> (Server, Site) {
    let options = Options {
        version: Version::parse(version).unwrap(),
        ..Options::default()
    };
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

async fn texts(site: &Site, path: &str) -> Vec<Value> {
    let messages = site.get(path).await.json();
    messages
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].clone())
        .collect()
}

#[tokio::test]
async fn routes_of_the_contact_came_with_their_versions() {
    for (version, typing, show, priority) in [
        ("2.7", 404, 404, 404),
        ("3.0", 200, 404, 200),
        ("4.1", 200, 200, 200),
        ("4.15", 200, 200, 200),
    ] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        let post = |action: &str| format!("{}/{action}", visitor.path);
        let nothing = json!({});
        let answer = site.post(&post("toggle_typing"), &nothing).await;
        assert_eq!(answer.status, typing, "{version}: typing");
        assert_eq!(
            site.post(&post("update_last_seen"), &nothing).await.status,
            typing,
            "{version}: seen"
        );
        assert_eq!(site.get(&visitor.path).await.status, show, "{version}: show");
        let answer = site.post(&post("toggle_status"), &nothing).await;
        assert_eq!(answer.status, show, "{version}: resolve");
        if show == 404 {
            assert!(
                answer
                    .header("content-type")
                    .is_some_and(|kind| kind.starts_with("text/html"))
            );
        }
        let path = format!("/conversations/{}/toggle_priority", visitor.conversation);
        let answer = site.agent("POST", &path, &site.agent_token, &nothing).await;
        assert_eq!(answer.status, priority, "{version}: priority");
        server.stop().await;
    }
}

#[tokio::test]
async fn an_inbox_without_an_action_is_not_found_whatever_else_is_asked() {
    let (server, site) = server("2.7").await;
    for query in ["", "?contact_id=x", "?conversation_id=1"] {
        let answer = site.get(&format!("{}{query}", site.client())).await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"status": 404, "error": "Not Found"})),
            "{query}"
        );
    }
    let xml = site.get(&format!("{}.xml", site.client())).await;
    assert_eq!(xml.status, 404);
    assert!(xml.text().contains("<status type=\"integer\">404</status>"));
    server.stop().await;
}

#[tokio::test]
async fn before_contacts_were_blocked_one_conversation_is_muted() {
    for (version, status_of_another) in [("3.0", "open"), ("4.1", "resolved")] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        let conversations = visitor.path.rsplit_once('/').unwrap().0.to_owned();
        let other = site.post(&conversations, &json!({})).await.json()["id"].clone();
        let agent = |path: String, body: Value| {
            let site = &site;
            async move { site.agent("POST", &path, &site.admin_token, &body).await }
        };
        agent(format!("/conversations/{}/mute", visitor.conversation), json!({})).await;
        let resolved = json!({"status": "resolved"});
        agent(format!("/conversations/{other}/toggle_status"), resolved).await;
        for conversation in [json!(visitor.conversation), other.clone()] {
            let path = format!("{conversations}/{conversation}/messages");
            assert_eq!(site.post(&path, &json!({"content": "hello?"})).await.status, 200);
        }
        let list = site.get(&conversations).await.json();
        let status = |id: &Value| {
            let found = list
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["id"] == *id)
                .unwrap();
            found["status"].clone()
        };
        assert_eq!(
            status(&json!(visitor.conversation)),
            "resolved",
            "{version}: the muted one"
        );
        assert_eq!(status(&other), status_of_another, "{version}: the other one");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_list_as_source_id_is_written_as_ruby_writes_it() {
    for (version, sent, expected) in [
        ("4.1", json!(["a b"]), "[\"a b\"]"),
        ("4.1", json!(["a b", 1, null]), "[\"a b\", 1, nil]"),
        ("4.15", json!(["a b"]), "a b"),
    ] {
        let (server, site) = server(version).await;
        let body = json!({"source_id": sent});
        let contact = site
            .post(&format!("{}/contacts", site.client()), &body)
            .await
            .json();
        assert_eq!(contact["source_id"], expected, "{version}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_release_is_told() {
    for (version, release) in [("2.7", "2.7.0"), ("4.15", "4.15.1")] {
        let (server, site) = server(version).await;
        let answer = site.get("/api").await;
        assert_eq!(answer.json()["version"], release);
        server.stop().await;
    }
}

#[tokio::test]
async fn agents_verify_sessions_where_they_can() {
    for (version, verified) in [("2.7", false), ("3.0", true)] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        let contact = site
            .get(&format!("{}/contacts/{}", site.client(), visitor.source))
            .await
            .json();
        let inboxes = site
            .agent("GET", "/inboxes", &site.admin_token, &Value::Null)
            .await
            .json();
        let body =
            json!({"inbox_id": inboxes["payload"][0]["id"], "source_id": "by-agent", "hmac_verified": true});
        let path = format!("/contacts/{}/contact_inboxes", contact["id"]);
        let answer = site.agent("POST", &path, &site.admin_token, &body).await;
        assert_eq!(answer.status, 200);
        let other = format!(
            "{}/contacts/by-agent/conversations/{}/messages",
            site.client(),
            visitor.conversation
        );
        let list = site
            .get(&format!("{}/contacts/by-agent/conversations", site.client()))
            .await;
        // A verified session's list was a 500 then; an unverified one has no conversations.
        assert_eq!(list.status, if verified { 500 } else { 200 }, "{version}");
        assert_eq!(
            site.get(&other).await.status,
            200,
            "{version}: messages are open to all sessions"
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn what_an_agent_wrote_keeps_the_office_open_since_then() {
    for (version, private, away) in [
        ("3.0", false, true),
        ("4.1", false, false),
        ("4.1", true, false),
        ("4.15", true, true),
    ] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        let inboxes = site
            .agent("GET", "/inboxes", &site.admin_token, &Value::Null)
            .await
            .json();
        let days: Vec<Value> = (0..7)
            .map(|day| json!({"day_of_week": day, "closed_all_day": true, "open_all_day": false}))
            .collect();
        let settings =
            json!({"working_hours_enabled": true, "out_of_office_message": "Away", "working_hours": days});
        let path = format!("/inboxes/{}", inboxes["payload"][0]["id"]);
        let answer = site.agent("PATCH", &path, &site.admin_token, &settings).await;
        assert_eq!(answer.status, 200);
        let path = format!("/conversations/{}/messages", visitor.conversation);
        let reply = json!({"content": "here", "private": private});
        site.agent("POST", &path, &site.agent_token, &reply).await;
        site.post(&visitor.messages(), &json!({"content": "hello?"}))
            .await;
        let told = texts(&site, &visitor.messages()).await.contains(&json!("Away"));
        assert_eq!(told, away, "{version}, private: {private}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_next_message_brought_the_survey_once() {
    for (version, wrote, surveys) in [("4.1", true, 1), ("4.1", false, 0), ("4.15", true, 0)] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        if wrote {
            site.post(&visitor.messages(), &json!({"content": "hi"})).await;
        }
        let inboxes = site
            .agent("GET", "/inboxes", &site.admin_token, &Value::Null)
            .await
            .json();
        let path = format!("/conversations/{}", visitor.conversation);
        let resolved = json!({"status": "resolved"});
        site.agent(
            "POST",
            &format!("{path}/toggle_status"),
            &site.agent_token,
            &resolved,
        )
        .await;
        let inbox = format!("/inboxes/{}", inboxes["payload"][0]["id"]);
        let settings = json!({"csat_survey_enabled": true});
        site.agent("PATCH", &inbox, &site.admin_token, &settings).await;
        let note = json!({"content": "done", "private": true});
        site.agent("POST", &format!("{path}/messages"), &site.agent_token, &note)
            .await;
        let list = site.get(&visitor.messages()).await.json();
        let found = list
            .as_array()
            .unwrap()
            .iter()
            .filter(|message| message["content_type"] == "input_csat");
        assert_eq!(found.count(), surveys, "{version} {wrote}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_flood_is_stopped_since_the_limit_exists() {
    for (version, status) in [("3.0", 200), ("4.1", 422)] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        for number in 0..200 {
            let answer = site.post(&visitor.messages(), &json!({"content": number})).await;
            assert_eq!(answer.status, 200);
        }
        let answer = site.post(&visitor.messages(), &json!({"content": "more"})).await;
        assert_eq!(answer.status, status, "{version}");
        server.stop().await;
    }
}

#[tokio::test]
async fn lists_of_conversations_once_held_notes_and_activity() {
    for (version, embedded) in [("2.7", 3), ("3.0", 1)] {
        let (server, site) = server(version).await;
        let visitor = site.visitor().await;
        site.post(&visitor.messages(), &json!({"content": "hello"})).await;
        let path = format!("/conversations/{}", visitor.conversation);
        let note = json!({"content": "secret", "private": true});
        site.agent("POST", &format!("{path}/messages"), &site.agent_token, &note)
            .await;
        site.agent(
            "POST",
            &format!("{path}/toggle_status"),
            &site.agent_token,
            &json!({}),
        )
        .await;
        let list = site.get(visitor.path.rsplit_once('/').unwrap().0).await.json();
        assert_eq!(
            list[0]["messages"].as_array().unwrap().len(),
            embedded,
            "{version}"
        );
        assert_eq!(
            texts(&site, &visitor.messages()).await,
            ["hello"],
            "{version}: pages"
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn a_save_without_a_change_was_announced() {
    let (server, site) = server("3.0").await;
    let visitor = site.visitor().await;
    let message = site
        .post(&visitor.messages(), &json!({"content": "hello"}))
        .await
        .json();
    let path = format!("{}/{}", visitor.messages(), message["id"]);
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    let answer = json!({"submitted_values": [{"title": "a", "value": "b"}]});
    for _ in 0..2 {
        site.call("PATCH", &path, &[], &answer).await.unwrap();
    }
    let (first, _) = cable.event("message.updated").await;
    assert!(first["previous_changes"]["content_attributes"].is_array());
    let (second, _) = cable.event("message.updated").await;
    assert_eq!(second["previous_changes"], json!({}));
    server.stop().await;
}
