//! What the connection survives.

use confab_protocol::{CableEvent, Frame, MessageId, Request};
use confab_session::{Event, Generation, LinkState};

use crate::world::World;
use crate::world::server::Fault;
use crate::{after_hello, is_list};

#[test]
fn a_token_met_with_silence_is_read_again_and_the_new_one_used() {
    let mut world = after_hello();
    world.server.change_tokens();
    world.stop_server();
    world.start_server();
    world.run(20_000);
    assert_eq!(world.view(0).link, LinkState::Live);
    assert_eq!(
        world.count(|request| matches!(request, Request::ShowContact { .. })),
        1
    );
    world.agent_says("heard");
    world.run(100);
    assert_eq!(world.texts(0), ["hello", "heard"]);
}

#[test]
fn where_sockets_do_not_work_pages_are_read_every_five_seconds_and_the_chat_counts_as_live() {
    let mut world = after_hello();
    world.tabs[0].blocked = true;
    world.stop_server();
    world.start_server();
    world.run(30_000);
    assert_eq!(world.view(0).link, LinkState::Live);
    let before = world.count(is_list);
    world.agent_says("by post");
    world.run(6_000);
    assert_eq!(world.texts(0), ["hello", "by post"]);
    world.run(54_000);
    let polls = world.count(is_list) - before;
    assert!((10..=13).contains(&polls), "{polls} polls in a minute");
    world.tabs[0].blocked = false;
    world.run(70_000);
    let before = world.count(is_list);
    world.run(55_000);
    assert!(
        world.count(is_list) - before <= 1,
        "polling goes on beside a live socket"
    );
}

#[test]
fn told_not_to_come_back_the_socket_stays_closed_and_pages_do() {
    let mut world = after_hello();
    let frame = Frame::Disconnect {
        reason: Some("unauthorized".to_owned()),
        reconnect: false,
    };
    world.push(0, 0, Event::FrameArrived(Generation(1), frame));
    world.run(1_000);
    assert_eq!(world.connections, 1);
    world.agent_says("by post");
    world.run(60_000);
    assert_eq!(world.connections, 1);
    assert_eq!(world.texts(0), ["hello", "by post"]);
    world.push(0, 0, Event::Resumed);
    world.run(1_000);
    assert_eq!(world.connections, 2, "somebody looks again");
}

#[test]
fn frames_of_an_older_connection_are_ignored() {
    let mut world = after_hello();
    world.stop_server();
    world.start_server();
    world.run(5_000);
    assert_eq!(world.connections, 2);
    world.push(0, 0, Event::FrameArrived(Generation(1), Frame::Ping));
    world.push(0, 0, Event::CableClosed(Generation(1)));
    world.run(5_000);
    assert_eq!(
        world.connections, 2,
        "a late close of the old socket closed the new one"
    );
    assert_eq!(world.tabs[0].session.diagnostics().late_frames, 2);
}

#[test]
fn a_lost_socket_is_back_within_half_a_second() {
    for seed in 0..20 {
        let mut world = after_hello();
        world.run(seed * 37);
        world.stop_server();
        world.start_server();
        world.run(300);
        assert_eq!(world.view(0).link, LinkState::Live);
    }
}

#[test]
fn an_outage_of_an_hour_is_over_within_half_a_minute() {
    let mut world = after_hello();
    world.stop_server();
    world.run(3_600_000);
    world.start_server();
    world.agent_says("we are back");
    world.run(31_000);
    assert_eq!(world.view(0).link, LinkState::Live);
    assert_eq!(world.texts(0), ["hello", "we are back"]);
}

#[test]
fn waking_up_beside_a_dead_socket_connects_at_once() {
    let mut world = after_hello();
    world.tabs[0].half_open = true;
    world.run(5_000);
    world.push(0, 0, Event::Resumed);
    world.run(300);
    assert_eq!(world.connections, 2);
    assert_eq!(world.view(0).link, LinkState::Live);
}

#[test]
fn events_that_stop_on_a_live_socket_are_made_up_for_by_the_slow_poll() {
    let mut world = after_hello();
    world.server.events_stall = true;
    world.agent_says("unannounced");
    world.run(70_000);
    assert_eq!(world.texts(0), ["hello", "unannounced"]);
    assert_eq!(world.connections, 1);
}

