//! A tab: one session and what a driver does for it.

use std::collections::VecDeque;

use confab::driver::storage::operation::{Changed, Operation};
use confab::driver::storage::shelf::Shelf;
use confab_protocol::Request;
use confab_session::{
    Config, Effect, Event, IdentityRecord, Intent, Millis, Now, Role, Session, TabId, UnixMillis,
};

use crate::fault::Fault;
use crate::lead::Standing;
use crate::oracle::Watch;
use crate::report::Kind;
use crate::server::EPOCH;
use crate::store::{self, Owner, Store, Task};
use crate::world::{Telling, What, World, say};

/// Rings of one tab's timer at one instant that count as a loop.
const LOOP: u32 = 100;

/// A tab of the browser.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub(crate) struct Tab {
    pub(crate) session: Session,
    /// Which page load this is.
    pub(crate) life: u32,
    pub(crate) alive: bool,
    pub(crate) name: TabId,
    pub(crate) visible: bool,
    /// It is stopped, and hears later what came meanwhile.
    pub(crate) stopped: bool,
    missed: VecDeque<What>,
    pub(crate) connection: Option<usize>,
    /// By how much its monotonic clock stood still while the machine slept.
    pub(crate) lag: u64,
    /// Since when it stands still.
    pub(crate) asleep_since: Option<u64>,
    mark: u64,
    ring_at: Option<Millis>,
    rings: (u64, u32),
    /// Whose shelf it works with.
    pub(crate) owner: Owner,
    /// Its own store, where the common one is denied.
    pub(crate) memory: Option<Store>,
    /// The identity that the session was last told, or had stored.
    pub(crate) known: Option<IdentityRecord>,
    /// Which of the databases that there have been it is connected with, and what it last saw there, of whom.
    pub(crate) opened: u32,
    pub(crate) seen: Option<(Owner, Shelf)>,
    pub(crate) standing: Standing,
    pub(crate) operations: VecDeque<Task>,
    pub(crate) busy: bool,
    pub(crate) told_offline: bool,
    pub(crate) watch: Watch,
}

impl World {
    /// A new page in a tab.
    pub(crate) fn new_tab(&mut self, life: u32, visible: bool, owner: Owner) -> Tab {
        let name = self.tab_name();
        let config = Config {
            seed: self.rng.next(),
            identity: store::identity(owner),
            ..Config::default()
        };
        let config = match self.bug {
            Some(bug) => bug.configure(config),
            None => config,
        };
        Tab {
            session: Session::new(config, Role::Follower, name.clone()),
            life,
            alive: true,
            name,
            visible,
            stopped: false,
            missed: VecDeque::new(),
            connection: None,
            lag: 0,
            asleep_since: None,
            mark: 0,
            ring_at: None,
            rings: (0, 0),
            owner,
            memory: self.denied.then(|| Store::of(self.lives)),
            known: None,
            opened: 0,
            seen: None,
            standing: Standing::default(),
            operations: VecDeque::new(),
            busy: false,
            told_offline: false,
            watch: Watch::default(),
        }
    }

    pub(crate) fn alive(&self, tab: usize, life: u32) -> bool {
        self.tabs
            .get(tab)
            .is_some_and(|tab| tab.alive && tab.life == life)
    }

    fn clocks(&self, lag: u64) -> Now {
        let unix = EPOCH.saturating_mul(1_000).saturating_add(self.now);
        let wall = i64::try_from(unix)
            .unwrap_or_default()
            .saturating_add(self.wall_off);
        Now {
            mono: Millis(self.now.saturating_add(1_000).saturating_sub(lag)),
            wall: UnixMillis(wall),
        }
    }

    /// A tab hears of something, now or when it goes on.
    pub(crate) fn heard(&mut self, tab: usize, life: u32, event: Event) {
        let Some(known) = self.tabs.get_mut(tab).filter(|tab| tab.alive && tab.life == life) else {
            return;
        };
        if known.stopped {
            let missed = What::Heard(tab, life, Box::new(event));
            return known.missed.push_back(missed);
        }
        // The store was slow, and the lead is another's by now.
        if matches!(event, Event::RoleChanged(Role::Leader)) && !known.standing.leads {
            return;
        }
        let looks = matches!(event, Event::VisibilityChanged { .. });
        self.handle(tab, event);
        if looks {
            self.ask_if_visible(tab);
        }
    }

