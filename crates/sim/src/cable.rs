//! The cable: sockets, subscriptions, and the jobs that broadcast.

use std::cmp::Ordering;

use confab_protocol::{CableEvent, Frame, Identifier, MessageId};
use confab_session::{CableCommand, Event, Generation};

use crate::fault::Fault;
use crate::met::Met;
use crate::server::Broadcast;
use crate::world::{Net, What, World, say};

/// One socket.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    tab: usize,
    life: u32,
    generation: Generation,
    /// As the tab sees it.
    open: bool,
    /// As the server sees it.
    served: bool,
    /// Nothing comes through any more, and nobody is told.
    mute: bool,
    identifier: Option<Identifier>,
    /// The stream that stands, and whose it is.
    stream: Option<usize>,
    /// When the last frame arrives: frames stay in order.
    last: u64,
    /// The newest message that an event told of.
    newest: MessageId,
}

impl World {
    /// A tab opens a socket, and gives up the one it had.
    pub(crate) fn open_cable(&mut self, tab: usize, generation: Generation) {
        self.close_cable(tab);
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        let connection = self.connections.len();
        self.connections.push(Connection {
            tab,
            life,
            generation,
            open: true,
            served: false,
            mute: false,
            identifier: None,
            stream: None,
            last: 0,
            newest: MessageId::default(),
        });
        if let Some(tab) = self.tabs.get_mut(tab) {
            tab.connection = Some(connection);
        }
        let way = self.way();
        let net = self.net;
        match net {
            Net::Down | Net::Portal => self.after(way.min(100), What::Opened(connection, false)),
            Net::Swallows => {}
            Net::Up if !self.server_up || self.strikes(Fault::SocketRefused) => {
                self.after(way, What::Opened(connection, false));
            }
            Net::Up => self.after(way, What::Opened(connection, true)),
        }
    }

    /// The generation of the socket that a tab has.
    pub(crate) fn generation(&self, tab: usize) -> Option<Generation> {
        let known = self.connections.get(self.tabs.get(tab)?.connection?)?;
        Some(known.generation)
    }

    /// A tab closes its socket.
    pub(crate) fn close_cable(&mut self, tab: usize) {
        let connection = self.tabs.get_mut(tab).and_then(|tab| tab.connection.take());
        if let Some(known) = connection.and_then(|connection| self.connections.get_mut(connection)) {
            known.open = false;
            known.served = false;
        }
    }

    pub(crate) fn socket_opened(&mut self, connection: usize, opens: bool) {
        let up = self.server_up && self.net == Net::Up;
        let Some(known) = self.connections.get_mut(connection).filter(|known| known.open) else {
            return;
        };
        let (tab, life, generation) = (known.tab, known.life, known.generation);
        if !opens || !up {
            known.open = false;
            return self.after(
                0,
                What::Heard(tab, life, Box::new(Event::CableClosed(generation))),
            );
        }
        known.served = true;
        self.oracle.connected((tab, life), self.now);
        self.after(
            0,
            What::Heard(tab, life, Box::new(Event::CableOpened(generation))),
        );
        self.frame(connection, Frame::Welcome);
        let first = self.rng.between(0, 3_000);
        self.after(first, What::Ping(connection));
    }

    /// A tab sends a command.
    pub(crate) fn command(&mut self, tab: usize, generation: Generation, command: CableCommand) {
        let connection = self.tabs.get(tab).and_then(|tab| tab.connection);
        let Some((connection, known)) = connection.and_then(|at| Some((at, self.connections.get_mut(at)?)))
        else {
            return;
        };
        if known.generation != generation || !known.open || known.mute || self.net != Net::Up {
            return;
        }
        match command {
            CableCommand::Subscribe(identifier) => {
                let text = identifier.expose().to_owned();
                known.identifier = Some(identifier);
                let way = self.way();
                self.after(way, What::Subscribed(connection, text));
            }
            CableCommand::UpdatePresence(_) => {
                if let Some((contact, identifier)) = known.stream.zip(known.identifier.as_ref()) {
                    let now = self.now;
                    for broadcast in self.server.presence(contact, identifier, now) {
                        self.after(20, What::Broadcast(Box::new(broadcast)));
                    }
                }
            }
        }
    }

