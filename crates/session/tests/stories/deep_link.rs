//! Links to one conversation of the visitor.

use confab_protocol::{ConversationId, Request};
use confab_session::{Config, Intent, Notice, Role};

use crate::after_hello;
use crate::world::server::Fault;
use crate::world::{World, config};

/// The page is opened again, by a link to this conversation.
fn follow(world: &mut World, conversation: ConversationId) -> usize {
    world.kill(0);
    let conversation = Some(conversation);
    let tab = world.add_tab(
        Config {
            conversation,
            ..config(7)
        },
        Role::Leader,
    );
    world.wish(tab, Intent::Open);
    world.run(5_000);
    tab
}

/// Lets time pass, in which no row of another conversation than this is ever shown.
fn watch(world: &mut World, tab: usize, ms: u64, conversation: ConversationId) {
    for at in 0..ms {
        world.run(1);
        for id in world.messages(tab).iter().filter_map(|row| row.message) {
            let of = world.server.conversation_of(id);
            assert_eq!(of, Some(conversation), "after {at} ms: {:?}", world.texts(tab));
        }
    }
}

/// A visitor with two conversations, in each a message, and the page of the first kept.
fn with_two() -> (World, ConversationId, ConversationId) {
    let mut world = after_hello();
    let first = current(&world).expect("a conversation");
    world.run(60_000);
    world.kill(0);
    let second = world.server.begin_another().expect("the contact is there");
    world.server.say_in(second, "in the second");
    (world, first, second)
}

fn linked(world: &mut World, seed: u64, conversation: ConversationId) -> usize {
    let conversation = Some(conversation);
    let config = Config {
        conversation,
        ..config(seed)
    };
    world.add_tab(config, Role::Leader)
}

#[test]
fn no_row_of_another_conversation_is_ever_shown() {
    for slow in (20..120).step_by(5) {
        let (mut world, first, second) = with_two();
        world.server.fail("ListMessages", Fault::Slow(slow));
        let tab = linked(&mut world, slow, second);
        world.wish(tab, Intent::Open);
        watch(&mut world, tab, 3_000, second);
        assert_eq!(world.texts(tab), ["in the second"]);
        world.kill(tab);
        world.server.fail("ListMessages", Fault::Slow(slow));
        let tab = linked(&mut world, slow, first);
        world.wish(tab, Intent::Open);
        watch(&mut world, tab, 3_000, first);
        assert_eq!(world.texts(tab), ["hello"]);
    }
}

#[test]
fn a_page_of_the_conversation_that_was_left_is_not_taken_for_one_of_the_next() {
    for slow in (20..120).step_by(5) {
        let (mut world, first, second) = with_two();
        world.stop_server();
        let tab = linked(&mut world, slow, first);
        world.submit(tab, "still for the first");
        world.run(100);
        world.kill(tab);
        world.start_server();
        // The page on which sending waits, and the one after the subscription.
        world.server.fail("ListMessages", Fault::Slow(20));
        world.server.fail("ListMessages", Fault::Slow(slow));
        let tab = linked(&mut world, slow + 1, second);
        world.wish(tab, Intent::Open);
        world.run(200);
        watch(&mut world, tab, 3_000, second);
        assert_eq!(world.texts(tab), ["in the second"]);
    }
}

#[test]
fn news_of_the_conversation_to_be_left_is_not_shown_and_is_there_when_it_stays() {
    let (mut world, first, _) = with_two();
    world.server.fail("ListConversations", Fault::Slow(5_000));
    let tab = linked(&mut world, 7, ConversationId(9_999));
    world.wish(tab, Intent::Open);
    world.run(1_000);
    world.agent_says("news");
    world.run(1_000);
    assert_eq!(world.texts(tab), Vec::<String>::new());
    watch(&mut world, tab, 5_000, first);
    assert_eq!(world.texts(tab), ["hello", "news"]);
    assert_eq!(world.view(tab).notice, Some(Notice::UnknownConversation));
}

#[test]
fn what_is_written_before_the_list_has_answered_goes_to_the_conversation_named() {
    let (mut world, _, second) = with_two();
    world.server.fail("ListConversations", Fault::Slow(5_000));
    let tab = linked(&mut world, 7, second);
    world.wish(tab, Intent::Open);
    world.run(1_000);
    world.submit(tab, "for the second");
    world.run(10_000);
    assert_eq!(world.texts(tab), ["in the second", "for the second"]);
}

