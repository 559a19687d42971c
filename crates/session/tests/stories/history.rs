//! What was missed, what is long, what changes.

use confab_protocol::{MessageId, Request};
use confab_session::{Config, Event, Generation, Intent, LinkState, Role, RowContent};

use crate::world::{World, config};
use crate::{after_hello, is_list};

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
fn a_gap_is_no_button_while_a_resync_closes_it() {
    let mut world = after_hello();
    world.stop_server();
    for number in 0..400 {
        world.agent_says(&format!("message {number}"));
    }
    world.start_server();
    let loading = |world: &World| {
        let rows = world.view(0).rows.iter();
        let gap = |content: &RowContent| match content {
            RowContent::Gap { loading } => Some(*loading),
            RowContent::Message(_) | RowContent::Day { .. } => None,
        };
        rows.filter_map(|row| gap(&row.content)).collect::<Vec<_>>()
    };
    let mut seen = Vec::new();
    for _ in 0..3_000 {
        world.run(10);
        seen.extend(loading(&world));
    }
    seen.dedup();
    assert_eq!(seen, [true, false]);
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

/// A tab that has scrolled through sixty messages of an agent; the ids of all of them.
fn scrolled() -> (World, Vec<MessageId>) {
    let mut world = after_hello();
    let ids = (0..60)
        .map(|number| world.agent_says(&format!("message {number}")))
        .collect();
    world.run(70_000);
    assert_eq!(world.texts(0).len(), 61);
    (world, ids)
}

/// An agent edits messages that nobody hears of.
fn edit(world: &mut World, ids: &[MessageId]) {
    for id in ids {
        world.change_message(*id, |message| message.content = Some("edited".to_owned()));
    }
}

fn edited(world: &World, tab: usize) -> usize {
    world.texts(tab).iter().filter(|text| *text == "edited").count()
}

#[test]
fn edits_missed_while_away_are_mended_at_once_below_and_above_when_scrolled_to() {
    let (mut world, ids) = scrolled();
    world.stop_server();
    edit(&mut world, &[ids[8], ids[12], ids[59]]);
    world.start_server();
    world.run(10_000);
    assert_eq!(edited(&world, 0), 1, "the newest page is read again");
    let before = world.count(is_list);
    world.wish(0, Intent::LookAt(ids[38]));
    world.run(1_000);
    assert_eq!((edited(&world, 0), world.count(is_list) - before), (1, 1));
    world.wish(0, Intent::LookAt(ids[5]));
    world.run(1_000);
    assert_eq!((edited(&world, 0), world.count(is_list) - before), (3, 2));
    world.wish(0, Intent::LookAt(ids[5]));
    world.wish(0, Intent::LookAt(ids[41]));
    world.run(1_000);
    assert_eq!(
        world.count(is_list) - before,
        2,
        "what was read since is not read again"
    );

    // The reader stays there: what is in sight is mended without scrolling.
    world.stop_server();
    world.wish(0, Intent::LookAt(ids[25]));
    edit(&mut world, &[ids[30]]);
    world.start_server();
    world.run(10_000);
    assert_eq!(edited(&world, 0), 4);
}

#[test]
fn a_page_asked_for_before_the_cable_came_back_proves_nothing_of_edits() {
    let (mut world, ids) = scrolled();
    world.run(1_000);
    world.stop_server();
    world.start_server();
    world.run(10_000);
    world.reply_delay = 2_000;
    world.wish(0, Intent::LookAt(ids[5]));
    world.run(100);
    world.push(0, 0, Event::CableClosed(Generation(2)));
    edit(&mut world, &[ids[8]]);
    world.run(20_000);
    assert_eq!(edited(&world, 0), 1);
}

#[test]
fn edits_are_mended_where_scrolled_to_in_following_tabs_and_without_sockets_too() {
    let (mut world, ids) = scrolled();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    for _ in 0..4 {
        world.wish(follower, Intent::LoadOlder);
        world.run(1_000);
    }
    assert_eq!(world.texts(follower).len(), 61);
    world.tabs[0].blocked = true;
    world.stop_server();
    edit(&mut world, &[ids[8]]);
    world.start_server();
    world.run(70_000);
    assert_eq!((edited(&world, 0), edited(&world, follower)), (0, 0));
    world.wish(follower, Intent::LookAt(ids[5]));
    world.run(1_000);
    assert_eq!((edited(&world, 0), edited(&world, follower)), (1, 1));
    edit(&mut world, &[ids[30]]);
    world.run(70_000);
    world.wish(0, Intent::LookAt(ids[25]));
    world.run(1_000);
    assert_eq!((edited(&world, 0), edited(&world, follower)), (2, 2));
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
