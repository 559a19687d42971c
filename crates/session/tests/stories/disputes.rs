//! What the store says otherwise than a tab thinks: writes and claims that it refuses, rows that others changed.

use confab_protocol::{EchoId, Message, MessageId, Reply};
use confab_session::record::Attempt;
use confab_session::{Delivery, Event, OutgoingKey, OutgoingRecord, Role, RowKey};

use crate::after_hello;
use crate::world::server::{Fault, refused_with};
use crate::world::{World, config};

fn is_failed(world: &World, tab: usize) -> bool {
    matches!(world.deliveries(tab).last(), Some(Delivery::Failed { .. }))
}

fn last_key(world: &World, tab: usize) -> Option<RowKey> {
    world.view(tab).rows.last().map(|row| row.key)
}

#[test]
fn a_failure_is_written_until_the_store_takes_it_and_then_the_next_message_is_sent() {
    let mut world = after_hello();
    world.server.fail(
        "SendMessage",
        Fault::Refused(refused_with(422, "Content is too long")),
    );
    // A page that is gone had claimed it a moment ago: what others write about it comes to nothing.
    world.store.refused_updates = 3;
    world.submit(0, "refused");
    world.run(1_000);
    assert!(is_failed(&world, 0));
    assert_eq!(world.store.rows()[0].failed, None);
    world.run(10_000);
    assert!(is_failed(&world, 0));
    let words = world.store.rows()[0].failed.clone();
    assert!(words.is_some_and(|words| words.ends_with("Content is too long")));
    world.submit(0, "next");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello", "next"]);
}

#[test]
fn a_row_that_another_tab_gave_to_the_person_while_it_was_claimed_is_the_persons_here_too() {
    let mut world = after_hello();
    world.claim_delay = 1_000;
    world.submit(0, "mine");
    world.run(10);
    let failed = OutgoingRecord {
        failed: Some(String::new()),
        attempt: None,
        ..world.store.rows()[0].clone()
    };
    let key = failed.key.clone();
    world.store.put_back(failed.clone());
    world.give(0, Event::OutboxChanged(vec![failed]));
    world.give(0, Event::ClaimRefused(key));
    assert!(is_failed(&world, 0));
    world.run(30_000);
    assert!(is_failed(&world, 0));
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_missing_row_takes_no_message_that_may_be_a_stored_ones() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    world.kill(0);
    world.submit(follower, "ok");
    world.run(100);
    // It was logged out of, or given up, while this tab was stopped; then the same was written once more.
    let gone = world.store.rows()[0].clone();
    let newest = world.server.messages()[0].id;
    let stored = OutgoingRecord {
        key: OutgoingKey("once-more".to_owned()),
        sequence: gone.sequence + 1,
        attempt: Some(Attempt {
            newest_known: Some(newest),
            patience: 0,
        }),
        ..gone
    };
    world.give(follower, Event::OutboxChanged(vec![stored.clone()]));
    let key = last_key(&world, follower);
    let message = Message {
        id: MessageId(newest.0 + 5),
        content: Some("ok".to_owned()),
        echo_id: None,
        ..world.server.messages()[0].clone()
    };
    let page = vec![world.server.messages()[0].clone(), message.clone()];
    world.run(30_000);
    world.give(follower, Event::Overheard(Reply::Messages(page.clone())));
    assert_eq!(world.texts(follower), ["hello", "ok", "ok"]);
    assert!(!world.deliveries(follower)[1..].contains(&Delivery::Sent));
    assert_eq!(last_key(&world, follower), key);
    let echoed = Message {
        echo_id: Some(EchoId::new(stored.key.0)),
        ..message
    };
    world.give(follower, Event::Overheard(Reply::Message(echoed)));
    world.give(follower, Event::Overheard(Reply::Messages(page)));
    assert_eq!(world.texts(follower), ["hello", "ok"]);
    assert_eq!(last_key(&world, follower), key);
}
