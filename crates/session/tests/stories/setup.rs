//! Inboxes, servers and identities that are not as they should be.

use confab_protocol::{IdentifierHash, Identity, Request};
use confab_session::{Failure, Intent, Notice, Role, SetupProblem};

use crate::world::server::{Fault, refused};
use crate::world::{World, config};

fn identified(hash: &str) -> Identity {
    Identity {
        identifier: confab_protocol::ExternalId::new("user-1"),
        identifier_hash: Some(IdentifierHash::new(hash)),
    }
}

#[test]
fn an_unknown_inbox_is_reported_once_and_not_asked_for_again() {
    let mut world = World::with_tab();
    world.server.unknown_inbox = true;
    world.wish(0, Intent::Open);
    world.run(240_000);
    assert_eq!(world.tabs[0].reported, [SetupProblem::UnknownInbox]);
    assert_eq!(
        world.view(0).notice,
        Some(Notice::Unavailable(SetupProblem::UnknownInbox))
    );
    assert_eq!(world.log.len(), 2, "{:?}", world.log);
    world.server.unknown_inbox = false;
    world.submit(0, "hello");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(world.view(0).notice, None);
}

#[test]
fn an_old_server_is_told_from_an_unknown_inbox_and_its_missing_routes_are_asked_once() {
    let mut world = World::with_tab();
    world.server.is_old = true;
    world.wish(0, Intent::Open);
    world.submit(0, "hello");
    world.run(5_000);
    for _ in 0..4 {
        world.wish(
            0,
            Intent::CompositionChanged {
                text: "more".to_owned(),
            },
        );
        world.agent_says("answer");
        world.run(1_000);
        world.wish(0, Intent::SeenToEnd);
        world.run(10_000);
    }
    assert!(world.tabs[0].reported.is_empty());
    assert_eq!(world.server.contact_texts(), ["hello"]);
    for kind in [
        "ShowInbox",
        "ProbeInbox",
        "SetTyping",
        "UpdateLastSeen",
        "ShowConversation",
    ] {
        let asked = world.count(|request| format!("{request:?}").starts_with(kind));
        assert!(asked <= 1, "{kind} was asked {asked} times");
    }
}

#[test]
fn with_an_identity_opening_makes_the_contact_and_verifies_it() {
    let mut world = World::default();
    world.server.hash = Some("right".to_owned());
    world.add_tab(
        confab_session::Config {
            identity: Some(identified("right")),
            ..config(1)
        },
        Role::Leader,
    );
    world.run(10_000);
    assert!(world.log.is_empty(), "naming a user asks nothing");
    world.wish(0, Intent::Open);
    world.run(5_000);
    assert_eq!((world.server.contacts(), world.server.conversations()), (1, 0));
    assert!(world.server.is_verified());
    world.submit(0, "hello");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(
        world.count(|request| matches!(request, Request::UpdateContact { .. })),
        1
    );
}

#[test]
fn a_wrong_hash_is_reported_and_not_retried_for_ever() {
    let mut world = World::default();
    world.server.hash = Some("right".to_owned());
    world.add_tab(
        confab_session::Config {
            identity: Some(identified("wrong")),
            ..config(1)
        },
        Role::Leader,
    );
    world.wish(0, Intent::Open);
    world.run(240_000);
    assert_eq!(world.tabs[0].reported, [SetupProblem::IdentityRefused]);
    assert_eq!(
        world.count(|request| matches!(request, Request::CreateContact { .. })),
        2
    );
}

#[test]
fn a_captive_portal_is_reported_once_and_looked_past() {
    let mut world = World::with_tab();
    for _ in 0..60 {
        world
            .server
            .fail("ShowInbox", Fault::Refused(Failure::Undecodable));
        world
            .server
            .fail("CreateContact", Fault::Refused(Failure::Undecodable));
    }
    world.wish(0, Intent::Open);
    world.submit(0, "hello");
    world.run(600_000);
    assert_eq!(world.tabs[0].reported, [SetupProblem::NotTheApi { status: 200 }]);
    assert!(world.log.len() < 25, "{} requests into a portal", world.log.len());
    world.server.heal();
    world.run(300_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
}

#[test]
fn a_late_word_of_the_inbox_does_not_put_off_the_next_look_at_a_problem() {
    for seed in 0..20 {
        let mut world = World::default();
        world.add_tab(config(seed), Role::Leader);
        let hangs_between = [Fault::HangsUnapplied, Fault::NeverArrives, Fault::HangsUnapplied];
        let never_arrives = [Fault::HangsUnapplied, Fault::NeverArrives, Fault::NeverArrives];
        for (inbox, contact) in hangs_between.into_iter().zip(never_arrives) {
            world.server.fail("ShowInbox", inbox);
            world.server.fail("CreateContact", contact);
        }
        world.wish(0, Intent::Open);
        world.submit(0, "hello");
        world.run(70_000);
        assert_eq!(world.tabs[0].reported, [SetupProblem::Unreachable]);
        assert_eq!(world.server.contact_texts(), ["hello"], "seed {seed}");
    }
}

#[test]
fn an_inbox_that_does_not_answer_is_asked_for_a_few_times_and_then_seldom() {
    let mut world = World::with_tab();
    for _ in 0..300 {
        world.server.fail("ShowInbox", Fault::Refused(refused(500)));
    }
    world.wish(0, Intent::Open);
    world.run(600_000);
    let asked = world.count(|request| matches!(request, Request::ShowInbox));
    assert!((4..=6).contains(&asked), "asked {asked} times");
    world.server.heal();
    world.run(300_000);
    assert!(world.view(0).inbox_name.is_some());
}

#[test]
fn trying_often_without_a_network_does_not_put_off_the_next_look() {
    let mut world = World::with_tab();
    for _ in 0..300 {
        world.server.fail("ShowInbox", Fault::NeverArrives);
        world.server.fail("CreateContact", Fault::NeverArrives);
    }
    world.wish(0, Intent::Open);
    for text in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        world.submit(0, text);
        world.run(10_000);
    }
    assert_eq!(world.tabs[0].reported, [SetupProblem::Unreachable]);
    world.server.heal();
    world.run(60_000);
    assert_eq!(world.server.contact_texts().len(), 8);
}

