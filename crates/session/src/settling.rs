//! Settling: the fence put to work on the message whose turn it is.

use confab_protocol::{MessageId, Reply};

use crate::bugs::{Bug, has};
use crate::deadlines::Timer;
use crate::delivery::{Stage, Step};
use crate::diagnostics::count;
use crate::effect::Effect;
use crate::event::{Ask, Failure, Role};
use crate::fence::{Fence, Look};
use crate::outbox::Outgoing;
use crate::record::{OutgoingKey, OutgoingRecord};
use crate::requests::Purpose;
use crate::resync::PageFacts;
use crate::session::Session;

/// Rounds after which a person decides.
const ROUNDS: u8 = 3;
/// A page that a following tab hears of may have been on its way for so long: a request lasts, and the tab that asked was
/// stopped for a while.
const PAGE_ON_ITS_WAY: u64 = 20_000;

impl Session {
    /// Settles the attempt of the row whose turn it is, if its outcome is unknown.
    pub(crate) fn pursue_fence(&mut self) {
        let turn = self.outbox.turn().filter(|row| row.stage == Stage::Unconfirmed);
        if has(Bug::NoFence)
            && let Some(key) = turn.map(|row| row.record.key.clone())
        {
            return self.proved_absent(&key);
        }
        let Some((key, since)) = turn.map(|row| (row.record.key.clone(), row.since)) else {
            self.end_fence();
            self.timers.clear(Timer::LookDue);
            return;
        };
        let settles = |fence: &Fence| fence.key == key && (fence.ended == since || has(Bug::FenceOutlives));
        if !self.fence.as_ref().is_some_and(settles) {
            self.fence = Some(Fence::new(key, since, self.config.server_time_bound));
        }
        let Some(due) = self.fence.as_ref().and_then(Fence::due) else {
            return;
        };
        if due > self.now.mono {
            self.timers.set(Timer::LookDue, due);
            return;
        }
        let waits = self.is_held_back(Timer::LookDue) || self.is_held_back(Timer::SlowDownOver);
        if waits || !self.page.online || self.setup.problem().is_some() {
            return;
        }
        let Some(request) = self.page_request(None) else {
            return;
        };
        if !self.request_by_itself(Purpose::LookPage(None), request, Timer::LookDue) {
            return;
        }
        let clock = self.requests.clock();
        if let Some(fence) = self.fence.as_mut() {
            fence.await_page(clock);
        }
    }

    /// A page came; it is for the look if that still waits for it.
    pub(crate) fn look_goes_on(&mut self, request: u64, facts: PageFacts) {
        let awaited = self.fence.as_ref().filter(|fence| fence.awaits(request));
        let Some(key) = awaited.map(|fence| fence.key.clone()) else {
            return;
        };
        let known = self
            .outbox
            .get(&key)
            .and_then(Outgoing::newest_known)
            .unwrap_or_default();
        let Some(fence) = self.fence.as_mut() else { return };
        match fence.take_page(facts.lowest, facts.full, known) {
            Look::GoOn(lowest) => {
                let purpose = Purpose::LookPage(Some(lowest));
                let next = self.page_request(Some(lowest));
                if !next.is_some_and(|next| self.request_by_itself(purpose, next, Timer::LookDue)) {
                    return self.look_failed(request, &Failure::TimedOut);
                }
                let clock = self.requests.clock();
                if let Some(fence) = self.fence.as_mut() {
                    fence.await_page(clock);
                }
            }
            Look::TooFar => {
                self.fence = None;
                self.give_to_person(&key);
            }
            Look::Complete => self.look_completed(&key, known),
        }
    }

    pub(crate) fn look_failed(&mut self, request: u64, failure: &Failure) {
        let now = self.now.mono;
        let Some(fence) = self.fence.as_mut().filter(|fence| fence.awaits(request)) else {
            return;
        };
        fence.failed(now);
        if failure.is_missing() {
            self.conversation_missing();
        }
    }

