//! Several tabs of one visitor.

use confab_session::{Delivery, Role};

use crate::after_hello;
use crate::world::server::Fault;
use crate::world::{World, config};

#[test]
fn a_message_of_a_follower_is_sent_by_the_leader_and_both_show_it_once() {
    let mut world = after_hello();
    let follower = world.add_tab(config(2), Role::Follower);
    world.run(1_000);
    assert_eq!(world.texts(follower), ["hello"]);
    world.submit(follower, "from the side");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello", "from the side"]);
    assert_eq!(world.texts(0), ["hello", "from the side"]);
    assert_eq!(world.texts(follower), ["hello", "from the side"]);
    assert_eq!(world.deliveries(follower), [Delivery::Sent, Delivery::Sent]);
    world.agent_says("hi both");
    world.run(1_000);
    assert_eq!(world.texts(follower), ["hello", "from the side", "hi both"]);
}

#[test]
fn the_first_message_can_come_from_a_follower() {
    let mut world = World::with_tab();
    let follower = world.add_tab(config(2), Role::Follower);
    world.submit(follower, "hello");
    world.run(5_000);
    assert_eq!(world.server.contact_texts(), ["hello"]);
    assert_eq!(world.texts(0), ["hello"]);
    assert_eq!(world.texts(follower), ["hello"]);
    assert_eq!(world.deliveries(follower), [Delivery::Sent]);
}

#[test]
fn a_follower_takes_over_from_a_leader_that_died_in_the_middle_of_a_send() {
    for arrived in [true, false] {
        let mut world = after_hello();
        let follower = world.add_tab(config(2), Role::Follower);
        let fault = if arrived {
            Fault::ReplyLost
        } else {
            Fault::HangsUnapplied
        };
        world.server.events_stall = true;
        world.server.fail("SendMessage", fault);
        world.submit(0, "last words");
        world.run(100);
        world.kill(0);
        world.lead(follower);
        world.run(1_000);
        assert!(matches!(
            world.deliveries(follower)[..],
            [.., Delivery::Unconfirmed(_)]
        ));
        world.run(60_000);
        assert_eq!(
            world.server.contact_texts(),
            ["hello", "last words"],
            "arrived: {arrived}"
        );
        assert_eq!(world.texts(follower), ["hello", "last words"]);
        assert_eq!(world.deliveries(follower), [Delivery::Sent, Delivery::Sent]);
    }
}
