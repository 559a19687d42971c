//! Who the visitor is, and who somebody else is.

use confab_protocol::{ConversationId, ExternalId, Identity, Profile, Request};
use confab_session::{Config, Event, IdentityRecord, Intent, LinkState, Role};

use crate::after_hello;
use crate::world::server::{Fault, refused_with};
use crate::world::{World, config};

fn user(name: &str) -> Identity {
    Identity {
        identifier: ExternalId::new(name),
        identifier_hash: None,
    }
}

fn named(name: &str) -> Profile {
    Profile {
        name: Some(name.to_owned()),
        ..Profile::default()
    }
}

fn updates(world: &World) -> usize {
    world.count(|request| matches!(request, Request::UpdateContact { .. }))
}

#[test]
fn what_one_user_types_is_not_handed_to_the_next_but_a_visitor_who_signs_in_goes_on_typing() {
    let mut world = World::with_tab();
    let sign_in = |world: &mut World, name| {
        world.wish(
            0,
            Intent::SetUser {
                identity: Some(user(name)),
                profile: Profile::default(),
            },
        );
    };
    let given = |world: &World| world.view(0).composition.as_ref().map(|given| given.text.clone());
    let text = "half a sentence".to_owned();
    world.wish(0, Intent::CompositionChanged { text });
    sign_in(&mut world, "ada");
    assert_eq!(given(&world), None, "nothing takes the words away");
    world.run(1_000);
    let text = "only for Ada's eyes".to_owned();
    world.wish(0, Intent::CompositionChanged { text });
    sign_in(&mut world, "bob");
    assert_eq!(given(&world).as_deref(), Some(""));
}

#[test]
fn another_user_gets_a_session_of_their_own_and_the_earlier_one_is_kept() {
    let mut world = after_hello();
    world.server.fail("SendMessage", Fault::HangsUnapplied);
    world.submit(0, "unsent");
    world.wish(
        0,
        Intent::SetUser {
            identity: Some(user("ada")),
            profile: Profile::default(),
        },
    );
    world.run(60_000);
    assert!(world.texts(0).is_empty(), "another user's history is shown");
    assert_eq!(
        world.server.contact_texts(),
        ["hello"],
        "a message left under another identity"
    );
    world.submit(0, "I am Ada");
    world.run(5_000);
    assert_eq!(world.server.contacts(), 2);
    assert_eq!(world.texts(0), ["I am Ada"]);
    world.wish(0, Intent::LogOut);
    world.run(60_000);
    assert_eq!(
        world.texts(0),
        ["hello", "unsent"],
        "what was typed anonymously stays with the anonymous visitor"
    );
    assert!(world.server.contact_texts().contains(&"unsent".to_owned()));
}

#[test]
fn logging_out_forgets_all_and_the_next_message_makes_a_new_contact() {
    let mut world = after_hello();
    world.agent_says("private matters");
    world.run(100);
    world.wish(0, Intent::LogOut);
    world.run(60_000);
    assert!(world.view(0).rows.is_empty());
    assert_eq!(world.view(0).link, LinkState::Idle);
    assert_eq!(world.view(0).unread, 0);
    assert!(world.store.identity().is_none());
    let tab = world.reload(0);
    world.run(5_000);
    assert!(world.view(tab).rows.is_empty());
    world.submit(tab, "somebody else");
    world.run(5_000);
    assert_eq!(world.server.contacts(), 2);
    assert_eq!(world.texts(tab), ["somebody else"]);
}

#[test]
fn a_reply_to_the_earlier_identity_means_nothing_to_the_next() {
    let mut world = after_hello();
    world.reply_delay = 5_000;
    world.submit(0, "late");
    world.run(10);
    world.wish(0, Intent::LogOut);
    world.run(60_000);
    assert!(world.view(0).rows.is_empty());
}

#[test]
fn the_profile_is_told_when_it_changed_and_only_then() {
    let mut world = World::default();
    world.add_tab(
        Config {
            profile: named("Ada"),
            ..config(1)
        },
        Role::Leader,
    );
    world.submit(0, "hello");
    world.run(5_000);
    assert_eq!(updates(&world), 0, "it was told when the contact was created");
    world.kill(0);
    let tab = world.add_tab(
        Config {
            profile: named("Ada"),
            ..config(2)
        },
        Role::Leader,
    );
    world.run(5_000);
    assert_eq!(updates(&world), 0);
    world.wish(
        tab,
        Intent::SetUser {
            identity: None,
            profile: named("Ada Lovelace"),
        },
    );
    world.run(5_000);
    assert_eq!(updates(&world), 1);
}

#[test]
fn a_merge_makes_a_new_connection_as_the_old_one_stands_for_a_contact_that_is_gone() {
    let mut world = after_hello();
    world.server.merge_contacts();
    world.wish(
        0,
        Intent::SetUser {
            identity: None,
            profile: named("Ada"),
        },
    );
    world.run(5_000);
    assert_eq!(world.connections, 2);
    assert_eq!(world.view(0).link, LinkState::Live);
}

