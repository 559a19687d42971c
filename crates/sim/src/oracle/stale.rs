//! An event that is older than what an event has told already changes nothing of what is shown.

use std::collections::BTreeMap;

use confab_protocol::{CableEvent, Frame, Message, MessageId};
use confab_session::view::MessageRow;
use confab_session::{Event, View};

use super::sight::messages;
use crate::report::Kind;
use crate::world::World;

/// What an event says about a message that a page is about to hear of.
pub(crate) struct Hearing {
    id: MessageId,
    state: String,
    /// How the message is shown before, if what the event says is old.
    before: Option<MessageRow>,
}

/// The last state of each message shown that an event told a page of.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    states: BTreeMap<MessageId, String>,
    /// Rows shown when last looked at.
    rows: usize,
}

impl Heard {
    /// Whether an event has told of a newer state of this message.
    fn is_past(&self, id: MessageId, state: &String) -> bool {
        self.states.get(&id).is_some_and(|newest| newest > state)
    }

    fn note(&mut self, id: MessageId, state: String) {
        let newest = self.states.entry(id).or_default();
        if *newest < state {
            *newest = state;
        }
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

    /// A page is about to hear of something. What comes from a socket that it has let go it does not listen to.
    pub(crate) fn hearing(&self, tab: usize, event: &Event) -> Option<Hearing> {
        let message = told(event)?;
        let state = message.updated_at.clone()?;
        let known = self.tabs.get(tab)?;
        if matches!(event, Event::FrameArrived(generation, _) if self.generation(tab) != Some(*generation)) {
            return None;
        }
        let is_past = known.watch.heard.is_past(message.id, &state);
        let before = shown(known.session.view(), message.id).filter(|_| is_past);
        Some(Hearing {
            id: message.id,
            state,
            before: before.cloned(),
        })
    }

    /// It has heard it: of a message that it does not show it keeps nothing, and one shown is as before if it was old.
    pub(crate) fn judge_stale(&mut self, tab: usize, hearing: Hearing) {
        let Hearing { id, state, before } = hearing;
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        let Some(now) = shown(known.session.view(), id) else {
            return;
        };
        known.watch.heard.note(id, state);
        let says = |row: &MessageRow| {
            let attributes = row.attributes.clone();
            (row.text.clone(), row.deleted, attributes, row.attachments.clone())
        };
        if before.is_some_and(|before| says(&before) != says(now)) {
            let story = format!("tab {tab}: an old event of message {id} put back what had been changed");
            self.violated(Kind::Unexpected, story);
        }
    }
}
