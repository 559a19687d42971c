//! Moments between tabs in which one knows more than the other: no row is seen twice, or under two keys.

use confab_protocol::{CableEvent, ConversationId, EchoId, Frame, Message, MessageId, Reply, SourceId};
use confab_session::{Delivery, Event, IdentityRecord, OutgoingKey, Role, RowKey};

use crate::after_hello;
use crate::world::server::Fault;
use crate::world::{World, config};

fn keys(world: &World, tab: usize) -> Vec<RowKey> {
    let rows = world.view(tab).rows.iter();
    rows.map(|row| row.key).collect()
}

/// A tab that follows, whose leading tab is gone: it hears what it is told and no more.
fn alone() -> (World, usize) {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    world.kill(0);
    (world, follower)
}

fn waiting(world: &World) -> OutgoingKey {
    world.store.rows()[0].key.clone()
}

fn fetched(world: &World, id: i64, text: &str) -> Message {
    let mut message = world.server.messages()[0].clone();
    message.id = MessageId(message.id.0 + id);
    message.content = Some(text.to_owned());
    message.echo_id = None;
    message
}

#[test]
fn a_waiting_row_that_another_tab_sent_is_not_shown_beside_its_message_and_keeps_its_key() {
    let (mut world, follower) = alone();
    world.submit(follower, "mine");
    world.run(100);
    let before = keys(&world, follower);
    let mut messages = vec![fetched(&world, 0, "hello"), fetched(&world, 5, "mine")];
    messages[0].echo_id = Some(EchoId::new("hello"));
    world.give(follower, Event::Overheard(Reply::Messages(messages.clone())));
    assert_eq!(world.texts(follower), ["hello", "mine"]);
    world.give(follower, Event::OutboxChanged(vec![]));
    world.give(follower, Event::Overheard(Reply::Messages(messages)));
    assert_eq!(world.texts(follower), ["hello", "mine"]);
    assert_eq!(keys(&world, follower), before);
}

#[test]
fn a_follower_learns_the_conversation_from_the_echo_of_its_first_message() {
    let mut world = World::with_tab();
    let follower = world.add_tab(config(2), Role::Follower);
    world.kill(0);
    world.submit(follower, "first");
    world.run(100);
    let before = keys(&world, follower);
    let key = waiting(&world);
    let mut message = fetched(&after_hello(), 0, "first");
    message.echo_id = Some(EchoId::new(key.0));
    let event = CableEvent::MessageCreated(message);
    let identifier = String::new();
    world.give(
        follower,
        Event::FrameOverheard(Frame::Event { identifier, event }),
    );
    assert_eq!(world.texts(follower), ["first"]);
    assert_eq!(keys(&world, follower), before);
    assert!(matches!(world.deliveries(follower)[..], [Delivery::Sent]));
}

#[test]
fn what_was_created_is_older_than_what_a_page_has_already() {
    let (mut world, follower) = alone();
    let page = vec![fetched(&world, 0, "hello"), fetched(&world, 5, "changed since")];
    world.give(follower, Event::Overheard(Reply::Messages(page)));
    let event = CableEvent::MessageCreated(fetched(&world, 5, "as it was"));
    let identifier = String::new();
    world.give(
        follower,
        Event::FrameOverheard(Frame::Event { identifier, event }),
    );
    assert_eq!(world.texts(follower), ["hello", "changed since"]);
}

#[test]
fn a_fence_for_one_attempt_proves_nothing_about_a_later_one() {
    let mut world = after_hello();
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::HangsUnapplied);
    world.submit(0, "mine");
    world.run(15_000 + 26_000);
    assert_eq!(world.sends(), 2);
    // Between the looks another leading tab proves it absent and sends it again: that attempt is its own.
    let mut row = world.store.rows()[0].clone();
    row.rounds += 1;
    world.give(0, Event::OutboxChanged(vec![row]));
    world.run(20_000);
    assert_eq!(world.sends(), 2, "sent without a fence for the second attempt");
    // The other tab claimed it a moment ago: its request may last until now.
    world.run(20_000);
    assert_eq!(world.sends(), 2, "its request may be under way");
    world.run(10_000);
    assert_eq!(world.sends(), 3);
}

#[test]
fn a_message_heard_of_before_the_renewed_identity_stays_with_its_key() {
    let (mut world, follower) = alone();
    let gone = world.store.identity().cloned().expect("an identity");
    let without = IdentityRecord {
        conversation: None,
        ..gone.clone()
    };
    world.store.put_identity(without.clone());
    world.give(follower, Event::IdentityChanged(Some(without)));
    world.submit(follower, "mine");
    world.run(100);
    let before = keys(&world, follower);
    let mut message = fetched(&world, 5, "mine");
    message.conversation_id = ConversationId(99);
    message.echo_id = Some(EchoId::new(waiting(&world).0));
    world.give(follower, Event::Overheard(Reply::Message(message)));
    assert!(matches!(world.deliveries(follower)[..], [Delivery::Sent]));
    let renewed = IdentityRecord {
        conversation: Some(ConversationId(99)),
        ..IdentityRecord::new(SourceId::new("renewed"), None)
    };
    world.give(follower, Event::IdentityChanged(Some(renewed)));
    assert_eq!(world.texts(follower), ["mine"]);
    assert_eq!(keys(&world, follower), before);
}

#[test]
fn a_leading_tab_whose_waiting_row_another_one_sent_keeps_it_until_a_page_shows_the_message() {
    let mut world = after_hello();
    world.push(0, 0, Event::WentOffline);
    world.submit(0, "mine");
    world.run(100);
    let before = keys(&world, 0);
    let _ = world.server.contact_says("mine", 1_767_323_010);
    let key = waiting(&world);
    world.store.remove(&key);
    world.give(0, Event::OutboxChanged(vec![]));
    assert_eq!(keys(&world, 0), before);
    world.push(0, 0, Event::WentOnline);
    world.run(5_000);
    assert_eq!(world.texts(0), ["hello", "mine"]);
    assert_eq!(keys(&world, 0), before);
    assert_eq!(world.sends(), 1, "sent by the other tab");
}

#[test]
fn a_leading_tab_drops_a_row_that_neither_the_store_nor_a_page_has() {
    let mut world = after_hello();
    world.push(0, 0, Event::WentOffline);
    world.submit(0, "given up elsewhere");
    world.run(100);
    let key = waiting(&world);
    world.store.remove(&key);
    world.give(0, Event::OutboxChanged(vec![]));
    world.push(0, 0, Event::WentOnline);
    world.run(5_000);
    assert_eq!(world.texts(0), ["hello"]);
    assert_eq!(world.sends(), 1);
}

#[test]
fn a_row_met_before_the_conversation_that_another_tab_began_is_not_shown_beside_its_message() {
    let mut world = after_hello();
    world.kill(0);
    let follower = world.add_tab(config(2), Role::Follower);
    world.submit(follower, "mine");
    world.run(100);
    let before = keys(&world, follower).last().copied();
    let known = world.store.identity().cloned().expect("an identity");
    let next = IdentityRecord {
        conversation: Some(ConversationId(99)),
        ..known
    };
    world.give(follower, Event::IdentityChanged(Some(next)));
    let mut message = fetched(&world, 5, "mine");
    message.conversation_id = ConversationId(99);
    world.give(follower, Event::Overheard(Reply::Messages(vec![message])));
    assert_eq!(world.texts(follower), ["mine"]);
    assert_eq!(keys(&world, follower).last().copied(), before);
}
