//! The clients and what is to come to them, under a clock that jumps from each thing to the next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use confab::driver::storage::operation::Operation;
use confab_protocol::{BodyKind, Frame, Request};
use confab_session::{
    CableCommand, Effect, Event, Failure, Generation, Intent, Millis, Now, RequestId, UnixMillis,
};

use super::client::{Client, Door};
use super::{Loss, Terms};
use crate::rng::Rng;
use crate::server::{EPOCH, refused};

const PING: u64 = 3_000;

#[derive(Debug)]
enum What {
    Heard(Box<Event>),
    Ring(u64),
    /// The server takes a handshake.
    Accepted(Generation),
    /// The server has a subscription's stream.
    Streaming(Generation, String),
    Ping(Generation),
    /// The server does what a call asks.
    Called(RequestId, Request),
}

/// All of them.
pub(super) struct Crowd {
    now: u64,
    rng: Rng,
    pub(super) clients: Vec<Client>,
    /// What is to come: when, in which order, and for whom.
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    due: BTreeMap<u64, (usize, What)>,
    order: u64,
    door: Door,
    /// How the server is away, if it is.
    loss: Option<Loss>,
}

impl Crowd {
    pub(super) fn new(terms: &Terms) -> Self {
        let mut rng = Rng::new(terms.seed);
        let clients = (0..terms.clients)
            .map(|number| Client::new(number, &mut rng))
            .collect();
        Self {
            now: 0,
            rng,
            clients,
            queue: BinaryHeap::new(),
            due: BTreeMap::new(),
            order: 0,
            door: Door::new(1_000_000, 0, 0),
            loss: None,
        }
    }

    /// A visitor comes and writes, some time within so many milliseconds.
    pub(super) fn arrive(&mut self, client: usize, within: u64) {
        let visible = self.rng.chance(500);
        if let Some(known) = self.clients.get_mut(client) {
            known.visible = visible;
        }
        self.ask_store(client, Operation::Restore);
        let at = self.rng.below(within);
        for event in [
            Event::VisibilityChanged { visible },
            Event::Wished(Intent::Open),
            Event::Wished(Intent::Submit {
                text: "Hello".to_owned(),
            }),
        ] {
            self.tell(at.saturating_add(10), client, event);
        }
    }

    /// The server goes, for everybody at once.
    pub(super) fn lose(&mut self, loss: Loss) {
        self.loss = Some(loss);
        for client in 0..self.clients.len() {
            if let Some(known) = self.clients.get_mut(client) {
                known.calls.clear();
            }
            let socket = self.clients.get_mut(client).and_then(|known| known.socket.take());
            let Some(generation) = socket.filter(|_| loss != Loss::Silence) else {
                continue;
            };
            let way = self.way();
            if loss == Loss::Restart {
                let frame = Frame::Disconnect {
                    reason: Some("server_restart".to_owned()),
                    reconnect: true,
                };
                self.tell(way, client, Event::FrameArrived(generation, frame));
            }
            self.tell(way, client, Event::CableClosed(generation));
        }
    }

    /// The server is back, with this door.
    pub(super) fn regain(&mut self, door: Door) {
        self.loss = None;
        self.door = door;
    }

    fn after(&mut self, delay: u64, client: usize, what: What) {
        self.order = self.order.saturating_add(1);
        self.queue
            .push(Reverse((self.now.saturating_add(delay), self.order)));
        self.due.insert(self.order, (client, what));
    }

    fn tell(&mut self, delay: u64, client: usize, event: Event) {
        self.after(delay, client, What::Heard(Box::new(event)));
    }

    /// Lets everything happen that comes up to this instant.
    pub(super) fn run_until(&mut self, end: u64) {
        while let Some(Reverse((at, order))) = self.queue.pop() {
            if at > end {
                self.queue.push(Reverse((at, order)));
                break;
            }
            self.now = at;
            if let Some((client, what)) = self.due.remove(&order) {
                self.happen(client, what);
            }
        }
        self.now = end;
    }

    fn happen(&mut self, client: usize, what: What) {
        match what {
            What::Heard(event) => self.handle(client, *event),
            What::Ring(mark) => {
                let known = self.clients.get_mut(client).filter(|known| known.mark == mark);
                if let Some(known) = known {
                    known.ring_at = None;
                    self.handle(client, Event::Tick);
                }
            }
            What::Accepted(generation) => self.accept(client, generation),
            What::Streaming(generation, identifier) if self.serves(client, generation) => {
                let frame = Frame::Confirmed { identifier };
                let now = self.now;
                if let Some(known) = self.clients.get_mut(client) {
                    known.confirmed.push(now);
                }
                self.handle(client, Event::FrameArrived(generation, frame));
            }
            What::Ping(generation) if self.serves(client, generation) => {
                self.after(PING, client, What::Ping(generation));
                self.handle(client, Event::FrameArrived(generation, Frame::Ping));
            }
            What::Streaming(..) | What::Ping(_) => {}
            What::Called(request, call) => {
                let (now, way) = (self.now, self.way());
                let outcome = self.clients.get_mut(client).filter(|_| self.loss.is_none());
                if let Some((result, _)) = outcome.map(|known| known.server.perform(&call, None, now)) {
                    self.tell(way, client, Event::Replied { request, result });
                }
            }
        }
    }