    /// A subscription reaches the server: silence for a token it does not know.
    pub(crate) fn subscribe(&mut self, connection: usize, identifier: String) {
        if self.strikes(Fault::Unconfirmed) {
            return;
        }
        let setup = self.rng.between(1, 300);
        self.after(setup, What::Streaming(connection, identifier));
    }

    /// The stream stands, and the server says so.
    pub(crate) fn streaming(&mut self, connection: usize, identifier: String) {
        let Some(known) = self.connections.get_mut(connection).filter(|known| known.served) else {
            return;
        };
        let now = self.now;
        let contact = known
            .identifier
            .as_ref()
            .and_then(|known| self.server.subscriber(known, now));
        known.stream = contact;
        if contact.is_some() {
            self.frame(connection, Frame::Confirmed { identifier });
        }
    }

    pub(crate) fn ping(&mut self, connection: usize) {
        let served = self
            .connections
            .get(connection)
            .is_some_and(|known| known.served && known.open);
        if served {
            self.frame(connection, Frame::Ping);
            self.after(3_000, What::Ping(connection));
        }
    }

    /// The server sends a frame.
    fn frame(&mut self, connection: usize, frame: Frame) {
        let way = self.way().min(4_000);
        if self.strikes(Fault::HalfOpen) && self.rng.chance(100) {
            self.mute(connection);
        }
        let now = self.now;
        let Some(known) = self
            .connections
            .get_mut(connection)
            .filter(|known| known.served && !known.mute)
        else {
            return;
        };
        known.last = known.last.max(now.saturating_add(way));
        let delay = known.last.saturating_sub(now);
        self.after(delay, What::Framed(connection, Box::new(frame)));
    }

    pub(crate) fn framed(&mut self, connection: usize, frame: Frame) {
        let swallowed = self.net != Net::Up;
        let Some(known) = self
            .connections
            .get_mut(connection)
            .filter(|known| known.open && !known.mute)
        else {
            return;
        };
        if swallowed {
            known.mute = true;
            return;
        }
        let (tab, life, generation, newest) = (known.tab, known.life, known.generation, known.newest);
        if let Frame::Event {
            event: CableEvent::MessageCreated(message),
            ..
        } = &frame
        {
            known.newest = newest.max(message.id);
            match message.id.cmp(&newest) {
                Ordering::Less => self.meets(Met::EventsUnordered),
                Ordering::Equal => self.meets(Met::EventAgain),
                Ordering::Greater => {}
            }
            if message
                .echo_id
                .as_ref()
                .is_some_and(|echo| self.is_unanswered(echo))
            {
                self.meets(Met::EventBeforeAnswer);
            }
        }
        self.after(
            0,
            What::Heard(tab, life, Box::new(Event::FrameArrived(generation, frame))),
        );
    }

    fn mute(&mut self, connection: usize) {
        say!(self, "socket {connection} goes mute");
        if let Some(known) = self.connections.get_mut(connection) {
            known.mute = true;
        }
    }

    /// The network goes: open sockets close, or go mute.
    pub(crate) fn break_sockets(&mut self, told: bool) {
        for connection in 0..self.connections.len() {
            let open = self.connections.get(connection).is_some_and(|known| known.open);
            if open && told {
                self.cut(connection);
            } else if open {
                self.mute(connection);
            }
        }
    }

    pub(crate) fn cut_socket(&mut self, tab: usize) {
        if let Some(connection) = self.tabs.get(tab).and_then(|tab| tab.connection) {
            self.cut(connection);
        }
    }

    fn served(&self, tab: usize) -> Option<&Connection> {
        let connection = self.tabs.get(tab)?.connection?;
        let known = self.connections.get(connection)?;
        (known.open && known.served && !known.mute).then_some(known)
    }

    /// Whether events come to a tab.
    pub(crate) fn is_streaming(&self, tab: usize) -> bool {
        self.served(tab).is_some_and(|known| known.stream.is_some())
    }

