//! What the list of conversations decides: which one is written to, whether one of unknown outcome was made, and where a
//! message of unknown outcome may be.

use confab_protocol::{Conversation, ConversationStatus, MessageType};

use crate::conversation::Creation;
use crate::deadlines::Timer;
use crate::delivery::Stage;
use crate::event::Failure;
use crate::record::OutgoingKey;
use crate::session::Session;
use crate::time::Millis;

/// Least time between the two lists that prove a conversation absent.
const BETWEEN_LISTS: u64 = 2_000;

impl Session {
    pub(crate) fn list_failed(&mut self, failure: &Failure) {
        let verified = self.contact.record.as_ref().is_some_and(|record| record.verified);
        match failure {
            _ if failure.is_missing() => self.suspect_contact(),
            Failure::Refused {
                status: 500..=599, ..
            } if verified && self.thread.failures > 0 => self.list_refused(),
            _ => self.conversation_failed(),
        }
    }

    /// A verified session's list is a 500 until 4.6: what is not known there is not found again.
    fn list_refused(&mut self) {
        self.thread.failures = 0;
        self.thread.listed = true;
        self.refuse_wish();
        if let Some(key) = self.unconfirmed_turn() {
            return self.give_to_person(&key);
        }
        if let Creation::Unclear { ended, .. } = self.thread.creation
            && !self.may_be_created_yet(ended)
        {
            // One that was created all the same stays empty: another does no harm, once nothing is under way.
            self.not_created();
        }
    }

    /// The message of unknown outcome whose turn it is.
    fn unconfirmed_turn(&self) -> Option<OutgoingKey> {
        let turn = self.outbox.turn().filter(|row| row.stage == Stage::Unconfirmed);
        turn.map(|row| row.record.key.clone())
    }

    /// Whether the server may still make the conversation of unknown outcome; then there is a look once it may not.
    fn may_be_created_yet(&mut self, ended: Millis) -> bool {
        let bound = ended.after(self.config.server_time_bound);
        let is_early = self.now.mono < bound;
        if is_early {
            self.timers.set(Timer::ConversationLookDue, bound);
        }
        is_early
    }

    /// Another conversation may be made in place of the one of unknown outcome.
    const fn not_created(&mut self) {
        self.thread.creation = Creation::None;
    }

    pub(crate) fn conversations_listed(&mut self, conversations: Vec<Conversation>) {
        self.thread.failures = 0;
        if let Creation::Unclear { ended, absent } = self.thread.creation {
            return self.look_for_created(conversations, ended, absent);
        }
        if let Some(wish) = self.wish() {
            match self.newest_of_ours(conversations, &|one| one.id == wish) {
                Some(conversation) => self.enter_conversation(conversation),
                None => self.refuse_wish(),
            }
            return;
        }
        self.thread.listed = true;
        if let Some(key) = self.unconfirmed_turn() {
            return self.look_for_sent_to(conversations, &key);
        }
        let open = |one: &Conversation| one.status != ConversationStatus::Resolved;
        if let Some(conversation) = self.newest_of_ours(conversations, &open) {
            self.enter_conversation(conversation);
        }
    }

    /// The list after a creation of unknown outcome: the newest without messages is what was created. An agent may
    /// have written into it already; another device of the contact's, too: where there is none without its messages, the
    /// last list takes any that is open.
    fn look_for_created(&mut self, conversations: Vec<Conversation>, ended: Millis, absent: u8) {
        // The first list came at once and proves nothing yet.
        let is_early = self.may_be_created_yet(ended);
        let absent = absent.wrapping_add(u8::from(!is_early));
        if let Some(conversation) = self.newest_of_ours(conversations, &|one| {
            let is_open = one.status != ConversationStatus::Resolved;
            let mut messages = one.messages.iter();
            absent >= 2 && is_open || messages.all(|message| message.message_type != MessageType::Incoming)
        }) {
            return self.enter_conversation(conversation);
        }
        if is_early {
            return;
        }
        if absent < 2 {
            self.thread.creation = Creation::Unclear { ended, absent };
            self.set_timer(Timer::ConversationLookDue, BETWEEN_LISTS);
        } else {
            self.not_created();
        }
    }

    /// The list when the conversation of an attempt of unknown outcome is not known any more: the newest is looked
    /// through. Where there is none at all, the attempt is gone with its conversation.
    fn look_for_sent_to(&mut self, conversations: Vec<Conversation>, key: &OutgoingKey) {
        let none = conversations.is_empty();
        if let Some(conversation) = self.newest_of_ours(conversations, &|_| true) {
            self.enter_conversation(conversation);
        } else if none {
            self.proved_absent(key);
        } else {
            self.give_to_person(key);
        }
    }

    /// The newest conversation of this inbox that passes. A session with a hash also lists those of other inboxes and
    /// channels; they are told apart by the inbox's number, if that is known.
    fn newest_of_ours(
        &self,
        conversations: Vec<Conversation>,
        passes: &dyn Fn(&Conversation) -> bool,
    ) -> Option<Conversation> {
        let record = self.contact.record.as_ref()?;
        let ours = |one: &Conversation| match record.inbox {
            Some(inbox) => one.inbox_id.is_none_or(|id| id == inbox),
            None => !record.verified,
        };
        conversations
            .into_iter()
            .filter(|one| ours(one) && passes(one))
            .max_by_key(|one| one.id)
    }
}
