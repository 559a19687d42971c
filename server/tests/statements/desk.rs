//! What agents do with a conversation, where no recorded story looks so closely.

use confab_server::{Options, Version};
use serde_json::{Value, json};

use super::{Inbox, about, admin, agent_cable, server};
use crate::support::{Answer, Cable, Site};

const REOPENED: &str = "System reopened the conversation due to a new incoming message.";

fn playing(version: &str) -> Options {
    Options {
        version: Version::parse(version).unwrap(),
        ..Options::default()
    }
}

async fn agent(site: &Site, method: &str, conversation: i64, path: &str, body: &Value) -> Answer {
    let path = format!("/conversations/{conversation}{path}");
    site.agent(method, &path, &site.agent_token, body).await
}

/// What agents read of a conversation.
async fn shown(site: &Site, conversation: i64) -> Value {
    agent(site, "GET", conversation, "", &json!({})).await.json()
}

/// The lines of activity, oldest first.
async fn lines(site: &Site, conversation: i64) -> Vec<String> {
    let list = agent(site, "GET", conversation, "/messages", &json!({}))
        .await
        .json();
    let list = list["payload"].as_array().unwrap().iter();
    list.filter(|message| message["message_type"] == 2)
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_line_tells_that_a_message_of_the_contact_reopened() {
    for (version, told_since) in [("2.7", false), ("3.0", true), ("4.15", true)] {
        let (server, site) = server(playing(version)).await;
        let visitor = site.visitor().await;
        let resolve = json!({"status": "resolved"});
        about(&site, visitor.conversation, "/toggle_status", &resolve).await;
        site.post(&visitor.messages(), &json!({"content": "again"})).await;
        let told = lines(&site, visitor.conversation).await;
        let expected = told_since.then_some(REOPENED);
        assert_eq!(told.get(1).map(String::as_str), expected, "{version}: {told:?}");
        about(&site, visitor.conversation, "/toggle_status", &resolve).await;
        let far = json!({"content": "elsewhere", "message_type": "incoming"});
        about(&site, visitor.conversation, "/messages", &far).await;
        let told = lines(&site, visitor.conversation).await;
        assert_eq!(shown(&site, visitor.conversation).await["status"], "open");
        let last = told.last().unwrap();
        let by_agent = last.starts_with("Conversation was reopened by ");
        assert_eq!(
            (last == REOPENED, by_agent),
            (told_since, !told_since),
            "{version}: {last}"
        );
        // What was only snoozed is opened without that line.
        let snooze = json!({"status": "snoozed", "snoozed_until": "4102444800"});
        about(&site, visitor.conversation, "/toggle_status", &snooze).await;
        site.post(&visitor.messages(), &json!({"content": "awake"})).await;
        let told = lines(&site, visitor.conversation).await;
        assert!(told.last().unwrap().starts_with("Conversation was snoozed by "));
        server.stop().await;
    }
}

#[tokio::test]
async fn only_what_is_snoozed_has_a_time_to_wake_and_it_is_in_seconds() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let toggle =
        async |body: Value| agent(&site, "POST", visitor.conversation, "/toggle_status", &body).await;
    let until = |answer: &Answer| answer.json()["payload"]["snoozed_until"].clone();
    let open = toggle(json!({"status": "open", "snoozed_until": 4_102_444_800_i64})).await;
    assert_eq!(until(&open), Value::Null);
    let snoozed = toggle(json!({"status": "snoozed", "snoozed_until": "4102444800"})).await;
    assert_eq!(until(&snoozed), "2100-01-01T00:00:00.000Z");
    let still = toggle(json!({"status": "snoozed"})).await;
    assert_eq!(
        until(&still),
        "2100-01-01T00:00:00.000Z",
        "nothing said, nothing changed"
    );
    for odd in [
        json!("2100-01-01T00:00:00Z"),
        json!("soon"),
        json!(""),
        json!(1.5),
    ] {
        let answer = toggle(json!({"status": "snoozed", "snoozed_until": odd})).await;
        assert_eq!(answer.status, 500, "{odd}");
    }
    assert_eq!(
        until(&toggle(json!({})).await),
        Value::Null,
        "without a status it is toggled"
    );
    assert_eq!(
        shown(&site, visitor.conversation).await["snoozed_until"],
        Value::Null
    );
    server.stop().await;
}

#[tokio::test]
async fn labels_are_cleaned_and_keep_the_order_of_their_rows() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    let labels = async |body: Value| {
        agent(&site, "POST", visitor.conversation, "/labels", &body)
            .await
            .json()
    };
    let given = labels(json!({"labels": ["b", " a ", "b", "", "c,d"]})).await;
    assert_eq!(given, json!({"payload": ["b", "a", "c", "d"]}));
    assert_eq!(
        cable.event("conversation.updated").await.0["labels"],
        given["payload"]
    );
    let given = labels(json!({"labels": ["e", "a"]})).await;
    assert_eq!(given, json!({"payload": ["e", "a"]}), "as they were sent");
    assert_eq!(
        cable.event("conversation.updated").await.0["labels"],
        json!(["a", "e"])
    );
    assert_eq!(
        shown(&site, visitor.conversation).await["labels"],
        json!(["e", "a"])
    );
    let read = agent(&site, "GET", visitor.conversation, "/labels", &json!({})).await;
    assert_eq!(read.json(), json!({"payload": ["a", "e"]}));
    // The same in another order is no change, and one text is no list.
    labels(json!({"labels": ["a", "e"]})).await;
    assert_eq!(labels(json!({"labels": "vip"})).await, json!({"payload": []}));
    assert_eq!(cable.event("conversation.updated").await.0["labels"], json!([]));
    let told = lines(&site, visitor.conversation).await;
    let ends = ["added b, a, c, d", "added e", "removed b, c, d", "removed a, e"];
    assert_eq!(told.len(), ends.len(), "{told:?}");
    for (line, end) in told.iter().zip(ends) {
        assert!(line.ends_with(end), "{line}: {end}");
    }
    server.stop().await;
}

