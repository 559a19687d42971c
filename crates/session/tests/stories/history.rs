//! What was missed, what is long, what changes.

use confab_protocol::Request;
use confab_session::{Config, Intent, LinkState, Role, RowContent};

use crate::after_hello;
use crate::world::{World, config};

#[test]
fn a_half_open_socket_is_replaced_within_seven_seconds_and_nothing_is_missed() {
    let mut world = after_hello();
    world.run(60_000);
    world.tabs[0].half_open = true;
    world.agent_says("unheard");
    world.run(7_500);
    assert_eq!(world.connections, 2);
    assert_eq!(world.texts(0), ["hello", "unheard"]);
    assert_eq!(world.view(0).link, LinkState::Live);
}

#[test]
fn a_server_that_is_restarted_costs_nobody_a_message() {
    let mut world = after_hello();
    world.stop_server();
    world.submit(0, "into the dark");
    world.run(10_000);
    assert_eq!(world.texts(0), ["hello", "into the dark"]);
    world.start_server();
    world.agent_says("back again");
    world.run(60_000);
    assert_eq!(world.texts(0), ["hello", "back again", "into the dark"]);
    assert_eq!(world.server.contact_texts(), ["hello", "into the dark"]);
    assert_eq!(world.view(0).link, LinkState::Live);
}

#[test]
fn a_gap_of_some_pages_is_closed_and_a_wide_one_is_left_to_be_opened() {
    for (missed, gaps) in [(19, 0), (20, 0), (21, 0), (150, 0), (400, 1)] {
        let mut world = after_hello();
        world.stop_server();
        for number in 0..missed {
            world.agent_says(&format!("message {number}"));
        }
        world.start_server();
        world.run(30_000);
        assert_eq!(world.gaps(0), gaps, "after {missed}");
        if gaps == 0 {
            assert_eq!(world.texts(0).len(), 1 + missed);
            continue;
        }
        for _ in 0..20 {
            let gap = world
                .view(0)
                .rows
                .iter()
                .find(|row| matches!(row.content, RowContent::Gap { .. }));
            let Some(key) = gap.map(|row| row.key) else { break };
            world.wish(0, Intent::FillGap(key));
            world.run(1_000);
        }
        assert_eq!(world.gaps(0), 0);
        assert!(world.texts(0).len() >= 250);
    }
}

#[test]
fn years_of_history_are_scrolled_in_a_window_of_three_hundred_rows() {
    let mut world = after_hello();
    for number in 0..500 {
        world.agent_says(&format!("message {number}"));
    }
    let tab = world.reload(0);
    world.wish(tab, Intent::Open);
    world.run(2_000);
    assert_eq!(world.texts(tab).last().map(String::as_str), Some("message 499"));
    for _ in 0..40 {
        world.wish(tab, Intent::LoadOlder);
        world.run(1_000);
    }
    assert_eq!(world.texts(tab).first().map(String::as_str), Some("hello"));
    assert_eq!(world.view(tab).older, confab_session::Older::None);
    assert!(world.view(tab).newer);
    for _ in 0..20 {
        world.wish(tab, Intent::LoadNewer);
    }
    assert!(!world.view(tab).newer);
    assert_eq!(world.texts(tab).last().map(String::as_str), Some("message 499"));
}

#[test]
fn a_message_deleted_by_an_agent_becomes_a_placeholder() {
    let mut world = after_hello();
    let id = world.agent_says("a secret");
    world.run(100);
    world.change_message(id, |message| {
        message.content = Some("This message was deleted".to_owned());
        message.content_attributes.deleted = true;
    });
    world.run(100);
    assert_eq!(world.texts(0), ["hello", "(deleted)"]);
}

#[test]
fn days_begin_at_the_visitors_midnight() {
    for (utc_offset_minutes, days) in [(0, 1), (-185, 2)] {
        let mut world = World::default();
        world.add_tab(
            Config {
                utc_offset_minutes,
                ..config(1)
            },
            Role::Leader,
        );
        world.submit(
            0,
            "three minutes past three in Greenwich, two to midnight elsewhere",
        );
        world.run(600_000);
        world.agent_says("ten minutes later");
        world.run(100);
        let rows = world.view(0).rows.iter();
        let shown = rows
            .filter(|row| matches!(row.content, RowContent::Day { .. }))
            .count();
        assert_eq!(shown, days, "at {utc_offset_minutes} minutes");
    }
}

#[test]
fn a_long_conversation_is_never_asked_for_whole() {
    let mut world = after_hello();
    for number in 0..60 {
        world.agent_says(&format!("message {number}"));
    }
    let tab = world.reload(0);
    world.log.clear();
    world.wish(tab, Intent::Open);
    world.run(300_000);
    let whole = world.count(|request| {
        matches!(
            request,
            Request::ShowConversation { .. } | Request::ListConversations { .. }
        )
    });
    assert_eq!(whole, 0);
}
