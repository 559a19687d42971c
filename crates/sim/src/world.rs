//! Everything around the sessions: one queue of things to come, under a clock that jumps from each to the next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use confab_protocol::{Frame, MessageId, Reply};
use confab_session::{Event, Failure, TabId};

use crate::backend::Backend;
use crate::bug::Bug;
use crate::cable::Connection;
use crate::call::Call;
use crate::due::Due;
use crate::fault::{Counts, Fault, Rates};
use crate::lead::Lead;
use crate::met::Met;
use crate::only::{Only, Turns};
use crate::oracle::Oracle;
use crate::report::{Kind, Violation};
use crate::rng::Rng;
use crate::ruled::Ruled;
use crate::schedule::{Day, Schedule};
use crate::server::{Broadcast, Server};
use crate::store::{Owner, Store};
use crate::tab::Tab;

/// Happenings after which a schedule counts as a storm.
const TOO_MUCH: u32 = 400_000;

/// Something to come.
#[derive(Debug)]
pub(crate) enum What {
    /// A tab hears of something; `u32` is the page load it is meant for.
    Heard(usize, u32, Box<Event>),
    /// A tab's timer rings, if it is still the one last set.
    Ring(usize, u32, u64),
    /// The first operation waiting in a tab's store is done.
    Stored(usize, u32),
    /// Other tabs speak: what they say is handled by the browser's part of a tab.
    Told(usize, u32, Telling),
    /// A call comes to the server.
    Arrived(usize),
    /// The server is done with a call.
    Worked(usize, Ending),
    /// An answer comes to the tab.
    Answered(usize, Box<Result<Reply, Failure>>),
    /// A socket opened, or did not.
    Opened(usize, bool),
    /// A subscription comes to the server, with the number of its connection.
    Subscribed(usize, String),
    /// The stream stands.
    Streaming(usize, String),
    /// A frame comes to the tab.
    Framed(usize, Box<Frame>),
    /// The server's sign of life is due on a connection.
    Ping(usize),
    /// A broadcast leaves.
    Broadcast(Box<Broadcast>),
    /// Somebody does something.
    Act,
    /// Something that was stopped goes on.
    GoesOn(Stopped),
    /// A tab that asked for the lead has waited long enough, until this instant.
    Steals(usize, u32, u64),
    /// A tab learns that it is granted the lead, by this request for the lock.
    Granted(usize, u32, u32),
    /// A tab learns that its lead was taken.
    Robbed(usize, u32, u32),
}

/// What tabs say to each other besides what the session itself hears.
#[derive(Clone, Debug)]
pub(crate) enum Telling {
    Changed(confab::driver::storage::operation::Changed),
    AsksForLead(usize),
    Stays,
}

/// How the work on a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done and answered.
    Answer,
    /// Done, and answered with an error.
    ErrorAfter,
    /// Not done, and answered with an error.
    ErrorBefore,
    /// Done; the answer went out before.
    Silent,
    /// The server's own time limit.
    GaveUp,
}

/// What can be stopped for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Database,
    Jobs,
    Server,
    Network,
    Tab(usize, u32),
    Machine,
}

/// How the network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Net {
    #[default]
    Up,
    Down,
    Swallows,
    Portal,
}

