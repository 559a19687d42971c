//! One queue and one pump between the session and the browser.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use confab_protocol::InboxIdentifier;
use confab_session::{Announcement, Config, Effect, Event, Intent, Role, Session, SetupProblem, TabId, View};

use wasm_bindgen::JsValue;

use super::address::{BaseUrl, CableUrl};
use super::cable::Cable;
use super::clock::Clock;
use super::handle::Timeout;
use super::http::Http;
use super::kept::Kept;
use super::lead::Standing;
use super::page::{self, Page};
use super::raw::{Raw, echoes};
use super::storage::shelf::{Changed, Operation};
use super::storage::{Owner, Store};
use super::tabs::Tabs;
use super::{Happening, Sink, random, url};

/// What a driver needs to know, and whom it tells.
pub struct Setup {
    /// Where the API is.
    pub base: BaseUrl,
    /// Where the cable is.
    pub cable: CableUrl,
    /// Which inbox.
    pub inbox: InboxIdentifier,
    /// What everything stored is kept under: carries base, inbox and embedding origin.
    pub storage_name: String,
    /// The session's configuration. Seed, time zone and URL parser are the driver's to fill in.
    pub session: Config,
    /// Called after a pump when the view changed.
    pub on_view: Rc<dyn Fn(&View)>,
    /// Called for news for the page outside the panel.
    pub on_announce: Rc<dyn Fn(&Announcement)>,
    /// Called when the site owner has to mend something.
    pub on_problem: Rc<dyn Fn(&SetupProblem)>,
    /// Whether the panel is open from the start.
    pub start_open: bool,
}

/// A running session. Dropping it closes and undoes everything; nothing is left behind.
pub struct Driver {
    core: Rc<Core>,
}

struct Core {
    session: RefCell<Session>,
    queue: RefCell<VecDeque<Happening>>,
    pumping: Cell<bool>,
    handled: Cell<u32>,
    shown: Cell<Option<u64>>,
    clock: Clock,
    timer: RefCell<Option<Timeout>>,
    storage_name: String,
    tab: TabId,
    on_view: Rc<dyn Fn(&View)>,
    on_announce: Rc<dyn Fn(&Announcement)>,
    on_problem: Rc<dyn Fn(&SetupProblem)>,
    outside: RefCell<Option<Rc<Outside>>>,
    kept: Kept,
    /// Tabs of users who are away: until the store has done what was asked for them, they are told of it.
    left: RefCell<Vec<Tabs>>,
}

/// All that holds something of the browser.
struct Outside {
    http: Http,
    cable: Cable,
    store: Rc<Store>,
    tabs: RefCell<Tabs>,
    _page: Page,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let timer = self.core.timer.borrow_mut().take();
        let outside = self.core.outside.borrow_mut().take();
        self.core.queue.borrow_mut().clear();
        drop((timer, outside));
    }
}

impl Driver {
    /// Starts a session: reads the store, joins the other tabs, listens to the page.
    pub fn start(setup: Setup) -> Self {
        let tab = TabId(random::name());
        let identity = setup.session.identity.as_ref();
        let owner = Owner::new(
            &setup.storage_name,
            identity.map(|identity| identity.identifier.clone()),
        );
        let config = Config {
            seed: random::number(),
            utc_offset_minutes: utc_offset_minutes(),
            url_parser: url::parse,
            ..setup.session
        };
        let session = Session::new(config, Role::Follower, tab.clone());
        let core = Rc::new(Core {
            session: RefCell::new(session),
            queue: RefCell::default(),
            // Everything is put together before anything is handled.
            pumping: Cell::new(true),
            handled: Cell::new(0),
            shown: Cell::new(None),
            clock: Clock::new(),
            timer: RefCell::default(),
            storage_name: setup.storage_name,
            tab: tab.clone(),
            on_view: setup.on_view,
            on_announce: setup.on_announce,
            on_problem: setup.on_problem,
            outside: RefCell::default(),
            kept: Kept::default(),
            left: RefCell::default(),
        });
        let sink = sink(&core);
        let weak = Rc::downgrade(&core);
        let tell_tabs = Box::new(move |changed| {
            if let Some(outside) = outside(&weak) {
                outside.tabs.borrow().tell(changed);
            }
        });
        let weak = Rc::downgrade(&core);
        let standing = Box::new(move || {
            outside(&weak).map_or_else(Standing::default, |outside| outside.tabs.borrow().standing())
        });
        let store = Rc::new(Store::new(
            owner.clone(),
            tab,
            Rc::clone(&sink),
            tell_tabs,
            standing,
        ));
        store.ask(Operation::Restore);
        let outside = Outside {
            http: Http::new(setup.base, setup.inbox, Rc::clone(&sink)),
            cable: Cable::new(setup.cable, Rc::clone(&sink)),
            tabs: RefCell::new(join(&core, &owner, &store)),
            store,
            _page: page::listen(&sink),
        };
        *core.outside.borrow_mut() = Some(Rc::new(outside));
        core.pumping.set(false);
        if setup.start_open {
            core.push(Event::Wished(Intent::Open).into());
        }
        core.pump();
        Self { core }
    }

