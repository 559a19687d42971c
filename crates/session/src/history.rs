//! What the server is known to have: messages in order, each with a key for life.
//!
//! A page of the list has neither status nor `updated_at`. It replaces what a message says only when no event about
//! that message came since the request for the page began; an event replaces it unless a newer one came before.

use std::sync::Arc;

use confab_protocol::{Message, MessageId, MessageType, UnixSeconds};

use crate::bugs::{Bug, has};
use crate::contiguity::Contiguity;
use crate::time::Millis;
use crate::view::{Row, RowKey};

/// Order of messages: several may share a second.
pub(crate) type Place = (UnixSeconds, MessageId);

/// A message the server has.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) message: Message,
    pub(crate) key: RowKey,
    /// The last request allocated when the latest event about it came; pages asked for before change nothing.
    touched: u64,
    /// When it was last read or heard of; see [`crate::repair`].
    pub(crate) read: Millis,
    /// The row as last shown.
    pub(crate) row: Option<Arc<Row>>,
}

impl Stored {
    pub(crate) fn is_contacts(&self) -> bool {
        self.message.message_type == MessageType::Incoming
    }

    /// Whether it may be an outgoing message with this text: nobody knows yet which one it is.
    pub(crate) fn may_be(&self, text: &str) -> bool {
        let message = &self.message;
        self.is_contacts() && message.echo_id.is_none() && message.content.as_deref() == Some(text)
    }
}

/// What taking in a message changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was not known before.
    New,
    /// It says something else now.
    Changed,
    /// Nothing.
    Known,
}

/// All messages known, in sorted lists: nearly every message is the newest or belongs to a page near one end, and a tree
/// costs ten kilobytes of code.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Ascending by id.
    #[expect(clippy::vec_box, reason = "a page of older messages moves all that are newer")]
    messages: Vec<Box<Stored>>,
    /// The same, in the order shown.
    order: Vec<Place>,
    pub(crate) contiguity: Contiguity,
    /// Keys of the few messages that are shown when their page comes: a key is for life.
    dropped: Vec<(MessageId, RowKey)>,
    last_key: u64,
}

impl History {
    /// A key that no row has had.
    pub(crate) fn new_key(&mut self) -> RowKey {
        self.last_key = self.last_key.wrapping_add(1);
        RowKey(self.last_key)
    }

    /// Takes in what an event says; `clock` is the last request allocated.
    pub(crate) fn take_event(&mut self, message: Message, clock: u64) -> Taken {
        self.take(message, clock, true)
    }

    /// Takes in what an answer of the REST interface says; `request` is the number of the request.
    pub(crate) fn take_answer(&mut self, message: Message, request: u64) -> Taken {
        self.take(message, request, false)
    }

    fn take(&mut self, mut message: Message, clock: u64, is_event: bool) -> Taken {
        let Some(stored) = self.get_mut(message.id) else {
            // An event that comes later is newer than an answer whatever the order of allocation.
            return self.insert(message, if is_event { clock } else { 0 });
        };
        let known = &stored.message;
        if is_event {
            stored.touched = clock;
            if matches!((&message.updated_at, &known.updated_at), (Some(new), Some(old)) if new < old)
                && !has(Bug::OldEventsCount)
            {
                return Taken::Known;
            }
        } else {
            if stored.touched > 0 && stored.touched >= clock {
                return Taken::Known;
            }
            message.status = None;
            message.updated_at = None;
        }
        if message.status.is_none() {
            message.status.clone_from(&known.status);
        }
        if message.updated_at.is_none() {
            message.updated_at.clone_from(&known.updated_at);
        }
        if known.echo_id.is_some() {
            message.echo_id.clone_from(&known.echo_id);
        }
        // The place in the order is for life, as the key is.
        message.created_at = known.created_at;
        if *known == message {
            return Taken::Known;
        }
        stored.message = message;
        stored.row = None;
        Taken::Changed
    }

    fn insert(&mut self, message: Message, touched: u64) -> Taken {
        let (id, place) = (message.id, (message.created_at, message.id));
        let key = match self.dropped.iter().position(|(dropped, _)| *dropped == id) {
            Some(at) => self.dropped.swap_remove(at).1,
            None => self.new_key(),
        };
        let stored = Stored {
            message,
            key,
            touched,
            read: Millis(0),
            row: None,
        };
        self.messages.insert(self.index(id), Box::new(stored));
        self.order.insert(self.rank(place), place);
        Taken::New
    }

    /// Where the first message lies whose id is not below this one.
    fn index(&self, id: MessageId) -> usize {
        self.messages.partition_point(|stored| stored.message.id < id)
    }

    /// Where the first place lies in the order shown that is not before this one.
    fn rank(&self, place: Place) -> usize {
        self.order.partition_point(|other| *other < place)
    }

    pub(crate) fn get(&self, id: MessageId) -> Option<&Stored> {
        let stored = self.messages.get(self.index(id))?;
        (stored.message.id == id).then_some(stored)
    }

