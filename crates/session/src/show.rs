//! The view: what of all that is shown, and its revision.

use std::sync::Arc;

use confab_protocol::SenderKind;

use crate::deadlines::Timer;
use crate::delivery::Stage as Delivered;
use crate::link::Stage;
use crate::rows::{self, Setting};
use crate::session::Session;
use crate::view::{LinkState, Notice, Older, Person, Row, View};

/// How far back the latest agent is looked for.
const LOOK_BACK: usize = 50;

impl Session {
    /// Brings the view up to date.
    pub(crate) fn show(&mut self) {
        let setting = Setting {
            config: &self.config,
            agent_seen: self.thread.agent_seen,
            offline: !self.page.online,
            closing: self.resync.closing(),
        };
        let (rows, above) = rows::rows(&self.window, &mut self.history, &self.outbox, &setting);
        let unread = self.count_unread();
        let kept = std::mem::take(&mut self.view.rows);
        let rows_changed =
            kept.len() != rows.len() || !kept.iter().zip(&rows).all(|(old, new)| is_same(old, new));
        let next = View {
            revision: self.view.revision,
            ready: self.page.restored,
            open: self.page.open,
            link: self.link_state(),
            rows: Vec::new(),
            older: self.older(above),
            newer: self.window.is_back(),
            typing: self.typing.shown().map(rows::person),
            agent: self.latest_agent(),
            agents_online: self.agents_online,
            status: self.thread.status.clone(),
            unread,
            first_unread: self.seen.divider,
            composition: self.page.given.clone(),
            notice: self.notice(),
            memory_only: self.page.restored && !self.page.durable,
            inbox_name: self.setup.inbox.as_ref().and_then(|inbox| inbox.name.clone()),
        };
        let revision = self
            .view
            .revision
            .saturating_add(u64::from(rows_changed || next != self.view));
        self.view = View {
            revision,
            rows: if rows_changed { rows } else { kept },
            ..next
        };
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
            .or_else(|| self.view.agent.clone())
    }

    fn notice(&self) -> Option<Notice> {
        if let Some(problem) = self.setup.problem() {
            return Some(Notice::Unavailable(problem.clone()));
        }
        let until = self.timers.at(Timer::SlowDownOver)?;
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

/// Whether two rows show the same; most are the same row.
fn is_same(one: &Arc<Row>, other: &Arc<Row>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}
