//! One transaction at work: rules run in savepoints, and what follows from them is gathered for after the commit.

use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::ApiError;
use crate::faults;
use crate::random::Random;
use crate::rules::{self, Broadcast, Context, Delivery, Effects, Installation, Job, Member};
use crate::time::{Clock, Instant};

use super::worker::{Answer, Work};
use super::{Blob, Stored};

/// Something that follows from a committed request.
#[derive(Clone, Debug)]
pub enum Parked {
    /// An event to send.
    Event(Broadcast),
    /// A callback to send.
    Callback(Delivery),
    /// A job to do.
    Job(Job),
}

impl Parked {
    /// What a rule leaves, in the order in which it is queued.
    fn all(effects: Effects) -> impl Iterator<Item = Self> {
        let events = effects.broadcasts.into_iter().map(Self::Event);
        let callbacks = effects.deliveries.into_iter().map(Self::Callback);
        events
            .chain(callbacks)
            .chain(effects.jobs.into_iter().map(Self::Job))
    }
}

/// What becomes of something that was asked for, once it is committed.
pub enum Done {
    Answer(oneshot::Sender<Answer>, Answer),
    Member(oneshot::Sender<Option<Member>>, Option<Member>),
    Streams(oneshot::Sender<Vec<String>>, Vec<String>),
    Blob(oneshot::Sender<Option<Blob>>, Option<Blob>),
    Nothing,
}

/// What follows from a request once it is committed.
#[derive(Debug)]
pub enum Effect {
    /// Sent by the channel itself: a job queue that stands still does not keep it.
    Now(Broadcast),
    /// Goes through the job queue.
    Queued(Parked),
}

/// One transaction at work.
pub struct Desk<'a> {
    /// The connection with its open transaction.
    pub tx: &'a Connection,
    /// The time.
    pub clock: &'a Clock,
    /// When what is being done happens.
    pub now: Instant,
    /// For tokens and names.
    pub random: &'a mut Random,
    /// What rules know of the installation.
    pub installation: &'a Installation,
    /// Whether the job queue stands still.
    pub stalled: bool,
    /// Files that rows name now, and that stay once this is committed.
    pub kept: &'a mut Vec<Arc<Stored>>,
}

impl Desk<'_> {
    /// Does one thing that was asked for.
    pub fn step(&mut self, work: Work, effects: &mut Vec<Effect>) -> Done {
        self.now = self.clock.now();
        match work {
            Work::Request(request, sender) => Done::Answer(
                sender,
                self.perform(effects, |context| rules::handle(context, &request)),
            ),
            Work::Subscribe(identifier, sender) => {
                let find = |context: &mut Context<'_>| rules::member(context, &identifier);
                Done::Member(sender, self.perform(effects, find).ok().flatten())
            }
            Work::Presence(member) => {
                let note = |context: &mut Context<'_>| rules::presence(context, &member);
                // Presence answers nobody: a failure shows as silence, as on the real server.
                if let Ok(((), told)) = self.saved(note) {
                    effects.extend(told.broadcasts.into_iter().map(Effect::Now));
                }
                Done::Nothing
            }
            Work::Undelivered(undelivered) => {
                // Its message may be gone; nobody waits for the outcome.
                let _ = self.perform(effects, |context| rules::fail(context, &undelivered));
                Done::Nothing
            }
            Work::Streams(source_id, sender) => Done::Streams(
                sender,
                faults::streams_of(self.tx, &source_id).unwrap_or_default(),
            ),
            // Whom the database cannot tell of it, it does not exist for.
            Work::Blob(id, sender) => Done::Blob(sender, Blob::by_id(self.tx, id).unwrap_or_default()),
            Work::Alarm => {
                // What could not be opened is tried again at the next alarm.
                let _ = self.perform(effects, rules::open_due);
                Done::Nothing
            }
            Work::Wake => Done::Nothing,
        }
    }

    /// Runs a rule and what follows from it.
    fn perform<T>(
        &mut self,
        effects: &mut Vec<Effect>,
        rule: impl FnOnce(&mut Context<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let (value, told) = self.saved(rule)?;
        self.follow(Parked::all(told).collect(), effects);
        Ok(value)
    }

    /// Does the jobs among what follows, and those that follow from them; not while the queue stands still.
    pub fn follow(&mut self, queue: Vec<Parked>, effects: &mut Vec<Effect>) {
        let mut waiting = VecDeque::from(queue);
        while let Some(next) = waiting.pop_front() {
            let Parked::Job(job) = &next else {
                effects.push(Effect::Queued(next));
                continue;
            };
            if self.stalled {
                effects.push(Effect::Queued(next));
                continue;
            }
            // A job that fails takes only itself back: its request was answered long ago on the real server.
            if let Ok(((), told)) = self.saved(|context| rules::run(context, job)) {
                for parked in Parked::all(told) {
                    match parked {
                        Parked::Job(_) => waiting.push_back(parked),
                        told => effects.push(Effect::Queued(told)),
                    }
                }
            }
        }
    }

    /// Runs a rule in a savepoint: one that fails leaves nothing behind.
    fn saved<T>(
        &mut self,
        rule: impl FnOnce(&mut Context<'_>) -> Result<T, ApiError>,
    ) -> Result<(T, Effects), ApiError> {
        // A full or broken disk may have ended the transaction: what is done now would be committed piece by piece.
        if self.tx.is_autocommit() {
            return Err(ApiError::Internal("the transaction is gone"));
        }
        self.tx.execute_batch("SAVEPOINT rule")?;
        let mut context = Context::new(self.tx, self.now, self.random, self.installation);
        let done = rule(&mut context).and_then(|value| rules::settle(&mut context).map(|()| value));
        match done {
            Ok(value) => {
                let mut effects = context.into_effects();
                self.tx.execute_batch("RELEASE rule")?;
                self.kept.append(&mut effects.kept);
                Ok((value, effects))
            }
            Err(error) => {
                self.tx.execute_batch("ROLLBACK TO rule; RELEASE rule")?;
                Err(error)
            }
        }
    }
}
