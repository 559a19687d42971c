//! The effect runner: the only code that awaits, spawns or owns handles of the browser. It decides nothing.
//!
//! Where to start:
//! 1. [`Driver`]: one queue, one pump. Events wait in the queue, the session handles them one by one, its effects are
//!    performed after it returned; what they cause queues behind.
//! 2. `http`, `cable`, `storage`, `tabs`, `page`, `clock`: each a part of the outside, as a value whose drop undoes it.
//! 3. [`address`]: where the API is.

pub mod address;
#[cfg(target_arch = "wasm32")]
pub mod cable;
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
pub mod files;
#[cfg(target_arch = "wasm32")]
pub mod handle;
#[cfg(target_arch = "wasm32")]
pub mod http;
#[cfg(any(target_arch = "wasm32", test))]
mod kept;
#[cfg(target_arch = "wasm32")]
pub mod lead;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod pump;
#[cfg(target_arch = "wasm32")]
pub mod random;
pub mod raw;
#[cfg(target_arch = "wasm32")]
mod record;
pub mod storage;
#[cfg(target_arch = "wasm32")]
pub mod tabs;
#[cfg(target_arch = "wasm32")]
pub mod url;

#[cfg(target_arch = "wasm32")]
pub use pump::{Driver, Setup};

use std::rc::Rc;

use confab_session::Event;

use raw::Raw;

/// Where everything that happens goes. It never calls back before it returned.
pub type Sink = Rc<dyn Fn(Happening)>;

/// An event, and what it was read from, for the other tabs.
pub struct Happening {
    /// What the session hears.
    pub event: Event,
    /// The text it was read from.
    pub raw: Option<Raw>,
}

impl From<Event> for Happening {
    fn from(event: Event) -> Self {
        Self { event, raw: None }
    }
}

/// Runs a task. The only place that does.
#[cfg(target_arch = "wasm32")]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the driver, and all of it spawns here"
)]
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}
