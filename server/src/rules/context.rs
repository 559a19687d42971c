//! What a rule works with, and the effects it gathers.

use rusqlite::Connection;
use serde_json::Value;

use super::{Broadcast, Job};
use crate::quirks::Quirks;
use crate::random::Random;
use crate::store::{Contact, User};
use crate::time::Instant;

/// What stays the same from one request to the next.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Its base URL, without trailing slash.
    pub base: String,
    /// The version that is played.
    pub quirks: Quirks,
}

/// One request or job at work inside a transaction.
#[derive(Debug)]
pub struct Context<'a> {
    /// The open transaction.
    pub db: &'a Connection,
    /// The one instant at which all of this happens.
    pub now: Instant,
    /// For tokens and generated names.
    pub random: &'a mut Random,
    /// The version that is played.
    pub quirks: &'a Quirks,
    /// The installation's base URL, without trailing slash.
    pub base: &'a str,
    /// The agent whose token the request carries.
    pub performer: Option<User>,
    /// The contact who acts, where activity lines name one.
    pub visitor: Option<Contact>,
    broadcasts: Vec<Broadcast>,
    jobs: Vec<Job>,
}

impl<'a> Context<'a> {
    /// A context without effects.
    pub fn new(
        db: &'a Connection,
        now: Instant,
        random: &'a mut Random,
        installation: &'a Installation,
    ) -> Self {
        Self {
            db,
            now,
            random,
            quirks: &installation.quirks,
            base: &installation.base,
            performer: None,
            visitor: None,
            broadcasts: Vec::new(),
            jobs: Vec::new(),
        }
    }

    /// Sends an event once this is committed.
    pub fn emit(&mut self, streams: Vec<String>, event: &'static str, data: Value) {
        if !streams.is_empty() {
            self.broadcasts.push(Broadcast { streams, event, data });
        }
    }

    /// Leaves a job.
    pub fn later(&mut self, job: Job) {
        self.jobs.push(job);
    }

    /// Everything that is to happen now that the rule is through.
    pub fn into_effects(self) -> (Vec<Broadcast>, Vec<Job>) {
        (self.broadcasts, self.jobs)
    }
}
