//! A scripted world for whole stories: a store, a server in the manner of Chatwoot, a cable and a clock, all in one
//! thread, as a driver would. What goes wrong is said by the story.
#![allow(dead_code, reason = "each story uses a part")]

mod outside;
mod refusals;
pub mod server;
pub mod shapes;
mod shown;
pub mod store;
mod team;

use std::collections::BTreeMap;

use confab_protocol::{
    CableEvent, EchoId, Frame, Identifier, Identity, Message, MessageId, PubsubToken, Request,
};
use confab_session::{
    Announcement, Config, Delivery, Event, Generation, Intent, MessageRow, Millis, Now, OutgoingKey,
    OutgoingRecord, Role, Row, RowContent, Session, SetupProblem, TabId, UnixMillis, View,
};

use server::Server;
use store::Store;

/// How long an event of the cable and an answer take, unless the story says otherwise.
const EVENT_DELAY: u64 = 10;
const REPLY_DELAY: u64 = 20;
const EPOCH: i64 = 1_767_323_000_000;

/// A tab with its session and its end of the cable.
pub struct Tab {
    pub session: Session,
    pub gone: bool,
    pub generation: Option<Generation>,
    subscribed: Option<Identifier>,
    pub announced: Vec<Announcement>,
    pub reported: Vec<SetupProblem>,
    /// The socket looks open and nothing comes through it.
    pub half_open: bool,
    /// Sockets fail at once.
    pub blocked: bool,
    /// So many of its next connections hang before they open.
    pub never_opens: u32,
    identity: Option<Identity>,
}

/// Everything outside the sessions.
pub struct World {
    pub tabs: Vec<Tab>,
    pub store: Store,
    pub server: Server,
    now: Millis,
    queue: BTreeMap<(Millis, u64), (usize, Event)>,
    queued: u64,
    next_ping: Millis,
    /// Requests that left.
    pub log: Vec<Request>,
    pub connections: u32,
    pub presence: u32,
    last_event: Option<(PubsubToken, CableEvent)>,
    /// The rows that other tabs were last told of, if any.
    pub last_rows: Vec<OutgoingRecord>,
    /// How long the store takes to grant a claim.
    pub claim_delay: u64,
    pub event_delay: u64,
    pub reply_delay: u64,
    pub storage_denied: bool,
    /// All that happens is printed.
    pub is_traced: bool,
}

impl Default for World {
    fn default() -> Self {
        Self {
            tabs: Vec::new(),
            store: Store::default(),
            server: Server::default(),
            now: Millis(1_000),
            queue: BTreeMap::new(),
            queued: 0,
            next_ping: Millis(3_000),
            log: Vec::new(),
            connections: 0,
            presence: 0,
            last_event: None,
            last_rows: Vec::new(),
            claim_delay: 1,
            event_delay: EVENT_DELAY,
            reply_delay: REPLY_DELAY,
            storage_denied: false,
            is_traced: false,
        }
    }
}

/// The configuration of most stories.
pub fn config(seed: u64) -> Config {
    Config {
        seed,
        ..Config::default()
    }
}

impl World {
    /// A world with one leading tab that has read its store.
    pub fn with_tab() -> Self {
        Self::with_tab_of(1)
    }

    /// The same, with this tab's own chance.
    pub fn with_tab_of(seed: u64) -> Self {
        let mut world = Self::default();
        world.add_tab(config(seed), Role::Leader);
        world
    }

    /// Opens another tab; answers its number.
    pub fn add_tab(&mut self, config: Config, role: Role) -> usize {
        let identity = config.identity.clone();
        let name = format!("tab-{}", self.tabs.len());
        let session = Session::new(config, role, TabId(name));
        self.tabs.push(Tab {
            session,
            gone: false,
            generation: None,
            subscribed: None,
            announced: Vec::new(),
            reported: Vec::new(),
            half_open: false,
            blocked: false,
            never_opens: 0,
            identity,
        });
        let tab = self.tabs.len() - 1;
        self.restore(tab);
        self.run(0);
        tab
    }

    /// The tab is closed, crashed or killed: nothing of it is left but what is stored.
    pub fn kill(&mut self, tab: usize) {
        self.tabs[tab].gone = true;
        self.queue.retain(|_, (of, _)| *of != tab);
    }

    /// Kills the tab and opens one that reads what was stored; answers its number.
    pub fn reload(&mut self, tab: usize) -> usize {
        let seed = self.tabs.len() as u64 + 100;
        let identity = self.tabs[tab].identity.clone();
        self.kill(tab);
        self.add_tab(
            Config {
                identity,
                ..config(seed)
            },
            Role::Leader,
        )
    }

    /// The tab becomes the leading one, having read the store.
    pub fn lead(&mut self, tab: usize) {
        let identity = self.store.identity().cloned();
        if identity.is_some() {
            self.push(tab, 0, Event::IdentityChanged(identity));
        }
        self.push(tab, 0, Event::OutboxChanged(self.store.rows()));
        self.push(tab, 0, Event::RoleChanged(Role::Leader));
    }

    fn restore(&mut self, tab: usize) {
        let snapshot = self.store.snapshot();
        let durable = !self.storage_denied;
        self.push(tab, 0, Event::Restored { snapshot, durable });
    }

    pub fn push(&mut self, tab: usize, delay: u64, event: Event) {
        self.queued += 1;
        self.queue
            .insert((self.now.after(delay), self.queued), (tab, event));
    }

    pub fn wish(&mut self, tab: usize, intent: Intent) {
        self.push(tab, 0, Event::Wished(intent));
        self.run(0);
    }

