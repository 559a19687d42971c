//! The view: what of all that is shown, and its revision.

use std::sync::Arc;

use confab_protocol::SenderKind;

use crate::deadlines::Timer;
use crate::delivery::Stage as Delivered;
use crate::link::Stage;
use crate::page::is_too_long;
use crate::rows::{self, Setting};
use crate::session::Session;
use crate::view::{LinkState, Notice, Older, Person, Row, RowContent, View};

/// How far back the latest agent is looked for.
const LOOK_BACK: usize = 50;

impl Session {
    /// Brings the view up to date.
    pub(crate) fn show(&mut self) {
        let setting = Setting {
            config: &self.config,
            agent_seen: self.thread.agent_seen,
            offline: !self.page.online,
            held: self.is_held_back(Timer::SlowDownOver) || self.setup.problem().is_some(),
            turn: self.outbox.turn().map(|row| row.row),
            closing: self.resync.closing().or_else(|| {
                let newest = self.history.contiguity.gaps().last();
                newest.filter(|_| self.resync.is_paging())
            }),
        };
        let (rows, above) = rows::rows(&self.window, &mut self.history, &self.outbox, &setting);
        let mut changed = self.view.rows.len() != rows.len()
            || !self
                .view
                .rows
                .iter()
                .zip(&rows)
                .all(|(old, new)| is_same(old, new));
        if changed {
            self.view.rows = rows;
        }
        changed |= put(&mut self.view.ready, self.page.restored);
        changed |= put(&mut self.view.open, self.page.open);
        let link = self.link_state();
        changed |= put(&mut self.view.link, link);
        let older = self.older(above);
        changed |= put(&mut self.view.older, older);
        changed |= put(&mut self.view.newer, self.window.is_back());
        let typing = self.typing.shown().map(rows::person);
        changed |= put(&mut self.view.typing, typing);
        if let Some(agent) = self.latest_agent() {
            changed |= put(&mut self.view.agent, Some(agent));
        }
        changed |= put(&mut self.view.agents_online, self.agents_online);
        changed |= put(&mut self.view.status, self.thread.status.clone());
        let unread = self.count_unread();
        changed |= put(&mut self.view.unread, unread);
        changed |= put(&mut self.view.first_unread, self.seen.divider);
        changed |= put(&mut self.view.composition, self.page.given.clone());
        let notice = self.notice();
        changed |= put(&mut self.view.notice, notice);
        let memory_only = self.page.restored && !self.page.durable;
        changed |= put(&mut self.view.memory_only, memory_only);
        let inbox_name = self.setup.inbox.as_ref().and_then(|inbox| inbox.name.clone());
        changed |= put(&mut self.view.inbox_name, inbox_name);
        self.view.revision = self.view.revision.saturating_add(u64::from(changed));
    }

    fn link_state(&self) -> LinkState {
        if !self.page.online {
            return LinkState::Offline;
        }
        if !self.leads() {
            return if self.resync.head_known {
                LinkState::Live
            } else {
                LinkState::Idle
            };
        }
        match self.link.stage {
            Stage::Confirmed if self.resync.is_fresh || self.conversation().is_none() => LinkState::Live,
            // Sockets do not work here, but pages do: that is a connection too.
            _ if self.link.is_given_up() && self.resync.is_fresh => LinkState::Live,
            Stage::Idle => LinkState::Idle,
            Stage::Waiting if self.link.attempts >= 2 => LinkState::Waiting {
                until: self.timers.at(Timer::ReconnectDue).unwrap_or(self.now.mono),
            },
            Stage::Waiting | Stage::Connecting | Stage::Subscribing | Stage::Confirmed => {
                LinkState::Connecting
            }
        }
    }

    fn older(&self, above: bool) -> Older {
        if above {
            Older::Available
        } else if self.resync.is_loading_older() {
            Older::Loading
        } else if self.resync.older_failed {
            Older::Failed
        } else if self.history.contiguity.oldest().is_some() {
            Older::Available
        } else {
            Older::None
        }
    }

    fn latest_agent(&self) -> Option<Person> {
        let newest_first = self.history.order().iter().rev().take(LOOK_BACK);
        let mut senders = newest_first.filter_map(|place| self.history.get(place.1)?.message.sender.as_ref());
        senders
            .find(|sender| sender.kind == SenderKind::Agent)
            .map(rows::person)
    }

    fn notice(&self) -> Option<Notice> {
        if let Some(problem) = self.setup.problem() {
            return Some(Notice::Unavailable(problem.clone()));
        }
        if is_too_long(&self.page.typed) {
            return Some(Notice::TooLong);
        }
        let Some(until) = self.timers.at(Timer::SlowDownOver) else {
            return self.wish_refused.then_some(Notice::UnknownConversation);
        };
        self.outbox
            .turn()
            .filter(|row| row.stage == Delivered::Queued)
            .map(|_| Notice::SlowDown { until })
    }
}

impl Default for View {
    fn default() -> Self {
        Self {
            revision: 0,
            ready: false,
            open: false,
            link: LinkState::Idle,
            rows: Vec::new(),
            older: Older::None,
            newer: false,
            typing: None,
            agent: None,
            agents_online: None,
            status: None,
            unread: 0,
            first_unread: None,
            composition: None,
            notice: None,
            memory_only: false,
            inbox_name: None,
        }
    }
}

/// Puts a value into the view; answers whether it differs from what stood there.
fn put<T: PartialEq>(place: &mut T, value: T) -> bool {
    let differs = *place != value;
    *place = value;
    differs
}

/// Whether two rows show the same. A message the server has is the same row as long as it does; the others are made
/// anew each time.
fn is_same(one: &Arc<Row>, other: &Arc<Row>) -> bool {
    if Arc::ptr_eq(one, other) {
        return true;
    }
    let same = match (&one.content, &other.content) {
        (RowContent::Message(one), RowContent::Message(other)) => {
            let same_text = match (&one.text, &other.text) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                (one, other) => one.is_none() && other.is_none(),
            };
            let waiting = one.message.is_none() && other.message.is_none() && one.at == other.at;
            let shape = (one.place, one.show_delivery) == (other.place, other.show_delivery);
            same_text && waiting && shape && one.delivery == other.delivery
        }
        (RowContent::Day { at: one }, RowContent::Day { at: other }) => one == other,
        (RowContent::Gap { loading: one }, RowContent::Gap { loading: other }) => one == other,
        _ => false,
    };
    same && one.key == other.key
}
