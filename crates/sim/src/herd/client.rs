//! One client with its store and its server, and the door that all share.

use confab::driver::storage::operation::Operation;
use confab_session::{Config, Event, Generation, IdentityRecord, Millis, Role, Session, TabId};

use crate::rng::Rng;
use crate::server::Server;
use crate::store::{Asker, Store, Task};

/// Whoever would wait longer in line is refused, in milliseconds.
const LINE: u64 = 10_000;

/// One client, and the server as far as it is about it.
pub(super) struct Client {
    pub(super) session: Session,
    tab: TabId,
    pub(super) visible: bool,
    store: Store,
    known: Option<IdentityRecord>,
    pub(super) server: Server,
    /// The socket it has open.
    pub(super) socket: Option<Generation>,
    pub(super) mark: u64,
    pub(super) ring_at: Option<Millis>,
    /// When the server answered a handshake, when the client called, and when a subscription was confirmed.
    pub(super) accepted: Vec<u64>,
    pub(super) calls: Vec<u64>,
    pub(super) confirmed: Vec<u64>,
}

/// What the server takes in a second, first come, first served.
pub(super) struct Door {
    /// Microseconds that one of them takes.
    each: u64,
    free_at: u64,
    /// From when on subscriptions are taken.
    warm_at: u64,
}

impl Door {
    pub(super) fn new(capacity: u64, now: u64, warming: u64) -> Self {
        Self {
            warm_at: now.saturating_add(warming),
            each: 1_000_000_u64.checked_div(capacity).unwrap_or_default(),
            free_at: now.saturating_mul(1_000),
        }
    }

    /// Milliseconds until a subscription is taken; `None`: whoever asks for it is cut off.
    pub(super) fn subscribe(&mut self, now: u64) -> Option<u64> {
        (now >= self.warm_at).then(|| self.admit(now))?
    }

    /// Milliseconds until it is done; `None`: refused.
    pub(super) fn admit(&mut self, now: u64) -> Option<u64> {
        let begins = self.free_at.max(now.saturating_mul(1_000));
        let wait = (begins / 1_000).saturating_sub(now);
        if wait > LINE {
            return None;
        }
        self.free_at = begins.saturating_add(self.each);
        Some(wait.saturating_add(1))
    }
}

impl Client {
    pub(super) fn new(number: usize, rng: &mut Rng) -> Self {
        let tab = TabId(format!("tab-{number}"));
        let config = Config {
            seed: rng.next(),
            ..Config::default()
        };
        Self {
            session: Session::new(config, Role::Leader, tab.clone()),
            tab,
            visible: true,
            store: Store::default(),
            known: None,
            server: Server::default(),
            socket: None,
            mark: 0,
            ring_at: None,
            accepted: Vec::new(),
            calls: Vec::new(),
            confirmed: Vec::new(),
        }
    }

    /// Does what is asked of the store; what the session is to hear of it.
    pub(super) fn store(&mut self, operation: Operation, wall: i64) -> Vec<Event> {
        let before = match &operation {
            Operation::StoreIdentity(record) => self.known.replace(record.clone()),
            _ => None,
        };
        let task = Task {
            operation,
            owner: 0,
            lock_since: None,
            known: before,
        };
        let asker = Asker {
            tab: &self.tab,
            wall,
            durable: true,
            grants_all: false,
        };
        let events = self.store.apply(&task, &asker).events;
        for event in &events {
            if let Event::IdentityStored(identity) | Event::OutgoingSaved { identity, .. } = event {
                self.known = Some(identity.clone());
            }
        }
        events
    }
}