    /// Whether a tab has asked for events that do not come yet.
    pub(crate) fn is_subscribing(&self, tab: usize) -> bool {
        let waits = |known: &Connection| known.identifier.is_some() && known.stream.is_none();
        self.served(tab).is_some_and(waits)
    }

    pub(crate) fn mute_socket(&mut self, tab: usize) {
        if let Some(connection) = self.tabs.get(tab).and_then(|tab| tab.connection) {
            self.mute(connection);
        }
    }

    fn cut(&mut self, connection: usize) {
        let Some(known) = self.connections.get_mut(connection).filter(|known| known.open) else {
            return;
        };
        known.open = false;
        known.served = false;
        let (tab, life, generation) = (known.tab, known.life, known.generation);
        self.after(
            1,
            What::Heard(tab, life, Box::new(Event::CableClosed(generation))),
        );
    }

    pub(crate) fn close_all_sockets(&mut self) {
        for connection in 0..self.connections.len() {
            let says = self.rng.chance(300);
            if says && self.connections.get(connection).is_some_and(|known| known.served) {
                let reason = Some("server_restart".to_owned());
                self.frame(
                    connection,
                    Frame::Disconnect {
                        reason,
                        reconnect: true,
                    },
                );
            }
            if self
                .connections
                .get(connection)
                .is_some_and(|known| known.served && !known.mute)
            {
                self.cut(connection);
            }
        }
    }

    /// Broadcasts are jobs: late, unordered, repeated or lost.
    pub(crate) fn enqueue(&mut self, broadcasts: Vec<Broadcast>) {
        for broadcast in broadcasts {
            if self.stalled {
                self.jobs.push(broadcast);
            } else {
                self.run_job(broadcast, 40);
            }
        }
    }

    fn run_job(&mut self, broadcast: Broadcast, within: u64) {
        if self.strikes(Fault::EventLost) {
            return say!(self, "a broadcast is lost: {}", name(&broadcast.event));
        }
        let mut delay = self.rng.between(1, within);
        if self.strikes(Fault::EventLate) {
            delay = self.rng.between(200, 40_000);
        }
        if self.strikes(Fault::EventTwice) {
            let again = self.rng.between(1, 10_000);
            self.after(
                delay.saturating_add(again),
                What::Broadcast(Box::new(broadcast.clone())),
            );
        }
        self.after(delay, What::Broadcast(Box::new(broadcast)));
    }

    /// The job queue goes on.
    pub(crate) fn run_jobs(&mut self) {
        self.stalled = false;
        let span = self.now.saturating_sub(self.stalled_since);
        if span >= 60_000 && !self.jobs.is_empty() {
            self.meets(Met::QueueForMinutes);
        }
        for broadcast in std::mem::take(&mut self.jobs) {
            self.run_job(broadcast, 2_000);
        }
    }

    pub(crate) fn broadcast(&mut self, broadcast: &Broadcast) {
        for connection in 0..self.connections.len() {
            let Some(known) = self.connections.get(connection) else {
                continue;
            };
            if !known.served || known.stream != Some(broadcast.contact) {
                continue;
            }
            let Some(identifier) = known.identifier.as_ref().map(|known| known.expose().to_owned()) else {
                continue;
            };
            self.frame(
                connection,
                Frame::Event {
                    identifier,
                    event: broadcast.event.clone(),
                },
            );
        }
    }
}

/// What an event is called in a trace.
pub(crate) fn name(event: &CableEvent) -> String {
    match event {
        CableEvent::MessageCreated(message) => format!("created {}", message.id),
        CableEvent::MessageUpdated(message) => format!("updated {}", message.id),
        CableEvent::ConversationCreated(_) => "conversation created".to_owned(),
        CableEvent::ConversationUpdated(_) => "conversation updated".to_owned(),
        CableEvent::StatusChanged(event) => format!("status {:?}", event.status),
        CableEvent::TypingOn(_) => "typing on".to_owned(),
        CableEvent::TypingOff(_) => "typing off".to_owned(),
        CableEvent::Presence(_) => "presence".to_owned(),
        CableEvent::Unknown { name } => name.clone(),
    }
}
