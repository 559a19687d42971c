//! What becomes of a message, whatever gets lost.

use confab_session::{Announcement, Delivery, Event, Intent, LinkState, Notice, Role};

use crate::after_hello;
use crate::world::server::{Fault, refused, refused_html, refused_with};
use crate::world::{World, config};

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
        matches!(
            &failed,
            Some(Delivery::Failed { status: Some(422), reason: Some(words), certain: true, .. })
                if words == "Content is too long"
        ),
        "{failed:?}"
    );
    let key = world.failed(0);
    world.wish(0, Intent::Discard(key));
    assert_eq!(world.texts(0), ["hello"]);
    assert!(world.store.rows().is_empty());
}

#[test]
fn a_refusal_without_words_tells_its_status_also_after_a_reload() {
    let mut world = after_hello();
    world
        .server
        .fail("SendMessage", Fault::Refused(refused_html(413)));
    world.submit(0, "one");
    world.run(5_000);
    let tab = world.reload(0);
    world.run(5_000);
    let failed = world.deliveries(tab).pop();
    assert!(
        matches!(
            failed,
            Some(Delivery::Failed {
                status: Some(413),
                reason: None,
                certain: true,
                ..
            })
        ),
        "{failed:?}"
    );
}

#[test]
fn what_a_proxy_calls_late_or_early_may_have_arrived_and_is_looked_for() {
    for (status, arrived) in [(408, false), (425, false), (408, true)] {
        let mut world = after_hello();
        let fault = if arrived {
            Fault::AppliedYet(refused_html(status))
        } else {
            Fault::Refused(refused_html(status))
        };
        world.server.events_stall = true;
        world.server.fail("SendMessage", fault);
        world.submit(0, "one");
        world.run(90_000);
        assert_eq!(world.server.contact_texts(), ["hello", "one"], "{status}");
        assert_eq!(world.deliveries(0), [Delivery::Sent, Delivery::Sent]);
    }
}

#[test]
fn what_waits_says_so_and_every_tab_and_the_next_page_know_of_the_pause() {
    let held = |deliveries: &[Delivery]| -> Vec<bool> {
        let held = |one: &Delivery| matches!(one, Delivery::Queued { is_held: true, .. });
        deliveries.iter().map(held).collect()
    };
    let is_told = |world: &World, tab| matches!(world.view(tab).notice, Some(Notice::SlowDown { .. }));
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    world.server.fail("SendMessage", Fault::Refused(refused(429)));
    world.submit(0, "one");
    world.submit(0, "two");
    assert_eq!(
        held(&world.deliveries(0)),
        [false, false, false],
        "on its way into the store"
    );
    world.run(1_000);
    assert_eq!(held(&world.deliveries(0)), [false, true, true]);
    assert_eq!(held(&world.deliveries(follower)), [false, true, true]);
    assert!(is_told(&world, 0) && is_told(&world, follower));
    let next = world.reload(0);
    world.run(1_000);
    assert!(is_told(&world, next));
    assert_eq!(world.server.contact_texts(), ["hello"], "the pause is not over");
    world.run(20_000);
    assert_eq!(world.server.contact_texts(), ["hello", "one", "two"]);
    assert!(!is_told(&world, next) && !is_told(&world, follower));
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
        .filter(|one| matches!(one, Announcement::MessageSent { .. }))
        .count();
    assert_eq!(sent, 2);
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