#[test]
fn a_page_that_fails_is_asked_for_again_a_little_later() {
    let mut world = after_hello();
    for _ in 0..3 {
        world.server.fail("ListMessages", Fault::NeverArrives);
    }
    world.tabs[0].half_open = true;
    world.agent_says("unheard");
    world.run(40_000);
    assert_eq!(world.texts(0), ["hello", "unheard"]);
}

#[test]
fn a_socket_that_is_silent_when_a_message_leaves_is_replaced_within_three_seconds() {
    for since_ping in (0..3_000).step_by(250) {
        let mut world = after_hello();
        world.run_to_ping();
        world.run(since_ping);
        let connections = world.connections;
        world.tabs[0].half_open = true;
        world.submit(0, "anybody there?");
        world.run(2_800);
        assert_eq!(world.connections, connections + 1, "{since_ping} ms after a ping");
        assert_eq!(world.view(0).link, LinkState::Live);
    }
}

#[test]
fn after_a_silence_a_page_asked_for_on_a_dead_connection_is_soon_asked_for_again() {
    let mut world = after_hello();
    world.run_to_ping();
    world.tabs[0].half_open = true;
    // The browser's other connections are as dead as the socket, and nobody tells it.
    for _ in 0..2 {
        world.server.fail("ListMessages", Fault::HangsUnapplied);
    }
    world.agent_says("unheard");
    world.run(14_000);
    assert_eq!(world.view(0).link, LinkState::Live);
    assert_eq!(world.texts(0), ["hello", "unheard"]);
}

#[test]
fn a_socket_with_pings_is_kept_when_the_event_of_a_message_does_not_come() {
    for since_ping in (700..3_000).step_by(250) {
        let mut world = after_hello();
        world.run_to_ping();
        world.run(since_ping);
        let connections = world.connections;
        world.server.events_stall = true;
        world.submit(0, "anybody there?");
        world.run(8_000);
        assert_eq!(world.connections, connections, "{since_ping} ms after a ping");
    }
}

#[test]
fn a_socket_that_never_opens_is_given_up_and_another_one_opened() {
    let mut world = after_hello();
    world.tabs[0].never_opens = 1;
    let connections = world.connections;
    world.stop_server();
    world.start_server();
    world.run(5_000);
    assert_ne!(world.view(0).link, LinkState::Live);
    world.run(7_000);
    assert_eq!(world.connections, connections + 2);
    assert_eq!(world.view(0).link, LinkState::Live);
}

#[test]
fn clients_of_a_server_that_restarts_come_back_spread_over_five_seconds() {
    let back_within = |ms| {
        let is_back = |seed: u64| {
            let mut world = World::with_tab_of(seed);
            world.submit(0, "hello");
            world.run(3_000);
            let frame = Frame::Disconnect {
                reason: Some("server_restart".to_owned()),
                reconnect: true,
            };
            let generation = world.tabs[0].generation.unwrap();
            world.push(0, 0, Event::FrameArrived(generation, frame));
            world.run(ms);
            world.view(0).link == LinkState::Live
        };
        (0..40).filter(|seed| is_back(*seed)).count()
    };
    let early = back_within(1_000);
    assert!((1..20).contains(&early), "{early} of 40 within the first second");
    assert_eq!(back_within(5_100), 40);
}

#[test]
fn what_comes_for_another_channel_is_none_of_ours() {
    let mut world = after_hello();
    let generation = world.tabs[0].generation.unwrap();
    let identifier = "{\"channel\":\"RoomChannel\",\"pubsub_token\":\"another\"}".to_owned();
    let rejected = Frame::Rejected {
        identifier: identifier.clone(),
    };
    world.push(0, 0, Event::FrameArrived(generation, rejected));
    let mut message = world.server.messages()[0].clone();
    message.id = MessageId(9_999);
    let event = Frame::Event {
        identifier,
        event: CableEvent::MessageCreated(message),
    };
    world.push(0, 0, Event::FrameArrived(generation, event));
    world.run(1_000);
    assert_eq!(
        world.tabs[0].generation,
        Some(generation),
        "the connection stands"
    );
    assert_eq!(world.texts(0), ["hello"]);
}
