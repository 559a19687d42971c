//! What a foreign page sees: its options become a configuration, driver and components are started, and the news go
//! back to it.
//!
//! Where to start:
//! 1. `boot`: a frame, a page of its own or an element of somebody else's; waits for what configures it.
//! 2. [`config`]: options into a configuration, or into what the site owner has to mend.
//! 3. [`port`]: the checked way between the loader's page and the frame; `loader.js` is its other end.
//! 4. [`api`]: what pages hear.
//! 5. `app`: driver and components together.

pub mod config;
pub mod port;

#[cfg(target_arch = "wasm32")]
pub mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
pub mod boot;
