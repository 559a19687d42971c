//! The one thread that owns the database. What is waiting when it looks is done in one transaction and made durable together;
//! only then are replies given and events sent, so an acknowledged write is never lost.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::cable::Hub;
use crate::error::{ApiError, StartError};
use crate::random::Random;
use crate::rules::{self, Broadcast, Context, Installation, Job, Member, Reply, Request};
use crate::time::Clock;
use crate::wire;

const WAITING: usize = 1024;
const BATCH: usize = 64;

type Answer = Result<Reply, ApiError>;

/// Something the database thread is asked to do.
#[derive(Debug)]
pub enum Work {
    /// A request of either API.
    Request(Box<Request>, oneshot::Sender<Answer>),
    /// A cable subscription: who is it, if anybody?
    Subscribe(String, oneshot::Sender<Option<Member>>),
    /// `update_presence`, or the presence that subscribing causes.
    Presence(Member),
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

    /// Notes a sign of life and tells the member who is there.
    pub async fn presence(&self, member: Member) {
        self.send(Work::Presence(member)).await;
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
    /// Where events go after the commit.
    pub hub: Arc<Hub>,
}

enum Done {
    Answer(oneshot::Sender<Answer>, Answer),
    Member(oneshot::Sender<Option<Member>>, Option<Member>),
    Nothing,
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
            self.perform(&mut batch);
        }
    }

    fn perform(&mut self, batch: &mut Vec<Work>) {
        let mut broadcasts = Vec::new();
        let mut done = Vec::with_capacity(batch.len());
        let begun = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate);
        let committed = begun.and_then(|tx| {
            for work in batch.drain(..) {
                done.push(step(
                    &tx,
                    &self.clock,
                    &mut self.random,
                    &self.installation,
                    work,
                    &mut broadcasts,
                ));
            }
            tx.commit()
        });
        if committed.is_ok() {
            for broadcast in broadcasts {
                self.hub
                    .publish(&broadcast.streams, &wire::event(broadcast.event, &broadcast.data));
            }
        }
        // Work that never began is still in the batch; dropping its sender answers it.
        batch.clear();
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
                Done::Nothing => {}
            }
        }
    }
}

fn step(
    tx: &Transaction<'_>,
    clock: &Clock,
    random: &mut Random,
    installation: &Installation,
    work: Work,
    broadcasts: &mut Vec<Broadcast>,
) -> Done {
    let now = clock.now();
    match work {
        Work::Request(request, sender) => {
            let answer = guarded(tx, random, installation, now, broadcasts, |context| {
                rules::handle(context, &request)
            });
            Done::Answer(sender, answer)
        }
        Work::Subscribe(identifier, sender) => {
            let find = |context: &mut Context<'_>| rules::member(context, &identifier);
            Done::Member(
                sender,
                guarded(tx, random, installation, now, broadcasts, find)
                    .ok()
                    .flatten(),
            )
        }
        Work::Presence(member) => {
            let note = |context: &mut Context<'_>| rules::presence(context, &member);
            // Presence answers nobody: a failure shows as silence, as on the real server.
            let _ = guarded(tx, random, installation, now, broadcasts, note);
            Done::Nothing
        }
    }
}

/// Runs a rule and the jobs it leaves in a savepoint each: a rule that fails leaves nothing behind.
fn guarded<T>(
    tx: &Transaction<'_>,
    random: &mut Random,
    installation: &Installation,
    now: crate::time::Instant,
    broadcasts: &mut Vec<Broadcast>,
    rule: impl FnOnce(&mut Context<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let (value, jobs) = saved(tx, random, installation, now, broadcasts, rule)?;
    let mut waiting = VecDeque::from(jobs);
    while let Some(job) = waiting.pop_front() {
        // A job that fails takes only itself back: its request was answered long ago on the real server.
        if let Ok(((), more)) = saved(tx, random, installation, now, broadcasts, |context| {
            rules::run(context, &job)
        }) {
            waiting.extend(more);
        }
    }
    Ok(value)
}

fn saved<T>(
    tx: &Transaction<'_>,
    random: &mut Random,
    installation: &Installation,
    now: crate::time::Instant,
    broadcasts: &mut Vec<Broadcast>,
    rule: impl FnOnce(&mut Context<'_>) -> Result<T, ApiError>,
) -> Result<(T, Vec<Job>), ApiError> {
    tx.execute_batch("SAVEPOINT rule")?;
    let mut context = Context::new(tx, now, random, installation);
    match rule(&mut context) {
        Ok(value) => {
            let (mut events, jobs) = context.into_effects();
            tx.execute_batch("RELEASE rule")?;
            broadcasts.append(&mut events);
            Ok((value, jobs))
        }
        Err(error) => {
            tx.execute_batch("ROLLBACK TO rule; RELEASE rule")?;
            Err(error)
        }
    }
}
