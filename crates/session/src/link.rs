//! The link: the cable connection as the session sees it.
//!
//! ```text
//!            wanted            CableOpened              Confirmed           resynced
//!  Idle ──► Waiting ──► Connecting ──► Subscribing ──────────► Confirmed ──────────► live
//!   ▲          ▲  ReconnectDue │             │ silence 5 s         │ no frame 6.5 s
//!   │          └───────────────┴─────────────┴─────────────────────┘ CableClosed
//!   └─ not wanted: no token, no network, following, or told not to come back
//! ```
//!
//! A wrong token is answered by silence, so only the session's own time-out sees it: the contact is read again.

use confab_protocol::{Frame, Identifier};

use crate::bugs::{Bug, has};
use crate::deadlines::Timer;
use crate::diagnostics::count;
use crate::effect::{CableCommand, Effect, Generation};
use crate::session::Session;
use crate::time::{Millis, doubled};

/// No frame for so long means a dead link; the server pings every 3 s.
const STALE: u64 = 6_500;
/// After a message has left its event is due, or the next ping, so long after the last one: without either within these
/// bounds the link is dead. A healthy link beside a job queue that stands still keeps its pings.
const PING_DUE: u64 = 3_300;
const STALE_AFTER_SENDING: (u64, u64) = (1_000, 2_500);
const CONNECT_TIMEOUT: u64 = 5_000;
const CONFIRM_TIMEOUT: u64 = 5_000;
/// Presence lapses after 20 s on servers before 4.11.2.
const PRESENCE: (u64, u64) = (15_000, 20_000);
/// Jitter of the first attempt after a loss. What keeps a herd from storming is the limit of connections below.
const FIRST_ATTEMPT: u64 = 150;
const BACKOFF: u64 = 500;
const CAP_SOON: u64 = 2_000;
const CAP_LATER: u64 = 30_000;
const CAP_HIDDEN: u64 = 60_000;
/// For so long after a loss the short cap holds.
const SOON: u64 = 120_000;
/// A server that restarts is not met by everybody at once.
const RESTART_SPREAD: u64 = 5_000;
/// At most so many connections within so long.
const CONNECTIONS: usize = 6;
const CONNECTIONS_WITHIN: u64 = 30_000;
/// A frame younger than this proves the link when somebody looks.
const FRESH: u64 = 3_500;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not wanted.
    #[default]
    Idle,
    /// Until `ReconnectDue`.
    Waiting,
    /// The socket is being opened.
    Connecting,
    /// The socket is open, and the subscription asked for.
    Subscribing,
    /// Events come.
    Confirmed,
}

/// The connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    pub(crate) stage: Stage,
    generation: Generation,
    /// Made once: the server compares it as text.
    identifier: Option<Identifier>,
    /// Attempts since the last confirmation.
    pub(crate) attempts: u32,
    /// Since when there is no confirmed link.
    down_since: Option<Millis>,
    last_frame: Millis,
    last_ping: Millis,
    /// Recent openings, for the limit.
    openings: Vec<Millis>,
    /// The server said not to come back.
    banned: bool,
    silences: u32,
}

impl Link {
    pub(crate) fn is_confirmed(&self) -> bool {
        self.stage == Stage::Confirmed
    }

    /// Whether sockets have failed for so long that polling has to do.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.banned || self.attempts >= 3
    }

    /// Longest pause before the next attempt.
    fn cap(&self, visible: bool, now: Millis) -> u64 {
        let down = self.down_since.map_or(0, |since| now.since(since));
        match (visible, self.silences) {
            (false, _) => CAP_HIDDEN,
            (true, 0..=2) if down < SOON => CAP_SOON,
            (true, _) => CAP_LATER,
        }
    }

    /// When the limit allows the next connection.
    fn allowed(&mut self, now: Millis) -> Millis {
        self.openings.retain(|at| now.since(*at) < CONNECTIONS_WITHIN);
        if self.openings.len() < CONNECTIONS || has(Bug::NoConnectionLimit) {
            return now;
        }
        self.openings
            .first()
            .map_or(now, |at| at.after(CONNECTIONS_WITHIN))
    }
}

impl Session {
    /// Opens the link when it is wanted and due.
    pub(crate) fn pursue_link(&mut self) {
        let wanted = self
            .contact
            .record
            .as_ref()
            .is_some_and(|record| record.pubsub_token.is_some())
            && self.page.online
            && !self.link.banned
            && self.setup.problem().is_none();
        match self.link.stage {
            Stage::Idle if wanted && !self.contact.is_storing() => self.connect(),
            Stage::Waiting if !wanted => self.link_idle(),
            Stage::Waiting if !self.is_held_back(Timer::ReconnectDue) => self.connect(),
            Stage::Connecting | Stage::Subscribing | Stage::Confirmed if !wanted && !self.page.online => {
                // A socket may survive what the browser takes for a loss: its silence will tell.
            }
            Stage::Connecting | Stage::Subscribing | Stage::Confirmed if !wanted => self.drop_link(),
            _ => {}
        }
    }

