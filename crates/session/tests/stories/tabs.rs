//! Several tabs of one visitor.

use confab_protocol::Request;
use confab_session::{Delivery, Event, Intent, Older, Role};

use crate::after_hello;
use crate::world::server::{Fault, refused};
use crate::world::{World, config};

#[test]
fn a_message_of_a_follower_is_sent_by_the_leader_and_both_show_it_once() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    assert_eq!(world.texts(follower), ["hello"]);
    world.submit(follower, "from the side");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello", "from the side"]);
    assert_eq!(world.texts(0), ["hello", "from the side"]);
    assert_eq!(world.texts(follower), ["hello", "from the side"]);
    assert_eq!(world.deliveries(follower), [Delivery::Sent, Delivery::Sent]);
    world.agent_says("hi both");
    world.run(1_000);
    assert_eq!(world.texts(follower), ["hello", "from the side", "hi both"]);
}

#[test]
fn the_first_message_can_come_from_a_follower() {
    let mut world = World::with_tab();
    let follower = world.add_tab(config(2), Role::Follower);
    world.submit(follower, "hello");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(world.texts(0), ["hello"]);
    assert_eq!(world.texts(follower), ["hello"]);
    assert_eq!(world.deliveries(follower), [Delivery::Sent]);
}

#[test]
fn a_follower_takes_over_from_a_leader_that_died_in_the_middle_of_a_send() {
    for arrived in [true, false] {
        let mut world = after_hello();
        let follower = world.add_tab(config(2), Role::Follower);
        let fault = if arrived {
            Fault::ReplyLost
        } else {
            Fault::HangsUnapplied
        };
        world.server.events_stall = true;
        world.server.fail("SendMessage", fault);
        world.submit(0, "last words");
        world.run(100);
        world.kill(0);
        world.lead(follower);
        world.run(1_000);
        assert!(matches!(
            world.deliveries(follower)[..],
            [.., Delivery::Unconfirmed(_)]
        ));
        world.run(60_000);
        assert_eq!(
            world.server.contact_texts(),
            ["hello", "last words"],
            "arrived: {arrived}"
        );
        assert_eq!(world.texts(follower), ["hello", "last words"]);
        assert_eq!(world.deliveries(follower), [Delivery::Sent, Delivery::Sent]);
    }
}

#[test]
fn a_leader_that_is_robbed_in_the_middle_of_a_send_and_its_robber_make_one_message() {
    for fault in [None, Some(Fault::ReplyLost), Some(Fault::HangsUnapplied)] {
        let mut world = after_hello();
        let thief = world.add_tab(config(2), Role::Follower);
        world.reply_delay = 2_000;
        world.server.events_stall = true;
        if let Some(fault) = fault.clone() {
            world.server.fail("SendMessage", fault);
        }
        world.submit(0, "mine");
        world.run(100);
        world.push(0, 0, Event::RoleChanged(Role::Follower));
        world.lead(thief);
        world.run(90_000);
        assert_eq!(world.server.contact_texts(), ["hello", "mine"], "{fault:?}");
        assert_eq!(world.texts(thief), ["hello", "mine"], "{fault:?}");
        assert_eq!(world.texts(0), ["hello", "mine"], "{fault:?}");
        assert!(world.store.rows().is_empty());
    }
}

#[test]
fn a_follower_scrolls_types_and_reads_through_the_leader() {
    let mut world = after_hello();
    for number in 0..50 {
        world.agent_says(&format!("message {number}"));
        world.server.skip_ids();
    }
    world.run(70_000);
    let follower = world.add_tab(config(2), Role::Follower);
    world.wish(follower, Intent::Open);
    world.run(1_000);
    assert_eq!(world.texts(follower).len(), 20);
    for _ in 0..4 {
        world.wish(follower, Intent::LoadOlder);
        world.run(1_000);
        assert_eq!(
            world.gaps(follower),
            0,
            "the leader's page does not join the follower's"
        );
    }
    assert_eq!(world.texts(follower).len(), 51);
    assert_eq!(world.view(follower).older, Older::None);
    world.wish(
        follower,
        Intent::CompositionChanged {
            text: "hm".to_owned(),
        },
    );
    world.wish(follower, Intent::SeenToEnd);
    world.run(1_000);
    assert_eq!(
        world.count(|request| matches!(request, Request::SetTyping { on: true, .. })),
        1
    );
    assert_eq!(
        world.count(|request| matches!(request, Request::UpdateLastSeen { .. })),
        1
    );
    assert_eq!((world.view(0).unread, world.view(follower).unread), (0, 0));
}

#[test]
fn what_is_given_up_in_one_tab_is_gone_in_the_other() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.server.fail("SendMessage", Fault::Refused(refused(413)));
    world.submit(0, "too large");
    world.run(1_000);
    assert_eq!(world.texts(follower), ["hello", "too large"]);
    let key = world.failed(follower);
    world.wish(follower, Intent::Discard(key));
    world.run(1_000);
    assert_eq!(world.texts(0), ["hello"]);
    assert_eq!(world.texts(follower), ["hello"]);
}

