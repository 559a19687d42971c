//! A receiver that never answers, while the chat goes on; and the end of the server with callbacks under way.

use std::fs;
use std::path::Path;

use confab_server::{Options, start};
use futures_util::future::join_all;
use serde_json::json;

use crate::receiver::{Manner, Receiver};
use crate::support::Cable;
use crate::{Inbox, private, server};

/// Ten under way and a thousand waiting is what one address gets; the conversation itself was told too.
const ROOM: usize = 1009;
const WRITERS: usize = 8;

fn patient() -> Options {
    Options {
        callback_seconds: 3600,
        messages_per_minute: Some(1_000_000),
        ..private()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_receiver_delays_nobody_and_what_finds_no_room_has_failed() {
    let (server, site) = server(patient()).await;
    let dead = Receiver::start(Manner::Silent).await;
    let inbox = Inbox::make(&site, &dead.url).await;
    let visitor = inbox.site.visitor().await;
    // None of these callbacks ever ends: had a message to wait for one, its answer would not come.
    let write = async |writer: usize| {
        for number in (writer..ROOM).step_by(WRITERS) {
            inbox.say(&visitor, &number.to_string()).await;
        }
    };
    join_all((0..WRITERS).map(write)).await;
    let mut cable = Cable::of_visitor(&site, &visitor).await;
    let over = inbox.say(&visitor, "one too many").await;
    let (data, _) = cable.event("message.updated").await;
    assert_eq!(data["id"], over);
    let listed = site.get(&visitor.messages()).await.json();
    let before = &listed[18]["content_attributes"];
    assert_eq!(before, &json!({}), "the one before it waits");
    assert_eq!(
        data["content_attributes"]["external_error"],
        "Too many callbacks are waiting"
    );
    // Other addresses have lanes of their own.
    let mut healthy = Receiver::start(Manner::Always(200)).await;
    Inbox::make(&site, &healthy.url).await.site.visitor().await;
    healthy.event("conversation_created").await;
    server.stop().await;
}

#[tokio::test]
async fn the_server_ends_without_waiting_for_callbacks() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callbacks-at-the-end");
    // It is there when this ran before.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let database = folder.join("confab.sqlite3").display().to_string();
    let options = Options {
        database,
        ..patient()
    };
    let (server, site) = server(options.clone()).await;
    let mut silent = Receiver::start(Manner::Silent).await;
    let inbox = Inbox::make(&site, &silent.url).await;
    let visitor = inbox.site.visitor().await;
    inbox.say(&visitor, "hello").await;
    silent.next().await;
    silent.next().await;
    server.stop().await;
    // Had the end waited for them in vain, the database were still in use.
    let again = start(options).await.expect("the database is free");
    again.stop().await;
}

#[tokio::test]
async fn a_job_queue_that_stands_still_holds_callbacks_too() {
    let options = Options {
        faults: Some("secret".to_owned()),
        ..private()
    };
    let (server, site) = server(options).await;
    let mut receiver = Receiver::start(Manner::Always(200)).await;
    let inbox = Inbox::make(&site, &receiver.url).await;
    let visitor = inbox.site.visitor().await;
    receiver.event("conversation_created").await;
    let secret = [("x-confab-faults", "secret")];
    let set = site
        .call("POST", "/faults", &secret, &json!({"fault": "stall"}))
        .await;
    assert_eq!(set.unwrap().status, 201);
    for number in 0..10 {
        inbox.say(&visitor, &number.to_string()).await;
    }
    assert!(receiver.is_untouched());
    let cleared = site.call("DELETE", "/faults", &secret, &json!({})).await;
    assert!(cleared.unwrap().status < 300);
    for _ in 0..10 {
        receiver.event("message_created").await;
    }
    server.stop().await;
}
