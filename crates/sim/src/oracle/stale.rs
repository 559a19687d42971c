//! An event that is older than what an event has told already changes nothing of what is shown.

use std::collections::BTreeMap;

use confab_protocol::{CableEvent, Frame, Message, MessageId};
use confab_session::view::MessageRow;
use confab_session::{Event, View};

use super::sight::messages;
use crate::report::Kind;
use crate::world::World;

/// A message, and how it was shown before an old event of it came.
pub(crate) type Before = (MessageId, MessageRow);

/// The last state of each message shown that an event told a page of.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    states: BTreeMap<MessageId, String>,
    /// Rows shown when last looked at.
    rows: usize,
}

impl Heard {
    /// Whether an event has told of a newer state of this message.
    fn is_past(&mut self, message: &Message) -> bool {
        let Some(state) = &message.updated_at else {
            return false;
        };
        let newest = self.states.entry(message.id).or_insert_with(|| state.clone());
        if *newest <= *state {
            newest.clone_from(state);
            return false;
        }
        true
    }

    /// A page that shows less than before may have begun anew, and then fetches what it knew better.
    pub(super) fn keep(&mut self, rows: usize) {
        if rows < self.rows {
            self.states.clear();
        }
        self.rows = rows;
    }

    pub(super) fn forget(&mut self) {
        self.states.clear();
    }
}

fn told(event: &Event) -> Option<&Message> {
    let (Event::FrameArrived(_, frame) | Event::FrameOverheard(frame)) = event else {
        return None;
    };
    match frame {
        Frame::Event {
            event: CableEvent::MessageCreated(message) | CableEvent::MessageUpdated(message),
            ..
        } => Some(message),
        _ => None,
    }
}

fn shown(view: &View, id: MessageId) -> Option<&MessageRow> {
    messages(view)
        .map(|(_, row)| row)
        .find(|row| row.message == Some(id))
}

impl World {
    /// Whether a tab shows this message.
    pub(crate) fn shows(&self, tab: usize, id: MessageId) -> bool {
        let known = self.tabs.get(tab);
        known.is_some_and(|known| shown(known.session.view(), id).is_some())
    }

    /// A page is about to hear of something: what it shows of the message, if what it hears is old.
    pub(crate) fn before(&mut self, tab: usize, event: &Event) -> Option<Before> {
        let message = told(event)?;
        let known = self.tabs.get_mut(tab)?;
        if !known.watch.heard.is_past(message) {
            return None;
        }
        let row = shown(known.session.view(), message.id)?;
        Some((message.id, row.clone()))
    }

    /// It has heard an old event: is the message shown as before?
    pub(crate) fn judge_stale(&mut self, tab: usize, before: &Before) {
        let (id, before) = before;
        let Some(known) = self.tabs.get(tab) else { return };
        let Some(now) = shown(known.session.view(), *id) else {
            return;
        };
        let is_same = (&now.text, now.deleted, &now.attributes, &now.attachments)
            == (
                &before.text,
                before.deleted,
                &before.attributes,
                &before.attachments,
            );
        if !is_same {
            let story = format!("tab {tab}: an old event of message {id} put back what had been changed");
            self.violated(Kind::Unexpected, story);
        }
    }
}
