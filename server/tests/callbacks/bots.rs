//! Bots: what they are told, what they may do, and what becomes of conversations whose bot fails.

use serde_json::{Value, json};

use crate::receiver::{Manner, Receiver};
use crate::support::{Answer, Site, Visitor};
use crate::{Inbox, private, server};

/// A bot on an inbox without callback address.
struct Bot {
    inbox: Inbox,
    receiver: Receiver,
    id: i64,
    token: String,
    secret: String,
}

impl Bot {
    async fn make(site: &Site, manner: Manner) -> Self {
        let receiver = Receiver::start(manner).await;
        let inbox = Inbox::make(site, "").await;
        let body = json!({"name": "Robo", "outgoing_url": receiver.url});
        let made = site
            .agent("POST", "/agent_bots", &site.admin_token, &body)
            .await
            .json();
        let id = made["id"].as_i64().unwrap();
        let path = format!("/inboxes/{}/set_agent_bot", inbox.id);
        let set = site
            .agent("POST", &path, &site.admin_token, &json!({"agent_bot": id}))
            .await;
        assert_eq!((set.status, set.body.len()), (200, 0));
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Self {
            inbox,
            receiver,
            id,
            token: text("access_token"),
            secret: text("secret"),
        }
    }

    async fn call(&self, visitor: &Visitor, path: &str, body: &Value) -> Answer {
        let path = format!("/conversations/{}{path}", visitor.conversation);
        self.inbox.site.agent("POST", &path, &self.token, body).await
    }
}

async fn status(site: &Site, visitor: &Visitor) -> Value {
    site.get(&visitor.path).await.json()["status"].clone()
}