    /// Queues a person's wish.
    pub fn dispatch(&self, intent: Intent) {
        self.core.push(Event::Wished(intent).into());
    }

    /// [`Driver::dispatch`] as a value that does nothing once the driver is dropped.
    pub fn dispatcher(&self) -> Rc<dyn Fn(Intent)> {
        let sink = sink(&self.core);
        Rc::new(move |intent| sink(Event::Wished(intent).into()))
    }

    /// Describes what a window that takes the chat over has to know, field by field.
    pub fn describe(&self, tell: &dyn Fn(&str, JsValue)) {
        if let Some(outside) = self.core.outside() {
            outside.store.describe(tell);
        }
        if let Some(newest) = self.core.session.borrow().newest_message() {
            #[expect(clippy::cast_precision_loss, reason = "ids are far below 2^53")]
            tell("newest", (newest.0 as f64).into());
        }
    }

    /// What went on, without texts and secrets, as fields for a page.
    pub fn diagnostics(&self) -> [(&'static str, JsValue); 5] {
        let outside = self.core.outside();
        let (leads, durable, unreadable) = outside.map_or((false, false, 0), |outside| {
            (
                outside.tabs.borrow().standing().leads,
                outside.store.is_durable(),
                outside.cable.unreadable(),
            )
        });
        [
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("events", self.core.handled.get().into()),
            ("leads", leads.into()),
            ("durable", durable.into()),
            ("unreadable_frames", unreadable.into()),
        ]
    }
}

impl Core {
    fn outside(&self) -> Option<Rc<Outside>> {
        self.outside.borrow().clone()
    }

    fn push(self: &Rc<Self>, happening: Happening) {
        self.queue.borrow_mut().push_back(happening);
        self.pump();
    }

    /// Handles everything that waits. Entered once at a time: what happens meanwhile waits behind.
    fn pump(self: &Rc<Self>) {
        if self.pumping.replace(true) {
            return;
        }
        loop {
            while let Some(happening) = self.next() {
                if matches!(happening.event, Event::Restored { .. }) {
                    for left in self.left.take() {
                        left.tell(Changed::Identity);
                    }
                }
                if matches!(
                    happening.event,
                    Event::StorageLost | Event::Restored { durable: false, .. }
                ) && let Some(outside) = self.outside()
                {
                    outside.tabs.borrow().leave();
                }
                let effects = self
                    .session
                    .borrow_mut()
                    .handle(happening.event, self.clock.now());
                self.handled.set(self.handled.get().saturating_add(1));
                let Some(outside) = self.outside() else { break };
                for effect in effects {
                    self.perform(&outside, effect, happening.raw.as_ref());
                }
            }
            self.show();
            self.keep();
            if self.queue.borrow().is_empty() {
                break;
            }
        }
        self.pumping.set(false);
        self.set_timer();
    }

    fn next(&self) -> Option<Happening> {
        self.queue.borrow_mut().pop_front()
    }

    fn show(&self) {
        let session = self.session.borrow();
        let view = session.view();
        if self.shown.replace(Some(view.revision)) != Some(view.revision) {
            (self.on_view)(view);
        }
    }

    fn set_timer(self: &Rc<Self>) {
        let deadline = self.session.borrow().next_deadline();
        let timer = deadline
            .filter(|_| self.outside().is_some())
            .and_then(|deadline| {
                let wait = deadline.since(self.clock.now().mono);
                let weak = Rc::downgrade(self);
                Timeout::new(wait, move || {
                    let Some(core) = weak.upgrade() else { return };
                    if core.clock.slept(wait) {
                        core.push(Event::Resumed.into());
                    }
                    core.push(Event::Tick.into());
                })
            });
        *self.timer.borrow_mut() = timer;
    }