    /// Whether a tab is stopped: then it comes to this later.
    pub(crate) fn misses(&mut self, tab: usize, life: u32, what: impl FnOnce() -> What) -> bool {
        let stopped = |tab: &&mut Tab| tab.alive && tab.life == life && tab.stopped;
        let stopped = self.tabs.get_mut(tab).filter(stopped);
        let misses = stopped.is_some();
        if let Some(known) = stopped {
            known.missed.push_back(what());
        }
        misses
    }

    fn handle(&mut self, tab: usize, event: Event) {
        let asked = self.note_event(tab, &event);
        let event = match self.bug {
            Some(bug) => bug.bend(event, asked.as_ref()),
            None => event,
        };
        let Some(lag) = self.tabs.get(tab).map(|tab| tab.lag) else {
            return;
        };
        say!(self, "tab {tab} <- {}", crate::trace::event(&event));
        let hearing = self.hearing(tab, &event);
        let now = self.clocks(lag);
        let effects = self
            .tabs
            .get_mut(tab)
            .map(|tab| tab.session.handle(event, now))
            .unwrap_or_default();
        for effect in effects {
            let twisted = match self.bug {
                Some(bug) => bug.twist(effect),
                None => vec![effect],
            };
            for effect in twisted {
                say!(self, "tab {tab} -> {}", crate::trace::effect(&effect));
                self.perform(tab, effect);
            }
        }
        if let Some(hearing) = hearing {
            self.judge_stale(tab, hearing);
        }
        self.watch(tab);
        self.set_timer(tab);
    }

    /// What the promise and the oracle have to know of an event; the request that it answers.
    fn note_event(&mut self, tab: usize, event: &Event) -> Option<Request> {
        let life = self.tabs.get(tab).map_or(0, |tab| tab.life);
        match event {
            Event::OutgoingSaved { row, .. } => self.oracle.submitted(&row.key, &row.text),
            Event::RoleChanged(Role::Leader) | Event::Restored { .. } | Event::OutboxChanged(_) => {
                self.taken_over(tab, life);
            }
            Event::IdentityChanged(None) => {
                if let Some(known) = self.tabs.get_mut(tab) {
                    known.watch.forget();
                }
            }
            Event::Replied { request, .. } if self.bug.is_some() => {
                return self.request_of(tab, life, *request);
            }
            _ => {}
        }
        None
    }

    fn set_timer(&mut self, tab: usize) {
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        let deadline = known.session.next_deadline();
        if deadline == known.ring_at {
            return;
        }
        known.ring_at = deadline;
        known.mark = known.mark.saturating_add(1);
        let (life, mark, lag, visible) = (known.life, known.mark, known.lag, known.visible);
        let Some(deadline) = deadline else { return };
        let wait = deadline.since(self.clocks(lag).mono);
        let late = self.rng.below(if visible { 16 } else { 1_000 });
        self.after(wait.saturating_add(late), What::Ring(tab, life, mark));
        if self.strikes(Fault::EarlyTick) {
            let early = self.rng.below(wait.max(1));
            self.tell(tab, early, Event::Tick);
        }
    }

    pub(crate) fn rings(&mut self, tab: usize, life: u32, mark: u64) {
        let now = self.now;
        let Some(known) = self
            .tabs
            .get_mut(tab)
            .filter(|tab| tab.alive && tab.life == life && tab.mark == mark)
        else {
            return;
        };
        if known.stopped {
            return;
        }
        known.ring_at = None;
        known.rings = if known.rings.0 == now {
            (now, known.rings.1.saturating_add(1))
        } else {
            (now, 1)
        };
        if known.rings.1 > LOOP {
            known.alive = false;
            return self.violated(Kind::Storm, format!("tab {tab} rings without end"));
        }
        self.handle(tab, Event::Tick);
    }

    /// A stopped tab goes on: it hears what came meanwhile, and notices that it was away.
    pub(crate) fn tab_goes_on(&mut self, tab: usize, life: u32) {
        let now = self.now;
        let Some(known) = self
            .tabs
            .get_mut(tab)
            .filter(|tab| tab.alive && tab.life == life && tab.stopped)
        else {
            return;
        };
        known.stopped = false;
        if let Some(since) = known.asleep_since.take() {
            known.lag = known.lag.saturating_add(now.saturating_sub(since));
        }
        known.ring_at = None;
        let missed = std::mem::take(&mut known.missed);
        // Nobody sees what is shown between two things of which a page hears at one instant.
        known.watch.blinks = true;
        let resumes_first = self.rng.chance(500);
        if resumes_first {
            self.handle(tab, Event::Resumed);
        }
        for what in missed {
            self.happen(what);
        }
        self.heard(tab, life, Event::Tick);
        if !resumes_first {
            self.heard(tab, life, Event::Resumed);
        }
        if let Some(known) = self.tabs.get_mut(tab) {
            known.watch.blinks = false;
        }
        self.watch(tab);
        if self.tabs.get(tab).is_some_and(|tab| !tab.busy) {
            self.start_operation(tab);
        }
    }

