//! Repair: what was edited or deleted far above while nobody heard of it, mended where somebody scrolls.
//!
//! A resync reads the newest pages, down to what is proved complete. What changed above those, missed by a cable that
//! was away, stays unseen until a reader comes there: then the page in sight is read again, unless it was since.

use confab_protocol::MessageId;

use crate::deadlines::Timer;
use crate::effect::Effect;
use crate::event::Ask;
use crate::history::Place;
use crate::requests::Purpose;
use crate::session::Session;
use crate::time::Millis;

/// Messages in sight from the first one on, at most: no more than fit on a page.
const IN_SIGHT: usize = 16;
/// What was read is believed for so long: events get lost.
const BELIEVED: u64 = 60_000;

/// What is in sight, and since when changes are heard of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Repair {
    /// The first message in sight, where the reader stopped last.
    sight: Option<MessageId>,
    /// Whether it is still to be looked at, and whether a person's act is why.
    wanted: Option<bool>,
    /// When the subscription was confirmed, and the last request allocated by then: older answers prove nothing.
    confirmed: (Millis, u64),
}

impl Session {
    /// The reader stopped where this message is the first in sight.
    pub(crate) fn look_at(&mut self, first: MessageId) {
        self.repair.sight = Some(first);
        self.repair.wanted = Some(true);
        if !self.leads() {
            self.pursue_repair();
        }
    }

    /// The cable is back: what is in sight may have changed meanwhile.
    pub(crate) fn hears_again(&mut self) {
        self.repair.confirmed = (self.now.mono, self.requests.clock());
        self.repair.wanted = self.repair.sight.map(|_| false);
    }

    /// Another conversation is shown.
    pub(crate) fn lose_sight(&mut self) {
        self.repair.sight = None;
    }

    /// A message was read in the answer to this request, or heard of otherwise.
    pub(crate) fn note_read(&mut self, id: MessageId, request: Option<u64>) {
        let read = self.now.mono;
        if request.is_none_or(|request| request > self.repair.confirmed.1)
            && let Some(stored) = self.history.get_mut(id)
        {
            stored.read = read;
        }
    }

    /// Reads again what is in sight, if it may have changed since it was read last.
    pub(crate) fn pursue_repair(&mut self) {
        let Some((by_act, first)) = self.repair.wanted.zip(self.repair.sight) else {
            return;
        };
        let waits = !self.resync.is_fresh
            || !self.page.online
            || self.is_held_back(Timer::SlowDownOver)
            || self.requests.is_under_way(&Purpose::AskedPage);
        if self.leads() && waits {
            return;
        }
        self.repair.wanted = None;
        let Some(stored) = self.history.get(first) else {
            return;
        };
        let place = (stored.message.created_at, first);
        let from_there = self.history.split(place).1;
        let in_sight = from_there.get(..IN_SIGHT).unwrap_or(from_there);
        let may_differ = |place: &Place| {
            let stored = self.history.get(place.1);
            stored.is_some_and(|stored| self.is_dated(stored.read))
        };
        let last = in_sight.last().filter(|_| in_sight.iter().any(may_differ));
        let lowest = last.map(|place| place.1);
        let Some(request) = lowest.and_then(|lowest| self.page_request(Some(lowest))) else {
            return;
        };
        if !self.leads() {
            self.emit(Effect::AskLeader(Ask::Page(lowest)));
        } else if by_act || self.requests.spend(self.now.mono).is_ok() {
            self.fetch_asked(lowest, request);
        }
    }

    /// Whether what was read then may have changed unheard.
    fn is_dated(&self, read: Millis) -> bool {
        read < self.repair.confirmed.0 || read.after(BELIEVED) < self.now.mono
    }
}
