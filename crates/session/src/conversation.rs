//! The conversation that is written to: found, or created with the first message; its status and seen times.
//!
//! `POST conversations` is not idempotent. An attempt of unknown outcome is settled by the list: at once, then by the
//! fence's times; only absent in two of those it is created again.

use confab_protocol::{
    Conversation, ConversationId, ConversationStatus, MessageType, Request, SourceId, UnixSeconds,
};

use crate::bugs::{Bug, has};
use crate::deadlines::Timer;
use crate::delivery::{Stage, Step};
use crate::event::{Failure, Outcome};
use crate::record::{IdentityRecord, OutgoingKey};
use crate::requests::Purpose;
use crate::session::Session;
use crate::time::Millis;

/// Least time between the two lists that prove a conversation absent.
const BETWEEN_LISTS: u64 = 2_000;
const RETRY_FIRST: u64 = 2_000;
const RETRY_LAST: u64 = 60_000;

/// How far creating the conversation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Creation {
    /// Not begun.
    #[default]
    None,
    /// That it begins is being stored.
    Noted,
    /// The request is under way.
    Asked,
    /// Its outcome is unknown since `ended`; `absent` lists after the bound did not have it.
    Unclear { ended: Millis, absent: u8 },
}

/// What is known of the conversation besides its messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thread {
    creation: Creation,
    /// This tab noted that it is being made, and not another.
    noted_here: bool,
    failures: u32,
    /// The list was asked for an existing conversation.
    listed: bool,
    pub(crate) status: Option<ConversationStatus>,
    pub(crate) agent_seen: UnixSeconds,
    /// When status and seen times were last asked for.
    pub(crate) shown: Option<Millis>,
    /// They are to be asked for: the subscription was confirmed.
    pub(crate) show_wanted: bool,
}

impl Thread {
    /// Takes in what a stored identity says about a conversation being created.
    pub(crate) fn meet(&mut self, record: &IdentityRecord, now: Millis) {
        *self = Self::default();
        self.take_over(record, now);
    }

    /// What this tab began is another's to finish.
    pub(crate) fn let_go(&mut self) {
        self.creation = Creation::None;
        self.noted_here = false;
        self.show_wanted = false;
    }

    /// What another tab or an earlier page began and did not finish counts as ended now.
    pub(crate) fn take_over(&mut self, record: &IdentityRecord, now: Millis) {
        if record.creating_conversation && record.conversation.is_none() {
            self.creation = Creation::Unclear {
                ended: now,
                absent: 0,
            };
        }
    }
}

impl Session {
    /// The conversation, once its number is stored.
    pub(crate) fn conversation(&self) -> Option<ConversationId> {
        self.contact.usable().and_then(|record| record.conversation)
    }

    /// What a request about the conversation is sent under.
    #[inline(never)]
    pub(crate) fn address(&self) -> Option<(SourceId, ConversationId)> {
        let record = self.contact.usable()?;
        Some((record.source_id.clone(), record.conversation?))
    }

    /// The conversation, stored or about to be: events of any other are foreign.
    pub(crate) fn known_conversation(&self) -> Option<ConversationId> {
        self.contact
            .record
            .as_ref()
            .and_then(|record| record.conversation)
    }

    /// Takes the next step towards a conversation.
    pub(crate) fn pursue_conversation(&mut self) {
        let Some(record) = self.contact.usable() else {
            if self.contact.record.is_none() && self.config.identity.is_none() {
                // Nobody is known here whose conversation it could be.
                self.refuse_wish();
            }
            return;
        };
        let wish = self.wish();
        if record.conversation.is_some() && wish.is_none() {
            return self.pursue_status();
        }
        if !self.page.online
            || self.setup.problem().is_some()
            || self.is_held_back(Timer::ConversationLookDue)
            || self.is_held_back(Timer::SlowDownOver)
            || self.is_held_back(Timer::ContactDue)
            || self.contact_is_busy()
            || self.requests.is_under_way(&Purpose::ListConversations)
            || self.requests.is_under_way(&Purpose::CreateConversation)
        {
            return;
        }
        if wish.is_some() {
            return self.list_conversations();
        }
        let stage = self.outbox.turn().map(|row| row.stage);
        let to_send = stage == Some(Stage::Queued);
        let source_id = record.source_id.clone();
        let may_exist = self.config.identity.is_some() && !self.thread.listed;
        match self.thread.creation {
            Creation::Unclear { .. } => self.list_conversations(),
            // What was sent into a conversation that is not known any more.
            Creation::None if stage == Some(Stage::Unconfirmed) => self.list_conversations(),
            Creation::None if may_exist && (to_send || self.page.was_open) => self.list_conversations(),
            Creation::None if to_send => self.begin_conversation(source_id),
            Creation::Noted => self.create_conversation(source_id),
            Creation::None | Creation::Asked => {}
        }
    }