    fn perform(self: &Rc<Self>, outside: &Outside, effect: Effect, raw: Option<&Raw>) {
        let store = |operation| outside.store.ask(operation);
        match effect {
            Effect::Send { id, request, timeout } => outside.http.send(id, request, timeout),
            Effect::OpenCable(generation) => outside.cable.open(generation),
            Effect::Command(generation, command) => outside.cable.send(generation, &command),
            Effect::CloseCable => outside.cable.close(),
            Effect::SaveOutgoing(row) => store(Operation::Save(row)),
            Effect::EnsureIdentity => store(Operation::EnsureIdentity),
            Effect::StoreIdentity(record) => store(Operation::StoreIdentity(record)),
            Effect::RenewIdentity(old) => store(Operation::RenewIdentity(old)),
            Effect::SwitchIdentity(identifier) => self.switch(outside, identifier),
            Effect::ClaimOutgoing { row, for_ms } => store(Operation::Claim { row, for_ms }),
            Effect::UpdateOutgoing(row) => store(Operation::Update(row)),
            Effect::RemoveOutgoing(key) => store(Operation::Remove(key)),
            Effect::StoreComposition { before, text } => store(Operation::Compose { before, text }),
            Effect::Wipe => store(Operation::Wipe),
            // What is rebroadcast is what is being handled: its text is there already, and says the same but for whose
            // the messages are.
            Effect::Rebroadcast(reply) => {
                let echoes = echoes(&reply);
                rebroadcast(outside, raw, &echoes);
                if let Some(raw) = raw.filter(|raw| raw.is_head) {
                    self.kept.page(raw.text.len(), || raw.kept(&echoes));
                }
            }
            Effect::RebroadcastFrame(_) => {
                rebroadcast(outside, raw, "");
                self.kept.frame(raw.map_or("", |raw| &raw.text));
            }
            Effect::NudgeLeader => outside.tabs.borrow().tell(Changed::Outbox),
            Effect::AskLeader(ask) => outside.tabs.borrow().ask(&ask),
            Effect::Announce(announcement) => (self.on_announce)(&announcement),
            Effect::Report(problem) => (self.on_problem)(&problem),
        }
    }

    fn keep(&self) {
        if let Some(outside) = self.outside()
            && let Some(text) = self.kept.due(self.clock.now().mono)
        {
            outside.store.ask(Operation::KeepPage(text));
        }
    }

    /// Another user of the site: another shelf, and other tabs to lead or to follow.
    fn switch(self: &Rc<Self>, outside: &Outside, identifier: Option<confab_protocol::ExternalId>) {
        self.kept.clear();
        let owner = Owner::new(&self.storage_name, identifier);
        outside.store.switch(owner.clone());
        outside.store.ask(Operation::Restore);
        self.push(Event::RoleChanged(Role::Follower).into());
        let left = outside.tabs.replace(join(self, &owner, &outside.store));
        self.left.borrow_mut().push(left);
    }
}

fn rebroadcast(outside: &Outside, raw: Option<&Raw>, echoes: &str) {
    if let Some(raw) = raw {
        outside.tabs.borrow().rebroadcast(raw, echoes);
    }
}

fn sink(core: &Rc<Core>) -> Sink {
    let core = Rc::downgrade(core);
    Rc::new(move |happening| {
        if let Some(core) = core.upgrade() {
            core.push(happening);
        }
    })
}

fn outside(core: &Weak<Core>) -> Option<Rc<Outside>> {
    core.upgrade()?.outside()
}

fn join(core: &Rc<Core>, owner: &Owner, store: &Rc<Store>) -> Tabs {
    let store = Rc::downgrade(store);
    let read = Box::new(move |operation| {
        if let Some(store) = store.upgrade() {
            store.ask(operation);
        }
    });
    Tabs::join(&owner.meeting_place(), core.tab.clone(), sink(core), read)
}

fn utc_offset_minutes() -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "at most a day and a half")]
    let behind = js_sys::Date::new_0().get_timezone_offset() as i32;
    -behind
}