    fn connect(&mut self) {
        let token = self
            .contact
            .record
            .as_ref()
            .and_then(|record| record.pubsub_token.as_ref());
        let Some(identifier) = token.map(Identifier::room) else {
            return;
        };
        let allowed = self.link.allowed(self.now.mono);
        if allowed > self.now.mono {
            self.link.stage = Stage::Waiting;
            self.timers.set(Timer::ReconnectDue, allowed);
            return;
        }
        self.link.identifier = Some(identifier);
        self.link.generation = Generation(self.link.generation.0.wrapping_add(1));
        self.link.stage = Stage::Connecting;
        self.link.down_since.get_or_insert(self.now.mono);
        self.set_timer(Timer::ConnectExpired, CONNECT_TIMEOUT);
        self.emit(Effect::OpenCable(self.link.generation));
    }

    pub(crate) fn cable_opened(&mut self, generation: Generation) {
        if !self.is_current(generation) || self.link.stage != Stage::Connecting {
            return;
        }
        let Some(identifier) = self.link.identifier.clone() else {
            return;
        };
        count(&mut self.counters.connections);
        self.link.openings.push(self.now.mono);
        self.link.stage = Stage::Subscribing;
        self.timers.clear(Timer::ConnectExpired);
        self.set_timer(Timer::ConfirmExpired, CONFIRM_TIMEOUT);
        self.frame_came();
        self.link.last_ping = self.now.mono;
        self.emit(Effect::Command(generation, CableCommand::Subscribe(identifier)));
    }

    fn is_current(&mut self, generation: Generation) -> bool {
        let current =
            generation == self.link.generation && !matches!(self.link.stage, Stage::Idle | Stage::Waiting);
        if !current {
            count(&mut self.counters.late_frames);
        }
        current
    }

    fn frame_came(&mut self) {
        self.link.last_frame = self.now.mono;
        self.set_timer(Timer::LinkStale, STALE);
    }

    pub(crate) fn frame_arrived(&mut self, generation: Generation, frame: Frame) {
        if !self.is_current(generation) {
            return;
        }
        self.frame_came();
        let ours = |identifier: &str| {
            self.link
                .identifier
                .as_ref()
                .is_some_and(|own| own.expose() == identifier)
        };
        match frame {
            Frame::Welcome | Frame::Ping => self.link.last_ping = self.now.mono,
            Frame::Confirmed { identifier } if ours(&identifier) => self.confirmed(),
            Frame::Rejected { identifier } if ours(&identifier) => self.subscription_failed(),
            Frame::Disconnect { reason, reconnect } => self.disconnected(reason.as_deref(), reconnect),
            Frame::Event { identifier, event } if ours(&identifier) => self.cable_event(event, true),
            Frame::Confirmed { .. } | Frame::Rejected { .. } | Frame::Event { .. } | Frame::Unknown => {
                count(&mut self.counters.unknown_frames);
            }
        }
    }

    fn confirmed(&mut self) {
        if self.link.stage != Stage::Subscribing {
            return;
        }
        count(&mut self.counters.confirms);
        self.link.stage = Stage::Confirmed;
        self.link.attempts = 0;
        self.link.silences = 0;
        self.link.down_since = None;
        self.timers.clear(Timer::ConfirmExpired);
        self.api_answered();
        self.presence_due();
        // What was broadcast before the confirmation may be lost: only a list that begins now shows it.
        self.resync.is_fresh = false;
        self.hears_again();
        if !has(Bug::SyncBeforeConfirm) {
            self.want_resync();
        }
        self.want_status();
    }

    /// The agents see the contact as long as this comes; the answer is the only news of their own presence.
    pub(crate) fn presence_due(&mut self) {
        let Some(identifier) = self.link.identifier.clone().filter(|_| self.link.is_confirmed()) else {
            return;
        };
        let pause = self.rng.between(PRESENCE.0, PRESENCE.1);
        self.set_timer(Timer::PresenceDue, pause);
        self.emit(Effect::Command(
            self.link.generation,
            CableCommand::UpdatePresence(identifier),
        ));
    }

    pub(crate) fn connect_expired(&mut self) {
        // A server with a long line may have accepted it all the same.
        self.link.openings.push(self.now.mono);
        self.lose_link(false);
    }

