//! How a chat begins, and begins again.

use confab_protocol::Request;
use confab_session::{Announcement, Delivery, Intent, LinkState, Notice, Role};

use crate::world::server::{Fault, refused};
use crate::world::{World, config};
use crate::{after_hello, is_list};

#[test]
fn the_first_message_of_a_new_visitor_makes_contact_and_conversation_and_arrives() {
    let mut world = World::with_tab();
    world.run(60_000);
    assert!(
        world.log.is_empty() && world.store.writes == 0,
        "something happened before the first act"
    );
    world.wish(0, Intent::Open);
    world.run(5_000);
    assert!(
        world
            .log
            .iter()
            .all(|request| matches!(request, Request::ShowInbox)),
        "opening created something"
    );
    assert_eq!(world.store.writes, 0);
    world.submit(0, "hello");
    assert_eq!(world.texts(0), ["hello"]);
    assert!(matches!(world.deliveries(0)[..], [Delivery::Saving(_)]));
    let key = world.view(0).rows.last().map(|row| row.key);
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(world.texts(0), ["hello"]);
    assert_eq!(world.deliveries(0), [Delivery::Sent]);
    assert_eq!(
        world.view(0).rows.last().map(|row| row.key),
        key,
        "the row got another key"
    );
    assert_eq!(world.view(0).link, LinkState::Live);
    assert_eq!((world.server.contacts(), world.server.conversations()), (1, 1));
    assert!(world.store.rows().is_empty());
    assert_eq!(
        world.count(|request| matches!(request, Request::ListConversations { .. })),
        0
    );
}

#[test]
fn an_answer_of_the_agent_appears_live_and_is_announced_and_counted() {
    let mut world = after_hello();
    world.wish(0, Intent::Close);
    world.agent_says("good morning");
    world.run(100);
    assert_eq!(world.texts(0), ["hello", "good morning"]);
    assert_eq!(world.view(0).unread, 1);
    assert_eq!(
        world
            .view(0)
            .agent
            .as_ref()
            .map(|agent| agent.name.to_string())
            .as_deref(),
        Some("Ada")
    );
    let arrived = Announcement::MessageArrived {
        author: "Ada".to_owned(),
        preview: "good morning".to_owned(),
        content: "good morning".to_owned(),
    };
    assert!(world.tabs[0].announced.contains(&arrived));
    world.wish(0, Intent::Open);
    assert!(world.view(0).first_unread.is_some());
    world.wish(0, Intent::SeenToEnd);
    world.wish(0, Intent::SeenToEnd);
    world.run(1_000);
    assert_eq!(world.view(0).unread, 0);
    assert_eq!(
        world.count(|request| matches!(request, Request::UpdateLastSeen { .. })),
        1
    );
}

#[test]
fn a_returning_visitor_connects_and_reads_one_page_without_asking_for_contact_or_list() {
    let mut world = after_hello();
    world.agent_says("good morning");
    world.run(1_000);
    world.log.clear();
    let tab = world.reload(0);
    world.run(3);
    assert_eq!(
        world.count(is_list),
        1,
        "the first page does not wait for the cable"
    );
    world.run(5_000);
    assert_eq!(world.texts(tab), ["hello", "good morning"]);
    assert_eq!(world.view(tab).link, LinkState::Live);
    assert!(world.log.iter().all(is_list), "{:?}", world.log);
    assert_eq!(
        world.count(is_list),
        2,
        "one page in parallel, one after the confirmation"
    );
}

#[test]
fn with_storage_denied_the_chat_works_and_says_so() {
    let mut world = World::default();
    world.storage_denied = true;
    world.add_tab(config(1), Role::Leader);
    world.submit(0, "hello");
    world.run(5_000);
    assert!(world.view(0).memory_only);
    assert_eq!(world.server.contact_texts(), ["hello"]);
}

#[test]
fn a_contact_deleted_on_the_server_is_made_anew_with_the_next_message_and_nothing_is_lost() {
    let mut world = after_hello();
    world.server.forget_contacts();
    world.submit(0, "anyone?");
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["anyone?"]);
    assert_eq!(world.server.contacts(), 1);
    assert!(world.store.rows().is_empty());
    assert_eq!(world.deliveries(0).last(), Some(&Delivery::Sent));
}

#[test]
fn a_conversation_whose_creation_got_no_answer_is_found_and_not_made_twice() {
    for fault in [
        Fault::ReplyLost,
        Fault::HangsUnapplied,
        Fault::AppliedYet(refused(500)),
    ] {
        let mut world = World::with_tab();
        world.server.fail("CreateConversation", fault.clone());
        world.submit(0, "hello");
        world.run(90_000);
        let lists = world.count(|request| matches!(request, Request::ListConversations { .. }));
        let absent = matches!(fault, Fault::HangsUnapplied);
        assert_eq!(lists, if absent { 3 } else { 1 }, "{fault:?}");
        assert_eq!(world.server.conversations(), 1, "{fault:?}");
        assert_eq!(world.server.contact_texts(), ["hello"], "{fault:?}");
    }
}

#[test]
fn a_conversation_that_another_device_wrote_to_first_is_entered_and_not_made_again() {
    let mut world = World::with_tab();
    world.server.fail("CreateConversation", Fault::ReplyLost);
    world.submit(0, "hello");
    world.run(1_000);
    world.other_device_says("from elsewhere");
    world.run(90_000);
    assert_eq!(world.server.conversations(), 1);
    assert_eq!(world.server.contact_texts(), ["from elsewhere", "hello"]);
}

#[test]
fn a_reload_while_the_conversation_is_being_created_does_not_make_two() {
    let mut world = World::with_tab();
    world.server.fail("CreateConversation", Fault::ReplyLost);
    world.submit(0, "hello");
    world.run(200);
    assert_eq!(world.server.conversations(), 1);
    let tab = world.reload(0);
    world.run(60_000);
    assert_eq!(world.server.conversations(), 1);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(world.texts(tab), ["hello"]);
}

#[test]
fn a_server_that_forgets_every_contact_is_not_asked_for_ever() {
    let mut world = after_hello();
    world.server.is_forgetful = true;
    world.server.forget_contacts();
    world.submit(0, "anyone?");
    world.run(280_000);
    let created = world.count(|request| matches!(request, Request::CreateContact { .. }));
    assert!(created <= 2, "{created} contacts were made");
    assert!(matches!(world.view(0).notice, Some(Notice::Unavailable(_))));
    assert_eq!(
        world.texts(0).last().map(String::as_str),
        Some("anyone?"),
        "nothing is lost"
    );
}
