//! What becomes of a message when nobody knows whether the server has it.

use confab_session::{Delivery, Event, Intent, Role};

use crate::world::config;
use crate::world::server::{Fault, refused};
use crate::{after_hello, is_list};

#[test]
fn a_reply_lost_after_the_write_is_settled_by_the_echo_and_never_sent_twice() {
    let mut world = after_hello();
    world.server.fail("SendMessage", Fault::ReplyLost);
    world.submit(0, "are you there?");
    world.run(100_000);
    assert_eq!(world.server.contact_texts(), ["hello", "are you there?"]);
    assert_eq!(world.texts(0), ["hello", "are you there?"]);
    assert_eq!(world.tabs[0].session.diagnostics().adopted_by_echo, 2);
}

#[test]
fn without_an_echo_a_lost_reply_is_settled_by_a_look_and_the_next_message_waits() {
    let mut world = after_hello();
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::ReplyLost);
    world.submit(0, "one");
    world.submit(0, "two");
    world.run(20_000);
    let pages = world.count(is_list);
    world.push(0, 0, Event::Resumed);
    world.run(1_000);
    assert!(world.count(is_list) > pages);
    assert_eq!(
        world.texts(0),
        ["hello", "one", "two"],
        "the stored message is held back until the look"
    );
    assert!(matches!(
        world.deliveries(0)[1..],
        [Delivery::Unconfirmed(_), Delivery::Queued { .. }]
    ));
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one", "two"]);
    assert_eq!(world.texts(0), ["hello", "one", "two"]);
    assert_eq!(world.tabs[0].session.diagnostics().adopted_by_look, 1);
    assert_eq!(
        world.deliveries(0),
        [Delivery::Sent, Delivery::Sent, Delivery::Sent]
    );
}

#[test]
fn a_request_that_never_arrived_is_sent_again_after_two_looks_and_not_before_the_bound() {
    let mut world = after_hello();
    world.server.fail("SendMessage", Fault::HangsUnapplied);
    world.submit(0, "one");
    world.run(15_000 + 26_900);
    assert_eq!(world.sends(), 2, "sent again before the second look");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one"]);
    assert_eq!(world.sends(), 3);
    assert_eq!(world.tabs[0].session.diagnostics().looks, 2);
}

#[test]
fn a_500_that_stored_the_message_is_not_sent_again() {
    for stall in [false, true] {
        let mut world = after_hello();
        world.server.events_stall = stall;
        world.server.fail("SendMessage", Fault::AppliedYet(refused(500)));
        world.submit(0, "one");
        world.run(60_000);
        assert_eq!(
            world.server.contact_texts(),
            ["hello", "one"],
            "events stalled: {stall}"
        );
        assert_eq!(world.texts(0), ["hello", "one"]);
        assert_eq!(world.sends(), 2);
    }
}

#[test]
fn a_message_stored_three_seconds_after_its_500_is_found_and_not_doubled() {
    let mut world = after_hello();
    world.server.events_stall = true;
    world.server.fail(
        "SendMessage",
        Fault::AppliedLate {
            after: 3_000,
            status: 500,
        },
    );
    world.submit(0, "one");
    world.run(64_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one"]);
    assert_eq!(world.texts(0), ["hello", "one"]);
}

#[test]
fn after_three_rounds_a_person_decides_and_the_next_message_goes_out() {
    let mut world = after_hello();
    for _ in 0..3 {
        world.server.fail("SendMessage", Fault::NeverArrives);
    }
    world.submit(0, "one");
    world.submit(0, "two");
    world.run(300_000);
    assert_eq!(world.server.contact_texts(), ["hello", "two"]);
    assert!(matches!(
        world.deliveries(0)[..],
        [.., Delivery::Failed { certain: true, .. }]
    ));
    let key = world.failed(0);
    world.wish(0, Intent::Retry(key));
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello", "two", "one"]);
    assert!(world.store.rows().is_empty());
}

#[test]
fn after_a_day_a_person_decides() {
    let mut world = after_hello();
    world.push(0, 0, Event::WentOffline);
    world.stop_server();
    world.submit(0, "stale news");
    world.run(86_500_000);
    world.start_server();
    world.push(0, 0, Event::WentOnline);
    world.run(10_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert!(matches!(
        world.deliveries(0)[..],
        [Delivery::Sent, Delivery::Failed { certain: true, .. }]
    ));
}

#[test]
fn the_same_text_from_another_device_is_not_taken_for_ours() {
    let mut world = after_hello();
    world.server.fail("SendMessage", Fault::HangsUnapplied);
    world.submit(0, "ok");
    world.run(1_000);
    world.other_device_says("ok");
    world.run(100);
    assert_eq!(
        world.texts(0),
        ["hello", "ok", "ok"],
        "its event says that it is another client's"
    );
    world.run(90_000);
    assert_eq!(world.server.contact_texts(), ["hello", "ok", "ok"]);
    assert_eq!(world.texts(0), ["hello", "ok", "ok"]);
}

#[test]
fn too_much_news_since_the_attempt_leaves_the_decision_to_the_person() {
    let mut world = after_hello();
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::HangsUnapplied);
    world.submit(0, "lost in the crowd");
    world.run(1_000);
    for number in 0..300 {
        world.agent_says(&format!("message {number}"));
    }
    world.run(90_000);
    assert!(matches!(
        world.deliveries(0).last(),
        Some(Delivery::Failed { certain: false, .. })
    ));
    assert_eq!(world.server.contact_texts(), ["hello"]);
}

#[test]
fn two_unsettled_messages_of_equal_text_adopt_one_each() {
    let mut world = after_hello();
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::ReplyLost);
    world.submit(0, "ok");
    world.submit(0, "ok");
    world.run(100);
    // The second was under way too, from a tab without locks, and did not arrive.
    let mut rows = world.store.rows();
    rows[1].attempt = rows[0].attempt.clone();
    world.store.update(rows[1].clone());
    let tab = world.reload(0);
    world.run(120_000);
    assert_eq!(world.server.contact_texts(), ["hello", "ok", "ok"]);
    assert_eq!(world.texts(tab), ["hello", "ok", "ok"]);
}

#[test]
fn a_message_of_unknown_outcome_is_settled_though_its_conversation_was_lost() {
    for (arrives, is_deleted) in [(true, false), (false, false), (false, true)] {
        let mut world = after_hello();
        world.server.events_stall = true;
        let fault = if arrives {
            Fault::ReplyLost
        } else {
            Fault::NeverArrives
        };
        world.server.fail("SendMessage", fault);
        world.submit(0, "one");
        world.run(20_000);
        world.kill(0);
        let mut identity = world.store.identity().cloned().expect("there is one");
        identity.conversation = None;
        world.store.put_identity(identity);
        if is_deleted {
            world.server.forget_conversations();
        }
        let next = world.add_tab(config(2), Role::Leader);
        world.run(120_000);
        let all: &[&str] = if is_deleted { &["one"] } else { &["hello", "one"] };
        assert_eq!(world.server.contact_texts(), all);
        assert_eq!(world.texts(next), all);
        assert_eq!(world.server.conversations(), 1);
        assert!(world.store.rows().is_empty());
    }
}