#[test]
fn a_row_claimed_by_a_tab_that_died_is_settled_and_not_just_sent() {
    let mut world = after_hello();
    let other = world.add_tab(config(2), Role::Leader);
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::ReplyLost);
    world.submit(0, "mine");
    // The other tab, without locks a leader too, hears of the row before it hears that it was claimed.
    world.run(10);
    world.kill(0);
    world.run(200_000);
    assert_eq!(world.server.contact_texts(), ["hello", "mine"]);
    assert_eq!(world.texts(other), ["hello", "mine"]);
    assert!(world.store.rows().is_empty());
}

#[test]
fn two_leading_tabs_without_locks_make_one_conversation() {
    for seed in 0..20 {
        let mut world = World::default();
        world.add_tab(config(seed), Role::Leader);
        world.add_tab(config(seed + 100), Role::Leader);
        world.submit(0, "from one");
        world.run(seed * 3);
        world.submit(1, "from the other");
        world.run(90_000);
        assert_eq!(world.server.conversations(), 1, "seed {seed}");
        let mut texts = world.server.contact_texts();
        texts.sort();
        assert_eq!(texts, ["from one", "from the other"], "seed {seed}");
        assert_eq!(world.texts(0), world.texts(1));
    }
}

#[test]
fn of_two_tabs_that_hold_the_first_message_at_once_one_makes_the_conversation() {
    let mut world = World::with_tab();
    world.store.grants_all = true;
    world.add_tab(config(2), Role::Leader);
    world.submit(0, "hello");
    world.run(90_000);
    assert_eq!(world.server.conversations(), 1);
}

#[test]
fn what_a_look_began_before_another_creation_does_not_prove_that_one_absent() {
    let mut world = World::with_tab();
    world.server.fail("CreateConversation", Fault::HangsUnapplied);
    world.submit(0, "hello");
    world.run(1_000);
    let other = world.add_tab(config(2), Role::Leader);
    world.run(20_000);
    // Once the first tab's claim is over the other one tries again; what it asked for is stored after its death.
    let (after, status) = (24_000, 500);
    world
        .server
        .fail("CreateConversation", Fault::AppliedLate { after, status });
    world.run(12_000);
    assert_eq!(world.server.later.len(), 1);
    world.kill(other);
    world.run(120_000);
    assert_eq!(world.server.conversations(), 1);
    assert_eq!(world.server.contact_texts(), ["hello"]);
}

#[test]
fn a_late_refusal_says_nothing_of_what_another_tab_tries_since() {
    let mut world = after_hello();
    let other = world.add_tab(config(2), Role::Follower);
    world
        .server
        .fail("SendMessage", Fault::RefusedAfter(1_000, refused(422)));
    world.server.events_stall = true;
    world.submit(0, "mine");
    world.run(100);
    world.server.forget_conversations();
    world.push(0, 0, Event::RoleChanged(Role::Follower));
    world.lead(other);
    world.server.fail("SendMessage", Fault::Slow(3_000));
    world.run(1_500);
    assert!(
        matches!(world.deliveries(0)[..], [Delivery::Sending(_) | Delivery::Sent]),
        "{:?}",
        world.deliveries(0)
    );
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["mine"]);
    assert_eq!(world.texts(0), ["mine"]);
    assert_eq!(world.deliveries(0), [Delivery::Sent]);
}

#[test]
fn a_resync_that_is_answered_after_the_lead_was_lost_does_not_end_resyncs() {
    let mut world = after_hello();
    let thief = world.add_tab(config(2), Role::Follower);
    for number in 0..100 {
        world
            .server
            .agent_says(&format!("message {number}"), 1_767_323_100);
    }
    world.push(0, 0, Event::Resumed);
    world.run(10);
    world.push(0, 0, Event::RoleChanged(Role::Follower));
    world.run(2_000);
    world.kill(thief);
    world.lead(0);
    world.run(30_000);
    assert_eq!(world.texts(0).len(), 101);
}

#[test]
fn a_message_found_in_a_look_keeps_its_row_in_a_following_tab_too() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::ReplyLost);
    world.submit(follower, "found");
    world.run(100);
    let key = world.view(follower).rows.last().map(|row| row.key);
    world.run(60_000);
    assert_eq!(world.deliveries(follower), [Delivery::Sent, Delivery::Sent]);
    assert_eq!(world.view(follower).rows.last().map(|row| row.key), key);
    // A reading of the store that is late brings nothing back.
    let late = world.last_rows.clone();
    assert_eq!(late.len(), 1);
    world.push(follower, 0, Event::OutboxChanged(late));
    world.run(10);
    assert_eq!(world.texts(follower), ["hello", "found"]);
}

#[test]
fn a_row_that_its_leader_died_before_removing_is_not_sent_again() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.submit(0, "mine");
    world.run(12);
    let row = world.last_rows.clone();
    assert!(row[0].attempt.is_some());
    world.run(1_000);
    world.kill(0);
    world.store.put_back(row[0].clone());
    world.lead(follower);
    world.run(100_000);
    assert_eq!(world.server.contact_texts(), ["hello", "mine"]);
    assert_eq!(world.texts(follower), ["hello", "mine"]);
    assert!(world.store.rows().is_empty());
}

#[test]
fn a_follower_moves_to_the_conversation_that_the_leader_made_anew() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    world.server.forget_conversations();
    world.submit(follower, "again");
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["again"]);
    assert_eq!(world.texts(0), ["again"]);
    assert_eq!(world.texts(follower), ["again"]);
}
