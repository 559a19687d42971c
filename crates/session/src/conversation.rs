//! The conversation that is written to: found, or created with the first message; its status and seen times.
//!
//! `POST conversations` is not idempotent. An attempt of unknown outcome is settled by the list: at once, then by the
//! fence's times; only absent in two of those it is created again.

use confab_protocol::{Conversation, ConversationId, ConversationStatus, Request, SourceId, UnixSeconds};

use crate::bugs::{Bug, has};
use crate::contact::{RETRY_FIRST, RETRY_LAST};
use crate::deadlines::Timer;
use crate::delivery::Stage;
use crate::event::{Failure, Outcome};
use crate::outbox::Outgoing;
use crate::record::IdentityRecord;
use crate::requests::Purpose;
use crate::session::Session;
use crate::time::Millis;

/// How far creating the conversation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Creation {
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
    pub(crate) creation: Creation,
    /// The creation that this tab noted, looks for, or found absent; any other one that is noted may have happened. 0
    /// for none.
    pub(crate) attempt: u64,
    pub(crate) failures: u32,
    /// The list was asked for an existing conversation.
    pub(crate) listed: bool,
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
        self.attempt = 0;
        self.show_wanted = false;
    }

    /// What another tab or an earlier page began and did not finish counts as ended now.
    pub(crate) fn take_over(&mut self, record: &IdentityRecord, now: Millis) {
        if record.creation > 0 && record.conversation.is_none() {
            self.look_for(record.creation, now);
        }
    }

    /// The creation of this number may have happened.
    fn look_for(&mut self, number: u64, now: Millis) {
        self.attempt = number;
        self.creation = Creation::Unclear {
            ended: now,
            absent: 0,
        };
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
        let known = self.config.identity.is_some() || self.contact.recalled;
        let may_exist = known && !self.thread.listed;
        match self.thread.creation {
            Creation::Unclear { .. } => self.list_conversations(),
            // What was sent into a conversation that is not known any more.
            Creation::None if stage == Some(Stage::Unconfirmed) => self.list_conversations(),
            Creation::None if may_exist && (to_send || self.page.was_open || self.contact.recalled) => {
                self.list_conversations();
            }
            Creation::None if to_send => self.begin_conversation(),
            Creation::Noted => {
                let is_first = self.thread.attempt == record.creation;
                if is_first && self.hold_turn() {
                    return self.create_conversation(source_id);
                }
                // Another tab noted one first, or may note one now: the store took longer than the row was held.
                self.thread.creation = Creation::None;
                self.begin_conversation();
            }
            Creation::None | Creation::Asked => {}
        }
    }

    /// The conversation that the page's address names, as long as another one is written to.
    pub(crate) fn other_named(&self) -> Option<ConversationId> {
        let other = |wish: &ConversationId| self.known_conversation() != Some(*wish);
        self.config.conversation.filter(other)
    }

    /// The same, once it is its turn: what waited to be sent when the link was followed belongs to the one written to and
    /// leaves first, what was written since belongs to the one named. Until that is entered or refused, nothing of the
    /// other is read, and nothing is sent.
    pub(crate) fn wish(&self) -> Option<ConversationId> {
        let is_for_it = |row: &Outgoing| {
            let waits = matches!(row.stage, Stage::Saving | Stage::Queued);
            waits && Some(row.record.submitted_at) >= self.linked_at
        };
        self.other_named()
            .filter(|_| self.outbox.turn().is_none_or(is_for_it))
    }

    /// It is none of the contact's: the visitor is told, and the chat is as it were without.
    pub(crate) fn refuse_wish(&mut self) {
        if self.config.conversation.take().is_some() {
            self.wish_refused = true;
            self.want_resync();
        }
    }

    /// Notes that a conversation is being made, then makes it. Of several leading tabs only the one that holds the row
    /// whose turn it is does so; what another tab has noted may have happened.
    fn begin_conversation(&mut self) {
        if !self.hold_turn() {
            return;
        }
        let drawn = self.rng.next();
        let Some(record) = &self.contact.record else {
            return;
        };
        if record.creation > 0 && self.thread.attempt != record.creation {
            self.thread.look_for(record.creation, self.now.mono);
            return self.list_conversations();
        }
        let number = record.next_creation(drawn);
        self.thread.creation = Creation::Noted;
        self.thread.attempt = number;
        self.change_record(|record| record.creation = number);
    }

    pub(crate) fn contact_is_busy(&self) -> bool {
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
            Request::CreateConversation {
                source_id,
                custom_attributes: self.config.conversation_attributes.clone(),
            },
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

    pub(crate) fn conversation_failed(&mut self) {
        let pause = self.backoff(RETRY_FIRST, self.thread.failures, RETRY_LAST);
        self.thread.failures = self.thread.failures.wrapping_add(1);
        self.set_timer(Timer::ConversationLookDue, pause);
    }

    /// A conversation was created or found: from now on it is the one that is written to, once its number is stored.
    pub(crate) fn enter_conversation(&mut self, conversation: Conversation) {
        let clock = self.requests.clock();
        self.thread.creation = Creation::None;
        self.thread.failures = 0;
        if self.known_conversation() != Some(conversation.id) {
            // With all that was asked about the one before: its answers would be taken for this one's.
            self.leave_conversation();
            self.want_status();
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
            record.creation = 0;
            record.inbox = conversation.inbox_id.or(record.inbox);
        });
    }

    /// Forgets the conversation and whatever was asked about it; outgoing messages stay.
    pub(crate) fn leave_conversation(&mut self) {
        self.requests.keep(&|purpose| {
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
        self.requests.outdate();
        // Whatever is in the next one may be a row met before.
        self.outbox.met_above(self.history.newest().unwrap_or_default());
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
