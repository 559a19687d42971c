//! Confab's widget: everything that touches a browser.
//!
//! Where to start:
//! 1. [`embed`]: what a foreign page sees; options become a configuration, and everything is started.
//! 2. [`driver`]: runs the session of `confab-session` and performs its effects.
//! 3. `ui`: one view in, intents out.

pub mod driver;
pub mod embed;
pub mod ui;

/// A third of the bytes of the library's own, with the same bounds on time and on what lies unused.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