    pub fn submit(&mut self, tab: usize, text: &str) {
        self.wish(
            tab,
            Intent::Submit {
                text: text.to_owned(),
            },
        );
    }

    /// Lets `ms` pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.now.after(ms);
        for _ in 0..200_000 {
            let tabs = self.tabs.iter().enumerate().filter(|(_, tab)| !tab.gone);
            let tick = tabs
                .filter_map(|(tab, state)| Some((state.session.next_deadline()?, tab)))
                .min();
            let event = self.queue.first_key_value().map(|((at, _), _)| *at);
            let late = self.server.later.iter().map(|(at, _)| *at).min();
            let times = [tick.map(|(at, _)| at), event, late, Some(self.next_ping)];
            let Some(at) = times.into_iter().flatten().min().filter(|at| *at <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(at);
            if late == Some(at) {
                self.apply_late();
            } else if event == Some(at) {
                let Some((_, (tab, event))) = self.queue.pop_first() else {
                    continue;
                };
                self.give(tab, event);
            } else if self.next_ping == at {
                self.next_ping = at.after(3_000);
                self.ping();
            } else if let Some((_, tab)) = tick {
                self.give(tab, Event::Tick);
            }
        }
        panic!("the world does not come to rest within {ms} ms");
    }

    /// Lets time pass up to the next ping, that ping included.
    pub fn run_to_ping(&mut self) {
        let wait = self.next_ping.since(self.now);
        self.run(wait);
    }

    fn ping(&mut self) {
        for tab in 0..self.tabs.len() {
            if let Some(generation) = self.tabs[tab].generation {
                self.frame(tab, generation, Frame::Ping);
            }
        }
    }

    fn frame(&mut self, tab: usize, generation: Generation, frame: Frame) {
        if !self.tabs[tab].half_open {
            self.push(tab, 0, Event::FrameArrived(generation, frame));
        }
    }

    pub fn give(&mut self, tab: usize, event: Event) {
        if self.tabs[tab].gone {
            return;
        }
        if self.is_traced {
            println!("{:?} tab {tab} < {}", self.now, shortened(&event));
        }
        let wall = UnixMillis(EPOCH + i64::try_from(self.now.0).unwrap_or_default());
        let effects = self.tabs[tab].session.handle(event, Now { mono: self.now, wall });
        for effect in effects {
            if self.is_traced {
                println!("        > {}", shortened(&effect));
            }
            self.perform(tab, effect);
        }
        self.check(tab);
    }

    /// What holds at every moment.
    fn check(&self, tab: usize) {
        let session = &self.tabs[tab].session;
        let view = session.view();
        assert!(view.rows.len() <= 300, "{} rows", view.rows.len());
        let mut keys: Vec<_> = view.rows.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(
            keys.len(),
            view.rows.len(),
            "a key stands twice in {:?}",
            self.texts(tab)
        );
        let mut ids: Vec<MessageId> = self.messages(tab).iter().filter_map(|row| row.message).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "a message stands twice");
        let mut of: Vec<_> = ids
            .iter()
            .filter_map(|id| self.server.conversation_of(*id))
            .collect();
        of.dedup();
        assert!(
            of.len() <= 1,
            "rows of conversations {of:?} together: {:?}",
            self.texts(tab)
        );
        assert_eq!(
            session.diagnostics().refused_transitions,
            0,
            "a step that is not drawn"
        );
        assert_eq!(
            session.diagnostics().follower_effects,
            0,
            "a follower used the network"
        );
    }

    /// The server is stopped: sockets close, requests reach nobody.
    pub fn stop_server(&mut self) {
        self.server.is_down = true;
        for tab in 0..self.tabs.len() {
            self.tabs[tab].subscribed = None;
            if let Some(generation) = self.tabs[tab].generation.take() {
                self.push(tab, 0, Event::CableClosed(generation));
            }
        }
        self.run(0);
    }

    pub fn start_server(&mut self) {
        self.server.is_down = false;
    }

    /// An agent writes into the first conversation.
    pub fn agent_says(&mut self, text: &str) -> MessageId {
        let seconds = (EPOCH + i64::try_from(self.now.0).unwrap_or_default()) / 1_000;
        let (message, token) = self.server.agent_says(text, seconds);
        let id = message.id;
        self.broadcast(&token, &CableEvent::MessageCreated(message));
        id
    }

    /// The same contact writes from another device, with that client's own echo id.
    pub fn other_device_says(&mut self, text: &str) {
        let seconds = (EPOCH + i64::try_from(self.now.0).unwrap_or_default()) / 1_000;
        let (mut message, token) = self.server.contact_says(text, seconds);
        message.echo_id = Some(EchoId::new("another client's"));
        self.broadcast(&token, &CableEvent::MessageCreated(message));
    }

    /// What was broadcast last comes once more.
    pub fn repeat_last_echo(&mut self) {
        if let Some((token, event)) = self.last_event.clone() {
            self.broadcast(&token, &event);
        }
    }

    /// An agent types, or stops.
    pub fn agent_types(&mut self, on: bool, is_private: bool) {
        let (event, token) = self.server.typing(on, is_private);
        self.broadcast(&token, &event);
        self.run(100);
    }

    pub fn change_message(&mut self, id: MessageId, change: impl FnOnce(&mut Message)) {
        if let Some((message, token)) = self.server.change(id, change) {
            self.broadcast(&token, &CableEvent::MessageUpdated(message));
        }
    }
}

fn shortened(what: &impl std::fmt::Debug) -> String {
    format!("{what:?}").chars().take(300).collect()
}