#[test]
fn what_was_written_for_one_that_is_none_of_the_visitors_is_sent_to_the_other() {
    let (mut world, _, _) = with_two();
    world.server.fail("ListConversations", Fault::Slow(2_000));
    let tab = linked(&mut world, 7, ConversationId(9_999));
    world.submit(tab, "anybody");
    world.run(10_000);
    assert_eq!(world.texts(tab), ["hello", "anybody"]);
}

#[test]
fn a_link_in_a_tab_that_follows_is_followed_by_the_one_that_leads() {
    let mut world = after_hello();
    let second = world.server.begin_another().expect("the contact is there");
    world.server.say_in(second, "in the second");
    let config = Config {
        conversation: Some(second),
        ..config(8)
    };
    let tab = world.add_tab(config, Role::Follower);
    world.submit(tab, "over here");
    world.run(5_000);
    for tab in [0, tab] {
        assert_eq!(world.texts(tab), ["in the second", "over here"]);
    }
    assert_eq!(current(&world), Some(second));
}

fn current(world: &World) -> Option<ConversationId> {
    world.store.identity().and_then(|record| record.conversation)
}

#[test]
fn a_link_shows_the_conversation_it_names_and_what_is_written_goes_there() {
    let mut world = after_hello();
    let first = current(&world);
    let second = world.server.begin_another().expect("the contact is there");
    let tab = follow(&mut world, second);
    assert_eq!(world.texts(tab), Vec::<String>::new());
    assert_eq!(world.view(tab).notice, None);
    world.submit(tab, "over here");
    world.run(5_000);
    assert_eq!(world.texts(tab), ["over here"]);
    assert_eq!(current(&world), Some(second));
    // And back again.
    world.kill(tab);
    let conversation = first;
    let tab = world.add_tab(
        Config {
            conversation,
            ..config(8)
        },
        Role::Leader,
    );
    world.run(5_000);
    assert_eq!(world.texts(tab), ["hello"]);
}

#[test]
fn a_link_to_what_is_shown_anyway_asks_for_nothing() {
    let mut world = after_hello();
    let shown = current(&world).expect("a conversation");
    let tab = follow(&mut world, shown);
    assert_eq!(world.texts(tab), ["hello"]);
    assert_eq!(
        world.count(|request| matches!(request, Request::ListConversations { .. })),
        0
    );
}

#[test]
fn a_link_to_anothers_conversation_says_so_until_something_is_written() {
    let mut world = after_hello();
    let tab = follow(&mut world, ConversationId(9_999));
    assert_eq!(world.texts(tab), ["hello"]);
    assert_eq!(world.view(tab).notice, Some(Notice::UnknownConversation));
    assert_eq!(
        world.count(|request| matches!(request, Request::ListConversations { .. })),
        1
    );
    world.submit(tab, "all the same");
    world.run(5_000);
    assert_eq!(world.texts(tab), ["hello", "all the same"]);
    assert_eq!(world.view(tab).notice, None);
}

#[test]
fn a_link_in_a_browser_that_knows_nobody_says_so_and_asks_nothing() {
    let mut world = World::default();
    let conversation = Some(ConversationId(5));
    let tab = world.add_tab(
        Config {
            conversation,
            ..config(1)
        },
        Role::Leader,
    );
    world.wish(tab, Intent::Open);
    world.run(5_000);
    assert_eq!(world.view(tab).notice, Some(Notice::UnknownConversation));
    assert_eq!(world.store.writes, 0);
    assert!(
        world
            .log
            .iter()
            .all(|request| matches!(request, Request::ShowInbox))
    );
}

#[test]
fn what_waits_for_the_old_conversation_leaves_before_the_link_is_followed() {
    let mut world = after_hello();
    let second = world.server.begin_another().expect("the contact is there");
    world.stop_server();
    world.submit(0, "still for the first");
    world.run(100);
    world.kill(0);
    world.start_server();
    let tab = follow(&mut world, second);
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["hello", "still for the first"]);
    assert_eq!(world.texts(tab), Vec::<String>::new());
    assert_eq!(current(&world), Some(second));
}
