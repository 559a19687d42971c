//! Faults on demand, for tests of clients: delays, lost answers, errors with and without effect, a job queue that stands
//! still, events that get lost, sockets that break. Off unless `--faults` gives a secret; then set and cleared at `/faults`.
//!
//! A fault is asked for in four places and nowhere else: [`http::around`] every request of the installation,
//! [`Faults::stalled`] when a transaction is committed, [`Faults::publish`] for every event, and [`Faults::cuts`] with
//! [`Faults::frozen`] in every socket. The rules know nothing of it.

mod control;
mod events;
pub mod http;
mod kind;
mod pages;
mod pattern;
mod sockets;
mod spec;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};

pub use events::streams_of;

use crate::cable::Hub;
use crate::store::Store;
use events::Gathered;
use kind::{Fault, Kind, When};
use pages::Ending;

/// More faults than a test can mean.
const MOST: usize = 64;
/// What is answered with the help of the database.
const API: [&str; 3] = ["/public/api/", "/api/", "/rails/"];
/// Cuts that a slow socket may have before it.
const CUTS: usize = 16;

/// The faults of a running server.
#[derive(Debug)]
pub struct Faults {
    /// The digest of the secret, so that comparing takes the same time for every wrong one.
    secret: [u8; 32],
    state: Mutex<State>,
    cuts: broadcast::Sender<u64>,
    hub: Arc<Hub>,
    /// The database thread has no runtime of its own for what it sends later.
    runtime: Handle,
    ending: watch::Receiver<bool>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    set: Vec<Set>,
}

/// A fault that is set, with its own chance and its own count.
#[derive(Debug)]
struct Set {
    id: u64,
    fault: Fault,
    matched: u64,
    struck: u64,
    random: StdRng,
    gathered: Gathered,
    /// Closes when the fault is cleared: whatever waits for its end goes on then.
    over: watch::Sender<()>,
}

impl Set {
    fn new(id: u64, fault: Fault) -> Self {
        Self {
            id,
            matched: 0,
            struck: 0,
            random: StdRng::seed_from_u64(fault.seed),
            gathered: Gathered::default(),
            over: watch::Sender::default(),
            fault,
        }
    }

    /// Counts something that fits; whether it is struck.
    fn strikes(&mut self) -> bool {
        self.matched += 1;
        let spared = self.matched <= self.fault.skip;
        let spent = self.fault.times.is_some_and(|times| self.struck >= times);
        let strikes = !spared && !spent && self.random.random_bool(self.fault.probability);
        self.struck += u64::from(strikes);
        strikes
    }

    fn shown(&self) -> Value {
        let mut shown = Map::from_iter([("id".to_owned(), json!(self.id))]);
        shown.extend(self.fault.given.clone());
        shown.insert("matched".to_owned(), json!(self.matched));
        shown.insert("struck".to_owned(), json!(self.struck));
        Value::Object(shown)
    }
}

/// What a request is known by.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    contact: Option<&'a str>,
    preflight: bool,
}

/// What is done to one request.
#[derive(Clone, Debug, Default)]
struct Strike {
    /// Waited before the rule.
    before: Duration,
    /// Answered in place of the rule.
    instead: Option<Ending>,
    /// The database stands still.
    freeze: Option<Freeze>,
    /// Waited after the commit.
    after: Duration,
    /// Answered in place of what the rule answered.
    then: Option<Ending>,
    /// Answered in place of a success, after a while; a refusal is answered as it is.
    hang: Option<Duration>,
}

/// A frozen database as one request meets it.
#[derive(Clone, Debug)]
struct Freeze {
    over: watch::Receiver<()>,
    limit: Duration,
    /// How long after the end this request is done.
    turn: Duration,
    stored: bool,
}

impl Faults {
    /// No faults yet; to be called within the runtime.
    pub fn new(secret: &str, hub: Arc<Hub>, ending: watch::Receiver<bool>) -> Self {
        Self {
            secret: Sha256::digest(secret).into(),
            state: Mutex::default(),
            cuts: broadcast::Sender::new(CUTS),
            hub,
            runtime: Handle::current(),
            ending,
        }
    }

    /// Whether events and jobs are to wait.
    pub fn stalled(&self) -> bool {
        self.lock().set.iter().any(|set| set.fault.stalls())
    }

    /// Whether the database stands still for sockets too: only a freeze that is about no request in particular does that.
    pub fn frozen(&self) -> Option<watch::Receiver<()>> {
        let state = self.lock();
        let frozen = state.set.iter().find(|set| {
            let fault = &set.fault;
            let general = fault.method.is_none() && fault.path.is_none() && fault.contact.is_none();
            general && matches!(fault.kind, Kind::DatabaseFreeze { .. })
        });
        frozen.map(|set| set.over.subscribe())
    }