    /// The conversation that the page's address names, as long as another one is shown. What waits to be sent belongs to that
    /// one and leaves first.
    fn wish(&self) -> Option<ConversationId> {
        let other = |wish: &ConversationId| self.known_conversation() != Some(*wish);
        let wish = self.config.conversation.filter(other);
        wish.filter(|_| self.outbox.turn().is_none())
    }

    /// It is none of the contact's: the visitor is told, and the chat is as it were without.
    fn refuse_wish(&mut self) {
        self.wish_refused |= self.config.conversation.take().is_some();
    }

    /// Notes that a conversation is being made, then makes it. Of several leading tabs only the one that holds the row
    /// whose turn it is does so; what another tab has noted may have happened.
    fn begin_conversation(&mut self, source_id: SourceId) {
        if !self.hold_turn() {
            return;
        }
        let noted = self
            .contact
            .record
            .as_ref()
            .is_some_and(|record| record.creating_conversation);
        if noted && !self.thread.noted_here {
            self.thread.creation = Creation::Unclear {
                ended: self.now.mono,
                absent: 0,
            };
            return self.list_conversations();
        }
        self.thread.creation = Creation::Noted;
        self.thread.noted_here = true;
        self.change_record(|record| record.creating_conversation = true);
        // Noted already, by an attempt that was certainly not applied: nothing to wait for.
        if !self.contact.is_storing() {
            self.create_conversation(source_id);
        }
    }

    fn contact_is_busy(&self) -> bool {
        [
            Purpose::CreateContact,
            Purpose::ReadContact,
            Purpose::UpdateContact,
        ]
        .iter()
        .any(|purpose| self.requests.is_under_way(purpose))
    }

    fn create_conversation(&mut self, source_id: SourceId) {
        self.thread.creation = Creation::Asked;
        self.request(
            Purpose::CreateConversation,
            Request::CreateConversation { source_id },
        );
    }

    fn list_conversations(&mut self) {
        let Some(source_id) = self.contact.source_id() else {
            return;
        };
        self.request_by_itself(
            Purpose::ListConversations,
            Request::ListConversations { source_id },
            Timer::ConversationLookDue,
        );
    }

    pub(crate) fn creation_failed(&mut self, failure: &Failure) {
        match failure.outcome() {
            Outcome::Unknown if !has(Bug::CreatedAgain) => {
                self.thread.creation = Creation::Unclear {
                    ended: self.now.mono,
                    absent: 0,
                };
            }
            Outcome::Unknown | Outcome::NotApplied => {
                self.thread.creation = Creation::None;
                if failure.is_missing() {
                    return self.suspect_contact();
                }
                self.conversation_failed();
            }
        }
    }

