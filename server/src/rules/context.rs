//! What a rule works with, and the effects it gathers.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use super::callbacks::Notice;
use super::{Broadcast, Delivery, Job};
use crate::links::Links;
use crate::quirks::Quirks;
use crate::random::Random;
use crate::store::{Actor, Contact, Stored};
use crate::time::Instant;

/// What stays the same from one request to the next.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Its base URL, without trailing slash.
    pub base: String,
    /// The version that is played.
    pub quirks: Quirks,
    /// Addresses of files.
    pub links: Links,
}

/// What is to happen once a rule's writes are durable, each kind in its order.
#[derive(Debug, Default)]
pub struct Effects {
    /// Events for the cable.
    pub broadcasts: Vec<Broadcast>,
    /// Requests to callback addresses.
    pub deliveries: Vec<Delivery>,
    /// What is left to jobs.
    pub jobs: Vec<Job>,
    /// Files that rows name now, and that therefore stay.
    pub kept: Vec<Arc<Stored>>,
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
    /// Addresses of files.
    pub links: &'a Links,
    /// The agent or bot whose token the request carries.
    pub performer: Option<Actor>,
    /// The contact who acts, where activity lines name one.
    pub visitor: Option<Contact>,
    /// A message of the contact is opening again what was resolved.
    pub reopened_by_message: bool,
    /// What callback addresses are to be told once the rule is through.
    pub notices: Vec<Notice>,
    effects: Effects,
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
            links: &installation.links,
            performer: None,
            visitor: None,
            reopened_by_message: false,
            notices: Vec::new(),
            effects: Effects::default(),
        }
    }

    /// Sends an event once this is committed.
    pub fn emit(&mut self, streams: Vec<String>, event: &'static str, data: Value) {
        if !streams.is_empty() {
            self.effects.broadcasts.push(Broadcast { streams, event, data });
        }
    }

    /// Sends a callback once this is committed.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.effects.deliveries.push(delivery);
    }

    /// Leaves a job.
    pub fn later(&mut self, job: Job) {
        self.effects.jobs.push(job);
    }

    /// Keeps an uploaded file, because a row names it now.
    pub fn keep(&mut self, file: Arc<Stored>) {
        self.effects.kept.push(file);
    }

    /// Everything that is to happen now that the rule is through.
    pub fn into_effects(self) -> Effects {
        self.effects
    }
}