/// A schedule under way.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub(crate) struct World {
    pub(crate) now: u64,
    order: u64,
    queue: BinaryHeap<Reverse<Due>>,
    pub(crate) steps: u32,
    pub(crate) rng: Rng,
    rates: Rates,
    pub(crate) counts: Counts,
    /// Strikes that were drawn, those included that are left out.
    drawn: Counts,
    /// Acts so far.
    pub(crate) acts: u32,
    pub(crate) met: BTreeSet<Met>,
    /// Where chance stands at each happening, for schedules of which only a part is played.
    turns: Option<Turns>,
    pub(crate) only: Option<Only>,
    /// Nothing fails any more.
    pub(crate) healthy: bool,
    /// Requests may reach the server more than five seconds late.
    pub(crate) late: bool,
    /// Another client of the contact may write the same texts.
    pub(crate) twins: bool,
    pub(crate) bug: Option<Bug>,
    pub(crate) server: Backend,
    pub(crate) server_up: bool,
    pub(crate) frozen: bool,
    /// Calls held by the frozen database, and how they were to end.
    pub(crate) held: Vec<(usize, Ending)>,
    pub(crate) stalled: bool,
    pub(crate) stalled_since: u64,
    pub(crate) jobs: Vec<Broadcast>,
    pub(crate) net: Net,
    pub(crate) calls: Vec<Call>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) store: Store,
    pub(crate) tabs: Vec<Tab>,
    /// Whether tabs have Web Locks; without them every tab leads.
    pub(crate) locks: bool,
    /// Who leads, for each user.
    pub(crate) leads: BTreeMap<Owner, Lead>,
    /// Who the site says the visitor is.
    pub(crate) user: Owner,
    /// Storage is denied to this browser's frames.
    pub(crate) denied: bool,
    /// The visitor's machine sleeps: nobody does anything with it.
    pub(crate) asleep: bool,
    /// By how much the visitor's wall clock is off.
    pub(crate) wall_off: i64,
    pub(crate) oracle: Oracle,
    pub(crate) texts: u32,
    pub(crate) lives: u32,
    /// Numbers of messages whose work goes on, and when they were drawn: the time of the message.
    pub(crate) drawn_ids: BTreeMap<usize, (MessageId, u64)>,
    pub(crate) trace: Option<Vec<String>>,
}

/// Notes a line of the trace, if one is wanted.
macro_rules! say {
    ($world:expr, $($words:tt)*) => {
        if $world.trace.is_some() {
            let line = format!($($words)*);
            $world.note(&line);
        }
    };
}
pub(crate) use say;

impl World {
    pub(crate) fn new(schedule: &Schedule, turns: Option<Turns>) -> Self {
        let mut rng = match &schedule.bytes {
            Some(bytes) => Rng::steered(bytes),
            None => Rng::new(schedule.seed),
        };
        let rates = Rates::draw(&mut rng, &mut Rng::new(!schedule.seed));
        let greets = rng.chance(300);
        let server = if schedule.rules {
            Backend::Rules(Box::new(Ruled::begin(schedule.seed, greets)))
        } else {
            Backend::Model(Box::new(Server::greeting(greets)))
        };
        // Two draws that decide nothing any more: without them every seed would mean another schedule.
        let _ = (rng.chance(30), rng.chance(30));
        let locks = !rng.chance(100);
        Self {
            now: 0,
            order: 0,
            queue: BinaryHeap::new(),
            steps: 0,
            rates,
            counts: Counts::default(),
            drawn: Counts::default(),
            acts: 0,
            met: BTreeSet::new(),
            turns,
            only: schedule.only.clone(),
            healthy: false,
            late: schedule.day == Day::Late,
            twins: schedule.day == Day::Twins,
            bug: schedule.bug,
            server,
            server_up: true,
            frozen: false,
            held: Vec::new(),
            stalled: false,
            stalled_since: 0,
            jobs: Vec::new(),
            net: Net::Up,
            calls: Vec::new(),
            connections: Vec::new(),
            store: Store::default(),
            tabs: Vec::new(),
            locks,
            leads: BTreeMap::new(),
            user: 0,
            denied: false,
            asleep: false,
            wall_off: 0,
            oracle: Oracle::default(),
            texts: 0,
            lives: 0,
            drawn_ids: BTreeMap::new(),
            trace: schedule.traced.then(Vec::new),
            rng,
        }
    }

    /// Lets something happen after so many milliseconds.
    pub(crate) fn after(&mut self, delay: u64, what: What) {
        self.order = self.order.saturating_add(1);
        let at = self.now.saturating_add(delay);
        self.queue.push(Reverse(Due {
            at,
            order: self.order,
            what,
        }));
    }

    /// Lets an event come to a tab's present page after so many milliseconds.
    pub(crate) fn tell(&mut self, tab: usize, delay: u64, event: Event) {
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        self.after(delay, What::Heard(tab, life, Box::new(event)));
    }