#[tokio::test]
async fn a_bot_gets_new_conversations_answers_and_hands_over() {
    let (server, site) = server(private()).await;
    let mut bot = Bot::make(&site, Manner::Always(200)).await;
    let (visitor, mut cable) = bot.inbox.visitor().await;
    assert_eq!(status(&site, &visitor).await, "pending");
    bot.inbox.say(&visitor, "anybody?").await;
    let call = bot.receiver.next().await;
    assert_eq!(
        call.json()["event"],
        "message_created",
        "no conversation_created for bots"
    );
    assert!(call.is_signed_with(&bot.secret));

    let said = bot
        .call(&visitor, "/messages", &json!({"content": "beep"}))
        .await
        .json();
    assert_eq!(
        (&said["sender"]["type"], &said["message_type"]),
        (&json!("agent_bot"), &json!(1))
    );
    let [said, told] = bot
        .receiver
        .events(["message_created", "conversation_updated"])
        .await;
    assert_eq!(
        said["sender"],
        json!({"id": bot.id, "name": "Robo", "type": "agent_bot"})
    );
    assert_eq!(told["waiting_since"], 0, "a bot's reply counts");
    let changed: Vec<&String> = told["changed_attributes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|entry| entry.as_object().unwrap().keys())
        .collect();
    assert_eq!(changed, ["updated_at", "waiting_since", "cached_label_list"]);
    loop {
        let (seen, _) = cable.event("message.created").await;
        if seen["content"] == "beep" {
            assert_eq!(
                (&seen["sender_type"], &seen["sender_id"]),
                (&json!("AgentBot"), &json!(bot.id))
            );
            assert_eq!(seen["performer"]["type"], "agent_bot");
            break;
        }
    }

    assert_eq!(
        bot.call(&visitor, "/toggle_status", &json!({"status": "open"}))
            .await
            .status,
        200
    );
    let names = [
        "conversation_opened",
        "conversation_status_changed",
        "conversation_updated",
        "conversation_updated",
    ];
    let [opened, changed, one, other] = bot.receiver.events(names).await;
    assert_eq!(
        (&opened["status"], &changed["status"]),
        (&json!("open"), &json!("open"))
    );
    // First the contact waits, then the conversation is open.
    let (first, then) = if one["status"] == "pending" {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(
        (&first["status"], &then["status"]),
        (&json!("pending"), &json!("open"))
    );
    assert_ne!(first["waiting_since"], 0);
    // Nobody is assigned, and what is resolved is the bot's again at the next message.
    assert_eq!(
        bot.call(&visitor, "/toggle_status", &json!({"status": "resolved"}))
            .await
            .status,
        200
    );
    bot.inbox.say(&visitor, "back").await;
    assert_eq!(status(&site, &visitor).await, "pending");
    server.stop().await;
}

#[tokio::test]
async fn a_bots_token_opens_few_doors() {
    let (server, site) = server(private()).await;
    let bot = Bot::make(&site, Manner::Always(200)).await;
    let visitor = bot.inbox.site.visitor().await;
    let one = format!("/conversations/{}", visitor.conversation);
    for path in [
        "/conversations",
        "/inboxes",
        "/contacts",
        &format!("{one}/messages"),
        "/agent_bots",
    ] {
        let answer = site.agent("GET", path, &bot.token, &json!({})).await;
        let text = "{\"error\":\"Access to this endpoint is not authorized for bots\"}";
        assert_eq!((answer.status, answer.text().as_str()), (401, text), "{path}");
    }
    let shown = site.agent("GET", &one, &bot.token, &json!({})).await;
    assert_eq!(
        (shown.status, &shown.json()["id"]),
        (200, &json!(visitor.conversation))
    );
    for (path, body) in [
        ("/toggle_typing_status", json!({"typing_status": "on"})),
        ("/toggle_priority", json!({"priority": "high"})),
        (
            "/custom_attributes",
            json!({"custom_attributes": {"plan": "pro"}}),
        ),
        ("/labels", json!({"labels": ["vip"]})),
    ] {
        assert_eq!(bot.call(&visitor, path, &body).await.status, 200, "{path}");
    }
    let assigned = bot
        .call(
            &visitor,
            "/assignments",
            &json!({"assignee_id": bot.id, "assignee_type": "AgentBot"}),
        )
        .await
        .json();
    assert_eq!(assigned["assignee_type"], "AgentBot");
    let shown = site
        .agent("GET", &one, &site.agent_token, &json!({}))
        .await
        .json();
    assert_eq!(
        (&shown["meta"]["assignee_type"], &shown["meta"]["assignee"]["id"]),
        (&json!("AgentBot"), &json!(bot.id))
    );
    let agents = site
        .agent("POST", "/agent_bots", &site.agent_token, &json!({"name": "x"}))
        .await;
    assert_eq!(agents.status, 401, "administrators make bots");
    server.stop().await;
}

#[tokio::test]
async fn agents_write_in_the_name_of_a_bot() {
    let (server, site) = server(private()).await;
    let bot = Bot::make(&site, Manner::Always(200)).await;
    let visitor = bot.inbox.site.visitor().await;
    let text = json!({"content": "beep", "sender_type": "AgentBot", "sender_id": bot.id});
    let said = bot.inbox.agent(&visitor, "POST", "/messages", &text).await;
    assert_eq!(
        (&said["sender"]["type"], &said["sender"]["id"]),
        (&json!("agent_bot"), &json!(bot.id))
    );
    let path = format!("/agent_bots/{}", bot.id);
    let deleted = site.agent("DELETE", &path, &site.admin_token, &json!({})).await;
    assert_eq!(deleted.status, 200);
    let listed = site.get(&visitor.messages()).await.json();
    assert_eq!(
        (&listed[0]["content"], &listed[0]["sender"]),
        (&json!("beep"), &Value::Null)
    );
    assert_eq!(
        status(&site, &bot.inbox.site.visitor().await).await,
        "open",
        "the inbox has no bot now"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_bot_that_fails_loses_the_conversation_to_people() {
    let (server, site) = server(private()).await;
    let mut bot = Bot::make(&site, Manner::Always(404)).await;
    let (visitor, mut cable) = bot.inbox.visitor().await;
    let id = bot.inbox.say(&visitor, "anybody?").await;
    let (changed, passed) = cable.event("conversation.status_changed").await;
    assert_eq!(changed["status"], "open");
    assert!(
        !passed.contains(&"message.updated".to_owned()),
        "the message is not at fault"
    );
    bot.receiver.event("message_created").await;
    let list = bot.inbox.agent(&visitor, "GET", "/messages", &json!({})).await;
    assert_eq!(list["payload"][0]["id"], id);
    assert_eq!(
        list["payload"][1]["content"],
        "Conversation was marked open by system due to an error with the agent bot."
    );
    server.stop().await;
}

#[tokio::test]
async fn a_busy_bot_is_asked_three_times() {
    let (server, site) = server(private()).await;
    let mut bot = Bot::make(&site, Manner::Statuses(vec![500, 429])).await;
    let visitor = bot.inbox.site.visitor().await;
    bot.inbox.say(&visitor, "anybody?").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let call = bot.receiver.next().await;
        assert_eq!(call.json()["event"], "message_created");
        ids.push(call.header("x-chatwoot-delivery").unwrap().to_owned());
    }
    assert!(ids[0] == ids[1] && ids[1] == ids[2], "one delivery: {ids:?}");
    assert_eq!(status(&site, &visitor).await, "pending");
    server.stop().await;
}
