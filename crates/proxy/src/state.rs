//! What is wrong at present, shared by all connections.

use crate::command::{Act, Command, Door, Quality};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{broadcast, watch};

/// As many acts may be on their way to one connection.
const ACTS: usize = 64;

/// What is done to running connections.
pub type Acts = broadcast::Receiver<Act>;

/// What passed through the proxy since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were accepted and not reset at the door.
    pub accepted: u64,
    /// Bytes of clients that were passed on.
    pub up: u64,
    /// Bytes of the target that were passed on.
    pub down: u64,
}

/// The lasting faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    pub door: Door,
    pub quality: Quality,
}

/// Faults, acts and counts.
#[derive(Debug)]
pub struct State {
    faults: watch::Sender<Faults>,
    acts: broadcast::Sender<Act>,
    /// The door as the listener has it.
    pub in_force: watch::Sender<Door>,
    accepted: AtomicU64,
    pub up: AtomicU64,
    pub down: AtomicU64,
}

impl State {
    pub fn new() -> Self {
        Self {
            faults: watch::Sender::new(Faults::default()),
            acts: broadcast::Sender::new(ACTS),
            in_force: watch::Sender::new(Door::Open),
            accepted: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
        }
    }

    pub fn watch(&self) -> watch::Receiver<Faults> {
        self.faults.subscribe()
    }

    pub fn door(&self) -> Door {
        self.faults.borrow().door
    }

    pub fn quality(&self) -> Quality {
        self.faults.borrow().quality
    }

    /// One more connection; what is done to it from now on.
    pub fn accepted(&self) -> Acts {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.acts.subscribe()
    }

    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.load(Ordering::Relaxed),
            up: self.up.load(Ordering::Relaxed),
            down: self.down.load(Ordering::Relaxed),
        }
    }

    pub fn obey(&self, command: Command) {
        match command {
            Command::Door(door) => self.change(|faults| faults.door = door),
            Command::Running(act) => self.act(act),
            Command::Latency(latency, jitter) => self.change(|Faults { quality, .. }| {
                quality.latency = latency;
                quality.jitter = jitter;
            }),
            Command::Bandwidth(bytes) => self.change(|faults| faults.quality.bandwidth = bytes),
            Command::Limit(bytes) => self.change(|faults| faults.quality.limit = bytes),
            Command::Slice(bytes, pause) => self.change(|Faults { quality, .. }| {
                quality.slice = bytes;
                quality.pause = pause;
            }),
            Command::Heal => {
                self.change(|faults| *faults = Faults::default());
                self.act(Act::Thaw);
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Faults)) {
        self.faults.send_modify(change);
    }

    fn act(&self, act: Act) {
        // Nobody to hear it: there is no connection.
        let _ = self.acts.send(act);
    }
}
