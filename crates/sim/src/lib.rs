//! The real session against a plain model of Chatwoot and of everything around it, under a virtual clock.
//!
//! Where to start:
//! 1. [`Schedule`]: what is played; [`run`]: one seed, one schedule, one [`Report`].
//! 2. [`Fault`]: what can go wrong; each schedule draws its own rates.
//! 3. `oracle`: what must never be seen.
//! 4. `world`: the queue of things to come; `call`, `cable`, `store`, `page`, `tab` are what it is about.
//! 5. `monkey`: who does things.
//! 6. `exam`: two bad moments at the end.
//! 7. [`shrink`]: as little of a schedule as still goes wrong.
//! 8. [`herd`]: thousands of clients at once, and how hard they press on a server that comes back.

mod backend;
mod bug;
mod cable;
mod call;
mod clearing;
mod due;
mod exam;
mod fault;
pub mod herd;
mod lead;
mod met;
mod monkey;
mod only;
mod oracle;
mod page;
pub mod regression;
mod report;
mod rng;
mod ruled;
mod schedule;
mod server;
mod shrink;
mod spread;
mod store;
mod storing;
mod tab;
mod trace;
mod world;

pub use bug::Bug;
pub use confab_session::bugs::Bug as Core;
pub use fault::{Counts, Fault};
pub use met::Met;
pub use only::Only;
pub use report::{Kind, Report, Violation};
pub use schedule::{Day, Schedule};
pub use shrink::shrink;
pub use spread::spread;

use world::{Stopped, What, World};

/// How long everything has to be well before views are judged: the slow poll comes within 66 s.
const REST: u64 = 70_000;
/// How long a tab is looked at before it is judged.
const LOOK: u64 = 10_000;
/// How long everything has to be well before nothing may wait any more: three fences and a claim of a tab that is gone.
const END: u64 = 240_000;

/// Plays the schedule of this seed.
pub fn run(seed: u64) -> Report {
    Schedule::new(seed).play()
}

/// Plays the schedule of this seed, with every step in words.
pub fn run_traced(seed: u64) -> Report {
    Schedule::new(seed).traced().play()
}

/// Plays the schedule of this seed with a deliberate defect.
pub fn run_with(bug: Bug, seed: u64) -> Report {
    Schedule::new(seed).with(bug).play()
}

impl World {
    pub(crate) fn play(&mut self, number: u64) {
        self.note_day();
        self.denied = self.strikes(Fault::StorageDenied);
        self.open_tab(true);
        self.after(200, What::Act);
        let bad = self.rng.between(20_000, 150_000);
        let until = self.only.as_ref().and_then(|only| only.until);
        let bad = bad.min(until.unwrap_or(bad));
        self.run_until(bad);
        self.heal();
        let well = self.now;
        self.run_until(well.saturating_add(REST));
        let seen =
            (0..self.tabs.len()).find(|tab| self.tabs.get(*tab).is_some_and(|tab| tab.alive && tab.visible));
        for tab in 0..self.tabs.len() {
            // Those that follow show what the one shows that leads; without locks a hidden tab need not be up to date.
            let known = self.tabs.get(tab).zip(seen.and_then(|seen| self.tabs.get(seen)));
            let follows = known.is_some_and(|(tab, seen)| tab.owner == seen.owner && tab.memory.is_none());
            if self.locks && follows || Some(tab) == seen {
                self.judge_view(tab);
            }
        }
        self.judge_messages();
        for tab in 0..self.tabs.len() {
            if Some(tab) != seen && self.tabs.get(tab).is_some_and(|tab| tab.alive) {
                self.show_tab(tab);
                let now = self.now;
                self.run_until(now.saturating_add(LOOK));
                self.judge_view(tab);
            }
        }
        self.run_until(well.saturating_add(END));
        self.judge_messages();
        self.judge_end();
        self.examine(number);
    }

    fn show_tab(&mut self, tab: usize) {
        self.look_at(Some(tab));
        self.wish(tab, confab_session::Intent::Open);
        self.wish(tab, confab_session::Intent::ShowNewest);
    }

    /// From now on everything goes well, and a person looks at one tab.
    fn heal(&mut self) {
        self.note("from now on all is well");
        self.healthy = true;
        for stopped in [
            Stopped::Server,
            Stopped::Database,
            Stopped::Jobs,
            Stopped::Machine,
            Stopped::Network,
        ] {
            self.after(0, What::GoesOn(stopped));
        }
        let now = self.now;
        self.run_until(now);
        let alive: Vec<usize> = (0..self.tabs.len())
            .filter(|tab| self.tabs.get(*tab).is_some_and(|tab| tab.alive))
            .collect();
        let visible = alive
            .iter()
            .copied()
            .find(|tab| self.tabs.get(*tab).is_some_and(|tab| tab.visible));
        let tab = match visible.or_else(|| alive.first().copied()) {
            Some(tab) => tab,
            None => self.open_tab(true),
        };
        self.show_tab(tab);
    }
}