fn lists(world: &World) -> usize {
    world.count(|request| matches!(request, Request::ListConversations { .. }))
}

/// A verified user's tab at a server that refuses to list a verified session's conversations.
fn without_lists() -> (World, usize) {
    let mut world = World::default();
    world.server.hash = Some("right".to_owned());
    world.server.refuses_lists = true;
    let tab = world.add_tab(
        confab_session::Config {
            identity: Some(identified("right")),
            ..config(1)
        },
        Role::Leader,
    );
    world.wish(tab, Intent::Open);
    world.run(10_000);
    (world, tab)
}

#[test]
fn a_list_that_is_refused_holds_nothing_up() {
    let (mut world, tab) = without_lists();
    world.submit(tab, "hello");
    world.run(5_000);
    assert_eq!((lists(&world), world.server.conversations()), (2, 1));
    let tab = world.reload(tab);
    world.wish(tab, Intent::Open);
    world.submit(tab, "again");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello", "again"]);
    assert_eq!((lists(&world), world.server.conversations()), (2, 1));
}

#[test]
fn a_conversation_of_unknown_outcome_that_cannot_be_looked_for_is_made_again() {
    for fault in [Fault::ReplyLost, Fault::NeverArrives] {
        let (mut world, tab) = without_lists();
        world.server.fail("CreateConversation", fault);
        world.submit(tab, "hello");
        world.run(20_000);
        assert!(world.server.contact_texts().is_empty(), "not before the bound");
        world.run(60_000);
        assert_eq!(world.server.contact_texts(), ["hello"]);
        assert_eq!(world.texts(tab), ["hello"]);
        assert!(lists(&world) < 12, "{} lists", lists(&world));
    }
}

#[test]
fn a_message_that_cannot_be_looked_for_is_the_persons_to_decide_and_nothing_is_asked_for_ever() {
    let (mut world, tab) = without_lists();
    world.submit(tab, "hello");
    world.run(5_000);
    world.server.events_stall = true;
    world.server.fail("SendMessage", Fault::ReplyLost);
    world.submit(tab, "lost");
    world.run(20_000);
    world.server.forget_conversations();
    world.run(60_000);
    let key = world.failed(tab);
    let before = world.log.len();
    world.run(600_000);
    assert!(
        world.log.len() - before < 60,
        "{} requests",
        world.log.len() - before
    );
    world.wish(tab, Intent::Retry(key));
    world.run(60_000);
    assert_eq!(world.server.contact_texts(), ["lost"]);
}

#[test]
fn a_list_that_fails_once_is_asked_for_again_and_its_conversation_found() {
    for hash in [None, Some("right")] {
        let mut world = World::default();
        world.server.hash = hash.map(str::to_owned);
        let config = confab_session::Config {
            identity: Some(Identity {
                identifier_hash: hash.map(IdentifierHash::new),
                ..identified("right")
            }),
            ..config(1)
        };
        world.add_tab(config.clone(), Role::Leader);
        world.wish(0, Intent::Open);
        world.submit(0, "hello");
        world.run(5_000);
        world.kill(0);
        let mut identity = world.store.identity().cloned().expect("there is one");
        identity.conversation = None;
        world.store.put_identity(identity);
        let tab = world.add_tab(config, Role::Leader);
        world
            .server
            .fail("ListConversations", Fault::Refused(refused(500)));
        world.wish(tab, Intent::Open);
        world.run(10_000);
        assert_eq!(world.texts(tab), ["hello"], "with {hash:?}");
    }
}
