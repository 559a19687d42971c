//! The wire from outside: what the conformance statements ask of a client, what it tolerates, what it never shows, and that
//! no text makes it panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

mod agreement;
mod eg;
mod odd_values;
mod routes;
mod secrets;
mod statements_answers;
mod statements_live;
mod statements_rest;
mod tolerance;
mod total;