    fn conversation_failed(&mut self) {
        let pause = self.backoff(RETRY_FIRST, self.thread.failures, RETRY_LAST);
        self.thread.failures = self.thread.failures.saturating_add(1);
        self.set_timer(Timer::ConversationLookDue, pause);
    }

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
        let turn = self.outbox.turn().filter(|row| row.stage == Stage::Unconfirmed);
        if let Some(key) = turn.map(|row| row.record.key.clone()) {
            return self.give_to_person(&key);
        }
        if let Creation::Unclear { ended, .. } = self.thread.creation {
            // One that was created all the same stays empty: another does no harm, once nothing is under way.
            self.not_created(ended);
        }
    }

    /// Makes another conversation, once the server is sure to be through with the one of unknown outcome.
    fn not_created(&mut self, ended: Millis) {
        let bound = ended.after(self.config.server_time_bound);
        if self.now.mono < bound {
            self.timers.set(Timer::ConversationLookDue, bound);
        } else {
            self.thread.creation = Creation::None;
            // Whoever noted it, it is settled.
            self.thread.noted_here = true;
        }
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
        let turn = self.outbox.turn().filter(|row| row.stage == Stage::Unconfirmed);
        if let Some(key) = turn.map(|row| row.record.key.clone()) {
            return self.look_for_sent_to(conversations, &key);
        }
        let open = |one: &Conversation| one.status != ConversationStatus::Resolved;
        if let Some(conversation) = self.newest_of_ours(conversations, &open) {
            self.enter_conversation(conversation);
        }
    }

    /// The list after a creation of unknown outcome: the newest without messages is what was created. An agent may
    /// have written into it already.
    fn look_for_created(&mut self, conversations: Vec<Conversation>, ended: Millis, absent: u8) {
        if let Some(conversation) = self.newest_of_ours(conversations, &|one| {
            one.messages
                .iter()
                .all(|message| message.message_type != MessageType::Incoming)
        }) {
            return self.enter_conversation(conversation);
        }
        let bound = ended.after(self.config.server_time_bound);
        if self.now.mono < bound {
            // The first list came at once and proves nothing yet.
            self.timers.set(Timer::ConversationLookDue, bound);
            return;
        }
        let absent = absent.saturating_add(1);
        if absent < 2 {
            self.thread.creation = Creation::Unclear { ended, absent };
            self.set_timer(Timer::ConversationLookDue, BETWEEN_LISTS);
        } else {
            self.not_created(ended);
        }
    }

    /// The list when the conversation of an attempt of unknown outcome is not known any more: the newest is looked
    /// through. Where there is none at all, the attempt is gone with its conversation.
    fn look_for_sent_to(&mut self, conversations: Vec<Conversation>, key: &OutgoingKey) {
        let none = conversations.is_empty();
        if let Some(conversation) = self.newest_of_ours(conversations, &|_| true) {
            self.enter_conversation(conversation);
        } else if none {
            self.settle_attempt(key, Step::ProvedAbsent);
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

    /// A conversation was created or found: from now on it is the one that is written to, once its number is stored.
    pub(crate) fn enter_conversation(&mut self, conversation: Conversation) {
        let clock = self.requests.clock();
        self.thread.creation = Creation::None;
        self.thread.failures = 0;
        if self.known_conversation() != Some(conversation.id) {
            self.history.clear();
            self.resync.reset();
        }
        // All of its messages are embedded: nothing lies before the first.
        let newest = conversation
            .messages
            .iter()
            .map(|message| message.id)
            .max()
            .unwrap_or_default();
        for message in conversation.messages {
            self.history.take_answer(message, clock);
        }
        self.history.contiguity.prove_from_start(newest);
        self.set_status(conversation.status);
        self.thread.agent_seen = self.thread.agent_seen.max(conversation.agent_last_seen_at);
        self.change_record(|record| {
            record.conversation = Some(conversation.id);
            record.creating_conversation = false;
            record.inbox = conversation.inbox_id.or(record.inbox);
        });
    }

    /// Forgets the conversation, as the server does not know it any more; outgoing messages stay.
    pub(crate) fn leave_conversation(&mut self) {
        self.requests.keep(|purpose| {
            let about_contact = matches!(
                purpose,
                Purpose::Inbox
                    | Purpose::Probe
                    | Purpose::CreateContact
                    | Purpose::ReadContact
                    | Purpose::UpdateContact
            );
            about_contact || matches!(purpose, Purpose::SendMessage(_))
        });
        self.thread = Thread::default();
        self.history.clear();
        self.lose_sight();
        self.resync.reset();
        self.fence = None;
        self.typing.forget();
        self.window.follow();
        self.timers.clear(Timer::LookDue);
        self.timers.clear(Timer::ConversationLookDue);
    }

    /// A 404 below the conversation: the contact decides whether it is gone alone or with the contact.
    pub(crate) fn conversation_missing(&mut self) {
        self.suspect_contact();
        self.leave_conversation();
        self.change_record(|record| record.conversation = None);
    }
}
