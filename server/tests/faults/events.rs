//! Faults of the job queue, of events and of sockets.

use std::time::{Duration, Instant};

use confab_server::{Options, start};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::support::{self, Cable, Site};
use super::{
    SECRET, clear, control, events_so_far, listening, next_content, say, server, set, stored, struck,
};

#[tokio::test]
async fn a_hanging_redis_keeps_the_message_answers_500_and_sends_the_event_when_it_is_back() {
    let (server, site) = server().await;
    let (visitor, mut cable) = listening(&site).await;
    set(&site, json!({"fault": "redis_hang", "after_ms": 300})).await;
    let begun = Instant::now();
    assert_eq!(say(&site, &visitor, "kept").await.unwrap().status, 500);
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(stored(&site, &visitor).await, ["kept"], "reading works");
    let unknown = site
        .post(&format!("{}/contacts/x/conversations", site.client()), &json!({}))
        .await;
    assert_eq!(unknown.status, 404, "what is refused leaves no job");
    assert!(events_so_far(&mut cable, &visitor).await.is_empty());
    clear(&site).await;
    assert_eq!(next_content(&mut cable).await, "kept");
    server.stop().await;
}

#[tokio::test]
async fn a_stalled_job_queue_holds_events_and_jobs_and_lets_them_go_in_order() {
    let (server, site) = server().await;
    let (visitor, mut cable) = listening(&site).await;
    let path = format!("/conversations/{}/messages", visitor.conversation);
    let reply = site
        .agent("POST", &path, &site.agent_token, &json!({"content": "hello"}))
        .await
        .json();
    assert_eq!(next_content(&mut cable).await, "hello");
    set(&site, json!({"fault": "stall"})).await;
    for text in ["one", "two"] {
        assert_eq!(say(&site, &visitor, text).await.unwrap().status, 200);
    }
    site.post(&format!("{}/update_last_seen", visitor.path), &json!({}))
        .await;
    assert_eq!(say(&site, &visitor, "three").await.unwrap().status, 200);
    assert!(events_so_far(&mut cable, &visitor).await.is_empty());
    let status = |messages: Value| {
        let all = messages["payload"].as_array().unwrap().clone();
        all.into_iter()
            .find(|message| message["id"] == reply["id"])
            .unwrap()["status"]
            .clone()
    };
    let seen = site
        .agent("GET", &path, &site.agent_token, &Value::Null)
        .await
        .json();
    assert_eq!(status(seen), "sent", "the job that marks it read has not run");
    clear(&site).await;
    for text in ["one", "two"] {
        assert_eq!(next_content(&mut cable).await, text);
    }
    let (data, passed) = cable.event("message.created").await;
    assert_eq!(data["content"], "three");
    assert!(
        passed.contains(&"message.updated".to_owned()),
        "the job ran in its turn: {passed:?}"
    );
    let seen = site
        .agent("GET", &path, &site.agent_token, &Value::Null)
        .await
        .json();
    assert_eq!(status(seen), "read");
    assert_eq!(say(&site, &visitor, "four").await.unwrap().status, 200);
    assert_eq!(next_content(&mut cable).await, "four");
    server.stop().await;
}