    pub(crate) fn confirm_expired(&mut self) {
        self.subscription_failed();
    }

    /// Silence or a rejection: the token may be wrong, the contact gone.
    fn subscription_failed(&mut self) {
        count(&mut self.counters.silences);
        self.link.silences = self.link.silences.wrapping_add(1);
        self.suspect_contact();
        self.lose_link(false);
    }

    /// A message left: a link that stays silent now is dead sooner.
    pub(crate) fn expect_frame(&mut self) {
        if self.link.is_confirmed() {
            let (least, most) = STALE_AFTER_SENDING;
            let due = self.link.last_ping.after(PING_DUE).max(self.at(least));
            self.timers.set_earlier(Timer::LinkStale, due.min(self.at(most)));
        }
    }

    pub(crate) fn link_stale(&mut self) {
        count(&mut self.counters.stale_links);
        self.requests.doubts = crate::requests::DOUBTS;
        self.lose_link(false);
    }

    pub(crate) fn cable_closed(&mut self, generation: Generation) {
        if self.is_current(generation) {
            self.lose_link(false);
        }
    }

    fn disconnected(&mut self, reason: Option<&str>, reconnect: bool) {
        if reconnect {
            self.lose_link(reason == Some("server_restart"));
        } else {
            self.link.banned = true;
            self.drop_link();
        }
    }

    /// The connection is of no use any more: the next attempt comes by the ladder.
    fn lose_link(&mut self, restart: bool) {
        self.close_cable();
        let pause = match self.link.attempts {
            0 if restart => self.rng.between(0, RESTART_SPREAD),
            0 => self.rng.between(0, FIRST_ATTEMPT),
            attempts => {
                let cap = self.link.cap(self.page.visible, self.now.mono);
                self.rng.between(0, doubled(BACKOFF, attempts, cap))
            }
        };
        self.link.attempts = self.link.attempts.wrapping_add(1);
        self.link.down_since.get_or_insert(self.now.mono);
        self.link.stage = Stage::Waiting;
        self.set_timer(Timer::ReconnectDue, pause);
        self.typing.forget();
        self.timers.clear(Timer::TypingExpired);
        self.poll_soon();
    }

    /// Closes the connection for good, until it is wanted again.
    pub(crate) fn drop_link(&mut self) {
        if self.link.stage != Stage::Idle {
            self.close_cable();
            self.link_idle();
        }
    }

    fn close_cable(&mut self) {
        if matches!(
            self.link.stage,
            Stage::Connecting | Stage::Subscribing | Stage::Confirmed
        ) {
            self.emit(Effect::CloseCable);
        }
        self.agents_online = None;
        for timer in [
            Timer::ConnectExpired,
            Timer::ConfirmExpired,
            Timer::LinkStale,
            Timer::PresenceDue,
        ] {
            self.timers.clear(timer);
        }
    }

    fn link_idle(&mut self) {
        self.link.stage = Stage::Idle;
        self.timers.clear(Timer::ReconnectDue);
    }

    /// After a merge, or with another token, only a new subscription counts.
    pub(crate) fn reconnect_for_merge(&mut self) {
        if self.link.stage != Stage::Idle {
            self.drop_link();
            self.link.attempts = 0;
        }
    }

    /// Somebody looks, or a network is back: connects at once what waits, and what has been silent for too long.
    pub(crate) fn probe_link(&mut self) {
        self.link.banned = false;
        match self.link.stage {
            Stage::Waiting => {
                self.link.attempts = 0;
                let pause = self.rng.between(0, FIRST_ATTEMPT);
                self.set_timer_earlier(Timer::ReconnectDue, pause);
            }
            Stage::Confirmed if self.now.mono.since(self.link.last_frame) > FRESH => self.lose_link(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_grows_after_two_minutes_and_when_hidden() {
        let link = Link {
            down_since: Some(Millis(0)),
            ..Link::default()
        };
        assert_eq!(link.cap(true, Millis(SOON - 1)), CAP_SOON);
        assert_eq!(link.cap(true, Millis(SOON)), CAP_LATER);
        assert_eq!(link.cap(false, Millis(1)), CAP_HIDDEN);
        let silent = Link { silences: 3, ..link };
        assert_eq!(silent.cap(true, Millis(1)), CAP_LATER);
    }

    #[test]
    fn no_more_than_six_connections_open_within_thirty_seconds() {
        let mut link = Link::default();
        for at in 0..6 {
            assert_eq!(link.allowed(Millis(at)), Millis(at));
            link.openings.push(Millis(at));
        }
        let next = Millis(CONNECTIONS_WITHIN);
        assert_eq!(link.allowed(Millis(10)), next);
        assert_eq!(link.allowed(next), next);
    }
}
