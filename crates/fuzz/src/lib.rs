//! Inputs made up by the million: whatever bytes come, nothing panics, and what must hold holds.
//!
//! Where to start:
//! 1. [`Target`]: what is tried; `decoders`, `frames`, `sockets` and `world` say what must hold of each.
//! 2. `seeds`: what a target begins with, recorded from a real server.
//! 3. [`Fuzzer`]: changes an input, tries it, and goes on from those that led to something new. It does not see which code
//!    ran: what is new is told by the target itself.
//! 4. `found`: what once failed, kept for ever.

mod change;
mod decoders;
mod frames;
mod fuzzer;
pub mod kept;
mod seeds;
mod sockets;
mod target;
mod world;

pub use fuzzer::{Failed, Fuzzer};
pub use target::Target;
