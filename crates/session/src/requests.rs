//! Requests under way: which is for what, and how many may leave by themselves.

use confab_protocol::MessageId;

use crate::deadlines::Timer;
use crate::effect::RequestId;
use crate::record::OutgoingKey;
use crate::session::Session;
use crate::time::{Millis, UnixMillis, doubled};

/// Automatic calls that may leave within a minute: resync, polling, retries.
const AUTOMATIC_A_MINUTE: usize = 30;
const MINUTE: u64 = 60_000;
/// Least pause when the server asks to slow down, and the longest at first and at last.
const SLOW_DOWN: (u64, u64, u64) = (5_000, 10_000, 60_000);

/// Pages cut short after a silence: as many connections as a browser is likely to keep.
pub(crate) const DOUBTS: u8 = 2;

/// What a request is for; decides who takes its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The inbox's name and rules.
    Inbox,
    /// Whether the inbox is unknown or the server old.
    Probe,
    /// Creating (or finding) the contact.
    CreateContact,
    /// Asking whether the contact is still there.
    ReadContact,
    /// Repeating identifier and hash, or telling a changed profile.
    UpdateContact,
    /// Choosing a conversation, or looking for one whose creation had an unknown outcome.
    ListConversations,
    /// Creating the conversation.
    CreateConversation,
    /// Status and seen times.
    ShowConversation,
    /// A page of the resync.
    ResyncPage,
    /// A page of a look of the fence, below this id.
    LookPage(Option<MessageId>),
    /// An older page that the visitor asked for.
    OlderPage,
    /// A page below a gap.
    GapPage,
    /// A page that a following tab asked for.
    AskedPage,
    /// A message.
    SendMessage(OutgoingKey),
    /// Typing.
    Typing,
    /// Last seen.
    Seen,
    /// Ending the conversation.
    Resolve,
}

/// The pending table and the budget.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    last: u64,
    /// A handful.
    pending: Vec<(RequestId, Purpose)>,
    /// The last of those that went to an address that counts no more.
    outdated: u64,
    /// When automatic calls left within the last minute.
    automatic: Vec<Millis>,
    /// Pages of the resync that may be cut short: the connections kept for calls may be as dead as the socket that fell silent.
    pub(crate) doubts: u8,
    /// Times in a row that the server asked to slow down and answered nothing else.
    pub(crate) refused: u32,
}

impl Requests {
    /// Allocates an id and notes what its reply is for.
    pub(crate) fn begin(&mut self, purpose: Purpose) -> RequestId {
        self.last = self.last.wrapping_add(1);
        let id = RequestId(self.last);
        self.pending.push((id, purpose));
        id
    }

    /// Takes what a reply is for; `None` for a reply nobody waits for.
    pub(crate) fn end(&mut self, id: RequestId) -> Option<Purpose> {
        let at = self.pending.iter().position(|(pending, _)| *pending == id)?;
        Some(self.pending.swap_remove(at).1)
    }

    pub(crate) fn is_under_way(&self, purpose: &Purpose) -> bool {
        self.pending.iter().any(|(_, pending)| pending == purpose)
    }

    /// The order of requests and events: an event that happens now is later than every request allocated so far.
    pub(crate) const fn clock(&self) -> u64 {
        self.last
    }

    /// Another contact or conversation counts from now on: what the one before is found to be says nothing of it.
    pub(crate) const fn outdate(&mut self) {
        self.outdated = self.last;
    }

    /// Whether a request went to an address that counts no more.
    pub(crate) const fn is_outdated(&self, request: u64) -> bool {
        request <= self.outdated
    }

    /// Forgets every request that does not pass: replies to what is past mean nothing. Compiled once for all callers.
    pub(crate) fn keep(&mut self, passes: &dyn Fn(&Purpose) -> bool) {
        self.pending.retain(|(_, purpose)| passes(purpose));
    }

    /// Takes an automatic call from the budget, or says when there will be one.
    pub(crate) fn spend(&mut self, now: Millis) -> Result<(), Millis> {
        self.automatic.retain(|at| now.since(*at) < MINUTE);
        if self.automatic.len() >= AUTOMATIC_A_MINUTE {
            return Err(self.automatic.first().map_or(now, |at| at.after(MINUTE)));
        }
        self.automatic.push(now);
        Ok(())
    }
}

impl Session {
    /// The server asks for fewer requests: nothing leaves by itself for a while, and the visitor is told.
    pub(crate) fn slow_down(&mut self) {
        let (least, soon, late) = SLOW_DOWN;
        let pause = self
            .rng
            .between(least, doubled(soon, self.requests.refused, late));
        self.requests.refused = self.requests.refused.saturating_add(1);
        self.set_timer(Timer::SlowDownOver, pause);
    }

    /// When sending may go on, by the clock that all tabs and the next page share.
    pub(crate) fn slowed_down_until(&self) -> Option<UnixMillis> {
        let left = self.timers.at(Timer::SlowDownOver)?.since(self.now.mono);
        Some(UnixMillis(self.now.wall.0.saturating_add_unsigned(left)))
    }

    /// Another tab, or an earlier page, was asked to slow down: so is this one.
    pub(crate) fn slow_down_until(&mut self, until: Option<UnixMillis>) {
        let left = until.map(|until| until.0.saturating_sub(self.now.wall.0));
        let left = left.and_then(|left| u64::try_from(left).ok());
        // What lies further ahead was written by a clock that was set back since.
        if let Some(left) = left.filter(|left| *left <= SLOW_DOWN.2)
            && !self.is_held_back(Timer::SlowDownOver)
        {
            self.set_timer(Timer::SlowDownOver, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_taken_once_and_an_unknown_one_never() {
        let mut requests = Requests::default();
        let id = requests.begin(Purpose::Inbox);
        assert!(requests.is_under_way(&Purpose::Inbox));
        assert_eq!(requests.end(RequestId(99)), None);
        assert_eq!(requests.end(id), Some(Purpose::Inbox));
        assert_eq!(requests.end(id), None);
    }

    #[test]
    fn no_minute_holds_more_than_thirty_automatic_calls() {
        let mut requests = Requests::default();
        let mut left = Vec::new();
        for at in (0..300_000).step_by(500) {
            if requests.spend(Millis(at)).is_ok() {
                left.push(at);
            }
        }
        for start in (0..240_000).step_by(250) {
            let within = left
                .iter()
                .filter(|at| (start..start + MINUTE).contains(*at))
                .count();
            assert!(
                within <= AUTOMATIC_A_MINUTE,
                "{within} in the minute from {start}"
            );
        }
        assert!(left.len() >= 4 * AUTOMATIC_A_MINUTE);
    }

    #[test]
    fn a_spent_budget_says_when_it_has_a_call_again() {
        let mut requests = Requests::default();
        for _ in 0..AUTOMATIC_A_MINUTE {
            assert_eq!(requests.spend(Millis(1_000)), Ok(()));
        }
        assert_eq!(requests.spend(Millis(2_000)), Err(Millis(61_000)));
        assert_eq!(requests.spend(Millis(61_000)), Ok(()));
    }
}
