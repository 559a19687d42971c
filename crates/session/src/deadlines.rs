//! The table of named deadlines: there are no timer effects, so nothing can leak and nothing can fire stale.

use crate::time::Millis;

/// What happens when its time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// The socket did not open in time.
    ConnectExpired,
    /// No confirmation of the subscription came.
    ConfirmExpired,
    /// No frame came for too long: the link is dead.
    LinkStale,
    /// The next connection may be tried.
    ReconnectDue,
    /// Presence has to be told again.
    PresenceDue,
    /// A resync is due: after a send, by the slow poll, or by polling without a socket.
    ResyncDue,
    /// A look of the fence may begin.
    LookDue,
    /// The list may be looked at for a conversation of unknown outcome.
    ConversationLookDue,
    /// The contact may be asked for again after a failure.
    ContactDue,
    /// Sending may go on after the server asked to slow down.
    SlowDownOver,
    /// A refused claim may be tried again.
    ClaimDue,
    /// The agent's typing is too old to be shown.
    TypingExpired,
    /// The visitor has not typed for a while.
    TypingPaused,
    /// The throttle of `update_last_seen` is over.
    SeenDue,
    /// What stands in the composer is to be stored.
    CompositionDue,
    /// The set-up problem may be looked at again.
    SetupDue,
}

/// Named deadlines; a dozen at most, so a list is the smallest table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines(Vec<(Timer, Millis)>);

impl Deadlines {
    /// Sets or moves a deadline.
    pub(crate) fn set(&mut self, timer: Timer, at: Millis) {
        self.clear(timer);
        self.0.push((timer, at));
    }

    /// Sets a deadline unless it is set to an earlier time already.
    pub(crate) fn set_earlier(&mut self, timer: Timer, at: Millis) {
        if self.at(timer).is_none_or(|set| set > at) {
            self.set(timer, at);
        }
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.0.retain(|(name, _)| *name != timer);
    }

    pub(crate) fn clear_all(&mut self) {
        self.0.clear();
    }

    pub(crate) fn at(&self, timer: Timer) -> Option<Millis> {
        self.0.iter().find(|(name, _)| *name == timer).map(|(_, at)| *at)
    }

    pub(crate) fn next(&self) -> Option<Millis> {
        self.0.iter().map(|(_, at)| *at).min()
    }

    /// Takes out the earliest deadline that has come.
    pub(crate) fn take_due(&mut self, now: Millis) -> Option<Timer> {
        let (timer, _) = self
            .0
            .iter()
            .filter(|(_, at)| *at <= now)
            .min_by_key(|(_, at)| *at)
            .copied()?;
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_ring_in_the_order_of_their_times_and_once() {
        let mut table = Deadlines::default();
        table.set(Timer::LookDue, Millis(30));
        table.set(Timer::SeenDue, Millis(10));
        assert_eq!(table.next(), Some(Millis(10)));
        assert_eq!(table.take_due(Millis(9)), None);
        assert_eq!(table.take_due(Millis(40)), Some(Timer::SeenDue));
        assert_eq!(table.take_due(Millis(40)), Some(Timer::LookDue));
        assert_eq!(table.take_due(Millis(40)), None);
    }

    #[test]
    fn setting_again_moves_and_set_earlier_never_delays() {
        let mut table = Deadlines::default();
        table.set(Timer::LookDue, Millis(30));
        table.set(Timer::LookDue, Millis(50));
        assert_eq!(table.at(Timer::LookDue), Some(Millis(50)));
        table.set_earlier(Timer::LookDue, Millis(60));
        assert_eq!(table.at(Timer::LookDue), Some(Millis(50)));
        table.set_earlier(Timer::LookDue, Millis(20));
        assert_eq!(table.next(), Some(Millis(20)));
    }
}