    /// Waits; the server's own end cuts it short.
    async fn pause(&self, time: Duration) {
        let mut ending = self.ending.clone();
        if !time.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(time) => {}
                _ = ending.wait_for(|ending| *ending) => {}
            }
        }
    }

    /// Waits for the end of a fault, or of the server.
    pub async fn end_of(&self, mut over: watch::Receiver<()>) {
        let mut ending = self.ending.clone();
        tokio::select! {
            // Nothing is ever sent: it ends by being closed.
            _ = over.changed() => {}
            _ = ending.wait_for(|ending| *ending) => {}
        }
    }

    /// What is to be done to a request. Waits of all faults that fit add up; the first that has an answer gives it,
    /// and those after it are not asked.
    fn strike(&self, asked: Asked<'_>) -> Option<Strike> {
        let mut strike = Strike::default();
        let mut struck = false;
        for set in &mut self.lock().set {
            let answered = strike.instead.is_some() || strike.then.is_some() || strike.hang.is_some();
            let waits = matches!(set.fault.kind, Kind::Delay { .. } | Kind::DatabaseFreeze { .. });
            if (answered && !waits) || !about(&set.fault, asked) || !set.strikes() {
                continue;
            }
            struck = true;
            hit(&mut strike, set);
        }
        struck.then_some(strike)
    }

    /// Sets faults, all of them or, when one cannot be read, none.
    fn set(self: &Arc<Self>, faults: Vec<Fault>, store: &Store) -> Result<Vec<Value>, String> {
        let mut state = self.lock();
        if state.set.len() + faults.len() > MOST {
            return Err(format!("more than {MOST} faults: clear some with DELETE"));
        }
        let mut shown = Vec::new();
        for fault in faults {
            state.last += 1;
            let set = Set::new(state.last, fault);
            shown.push(set.shown());
            if let Some(lasts) = set.fault.lasts {
                self.clear_in_time(set.id, lasts, store.clone());
            }
            // The sockets ask back, and wait for this lock until the list holds the fault.
            self.announce(&set);
            state.set.push(set);
        }
        Ok(shown)
    }

    fn shown(&self) -> Vec<Value> {
        self.lock().set.iter().map(Set::shown).collect()
    }

    /// Clears one fault or all; what waited for them goes on. How many there were.
    fn clear(&self, id: Option<u64>) -> usize {
        let mut state = self.lock();
        let (gone, kept): (Vec<Set>, Vec<Set>) = state
            .set
            .drain(..)
            .partition(|set| id.is_none_or(|id| id == set.id));
        state.set = kept;
        drop(state);
        let count = gone.len();
        for set in gone {
            self.send_gathered(set.gathered);
        }
        count
    }

    /// Clears a fault when its time is over. The store is told, because it may hold what waited.
    fn clear_in_time(self: &Arc<Self>, id: u64, lasts: Duration, store: Store) {
        let faults = Arc::clone(self);
        self.runtime.spawn(async move {
            faults.pause(lasts).await;
            if faults.clear(Some(id)) > 0 {
                store.wake().await;
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The list is whole after every step, whoever panicked meanwhile.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a fault is about a request.
fn about(fault: &Fault, asked: Asked<'_>) -> bool {
    let Asked {
        method,
        path,
        contact,
        preflight,
    } = asked;
    let by_kind = match fault.kind {
        // Reading leaves no job.
        Kind::RedisHang { .. } => fault.method.is_some() || !matches!(method, "GET" | "HEAD"),
        // Opening a socket and fetching a file ask no database.
        Kind::DatabaseFreeze { .. } => API.iter().any(|prefix| path.starts_with(prefix)),
        Kind::Delay { .. }
        | Kind::DropAnswer { .. }
        | Kind::Error { .. }
        | Kind::CaptivePortal
        | Kind::RateLimit { .. }
        | Kind::ProxyError { .. } => true,
        Kind::Stall
        | Kind::DropEvents
        | Kind::DelayEvents { .. }
        | Kind::DuplicateEvents { .. }
        | Kind::ReorderEvents { .. }
        | Kind::CutSockets { .. } => false,
    };
    let by_method = match fault.method {
        Some(wanted) => wanted == method,
        // Whoever says nothing means the request and not its preflight; a portal stands before both.
        None => !preflight || fault.kind == Kind::CaptivePortal,
    };
    by_kind
        && by_method
        && fault.path.as_ref().is_none_or(|pattern| pattern.fits(path))
        && (fault.contact.is_none() || fault.contact.as_deref() == contact)
}

/// Adds to a strike what one fault does.
fn hit(strike: &mut Strike, set: &mut Set) {
    match set.fault.kind {
        Kind::Delay { before, after } => {
            strike.before += before;
            strike.after += after;
        }
        Kind::DropAnswer { when: When::Before } => strike.instead = Some(Ending::Drop),
        Kind::DropAnswer { when: When::After } => strike.then = Some(Ending::Drop),
        Kind::Error { status, when, after } => {
            strike.after += after;
            let place = match when {
                When::Before => &mut strike.instead,
                When::After => &mut strike.then,
            };
            *place = Some(Ending::Error(status));
        }
        Kind::RedisHang { after } => strike.hang = Some(after),
        Kind::DatabaseFreeze {
            limit,
            finish,
            stored,
        } => {
            let longest = u64::try_from(finish.as_millis()).unwrap_or(u64::MAX);
            strike.freeze = Some(Freeze {
                over: set.over.subscribe(),
                limit,
                turn: Duration::from_millis(set.random.random_range(0..=longest)),
                stored,
            });
        }
        Kind::CaptivePortal => strike.instead = Some(Ending::Portal),
        Kind::RateLimit { cors } => strike.instead = Some(Ending::RateLimit { cors }),
        Kind::ProxyError { status } => strike.instead = Some(Ending::Proxy(status)),
        Kind::Stall
        | Kind::DropEvents
        | Kind::DelayEvents { .. }
        | Kind::DuplicateEvents { .. }
        | Kind::ReorderEvents { .. }
        | Kind::CutSockets { .. } => {}
    }
}