    /// Whether a fault strikes here.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = !self.healthy && self.rates.of(fault) > 0 && self.rng.chance(self.rates.of(fault));
        if !strikes {
            return false;
        }
        let number = self.drawn.of(fault);
        self.drawn.count(fault);
        let left_out = self
            .only
            .as_ref()
            .is_some_and(|only| !only.has_strike(fault, number));
        if !left_out {
            self.counts.count(fault);
        }
        !left_out
    }

    /// Whether a fault may strike in this schedule.
    pub(crate) fn may_strike(&self, fault: Fault) -> bool {
        self.rates.of(fault) > 0
    }

    /// What kind of day this is, for the head of a trace.
    pub(crate) fn note_day(&mut self) {
        let faults: Vec<String> = Fault::ALL
            .iter()
            .filter(|fault| self.rates.of(**fault) > 0)
            .map(|fault| format!("{fault:?} {}", self.rates.of(*fault)))
            .collect();
        let (locks, late, twins) = (self.locks, self.late, self.twins);
        let faults = faults.join(", ");
        self.note(&format!("locks {locks}, late {late}, twins {twins}; {faults}"));
    }

    pub(crate) fn note(&mut self, line: &str) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>4}.{:03} {line}", now / 1_000, now % 1_000));
        }
    }

    pub(crate) fn violated(&mut self, kind: Kind, story: String) {
        say!(self, "!!! {kind:?}: {story}");
        let at = self.now;
        self.oracle.violations.push(Violation { kind, at, story });
    }

    /// Lets everything happen that comes up to this instant.
    pub(crate) fn run_until(&mut self, end: u64) {
        while let Some(Reverse(due)) = self.queue.pop() {
            if due.at > end {
                self.queue.push(Reverse(due));
                break;
            }
            self.now = self.now.max(due.at);
            self.steps = self.steps.saturating_add(1);
            if self.steps > TOO_MUCH {
                self.violated(Kind::Storm, format!("more than {TOO_MUCH} happenings"));
                break;
            }
            self.happen(due.what);
        }
        self.now = end;
    }

    /// The places of chance in this schedule.
    pub(crate) fn take_turns(&mut self) -> Option<Turns> {
        self.turns.take()
    }

    pub(crate) fn happen(&mut self, what: What) {
        if let Some(turns) = &mut self.turns {
            self.rng = turns.next(&what, &self.rng);
        }
        match what {
            What::Heard(tab, life, event) => self.heard(tab, life, *event),
            What::Ring(tab, life, mark) => self.rings(tab, life, mark),
            What::Stored(tab, life) => self.stored(tab, life),
            What::Told(tab, life, telling) => self.told(tab, life, &telling),
            What::Arrived(call) => self.arrived(call),
            What::Worked(call, ending) => self.worked(call, ending),
            What::Answered(call, result) => self.answered(call, *result),
            What::Opened(connection, opens) => self.socket_opened(connection, opens),
            What::Subscribed(connection, identifier) => self.subscribe(connection, identifier),
            What::Streaming(connection, identifier) => self.streaming(connection, identifier),
            What::Framed(connection, frame) => self.framed(connection, *frame),
            What::Ping(connection) => self.ping(connection),
            What::Broadcast(broadcast) => self.broadcast(&broadcast),
            What::Act => self.act(),
            What::GoesOn(stopped) => self.goes_on(stopped),
            What::Steals(tab, life, until) => self.steals(tab, life, until),
            What::Granted(tab, life, request) => self.granted(tab, life, request),
            What::Robbed(tab, life, request) => self.robbed(tab, life, request),
        }
    }

    fn goes_on(&mut self, stopped: Stopped) {
        say!(self, "goes on: {stopped:?}");
        match stopped {
            Stopped::Database => self.thaw(),
            Stopped::Jobs => self.run_jobs(),
            Stopped::Server => self.server_up = true,
            Stopped::Network => self.network_back(),
            // With the machine, if that sleeps.
            Stopped::Tab(tab, life) if !self.asleep => self.tab_goes_on(tab, life),
            Stopped::Tab(..) => {}
            Stopped::Machine => {
                self.asleep = false;
                for tab in 0..self.tabs.len() {
                    if let Some(life) = self.tabs.get(tab).map(|tab| tab.life) {
                        self.tab_goes_on(tab, life);
                    }
                }
            }
        }
    }

    /// A name that no tab has had.
    pub(crate) fn tab_name(&mut self) -> TabId {
        self.lives = self.lives.saturating_add(1);
        TabId(format!("tab-{}", self.lives))
    }
}
