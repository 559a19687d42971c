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

pub mod config;
pub mod effect;
pub mod event;
pub mod record;
pub mod time;
pub mod view;

pub use config::{Config, SetupProblem};
pub use effect::{Announcement, Effect, Generation, RequestId};
pub use event::{Event, Failure, Intent, Outcome, Role, TabId};
pub use record::{Attempt, IdentityRecord, OutgoingKey, OutgoingRecord, Snapshot};
pub use time::{Millis, Now, UnixMillis};
pub use view::{Author, Delivery, LinkState, Row, RowContent, RowKey, View};
