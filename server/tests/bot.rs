//! The scripted agent, as a visitor meets it: over real HTTP and a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use confab_server::{Options, Server, start};
use serde_json::{Value, json};
use support::{Cable, Site, Visitor};

async fn with_bot() -> (Server, Site) {
    let options = Options {
        bot: true,
        ..Options::default()
    };
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

async fn write(site: &Site, visitor: &Visitor, text: &str) {
    let answer = site.post(&visitor.messages(), &json!({"content": text})).await;
    assert_eq!(answer.status, 200);
}

async fn submit(site: &Site, visitor: &Visitor, message: &Value, values: Value) {
    let path = format!("{}/{}", visitor.messages(), message["id"]);
    let answer = site
        .call("PATCH", &path, &[], &json!({"submitted_values": values}))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// The next message that is not the visitor's own.
async fn said(cable: &mut Cable) -> Value {
    loop {
        let (message, _) = cable.event("message.created").await;
        if message["message_type"] != 0 {
            return message;
        }
    }
}

async fn menu(cable: &mut Cable) -> Value {
    loop {
        let message = said(cable).await;
        if message["content_type"] == "input_select" {
            return message;
        }
    }
}

async fn choose(site: &Site, visitor: &Visitor, menu: &Value, value: &str) {
    let items = menu["content_attributes"]["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["value"] == value).unwrap();
    submit(site, visitor, menu, json!([item])).await;
}

async fn messages(site: &Site, visitor: &Visitor) -> Vec<Value> {
    let list = site.get(&visitor.messages()).await.json();
    list.as_array().unwrap().clone()
}

#[tokio::test]
async fn it_types_greets_and_shows_what_is_chosen() {
    let (server, site) = with_bot().await;
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    write(&site, &visitor, "hi").await;
    let (typing, _) = cable.event("conversation.typing_on").await;
    assert_eq!(typing["user"]["available_name"], "Robin (bot)");
    let hello = said(&mut cable).await;
    assert_eq!(
        (&hello["message_type"], &hello["sender"]["type"]),
        (&json!(1), &json!("user"))
    );
    cable.event("conversation.typing_off").await;
    let entries = menu(&mut cable).await;

    choose(&site, &visitor, &entries, "pages").await;
    for kind in ["cards", "article"] {
        assert_eq!(said(&mut cable).await["content_type"], kind);
    }
    let entries = menu(&mut cable).await;
    choose(&site, &visitor, &entries, "files").await;
    for kind in ["image", "audio", "file"] {
        assert_eq!(said(&mut cable).await["attachments"][0]["file_type"], kind);
    }
    menu(&mut cable).await;
    write(&site, &visitor, "and a form?").await;
    let form = said(&mut cable).await;
    assert_eq!(form["content_type"], "form");
    submit(&site, &visitor, &form, json!([{"name": "name", "value": "Kim"}])).await;
    assert!(
        said(&mut cable).await["content"]
            .as_str()
            .unwrap()
            .starts_with("Thank you")
    );
    menu(&mut cable).await;

    let shown = site.get(&visitor.path).await.json();
    assert!(shown["agent_last_seen_at"].as_i64().unwrap() > 0, "it has read");
    server.stop().await;
}

#[tokio::test]
async fn it_ends_a_conversation_for_the_survey_and_goes_on_when_it_reopens() {
    let (server, site) = with_bot().await;
    let visitor = site.visitor().await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    write(&site, &visitor, "the survey, please").await;
    let survey = loop {
        let message = said(&mut cable).await;
        if message["content_type"] == "input_csat" {
            break message;
        }
    };
    assert_eq!(survey["message_type"], 3, "the server's own");
    assert_eq!(site.get(&visitor.path).await.json()["status"], "resolved");
    let response =
        |feedback: &str| json!({"csat_survey_response": {"rating": 5, "feedback_message": feedback}});
    submit(&site, &visitor, &survey, response("")).await;
    submit(&site, &visitor, &survey, response("Quick")).await;
    assert_eq!(
        said(&mut cable).await["content"],
        "Thank you for your words. Write again whenever you like."
    );
    write(&site, &visitor, "survey").await;
    let second = said(&mut cable).await;
    assert_eq!(second["content_attributes"]["display_type"], "star");
    assert_eq!(site.get(&visitor.path).await.json()["status"], "open");
    server.stop().await;
}

#[tokio::test]
async fn a_person_who_answers_or_takes_over_silences_it() {
    let (server, site) = with_bot().await;
    let (answered, taken, noted) = (site.visitor().await, site.visitor().await, site.visitor().await);
    let mut cable = Cable::of_visitor(&site, &noted).await;
    let act = async |visitor: &Visitor, action: &str, body: Value| {
        let path = format!("/conversations/{}/{action}", visitor.conversation);
        let answer = site.agent("POST", &path, &site.agent_token, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    act(&answered, "messages", json!({"content": "Tom here"})).await;
    act(&taken, "assignments", json!({"assignee_id": 1})).await;
    act(&noted, "messages", json!({"content": "for us", "private": true})).await;
    for visitor in [&answered, &taken, &noted] {
        write(&site, visitor, "hi").await;
    }
    // The last one is answered in two steps; the others would have had their first by then.
    menu(&mut cable).await;
    let texts = |all: Vec<Value>| {
        all.into_iter()
            .map(|it| it["content"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(messages(&site, &answered).await), ["Tom here", "hi"]);
    assert_eq!(texts(messages(&site, &taken).await), ["hi"]);
    server.stop().await;
}

#[tokio::test]
async fn it_is_planted_once_and_only_when_asked_for() {
    let folder = std::env::temp_dir().join(format!("confab-bot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("chat.sqlite3").display().to_string();
    let mut names = Vec::new();
    for bot in [false, true, true] {
        let options = Options {
            bot,
            database: database.clone(),
            ..Options::default()
        };
        let server = start(options).await.unwrap();
        let site = Site::new(&server.addresses().json());
        let agents = site
            .agent("GET", "/agents", &site.agent_token, &Value::Null)
            .await
            .json();
        let of = |agents: &Value| {
            agents
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["name"].clone())
                .collect::<Vec<_>>()
        };
        names.push(of(&agents));
        server.stop().await;
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(names[0], ["Ines Okafor", "Tom Lindqvist"]);
    assert_eq!(names[1], ["Ines Okafor", "Tom Lindqvist", "Robin"]);
    assert_eq!(names[1], names[2]);
}