    fn look_completed(&mut self, key: &OutgoingKey, known: MessageId) {
        count(&mut self.counters.looks);
        let Some(text) = self.outbox.get(key).map(|row| row.record.text.clone()) else {
            return;
        };
        let known = if has(Bug::TwinTexts) {
            MessageId::default()
        } else {
            known
        };
        let found = self.history.above(known).find(|stored| {
            let message = &stored.message;
            let echoed = message
                .echo_id
                .as_ref()
                .is_some_and(|echo| echo.as_str() == key.0);
            echoed
                || stored.may_be(&text)
                || has(Bug::TwinTexts) && message.content.as_deref() == Some(text.as_str())
        });
        let found = found.map(|stored| stored.message.id);
        if let Some(id) = found {
            if self.adopt(key, id) {
                count(&mut self.counters.adopted_by_look);
                // The page went to the other tabs before anybody knew whose message this is.
                if let Some(message) = self.history.get(id).map(|stored| stored.message.clone()) {
                    self.emit(Effect::Rebroadcast(Reply::Message(message)));
                }
            }
            return;
        }
        let now = self.now.mono;
        if self.fence.as_mut().is_some_and(|fence| fence.was_absent(now)) {
            self.end_fence();
            self.proved_absent(key);
        }
    }

    /// What was looked for is settled: the next one is looked for anew.
    fn end_fence(&mut self) {
        if !has(Bug::FenceOutlives) {
            self.fence = None;
        }
    }

    /// Absent in both looks: it goes out again by itself, unless it has tried for long enough.
    pub(crate) fn proved_absent(&mut self, key: &OutgoingKey) {
        let Some(outgoing) = self.outbox.get_mut(key) else {
            return;
        };
        outgoing.settled = outgoing
            .record
            .attempt
            .clone()
            .map(|attempt| (outgoing.record.rounds, attempt));
        outgoing.record.rounds = outgoing.record.rounds.wrapping_add(1);
        let tired = outgoing.record.rounds >= ROUNDS;
        // In one write: what is read between two of them would go out again.
        outgoing.record.failed = tired.then(String::new);
        self.settle_attempt(key, Step::ProvedAbsent);
        if tired {
            self.step(key, Step::GivenToPerson);
        } else {
            count(&mut self.counters.sent_again);
        }
    }

    /// Of messages above those known now, any may be a row just met that another tab has sent.
    pub(crate) fn note_met(&mut self) {
        let newest = self.history.newest();
        if newest.is_some() || self.resync.head_known || self.known_conversation().is_none() {
            self.outbox.met_above(newest.unwrap_or_default());
        }
    }

    /// The rows as the store holds them now.
    pub(crate) fn outbox_changed(&mut self, rows: Vec<OutgoingRecord>) {
        if !self.page.restored {
            return;
        }
        self.slow_down_until(rows.iter().filter_map(|row| row.wait_until).max());
        let (role, now) = (self.role, self.now.mono);
        let history = &mut self.history;
        self.outbox.take_in(rows, role, now, || history.new_key());
        self.look_for_missing();
    }

    /// What the store holds no more is on the server, or was given up: a page is to say which.
    pub(crate) fn look_for_missing(&mut self) {
        match (
            self.outbox.rows().iter().any(|row| self.is_missing(row)),
            self.role,
        ) {
            (false, _) => {}
            (true, Role::Leader) => self.want_resync(),
            (true, Role::Follower) => self.emit(Effect::AskLeader(Ask::Page(None))),
        }
    }

    /// A row that the store no longer holds; of a leading tab's own attempts the end comes first.
    fn is_missing(&self, row: &Outgoing) -> bool {
        row.missing && (row.stage == Stage::Queued || !self.leads())
    }

    /// Rows that the store no longer holds are on the server, or were given up: a page says which. One that a following
    /// tab hears of may have been asked for before they were sent.
    pub(crate) fn settle_missing(&mut self) {
        let missing = self.outbox.rows().iter().filter(|row| self.is_missing(row));
        let keys: Vec<OutgoingKey> = missing.map(|row| row.record.key.clone()).collect();
        for key in keys {
            let Some(row) = self.outbox.get(&key) else {
                continue;
            };
            let is_recent = !self.leads() && self.now.mono.since(row.missing_since) <= PAGE_ON_ITS_WAY;
            let found = self
                .history
                .above(MessageId::default())
                .find(|stored| row.may_be(stored));
            // Of the same text as one that the store still holds: whose message it is, that one's end tells.
            let is_open =
                |other: &Outgoing| !other.missing && found.is_some_and(|stored| other.may_be(stored));
            if !self.leads() && self.outbox.rows().iter().any(is_open) {
                continue;
            }
            let found = found.map(|stored| stored.message.id);
            let adopted = found.is_some_and(|id| self.adopt(&key, id));
            if !adopted && !is_recent {
                self.step(&key, Step::Known);
            }
        }
    }
}
