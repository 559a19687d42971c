//! Whole stories of a visitor, told to real sessions in a scripted world.
#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a story that does not hold may panic"
)]

mod beginnings;
mod deep_link;
mod disputes;
mod history;
mod identity;
mod link;
mod live;
mod monkey;
mod sending;
mod setup;
mod slips;
mod tabs;
mod unconfirmed;
mod world;

use confab_protocol::Request;
use confab_session::Intent;
use world::World;

fn is_list(request: &Request) -> bool {
    matches!(request, Request::ListMessages { .. })
}

/// A visitor who has written "hello", with everything settled.
fn after_hello() -> World {
    let mut world = World::with_tab();
    world.wish(0, Intent::Open);
    world.submit(0, "hello");
    world.run(5_000);
    world
}