    pub(crate) fn wish(&mut self, tab: usize, intent: Intent) {
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        self.heard(tab, life, Event::Wished(intent));
    }

    fn perform(&mut self, tab: usize, effect: Effect) {
        match effect {
            Effect::Send { id, request, timeout } => {
                self.oracle_call(tab, &request);
                self.send(tab, id, request, timeout);
            }
            Effect::OpenCable(generation) => self.open_cable(tab, generation),
            Effect::Command(generation, command) => self.command(tab, generation, command),
            Effect::CloseCable => self.close_cable(tab),
            Effect::SaveOutgoing(row) => self.ask_store(tab, Operation::Save(row)),
            Effect::EnsureIdentity => self.ask_store(tab, Operation::EnsureIdentity),
            Effect::StoreIdentity(record) => self.ask_store(tab, Operation::StoreIdentity(record)),
            Effect::RenewIdentity(old) => self.ask_store(tab, Operation::RenewIdentity(old)),
            Effect::ClaimOutgoing { row, for_ms } => self.ask_store(tab, Operation::Claim { row, for_ms }),
            Effect::UpdateOutgoing(row) => self.ask_store(tab, Operation::Update(row)),
            Effect::RemoveOutgoing(key) => self.ask_store(tab, Operation::Remove(key)),
            Effect::StoreComposition { before, text } => {
                self.ask_store(tab, Operation::Compose { before, text });
            }
            Effect::Rebroadcast(reply) => {
                self.keeps_page(tab, &reply);
                self.tell_others(tab, &Event::Overheard(reply));
            }
            Effect::RebroadcastFrame(frame) => self.tell_others(tab, &Event::FrameOverheard(frame)),
            Effect::AskLeader(ask) => self.tell_others(tab, &Event::Asked(ask)),
            Effect::NudgeLeader => self.say_to_others(tab, &Telling::Changed(Changed::Outbox)),
            Effect::SwitchIdentity(identifier) => self.switch(tab, store::owner(identifier.as_ref())),
            Effect::Wipe => self.ask_store(tab, Operation::Wipe),
            Effect::Announce(_) | Effect::Report(_) => {}
        }
    }

    /// The page turns to another user of the site: another shelf, other tabs.
    fn switch(&mut self, tab: usize, owner: Owner) {
        say!(self, "tab {tab} turns to user {owner}");
        self.leave_lead(tab);
        if let Some(known) = self.tabs.get_mut(tab) {
            known.owner = owner;
            known.watch.forget();
        }
        self.ask_store(tab, Operation::Restore);
        self.tell(tab, 0, Event::RoleChanged(Role::Follower));
        self.seeks_lead(tab);
        self.ask_if_visible(tab);
    }

    /// The other pages of this user that this one reaches.
    fn others(&self, tab: usize, owner: Owner) -> Vec<(usize, u32)> {
        let Some(own) = self.tabs.get(tab) else {
            return Vec::new();
        };
        let hears = |known: &Tab| known.alive && known.owner == owner && known.memory.is_none();
        let alive = self
            .tabs
            .iter()
            .enumerate()
            .filter(|(other, known)| *other != tab && own.memory.is_none() && hears(known));
        alive.map(|(other, known)| (other, known.life)).collect()
    }

    fn tell_others(&mut self, tab: usize, event: &Event) {
        let delay = self.rng.between(1, 3);
        for (other, _) in self.others(tab, self.owner(tab)) {
            self.tell(other, delay, event.clone());
        }
    }

    pub(crate) fn say_to_others(&mut self, tab: usize, telling: &Telling) {
        self.say_to(tab, self.owner(tab), telling);
    }

    pub(crate) fn say_to(&mut self, tab: usize, owner: Owner, telling: &Telling) {
        let delay = self.rng.between(1, 3);
        for (other, life) in self.others(tab, owner) {
            self.after(delay, What::Told(other, life, telling.clone()));
        }
    }

    /// The visitor's clock.
    pub(crate) fn wall(&self) -> i64 {
        self.clocks(0).wall.0
    }
}
