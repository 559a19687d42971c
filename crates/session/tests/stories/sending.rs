//! What becomes of a message, whatever gets lost.

use confab_session::{Announcement, Delivery, Event, Intent, LinkState, Notice, Role};

use crate::world::config;
use crate::world::server::{Fault, refused, refused_html, refused_with};
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
fn a_refused_message_fails_with_the_servers_words_and_can_be_discarded() {
    let mut world = after_hello();
    world.server.fail(
        "SendMessage",
        Fault::Refused(refused_with(422, "Content is too long")),
    );
    world.submit(0, "one");
    world.run(5_000);
    let failed = world.deliveries(0).pop();
    assert!(
        matches!(&failed, Some(Delivery::Failed { reason: Some(words), certain: true, .. }) if words == "Content is too long"),
        "{failed:?}"
    );
    let key = world.failed(0);
    world.wish(0, Intent::Discard(key));
    assert_eq!(world.texts(0), ["hello"]);
    assert!(world.store.rows().is_empty());
}

#[test]
fn when_asked_to_slow_down_the_visitor_is_told_and_the_message_goes_out_later() {
    let mut world = after_hello();
    world.server.fail(
        "SendMessage",
        Fault::Refused(refused_with(422, "Too many messages")),
    );
    world.submit(0, "one");
    world.run(1_000);
    assert!(matches!(world.view(0).notice, Some(Notice::SlowDown { .. })));
    world.run(10_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one"]);
    assert_eq!(world.view(0).notice, None);
}

#[test]
fn a_server_that_keeps_asking_to_slow_down_is_asked_ever_more_seldom() {
    let mut world = after_hello();
    for _ in 0..1_000 {
        for kind in ["SendMessage", "ListMessages"] {
            world.server.fail(kind, Fault::Refused(refused(429)));
        }
    }
    world.submit(0, "one");
    world.run(120_000);
    let before = world.log.len();
    world.run(600_000);
    let asked = world.log.len() - before;
    assert!((20..=60).contains(&asked), "asked {asked} times in ten minutes");
    world.server.heal();
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one"]);
}

#[test]
fn what_was_submitted_offline_waits_for_the_network_and_goes_out_in_order() {
    let mut world = after_hello();
    world.push(0, 0, Event::WentOffline);
    world.stop_server();
    world.submit(0, "one");
    world.submit(0, "two");
    world.run(30_000);
    assert_eq!(world.view(0).link, LinkState::Offline);
    assert!(world.deliveries(0)[1..].iter().all(|delivery| {
        matches!(
            delivery,
            Delivery::Queued {
                waiting_for_network: true,
                ..
            }
        )
    }));
    world.start_server();
    world.push(0, 0, Event::WentOnline);
    world.run(2_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one", "two"]);
    assert_eq!(world.view(0).link, LinkState::Live);
}

#[test]
fn a_reload_in_the_middle_of_a_send_loses_and_doubles_nothing() {
    for arrived in [true, false] {
        let mut world = after_hello();
        let fault = if arrived {
            Fault::ReplyLost
        } else {
            Fault::HangsUnapplied
        };
        world.server.fail("SendMessage", fault);
        world.submit(0, "one");
        world.run(10);
        let tab = world.reload(0);
        world.run(60_000);
        assert_eq!(
            world.server.contact_texts(),
            ["hello", "one"],
            "arrived: {arrived}"
        );
        assert_eq!(world.texts(tab), ["hello", "one"]);
        assert!(world.store.rows().is_empty());
    }
}

#[test]
fn two_equal_texts_are_two_messages_whatever_gets_lost() {
    for faults in [
        [None, None],
        [Some(Fault::ReplyLost), None],
        [Some(Fault::HangsUnapplied), None],
        [Some(Fault::ReplyLost), Some(Fault::ReplyLost)],
        [Some(Fault::HangsUnapplied), Some(Fault::ReplyLost)],
    ] {
        let mut world = after_hello();
        world.server.events_stall = true;
        for fault in faults.clone().into_iter().flatten() {
            world.server.fail("SendMessage", fault);
        }
        world.submit(0, "ok");
        world.submit(0, "ok");
        world.run(200_000);
        assert_eq!(world.server.contact_texts(), ["hello", "ok", "ok"], "{faults:?}");
        assert_eq!(world.texts(0), ["hello", "ok", "ok"], "{faults:?}");
        assert!(world.store.rows().is_empty());
    }
}

#[test]
fn a_claim_that_is_half_over_when_the_store_answers_is_asked_for_again() {
    let mut world = after_hello();
    world.claim_delay = 31_000;
    world.submit(0, "slow store");
    world.run(31_500);
    assert_eq!(world.sends(), 1, "sent on a claim that is half over");
    world.claim_delay = 1;
    world.run(70_000);
    assert_eq!(world.server.contact_texts(), ["hello", "slow store"]);
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
fn an_echo_that_comes_twice_and_a_reply_that_comes_last_change_nothing() {
    let mut world = after_hello();
    world.reply_delay = 3_000;
    world.submit(0, "one");
    world.run(100);
    let shown = world.view(0).rows.clone();
    assert_eq!(world.deliveries(0), [Delivery::Sent, Delivery::Sent]);
    world.repeat_last_echo();
    world.run(2_000);
    assert_eq!(world.view(0).rows, shown);
    world.run(10_000);
    assert_eq!(world.view(0).rows, shown);
    let sent = world.tabs[0]
        .announced
        .iter()
        .filter(|one| **one == Announcement::MessageSent)
        .count();
    assert_eq!(sent, 2);
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
fn a_404_of_something_in_between_forgets_nothing() {
    let mut world = after_hello();
    world
        .server
        .fail("SendMessage", Fault::Refused(refused_html(404)));
    world
        .server
        .fail("ListMessages", Fault::Refused(refused_html(404)));
    world.submit(0, "one");
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one"]);
    assert_eq!((world.server.contacts(), world.server.conversations()), (1, 1));
}

#[test]
fn a_claim_granted_late_is_asked_for_again_and_a_slow_store_holds_nothing_up_for_ever() {
    let mut world = after_hello();
    world.claim_delay = 2_500;
    world.submit(0, "slow");
    world.run(3_000);
    assert_eq!(world.sends(), 1, "sent under a claim that came after 2.5 s");
    world.run(10_000);
    assert_eq!(world.server.contact_texts(), ["hello", "slow"]);
    assert_eq!(world.sends(), 2);
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
