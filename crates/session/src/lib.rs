//! The core of Confab: it decides everything and does nothing.
//!
//! Where to start:
//! 1. [`event`]: all that can happen, from a person's [`Intent`] to a reply of the server.
//! 2. [`effect`]: all that can be asked of the outside, and who performs it.
//! 3. [`view`]: what to show, as data.
//! 4. [`Session`]: the machine between them, `handle(event, now) -> effects`.
//!
//! The session has no clock, no randomness, no IO and no error: time comes with every call, jitter and echo ids
//! come from a seed given at the start, and what cannot be helped becomes part of the view.

pub mod bugs;
pub mod capabilities;
pub mod config;
pub mod diagnostics;
pub mod effect;
pub mod event;
pub mod record;
pub mod time;
pub mod view;

mod contact;
mod contiguity;
mod conversation;
mod deadlines;
mod delivery;
mod dispatch;
mod failure;
mod fence;
mod history;
mod identity;
mod link;
mod listed;
mod outbox;
mod page;
mod profile;
mod repair;
mod requests;
mod resync;
mod rng;
mod rows;
mod seen;
mod sending;
mod session;
mod settling;
mod setup;
mod show;
mod status;
mod tabs;
mod typing;
mod window;

#[cfg(test)]
mod eg;

pub use capabilities::{Ability, Capabilities};
pub use config::{Config, SetupProblem};
pub use diagnostics::Diagnostics;
pub use effect::{Announcement, CableCommand, Effect, Generation, RequestId};
pub use event::{Ask, Event, Failure, Intent, Outcome, Role, TabId};
pub use page::is_too_long;
pub use record::{Attempt, IdentityRecord, OutgoingKey, OutgoingRecord, Snapshot};
pub use rng::hex;
pub use session::Session;
pub use time::{Millis, Now, UnixMillis};
pub use view::{
    Author, Composition, Delivery, LinkState, MessageRow, Notice, Older, Person, Place, Row, RowContent,
    RowKey, View,
};
