//! The one thread that owns the database. What is waiting when it looks is done in one transaction and made durable together;
//! only then are replies given and events sent, so an acknowledged write is never lost.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::cable::Hub;
use crate::courier::Courier;
use crate::error::{ApiError, StartError};
use crate::faults::Faults;
use crate::random::Random;
use crate::rules::{Broadcast, Installation, Member, Reply, Request, Undelivered};
use crate::time::Clock;
use crate::wire;

use super::desk::{Desk, Done, Effect, Parked};
use super::trouble::Complaint;
use super::{Blob, Files};

const WAITING: usize = 1024;
const BATCH: usize = 64;
/// As often as the real server looks for what is due.
const ALARM_EVERY: Duration = Duration::from_secs(300);

pub type Answer = Result<Reply, ApiError>;

/// Something the database thread is asked to do.
#[derive(Debug)]
pub enum Work {
    /// A request of either API.
    Request(Box<Request>, oneshot::Sender<Answer>),
    /// A cable subscription: who is it, if anybody?
    Subscribe(String, oneshot::Sender<Option<Member>>),
    /// What is known of a file.
    Blob(i64, oneshot::Sender<Option<Blob>>),
    /// `update_presence`, or the presence that subscribing causes.
    Presence(Member),
    /// The streams of the sessions with that `source_id`.
    Streams(String, oneshot::Sender<Vec<String>>),
    /// A callback failed.
    Undelivered(Undelivered),
    /// A fault has ended: what is parked goes on.
    Wake,
    /// What was put off until now is due.
    Alarm,
}

/// The way to the database thread; it ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Store(mpsc::Sender<Work>);

impl Store {
    /// Starts the thread; the returned receiver closes when it has ended and the database is closed.
    pub fn start(worker: Worker) -> Result<(Self, oneshot::Receiver<()>), StartError> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (ended, end) = oneshot::channel();
        let run = move || {
            worker.run(receiver);
            // Nobody may be waiting any more, which is fine.
            let _ = ended.send(());
        };
        thread::Builder::new()
            .name("database".to_owned())
            .spawn(run)
            .map_err(StartError::System)?;
        Ok((Self(sender), end))
    }

    /// Performs a request of either API.
    pub async fn request(&self, request: Request) -> Answer {
        let (sender, receiver) = oneshot::channel();
        self.send(Work::Request(Box::new(request), sender)).await;
        receiver
            .await
            .unwrap_or(Err(ApiError::Internal("the database thread is gone")))
    }

    /// Finds out whom a subscription identifier names.
    pub async fn subscribe(&self, identifier: String) -> Option<Member> {
        let (sender, receiver) = oneshot::channel();
        self.send(Work::Subscribe(identifier, sender)).await;
        receiver.await.ok().flatten()
    }

    /// Finds what is known of a file.
    pub async fn blob(&self, id: i64) -> Option<Blob> {
        let (sender, receiver) = oneshot::channel();
        self.send(Work::Blob(id, sender)).await;
        receiver.await.ok().flatten()
    }

    /// Notes a sign of life and tells the member who is there.
    pub async fn presence(&self, member: Member) {
        self.send(Work::Presence(member)).await;
    }

    /// The streams of the sessions with a `source_id`.
    pub async fn streams(&self, source_id: String) -> Vec<String> {
        let (sender, receiver) = oneshot::channel();
        self.send(Work::Streams(source_id, sender)).await;
        receiver.await.unwrap_or_default()
    }

    /// Lets events and jobs go on that a fault held back.
    pub async fn wake(&self) {
        self.send(Work::Wake).await;
    }

    /// Notes that a callback failed.
    pub async fn undelivered(&self, undelivered: Undelivered) {
        self.send(Work::Undelivered(undelivered)).await;
    }

    /// Opens snoozed conversations every few minutes, until the server ends.
    pub async fn run_alarm(self, mut ending: watch::Receiver<bool>) {
        let mut ticks = interval(ALARM_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.send(Work::Alarm).await,
                _ = ending.changed() => return,
            }
        }
    }

    async fn send(&self, work: Work) {
        // A closed channel shows as a dropped answer.
        let _ = self.0.send(work).await;
    }
}

