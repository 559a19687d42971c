//! What comes live: typing, presence, status, what is seen, and what is none of our business.

use confab_protocol::{
    AgentId, Availability, CableEvent, ConversationId, ConversationStatus, MessageStatus, Request,
    UnixSeconds,
};
use confab_session::{Announcement, Delivery, Event, Intent, Notice, Place, Role, RowContent};

use crate::after_hello;
use crate::world::shapes::event;
use crate::world::{World, config};

fn typed(world: &mut World, text: &str) {
    world.wish(
        0,
        Intent::CompositionChanged {
            text: text.to_owned(),
        },
    );
}

fn told(world: &World) -> Vec<bool> {
    let typing = world.log.iter().filter_map(|request| match request {
        Request::SetTyping { on, .. } => Some(*on),
        _ => None,
    });
    typing.collect()
}

#[test]
fn an_agent_who_types_is_shown_until_off_thirty_seconds_or_the_message() {
    let mut world = after_hello();
    world.agent_types(true, false);
    assert_eq!(
        world.view(0).typing.as_ref().map(|person| &*person.name),
        Some("Ada")
    );
    world.agent_types(false, false);
    assert_eq!(world.view(0).typing, None);
    world.agent_types(true, false);
    world.run(29_000);
    assert!(world.view(0).typing.is_some());
    world.run(1_000);
    assert_eq!(world.view(0).typing, None);
    world.agent_types(true, false);
    world.agent_says("here it is");
    world.run(20);
    assert_eq!(world.view(0).typing, None);
}

#[test]
fn typing_in_a_private_note_or_elsewhere_is_never_shown() {
    let mut world = after_hello();
    world.agent_types(true, true);
    assert_eq!(world.view(0).typing, None);
    let (mut elsewhere, token) = world.server.typing(true, false);
    if let CableEvent::TypingOn(event) = &mut elsewhere {
        event.conversation = ConversationId(999);
    }
    world.broadcast(&token, &elsewhere);
    world.run(100);
    assert_eq!(world.view(0).typing, None);
}

#[test]
fn own_typing_is_told_once_refreshed_and_ended_by_a_pause_or_by_sending() {
    let mut world = after_hello();
    for text in ["a", "ab", "abc"] {
        typed(&mut world, text);
        world.run(500);
    }
    assert_eq!(told(&world), [true]);
    world.run(4_000);
    assert_eq!(told(&world), [true, false]);
    for _ in 0..25 {
        typed(&mut world, "abcd");
        world.run(1_000);
    }
    assert_eq!(told(&world), [true, false, true, true, true]);
    world.submit(0, "abcd");
    world.run(10_000);
    assert_eq!(told(&world), [true, false, true, true, true, false]);
    assert_eq!(world.store.composition(), None);
}

#[test]
fn what_was_typed_and_not_sent_survives_a_reload() {
    let mut world = after_hello();
    typed(&mut world, "half a thou");
    world.run(1_000);
    let tab = world.reload(0);
    assert_eq!(
        world
            .view(tab)
            .composition
            .as_ref()
            .map(|given| given.text.as_str()),
        Some("half a thou")
    );
}

#[test]
fn two_tabs_in_which_something_is_typed_each_keep_their_own_through_a_reload() {
    let mut world = after_hello();
    let other = world.add_tab(config(2), Role::Follower);
    let write = |world: &mut World, tab, text: &str| {
        world.wish(
            tab,
            Intent::CompositionChanged {
                text: text.to_owned(),
            },
        );
        world.run(1_000);
    };
    write(&mut world, 0, "mine");
    write(&mut world, other, "the other one's");
    let given = |world: &World, tab| {
        world
            .view(tab)
            .composition
            .as_ref()
            .map(|given| given.text.clone())
    };
    for (tab, text) in [(0, "mine"), (other, "the other one's")] {
        world.push(tab, 0, Event::VisibilityChanged { visible: false });
        world.run(10);
        let next = world.reload(tab);
        assert_eq!(given(&world, next).as_deref(), Some(text));
    }
}

#[test]
fn a_text_that_is_too_long_is_said_to_be() {
    let mut world = after_hello();
    typed(&mut world, &"é".repeat(150_000));
    assert_eq!(world.view(0).notice, None);
    typed(&mut world, &"é".repeat(150_001));
    assert_eq!(world.view(0).notice, Some(Notice::TooLong));
    typed(&mut world, "shorter");
    assert_eq!(world.view(0).notice, None);
}

#[test]
fn a_send_in_one_tab_leaves_what_is_being_typed_in_another() {
    let mut world = after_hello();
    let other = world.add_tab(config(2), Role::Follower);
    typed(&mut world, "mine");
    world.run(1_000);
    world.wish(
        other,
        Intent::CompositionChanged {
            text: "the other one's".to_owned(),
        },
    );
    world.run(1_000);
    world.submit(0, "mine");
    world.run(5_000);
    world.kill(other);
    assert_eq!(world.store.composition().as_deref(), Some("the other one's"));
    let next = world.reload(0);
    let given = world.view(next).composition.clone().map(|given| given.text);
    assert_eq!(given.as_deref(), Some("the other one's"));
    world.submit(next, "the other one's");
    assert_eq!(world.store.composition(), None, "it was taken over");
}

#[test]
fn what_was_being_typed_goes_with_a_logout() {
    let mut world = after_hello();
    typed(&mut world, "private");
    world.wish(0, Intent::LogOut);
    world.push(0, 0, Event::VisibilityChanged { visible: false });
    world.run(1_000);
    assert_eq!(world.store.composition(), None);
}