#[tokio::test]
async fn without_an_assignee_nothing_is_assigned() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    let agents = admin(&site, "GET", "/agents", &json!({})).await.json();
    let id = agents[0]["id"].clone();
    about(
        &site,
        visitor.conversation,
        "/assignments",
        &json!({"assignee_id": id}),
    )
    .await;
    for body in [json!({}), json!({"team_id": 1}), json!({"assignee_type": "User"})] {
        let answer = agent(&site, "POST", visitor.conversation, "/assignments", &body).await;
        assert_eq!((answer.status, answer.json()), (200, Value::Null), "{body}");
    }
    let meta = shown(&site, visitor.conversation).await["meta"].clone();
    assert_eq!(meta["assignee"]["id"], id);
    server.stop().await;
}

#[tokio::test]
async fn a_conversation_may_begin_assigned() {
    let (server, site) = server(Options::default()).await;
    let inbox = Inbox::make(&site, &json!({}), &json!({})).await;
    let visitor = inbox.site.visitor().await;
    let agents = admin(&site, "GET", "/agents", &json!({})).await.json();
    let mut cable = agent_cable(&site).await;
    let source = visitor.path.split('/').rev().nth(2).unwrap();
    let body = json!({"source_id": source, "assignee_id": agents[0]["id"]});
    let made = site
        .agent("POST", "/conversations", &site.agent_token, &body)
        .await
        .json();
    assert_eq!(cable.event("assignee.changed").await.0["id"], made["id"]);
    let told = lines(&site, made["id"].as_i64().unwrap()).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let odd = json!({"source_id": source, "status": "closed"});
    let answer = site
        .agent("POST", "/conversations", &site.agent_token, &odd)
        .await;
    assert_eq!(answer.status, 500, "an unknown status");
    server.stop().await;
}

#[tokio::test]
async fn within_the_window_agents_may_answer_and_outside_a_line_stands_for_the_survey() {
    let (server, site) = server(Options::default()).await;
    let channel = json!({"additional_attributes": {"agent_reply_time_window": "24"}});
    let inbox = Inbox::make(&site, &channel, &json!({"csat_survey_enabled": true})).await;
    let silent = inbox.site.visitor().await;
    assert_eq!(
        shown(&site, silent.conversation).await["can_reply"],
        false,
        "nobody wrote"
    );
    let resolve = json!({"status": "resolved"});
    about(&site, silent.conversation, "/toggle_status", &resolve).await;
    let told = lines(&site, silent.conversation).await;
    assert_eq!(
        told.last().unwrap(),
        "CSAT survey not sent due to outgoing message restrictions"
    );
    let visitor = inbox.site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    site.post(&visitor.messages(), &json!({"content": "hi"})).await;
    about(&site, visitor.conversation, "/toggle_status", &resolve).await;
    assert_eq!(
        cable.event("conversation.status_changed").await.0["can_reply"],
        true
    );
    let survey = cable.event("message.created").await.0;
    assert_eq!(survey["content_type"], "input_csat", "{survey}");
    let refused = json!({"channel": {"additional_attributes": {"agent_reply_time_window": 0}}});
    let answer = admin(&site, "PATCH", &format!("/inboxes/{}", inbox.id), &refused).await;
    let complaint = "Agent reply time window agent_reply_time_window must be greater than 0";
    let expected = json!({"message": complaint, "attributes": ["agent_reply_time_window"]});
    assert_eq!((answer.status, answer.json()), (422, expected));
    server.stop().await;
}

#[tokio::test]
async fn who_is_assigned_has_seen_by_a_clock_of_its_own() {
    let (server, site) = server(Options::default()).await;
    let visitor = site.visitor().await;
    site.post(&visitor.messages(), &json!({"content": "hi"})).await;
    let path = format!("/conversations/{}/update_last_seen", visitor.conversation);
    let seen = async |token: &str| {
        let shown = site.agent("POST", &path, token, &json!({})).await.json();
        (
            shown["agent_last_seen_at"] != 0,
            shown["assignee_last_seen_at"] != 0,
        )
    };
    let token = [("api_access_token", site.agent_token.as_str())];
    let profile = site.call("GET", "/api/v1/profile", &token, &Value::Null).await;
    let id = profile.unwrap().json()["id"].clone();
    about(
        &site,
        visitor.conversation,
        "/assignments",
        &json!({"assignee_id": id}),
    )
    .await;
    assert_eq!(seen(&site.admin_token).await, (true, false));
    assert_eq!(seen(&site.agent_token).await, (true, true));
    server.stop().await;
}