#[tokio::test]
async fn a_stall_ends_with_its_time_or_with_the_server_and_loses_no_job() {
    let folder = std::env::temp_dir().join(format!("confab-stall-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = Options {
        faults: Some(SECRET.to_owned()),
        database: folder.join("chat.sqlite3").display().to_string(),
        ..Options::default()
    };
    let server = start(options.clone()).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let (visitor, mut cable) = listening(&site).await;
    set(&site, json!({"fault": "stall", "for_ms": 300})).await;
    assert_eq!(say(&site, &visitor, "held").await.unwrap().status, 200);
    assert_eq!(next_content(&mut cable).await, "held");
    let shown = control(&site, "GET", "/faults", &Value::Null).await.json();
    assert_eq!(shown, json!({"faults": []}));

    let path = format!("/conversations/{}/messages", visitor.conversation);
    site.agent("POST", &path, &site.agent_token, &json!({"content": "hello"}))
        .await;
    set(&site, json!({"fault": "stall"})).await;
    site.post(&format!("{}/update_last_seen", visitor.path), &json!({}))
        .await;
    server.stop().await;
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let seen = site
        .agent("GET", &path, &site.agent_token, &Value::Null)
        .await
        .json();
    assert_eq!(seen["payload"][1]["status"], "read");
    server.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn events_get_lost_doubled_late_and_out_of_order_for_one_contact_alone() {
    let (server, site) = server().await;
    let (visitor, mut cable) = listening(&site).await;
    let (other, mut theirs) = listening(&site).await;
    let event = |kind: &str| json!({"fault": kind, "event": "message.created", "contact": visitor.source});
    set(&site, event("drop_events")).await;
    say(&site, &visitor, "unheard").await.unwrap();
    say(&site, &other, "heard").await.unwrap();
    assert_eq!(next_content(&mut theirs).await, "heard");
    assert!(events_so_far(&mut cable, &visitor).await.is_empty());
    clear(&site).await;

    let mut twice = event("duplicate_events");
    twice["copies"] = json!(2);
    let id = set(&site, twice).await;
    say(&site, &visitor, "thrice").await.unwrap();
    for _ in 0..3 {
        assert_eq!(next_content(&mut cable).await, "thrice");
    }
    assert!(events_so_far(&mut cable, &visitor).await.is_empty());
    assert_eq!(struck(&site, id).await, 1);
    clear(&site).await;

    let mut reversed = event("reorder_events");
    reversed["count"] = json!(3);
    reversed["within_ms"] = json!(60_000);
    set(&site, reversed).await;
    for text in ["a", "b", "c", "d"] {
        say(&site, &visitor, text).await.unwrap();
    }
    assert_eq!(events_so_far(&mut cable, &visitor).await, ["c", "b", "a"]);
    clear(&site).await;
    assert_eq!(
        next_content(&mut cable).await,
        "d",
        "what was gathered is not lost"
    );

    let mut alone = event("reorder_events");
    alone["within_ms"] = json!(100);
    set(&site, alone).await;
    say(&site, &visitor, "alone").await.unwrap();
    assert_eq!(
        next_content(&mut cable).await,
        "alone",
        "nobody came within its time"
    );
    clear(&site).await;

    let mut late = event("delay_events");
    late["by_ms"] = json!(500);
    late["times"] = json!(1);
    set(&site, late).await;
    say(&site, &visitor, "late").await.unwrap();
    say(&site, &visitor, "next").await.unwrap();
    assert_eq!(events_so_far(&mut cable, &visitor).await, ["next"]);
    assert_eq!(next_content(&mut cable).await, "late");
    server.stop().await;
}

#[tokio::test]
async fn sockets_are_cut_with_and_without_a_last_word() {
    let (server, site) = server().await;
    let (visitor, mut mine) = listening(&site).await;
    let (_, mut theirs) = listening(&site).await;
    let none = json!({"fault": "cut_sockets", "contact": "nobody"});
    let refused = control(&site, "POST", "/faults", &none).await;
    assert_eq!(refused.status, 422);
    let id = set(&site, json!({"fault": "cut_sockets", "contact": visitor.source})).await;
    assert!(!mine.closes_with_a_frame().await, "browsers see 1006");
    assert_eq!(struck(&site, id).await, 1);

    let again = Cable::of_visitor(&site, &visitor).await;
    drop(again);
    let farewell = json!({"fault": "cut_sockets", "reason": "unauthorized", "reconnect": false});
    set(&site, farewell).await;
    let last = theirs.next().await.unwrap();
    assert_eq!(
        last,
        json!({"type": "disconnect", "reason": "unauthorized", "reconnect": false})
    );
    assert!(theirs.closes_with_a_frame().await);
    server.stop().await;
}

#[tokio::test]
async fn no_more_sockets_are_cut_than_asked_for() {
    let (server, site) = server().await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(Cable::open(&site).await);
    }
    let id = set(&site, json!({"fault": "cut_sockets", "times": 2, "skip": 1})).await;
    let mut ends = 0;
    let begun = Instant::now();
    while struck(&site, id).await < 2 {
        assert!(begun.elapsed() < support::PATIENCE);
    }
    let cut = json!({"fault": "cut_sockets", "reason": "remote"});
    set(&site, cut).await;
    for mut cable in open {
        ends += usize::from(cable.next().await.is_none());
    }
    assert_eq!(ends, 2, "the third hears of the second cut");
    server.stop().await;
}

/// An address that takes callbacks and tells of each what was said in it.
async fn receiver() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut raw = Vec::new();
            let body = loop {
                let split = raw.windows(4).position(|window| window == b"\r\n\r\n");
                let document = split.and_then(|at| serde_json::from_slice::<Value>(&raw[at + 4..]).ok());
                if let Some(document) = document {
                    break document;
                }
                assert!(stream.read_buf(&mut raw).await.unwrap() > 0, "half a callback");
            };
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
            if body["event"] == "message_created" {
                sender.send(body["content"].as_str().unwrap().to_owned()).unwrap();
            }
        }
    });
    (address, told)
}

#[tokio::test]
async fn a_stalled_job_queue_holds_callbacks() {
    let options = Options {
        faults: Some(SECRET.to_owned()),
        allow_private_callbacks: true,
        ..Options::default()
    };
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    let (address, mut told) = receiver().await;
    let inboxes = site
        .agent("GET", "/inboxes", &site.admin_token, &Value::Null)
        .await
        .json();
    let path = format!("/inboxes/{}", inboxes["payload"][0]["id"]);
    let hook = json!({"channel": {"webhook_url": address}});
    site.agent("PATCH", &path, &site.admin_token, &hook).await;
    let visitor = site.visitor().await;
    let stall = set(&site, json!({"fault": "stall"})).await;
    for text in ["one", "two"] {
        say(&site, &visitor, text).await.unwrap();
    }
    // Long enough for a callback to arrive that was not held; one that is held cannot make this fail.
    let early = tokio::time::timeout(Duration::from_millis(300), told.recv()).await;
    assert!(early.is_err(), "{early:?}");
    control(&site, "DELETE", &format!("/faults/{stall}"), &Value::Null).await;
    let mut rest = [told.recv().await.unwrap(), told.recv().await.unwrap()];
    rest.sort();
    assert_eq!(rest, ["one", "two"]);
    server.stop().await;
}