    fn serves(&self, client: usize, generation: Generation) -> bool {
        let socket = self.clients.get(client).and_then(|known| known.socket);
        self.loss.is_none() && socket == Some(generation)
    }

    /// A handshake is answered; it counts whether or not the client still waits for it.
    fn accept(&mut self, client: usize, generation: Generation) {
        let now = self.now;
        if let Some(known) = self.clients.get_mut(client).filter(|_| self.loss.is_none()) {
            known.accepted.push(now);
        }
        if self.serves(client, generation) {
            self.handle(client, Event::CableOpened(generation));
            self.handle(client, Event::FrameArrived(generation, Frame::Welcome));
            self.after(PING, client, What::Ping(generation));
        }
    }

    fn handle(&mut self, client: usize, event: Event) {
        let now = Now {
            mono: Millis(self.now.saturating_add(1_000)),
            wall: UnixMillis(self.wall()),
        };
        let Some(known) = self.clients.get_mut(client) else {
            return;
        };
        for effect in known.session.handle(event, now) {
            self.perform(client, effect);
        }
        self.set_timer(client);
    }

    fn set_timer(&mut self, client: usize) {
        let Some(known) = self.clients.get_mut(client) else {
            return;
        };
        let deadline = known.session.next_deadline();
        if deadline == known.ring_at {
            return;
        }
        known.ring_at = deadline;
        known.mark = known.mark.saturating_add(1);
        let (mark, visible) = (known.mark, known.visible);
        if let Some(deadline) = deadline {
            let wait = deadline.since(Millis(self.now.saturating_add(1_000)));
            // Browsers let a hidden page's timers ring once a second.
            let late = self.rng.below(if visible { 16 } else { 1_000 });
            self.after(wait.saturating_add(late), client, What::Ring(mark));
        }
    }

    fn perform(&mut self, client: usize, effect: Effect) {
        match effect {
            Effect::Send { id, request, timeout } => self.call(client, id, request, timeout),
            Effect::OpenCable(generation) => self.open(client, generation),
            Effect::CloseCable => drop(self.clients.get_mut(client).and_then(|known| known.socket.take())),
            Effect::Command(generation, CableCommand::Subscribe(identifier)) => {
                let admitted = self.door.subscribe(self.now).filter(|_| self.loss.is_none());
                let what = match admitted {
                    Some(_) => What::Streaming(generation, identifier.expose().to_owned()),
                    None => What::Heard(Box::new(Event::CableClosed(generation))),
                };
                self.after(admitted.unwrap_or(1), client, what);
            }
            Effect::SaveOutgoing(row) => self.ask_store(client, Operation::Save(row)),
            Effect::EnsureIdentity => self.ask_store(client, Operation::EnsureIdentity),
            Effect::StoreIdentity(record) => self.ask_store(client, Operation::StoreIdentity(record)),
            Effect::ClaimOutgoing { row, for_ms } => self.ask_store(client, Operation::Claim { row, for_ms }),
            Effect::UpdateOutgoing(row) => self.ask_store(client, Operation::Update(row)),
            Effect::RemoveOutgoing(key) => self.ask_store(client, Operation::Remove(key)),
            _ => {}
        }
    }

    fn open(&mut self, client: usize, generation: Generation) {
        if let Some(known) = self.clients.get_mut(client) {
            known.socket = Some(generation);
        }
        let way = self.way();
        let admitted = match self.loss {
            Some(Loss::Silence) => return,
            Some(Loss::Reset | Loss::Restart) => None,
            None => self.door.admit(self.now),
        };
        match admitted {
            Some(wait) => self.after(way.saturating_add(wait), client, What::Accepted(generation)),
            None => self.tell(way, client, Event::CableClosed(generation)),
        }
    }

    fn call(&mut self, client: usize, id: RequestId, request: Request, timeout: u64) {
        let now = self.now;
        if let Some(known) = self.clients.get_mut(client) {
            known.calls.push(now);
        }
        let ended = |failure| {
            let result = Err(failure);
            What::Heard(Box::new(Event::Replied { request: id, result }))
        };
        // Heard after the answer, it is no news.
        self.after(timeout, client, ended(Failure::TimedOut));
        let way = self.way();
        match self.loss {
            Some(Loss::Silence) => {}
            Some(Loss::Reset | Loss::Restart) => self.after(way, client, ended(Failure::Unreachable)),
            None => match self.door.admit(self.now) {
                Some(wait) => self.after(way.saturating_add(wait), client, What::Called(id, request)),
                None => self.after(way, client, ended(refused(503, BodyKind::Text, ""))),
            },
        }
    }

    /// Milliseconds to the server, or back.
    fn way(&mut self) -> u64 {
        self.rng.between(2, 60)
    }

    fn wall(&self) -> i64 {
        i64::try_from(EPOCH.saturating_mul(1_000).saturating_add(self.now)).unwrap_or_default()
    }

    fn ask_store(&mut self, client: usize, operation: Operation) {
        let wall = self.wall();
        let events = self
            .clients
            .get_mut(client)
            .map(|known| known.store(operation, wall));
        for event in events.into_iter().flatten() {
            self.tell(1, client, event);
        }
    }
}