#[test]
fn a_refused_profile_is_reported_and_left_out() {
    let mut world = World::default();
    world.server.fail(
        "CreateContact",
        Fault::Refused(refused_with(422, "Email Invalid email")),
    );
    world.add_tab(
        Config {
            profile: named("Ada"),
            ..config(1)
        },
        Role::Leader,
    );
    world.submit(0, "hello");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(world.tabs[0].reported.len(), 1);
}

#[test]
fn what_the_server_says_of_the_contact_before_is_not_said_of_the_one_that_took_its_place() {
    let mut world = after_hello();
    world.server.forget_contacts();
    world.reply_delay = 1_000;
    world.submit(0, "mine");
    // Its 404 came, and whether the contact is there is being asked.
    world.run(1_500);
    let asked = |request: &Request| matches!(request, Request::ShowContact { .. });
    assert_eq!(world.count(asked), 1);
    let gone = world.store.identity().expect("an identity").source_id.clone();
    let renewed = world.store.renew(&gone);
    world.give(0, Event::IdentityChanged(Some(renewed.clone())));
    world.run(20_000);
    let kept = world.store.identity().map(|known| known.source_id.clone());
    assert_eq!(kept, Some(renewed.source_id));
    assert_eq!(world.texts(0), ["mine"]);
    assert_eq!(world.server.contact_texts(), ["mine"]);
}

#[test]
fn a_send_refused_under_the_contact_before_leaves_the_conversation_of_the_next_alone() {
    let mut world = after_hello();
    world.server.forget_contacts();
    world.reply_delay = 1_000;
    world.submit(0, "mine");
    world.run(500);
    let gone = world.store.identity().expect("an identity").source_id.clone();
    let renewed = IdentityRecord {
        conversation: Some(ConversationId(99)),
        ..world.store.renew(&gone)
    };
    let renewed = world.store.put_identity(renewed);
    world.give(0, Event::IdentityChanged(Some(renewed)));
    world.run(1_000);
    let kept = world.store.identity().and_then(|known| known.conversation);
    assert_eq!(kept, Some(ConversationId(99)));
}

#[test]
fn what_was_read_before_a_log_out_is_not_shown_after_it() {
    let mut world = after_hello();
    let read = world.store.snapshot();
    let tab = world.add_tab(config(2), Role::Leader);
    // The store was slow: the answer to what was asked before comes first.
    world.give(tab, Event::Wished(Intent::LogOut));
    world.give(tab, Event::Wished(Intent::LogOut));
    let restored = |snapshot| Event::Restored {
        snapshot,
        durable: true,
    };
    world.give(tab, restored(read));
    assert!(!world.view(tab).ready || world.texts(tab).is_empty());
    world.run(5_000);
    assert!(world.texts(tab).is_empty());
    assert!(world.store.identity().is_none());
}

#[test]
fn a_key_that_is_found_alone_leads_back_to_its_conversation() {
    let mut world = after_hello();
    let key = world.store.identity().unwrap().source_id.clone();
    world.store.put_identity(IdentityRecord::new(key, None));
    let tab = world.reload(0);
    world.agent_says("news");
    world.run(10_000);
    assert_eq!(world.view(tab).unread, 1, "the badge needs no opening");
    world.submit(tab, "again");
    world.run(10_000);
    assert_eq!(world.texts(tab), ["hello", "news", "again"]);
    assert_eq!((world.server.contacts(), world.server.conversations()), (1, 1));
}

#[test]
fn a_key_that_is_found_alone_is_asked_for_its_conversations_before_one_is_made() {
    let mut world = after_hello();
    let key = world.store.identity().unwrap().source_id.clone();
    world.store.put_identity(IdentityRecord::new(key, None));
    let tab = world.reload(0);
    // The visitor is faster than the server.
    world.reply_delay = 1_000;
    world.submit(tab, "again");
    world.run(20_000);
    assert_eq!(world.texts(tab), ["hello", "again"]);
    assert_eq!((world.server.contacts(), world.server.conversations()), (1, 1));
}

#[test]
fn what_is_said_of_a_conversation_goes_with_its_creation() {
    let mut world = World::with_tab();
    let attributes = vec![("order".to_owned(), 17.into())];
    world.wish(0, Intent::DescribeConversation(attributes.clone()));
    world.run(1_000);
    assert_eq!(world.server.contacts(), 0, "alone it creates nothing");
    world.wish(0, Intent::Open);
    world.submit(0, "hello");
    world.run(5_000);
    let told = |request: &Request| matches!(request, Request::CreateConversation { custom_attributes, .. } if *custom_attributes == attributes);
    assert_eq!(world.count(told), 1);
}
