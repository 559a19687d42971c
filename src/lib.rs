//! Confab's widget: everything that touches a browser.
//!
//! Where to start:
//! 1. [`embed`]: what a foreign page sees; options become a configuration, and everything is started.
//! 2. [`driver`]: runs the session of `confab-session` and performs its effects.
//! 3. `ui`: one view in, intents out.

pub mod driver;
pub mod embed;
pub mod ui;
