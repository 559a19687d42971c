//! Action Cable: the sockets, who listens to what, and the protocol between.

mod allowance;
mod hub;
mod socket;

pub use hub::Hub;
pub use socket::{accept, run_pings};
