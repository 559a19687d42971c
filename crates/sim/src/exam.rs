//! Examinations at the end of a schedule: two bad moments at a time when all else is well. Where everything fails at once a
//! later page repairs what was missed, and a long pause hides who would connect too often; here nothing does.

use crate::report::Kind;
use crate::world::World;

/// Of so many schedules one ends with each of them.
const RARELY: u64 = 16;
/// How closely the link is looked at: a subscription may be under way for a millisecond only.
const GLANCE: u64 = 1;
/// Within so long a link that was cut asks for its subscription again, and has it.
const AGAIN: u64 = 5_000;
/// So long after the stream stands everything is shown; without a reason a page is fetched 5 s after a loss at the earliest.
const COMPLETE: u64 = 2_500;
/// For how long the link is cut whenever it stands: longer than connections are counted.
const FLAPS: u64 = 40_000;
/// How long it stands each time.
const STANDS: u64 = 200;

impl World {
    /// Examines the tab that a person looks at, if it is the turn of the schedule of this number.
    pub(crate) fn examine(&mut self, number: u64) {
        let seen = |tab: &usize| self.tabs.get(*tab).is_some_and(|tab| tab.alive && tab.visible);
        let Some(tab) = (0..self.tabs.len()).find(seen) else {
            return;
        };
        if !self.is_streaming(tab) {
            return;
        }
        match number % RARELY {
            0 => self.examine_sight(tab),
            8 => self.examine_patience(tab),
            _ => {}
        }
    }

    /// What an agent writes between the loss of the stream and the next one is there as soon as that stands.
    fn examine_sight(&mut self, tab: usize) {
        let Some(known) = self.tabs.get(tab) else { return };
        let store = known.memory.as_ref().unwrap_or(&self.store);
        let conversation = store.conversation(known.owner);
        let Some((conversation, thread)) = conversation.and_then(|id| Some((id, self.server.thread(id)?)))
        else {
            return;
        };
        self.note("examined: an agent writes while the subscription is under way");
        self.cut_socket(tab);
        if !self.run_while(AGAIN, |world| !world.is_subscribing(tab)) {
            return self.violated(Kind::Missing, format!("tab {tab} does not connect again"));
        }
        // Its broadcast leaves before the stream stands, and finds nobody.
        let now = self.now;
        self.server.agent_writes(thread, "while you were away", now);
        if !self.run_while(AGAIN, |world| !world.is_streaming(tab)) {
            return self.violated(Kind::Missing, format!("tab {tab} has no stream again"));
        }
        let now = self.now;
        self.run_until(now.saturating_add(COMPLETE));
        let written = self.server.of(conversation).last().map(|message| message.id);
        if !written.is_some_and(|id| self.shows(tab, id)) {
            let words = format!("tab {tab}: message {written:?} is not shown though the stream stands again");
            self.violated(Kind::Missing, words);
        }
    }

    /// A link that is cut whenever it stands is not opened without end.
    fn examine_patience(&mut self, tab: usize) {
        self.note("examined: the socket is cut whenever its stream stands");
        let end = self.now.saturating_add(FLAPS);
        while self.now < end {
            if self.run_while(FLAPS, |world| world.now < end && !world.is_streaming(tab)) {
                let now = self.now;
                self.run_until(now.saturating_add(STANDS));
                self.cut_socket(tab);
            }
        }
        self.judge_connections();
    }

    /// Lets things happen while something holds, for so long at most; whether it holds no more.
    fn run_while(&mut self, most: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let end = self.now.saturating_add(most);
        while holds(self) && self.now < end {
            let now = self.now;
            self.run_until(now.saturating_add(GLANCE));
        }
        !holds(self)
    }
}