#[test]
fn hidden_messages_and_those_of_other_conversations_are_dropped() {
    let mut world = after_hello();
    let token = world.server.token();
    let (mut private, _) = world.server.agent_says("between us", 1_767_323_100);
    private.private = true;
    world.server.change(private.id, |message| message.private = true);
    world.broadcast(&token, &CableEvent::MessageCreated(private.clone()));
    private.private = false;
    private.conversation_id = ConversationId(999);
    world.broadcast(&token, &CableEvent::MessageCreated(private));
    let mut resolved = event(ConversationId(999), &ConversationStatus::Resolved);
    resolved.agent_last_seen_at = UnixSeconds(i64::MAX);
    world.broadcast(&token, &CableEvent::StatusChanged(resolved));
    world.broadcast(
        &token,
        &CableEvent::Unknown {
            name: "copilot.message.created".to_owned(),
        },
    );
    world.run(100_000);
    assert_eq!(world.texts(0), ["hello"]);
    assert_eq!(world.view(0).status, Some(ConversationStatus::Open));
    assert_eq!(world.deliveries(0), [Delivery::Sent]);
}

#[test]
fn status_and_seen_times_follow_the_events() {
    let mut world = after_hello();
    let token = world.server.token();
    let mut seen = event(world.server.conversation(), &ConversationStatus::Open);
    seen.agent_last_seen_at = UnixSeconds(1_767_400_000);
    world.broadcast(&token, &CableEvent::ConversationUpdated(seen));
    world.run(100);
    assert_eq!(
        world.deliveries(0),
        [Delivery::Seen {
            at: UnixSeconds(1_767_400_000)
        }]
    );
    world.wish(0, Intent::Resolve);
    world.run(100);
    assert_eq!(world.view(0).status, Some(ConversationStatus::Resolved));
    assert!(
        world.tabs[0]
            .announced
            .contains(&Announcement::StatusChanged(ConversationStatus::Resolved))
    );
}

#[test]
fn an_own_message_whose_callback_failed_is_not_delivered_and_cannot_be_sent_again() {
    let mut world = after_hello();
    let id = world.messages(0)[0].message.expect("it was sent");
    world.change_message(id, |message| {
        message.status = Some(MessageStatus::Failed);
        message.updated_at = Some("2026-01-02T03:04:05.678Z".to_owned());
    });
    world.run(100);
    assert_eq!(world.deliveries(0), [Delivery::NotDelivered]);
    world.run(200_000);
    assert_eq!(
        world.deliveries(0),
        [Delivery::NotDelivered],
        "a page has no status and must not undo it"
    );
}

#[test]
fn presence_is_told_right_after_the_confirmation_and_agents_are_counted_while_connected() {
    let mut world = after_hello();
    assert_eq!(world.view(0).agents_online, None);
    let there = [
        (2, Availability::Online),
        (3, Availability::Busy),
        (4, Availability::Offline),
    ];
    let there = there
        .into_iter()
        .map(|(id, state)| (AgentId(id), state))
        .collect();
    let token = world.server.token();
    world.broadcast(&token, &CableEvent::Presence(there));
    world.run(100);
    assert_eq!(world.view(0).agents_online, Some(2));
    let before = world.presence;
    world.run(60_000);
    assert!(
        (3..=4).contains(&(world.presence - before)),
        "{} in a minute",
        world.presence - before
    );
    world.stop_server();
    world.run(100);
    assert_eq!(world.view(0).agents_online, None, "nothing is better than a lie");
}

#[test]
fn neighbouring_messages_of_one_author_form_a_group() {
    let mut world = after_hello();
    for text in ["one", "two", "three"] {
        world.agent_says(text);
        world.run(1_000);
    }
    world.run(400_000);
    world.agent_says("later");
    world.run(1_000);
    let places: Vec<Place> = world.messages(0).iter().map(|row| row.place).collect();
    assert_eq!(
        places,
        [
            Place::Single,
            Place::First,
            Place::Middle,
            Place::Last,
            Place::Single
        ]
    );
}

#[test]
fn a_new_message_leaves_the_other_rows_as_they_are() {
    let mut world = after_hello();
    for number in 0..100 {
        world.agent_says(&format!("message {number}"));
        world.run(1_000);
    }
    let before = world.view(0).rows.clone();
    world.agent_says("one more");
    world.run(20);
    let after = &world.view(0).rows;
    assert_eq!(after.len(), before.len() + 1);
    let messages = |row: &confab_session::Row| matches!(row.content, RowContent::Message(_));
    let changed = before
        .iter()
        .zip(after)
        .filter(|(old, new)| messages(old) && !std::sync::Arc::ptr_eq(old, new));
    assert!(changed.count() <= 1, "only the end of the group is another row");
}

#[test]
fn an_update_that_comes_before_its_message_is_kept() {
    let mut world = after_hello();
    let token = world.server.token();
    let (mut message, _) = world.server.agent_says("first", 1_767_323_100);
    message.updated_at = Some("2026-01-02T03:04:05.000Z".to_owned());
    let mut changed = message.clone();
    changed.content = Some("second".to_owned());
    changed.updated_at = Some("2026-01-02T03:04:06.000Z".to_owned());
    world.broadcast(&token, &CableEvent::MessageUpdated(changed));
    world.broadcast(&token, &CableEvent::MessageCreated(message));
    world.run(100);
    assert_eq!(world.texts(0), ["hello", "second"]);
}
