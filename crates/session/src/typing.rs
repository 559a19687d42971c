//! Typing, in both directions.

use confab_protocol::{Request, Sender, SenderKind, TypingEvent};

use crate::capabilities::Feature;
use crate::deadlines::Timer;
use crate::effect::Effect;
use crate::event::Ask;
use crate::requests::Purpose;
use crate::session::Session;
use crate::time::Millis;

/// The server never ends an indicator by itself.
const SHOWN: u64 = 30_000;
/// After so long without a key the visitor has stopped.
const PAUSE: u64 = 4_000;
/// Least time from "off" to the next "on".
const APART: u64 = 3_000;
/// How often "still typing" is said.
const REFRESH: u64 = 10_000;

/// Who types.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typing {
    /// Those of the team who type, the latest last.
    agents: Vec<(Sender, Millis)>,
    /// When "on" was last told for the visitor; `None`: off.
    told: Option<Millis>,
    /// When "off" was last told.
    ended: Option<Millis>,
}

impl Typing {
    /// Whom to show: the latest.
    pub(crate) fn shown(&self) -> Option<&Sender> {
        self.agents.last().map(|(sender, _)| sender)
    }

    fn started(&mut self, sender: Sender, until: Millis) {
        self.stopped(&sender);
        self.agents.push((sender, until));
    }

    pub(crate) fn stopped(&mut self, sender: &Sender) {
        self.agents
            .retain(|(other, _)| other.id != sender.id || other.kind != sender.kind);
    }

    /// When the first indicator ends.
    fn deadline(&self) -> Option<Millis> {
        self.agents.iter().map(|(_, until)| *until).min()
    }

    pub(crate) fn expire(&mut self, now: Millis) {
        self.agents.retain(|(_, until)| *until > now);
    }

    /// Forgets who types: the link that told is gone.
    pub(crate) fn forget(&mut self) {
        self.agents.clear();
    }
}

impl Session {
    /// Typing in a private note and in other conversations reaches a contact too, and is none of its business.
    fn concerns_us(&self, event: &TypingEvent) -> bool {
        let team = |user: &Sender| matches!(user.kind, SenderKind::Agent | SenderKind::Bot);
        !event.is_private
            && self.known_conversation() == Some(event.conversation)
            && event.user.as_ref().is_some_and(team)
    }

    pub(crate) fn typing_started(&mut self, event: TypingEvent) {
        if !self.concerns_us(&event) {
            return;
        }
        if let Some(user) = event.user {
            self.typing.started(user, self.at(SHOWN));
            self.schedule_typing_end();
        }
    }

    pub(crate) fn typing_stopped(&mut self, event: &TypingEvent) {
        if self.concerns_us(event)
            && let Some(user) = &event.user
        {
            self.typing.stopped(user);
            self.schedule_typing_end();
        }
    }

    pub(crate) fn schedule_typing_end(&mut self) {
        match self.typing.deadline() {
            Some(at) => self.timers.set(Timer::TypingExpired, at),
            None => self.timers.clear(Timer::TypingExpired),
        }
    }

    /// A key was pressed.
    pub(crate) fn keep_typing(&mut self) {
        self.set_timer(Timer::TypingPaused, PAUSE);
        let now = self.now.mono;
        let is_long_ago = |at: Option<Millis>, ms| at.is_none_or(|at| now.since(at) >= ms);
        if is_long_ago(self.typing.told, REFRESH) && is_long_ago(self.typing.ended, APART) {
            self.typing.told = Some(now);
            self.tell_typing(true);
        }
    }

    /// The visitor paused, submitted, emptied the composer or left.
    pub(crate) fn stop_typing(&mut self) {
        self.timers.clear(Timer::TypingPaused);
        if self.typing.told.take().is_some() {
            self.typing.ended = Some(self.now.mono);
            self.tell_typing(false);
        }
    }

    pub(crate) fn tell_typing(&mut self, on: bool) {
        if !self.leads() {
            return self.emit(Effect::AskLeader(Ask::Typing(on)));
        }
        let Some((source_id, conversation)) = self.address() else {
            return;
        };
        let quiet =
            !self.page.online || self.is_held_back(Timer::SlowDownOver) || self.setup.problem().is_some();
        if self.capabilities.may(Feature::Typing) && !quiet {
            self.request(
                Purpose::Typing,
                Request::SetTyping {
                    source_id,
                    conversation,
                    on,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg;

    #[test]
    fn an_indicator_ends_by_itself_and_the_other_stays() {
        let mut typing = Typing::default();
        let bot = Sender {
            id: Some(3),
            kind: SenderKind::Bot,
            ..eg::agent()
        };
        typing.started(eg::agent(), Millis(30_000));
        typing.started(bot.clone(), Millis(40_000));
        assert_eq!(typing.shown(), Some(&bot));
        assert_eq!(typing.deadline(), Some(Millis(30_000)));
        typing.expire(Millis(30_000));
        assert_eq!(typing.shown(), Some(&bot));
        typing.stopped(&bot);
        assert_eq!(typing.shown(), None);
    }
}