    pub(crate) fn get_mut(&mut self, id: MessageId) -> Option<&mut Stored> {
        let index = self.index(id);
        let stored = self.messages.get_mut(index)?;
        (stored.message.id == id).then_some(stored)
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Newest id known, proved complete or not.
    pub(crate) fn newest(&self) -> Option<MessageId> {
        self.messages.last().map(|stored| stored.message.id)
    }

    /// Messages above an id, in the order of ids.
    pub(crate) fn above(&self, id: MessageId) -> impl Iterator<Item = &Stored> {
        let first = self.index(MessageId(id.0.wrapping_add(1)));
        self.messages.iter().skip(first).map(Box::as_ref)
    }

    /// Places of all messages, in the order shown.
    pub(crate) fn order(&self) -> &[Place] {
        &self.order
    }

    /// The places before this one, and those from it on.
    pub(crate) fn split(&self, place: Place) -> (&[Place], &[Place]) {
        self.order.split_at(self.rank(place))
    }

    /// Drops what lies below the oldest proved message: an event about it came, but a page will bring it in its place.
    pub(crate) fn drop_unproved_beginning(&mut self) {
        let Some(oldest) = self.contiguity.oldest() else {
            return;
        };
        let strays = self.index(oldest);
        for stored in self.messages.drain(..strays) {
            self.dropped.push((stored.message.id, stored.key));
        }
        if strays > 0 {
            self.order.retain(|(_, id)| *id >= oldest);
        }
    }

    /// The row that shows a message whose page is still to come.
    pub(crate) fn keep_key(&mut self, id: MessageId, key: RowKey) {
        self.dropped.push((id, key));
    }

    /// Forgets every message, as another conversation begins; keys are never used twice, and what was shown and comes
    /// back has its own again: a late event may tell of the conversation that was left.
    pub(crate) fn clear(&mut self) {
        let mut dropped = std::mem::take(&mut self.dropped);
        let shown = self.messages.iter().filter(|stored| stored.row.is_some());
        dropped.extend(shown.map(|stored| (stored.message.id, stored.key)));
        *self = Self {
            dropped,
            last_key: self.last_key,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg;

    fn content(history: &History, id: i64) -> Option<&str> {
        history
            .get(MessageId(id))
            .and_then(|stored| stored.message.content.as_deref())
    }

    #[test]
    fn a_page_never_overwrites_what_had_an_event_since_its_request_began() {
        let mut history = History::default();
        history.take_answer(eg::from_agent(1, "first"), 1);
        history.take_event(eg::edited(1, "second", "2026-01-02T03:04:05.678Z"), 5);
        assert_eq!(history.take_answer(eg::from_agent(1, "first"), 5), Taken::Known);
        assert_eq!(content(&history, 1), Some("second"));
        assert_eq!(history.take_answer(eg::from_agent(1, "third"), 6), Taken::Changed);
        assert_eq!(content(&history, 1), Some("third"));
    }

    #[test]
    fn an_older_update_that_comes_late_changes_nothing() {
        let mut history = History::default();
        history.take_event(eg::edited(1, "new", "2026-01-02T03:04:06.000Z"), 1);
        assert_eq!(
            history.take_event(eg::edited(1, "old", "2026-01-02T03:04:05.999Z"), 2),
            Taken::Known
        );
        assert_eq!(content(&history, 1), Some("new"));
    }

    #[test]
    fn a_page_leaves_the_status_that_only_events_bring() {
        let mut history = History::default();
        let mut message = eg::from_contact(1, "hi");
        message.status = Some(confab_protocol::MessageStatus::Failed);
        history.take_event(message, 1);
        history.take_answer(eg::from_contact(1, "hi"), 2);
        let status = history
            .get(MessageId(1))
            .and_then(|stored| stored.message.status.clone());
        assert_eq!(status, Some(confab_protocol::MessageStatus::Failed));
    }

    #[test]
    fn the_same_message_twice_is_one_and_keeps_its_key() {
        let mut history = History::default();
        history.take_event(eg::from_agent(1, "hi"), 1);
        let key = history.get(MessageId(1)).map(|stored| stored.key);
        assert_eq!(history.take_event(eg::from_agent(1, "hi"), 2), Taken::Known);
        assert_eq!(history.take_event(eg::from_agent(1, "ho"), 3), Taken::Changed);
        assert_eq!(history.get(MessageId(1)).map(|stored| stored.key), key);
        assert_eq!(history.len(), 1);
    }

    #[test]
    fn what_was_shown_keeps_its_key_though_its_conversation_was_left_meanwhile() {
        let mut history = History::default();
        history.take_event(eg::from_agent(1, "hi"), 1);
        let key = history.get(MessageId(1)).map(|stored| stored.key).unwrap();
        history.get_mut(MessageId(1)).unwrap().row = Some(Arc::new(Row {
            key,
            content: crate::view::RowContent::Gap { loading: false },
        }));
        history.clear();
        history.take_event(eg::from_agent(2, "ho"), 2);
        history.take_event(eg::from_agent(1, "hi"), 3);
        assert_eq!(history.get(MessageId(1)).map(|stored| stored.key), Some(key));
    }

    #[test]
    fn messages_of_one_second_stand_in_the_order_of_their_ids() {
        let mut history = History::default();
        for id in [3, 1, 2] {
            let mut message = eg::from_agent(id, "x");
            message.created_at = UnixSeconds(100);
            history.take_answer(message, 1);
        }
        let ids: Vec<i64> = history.order().iter().map(|(_, id)| id.0).collect();
        assert_eq!(ids, [1, 2, 3]);
    }
}