/// What the database thread owns.
#[derive(Debug)]
pub struct Worker {
    /// The only connection.
    pub db: Connection,
    /// The time rules see.
    pub clock: Clock,
    /// The randomness rules draw from.
    pub random: Random,
    /// What rules know of the installation.
    pub installation: Installation,
    /// The folder of files.
    pub files: Files,
    /// Where events go after the commit.
    pub hub: Arc<Hub>,
    /// Faults for tests.
    pub faults: Option<Arc<Faults>>,
    /// Where callbacks go after the commit.
    pub courier: Courier,
    /// What a job queue would hold while a fault makes it stand still.
    pub parked: Vec<Parked>,
    /// What it tells whoever runs the server.
    pub complaint: Complaint,
}

impl Worker {
    fn run(mut self, mut inbox: mpsc::Receiver<Work>) {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = inbox.blocking_recv() {
            batch.push(first);
            while batch.len() < BATCH
                && let Ok(next) = inbox.try_recv()
            {
                batch.push(next);
            }
            let stalled = self.faults.as_ref().is_some_and(|faults| faults.stalled());
            // Callbacks there was no room for have failed, and what that leads to may find no room again.
            while !batch.is_empty() {
                self.perform(&mut batch, stalled);
            }
        }
        // No fault outlives the server: what it held back is done now.
        if !self.parked.is_empty() {
            self.perform(&mut batch, false);
        }
        while !batch.is_empty() {
            self.perform(&mut batch, false);
        }
    }

    fn perform(&mut self, batch: &mut Vec<Work>, stalled: bool) {
        let mut effects = Vec::new();
        let mut kept = Vec::new();
        let mut done = Vec::with_capacity(batch.len());
        let waited = if stalled { Vec::new() } else { self.parked.clone() };
        let begun = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate);
        let committed = begun.and_then(|tx| {
            let mut desk = Desk {
                tx: &tx,
                clock: &self.clock,
                now: self.clock.now(),
                random: &mut self.random,
                installation: &self.installation,
                stalled,
                kept: &mut kept,
            };
            desk.follow(waited, &mut effects);
            for work in batch.drain(..) {
                done.push(desk.step(work, &mut effects));
            }
            tx.commit()
        });
        self.complaint.hear(committed.as_ref().err());
        // Work that never began is still in the batch; dropping its sender answers it.
        batch.clear();
        if committed.is_ok() {
            for file in &kept {
                file.keep();
            }
            if !stalled {
                self.parked.clear();
            }
            self.release(effects, stalled, batch);
        }
        for item in done {
            match item {
                // Who went away needs no answer.
                Done::Answer(sender, answer) => {
                    let lost = Err(ApiError::Internal("the transaction was not committed"));
                    let _ = sender.send(if committed.is_ok() { answer } else { lost });
                }
                Done::Member(sender, member) => {
                    let _ = sender.send(member);
                }
                Done::Streams(sender, streams) => {
                    let _ = sender.send(streams);
                }
                Done::Blob(sender, blob) => {
                    let _ = sender.send(blob);
                }
                Done::Nothing => {}
            }
        }
        if committed.is_ok() {
            self.files.remove_discarded(&self.db);
        }
    }

    /// Sends what was committed, or parks it behind what is parked already. What follows at once becomes work.
    fn release(&mut self, effects: Vec<Effect>, stalled: bool, work: &mut Vec<Work>) {
        for effect in effects {
            match effect {
                Effect::Now(event) => self.publish(&event),
                Effect::Queued(Parked::Event(event)) if !stalled => self.publish(&event),
                Effect::Queued(Parked::Callback(delivery)) if !stalled => {
                    work.extend(self.courier.take(delivery).map(Work::Undelivered));
                }
                Effect::Queued(parked) => self.parked.push(parked),
            }
        }
    }

    fn publish(&self, event: &Broadcast) {
        match &self.faults {
            None => self
                .hub
                .publish(&event.streams, &wire::event(event.event, &event.data)),
            Some(faults) => faults.publish(&self.db, event),
        }
    }
}
