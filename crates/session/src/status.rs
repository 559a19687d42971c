//! The conversation's status and seen times: from events, and asked for where that is cheap.

use confab_protocol::{Conversation, ConversationEvent, ConversationStatus, Reply, Request};

use crate::capabilities::Feature;
use crate::diagnostics::count;
use crate::effect::{Announcement, Effect};
use crate::event::Ask;
use crate::requests::Purpose;
use crate::session::Session;

/// Least time between two asks for status and seen times.
const SHOW_EVERY: u64 = 60_000;
/// Above this many messages the whole conversation, which that answer embeds, is too much to ask for.
const SHOW_BELOW: usize = 200;

impl Session {
    /// Asks for status and seen times where that is cheap: once a confirmation, and not of long conversations.
    pub(crate) fn pursue_status(&mut self) {
        let is_due = self
            .thread
            .shown
            .is_none_or(|at| self.now.mono.since(at) >= SHOW_EVERY);
        let is_short = self.history.contiguity.reaches_start() && self.history.len() <= SHOW_BELOW;
        if !self.thread.show_wanted || !is_due || !is_short || !self.page.open || !self.page.online {
            return;
        }
        let Some((source_id, conversation)) = self.address() else {
            return;
        };
        self.thread.show_wanted = false;
        if self.capabilities.may(Feature::Show) && self.requests.spend(self.now.mono).is_ok() {
            self.thread.shown = Some(self.now.mono);
            self.request(
                Purpose::ShowConversation,
                Request::ShowConversation {
                    source_id,
                    conversation,
                },
            );
        }
    }

    /// Status and seen times may have changed unheard.
    pub(crate) fn want_status(&mut self) {
        self.thread.show_wanted = true;
    }

    pub(crate) fn conversation_shown(&mut self, mut conversation: Conversation) {
        self.capabilities.learn(Feature::Show, None);
        if self.known_conversation() == Some(conversation.id) {
            self.thread.agent_seen = self.thread.agent_seen.max(conversation.agent_last_seen_at);
            self.set_status(conversation.status.clone());
            conversation.messages.clear();
            self.emit(Effect::Rebroadcast(Reply::Conversation(conversation)));
        }
    }

    pub(crate) fn conversation_event(&mut self, event: ConversationEvent) {
        if self.known_conversation() != Some(event.id) {
            count(&mut self.counters.foreign_events);
            return;
        }
        self.thread.agent_seen = self.thread.agent_seen.max(event.agent_last_seen_at);
        self.set_status(event.status);
        let inbox = event.inbox_id;
        if self.leads()
            && self
                .contact
                .record
                .as_ref()
                .is_some_and(|record| record.inbox.is_none())
        {
            self.change_record(|record| record.inbox = inbox);
        }
    }

    pub(crate) fn set_status(&mut self, status: ConversationStatus) {
        if self.thread.status.as_ref() != Some(&status) {
            let is_first = self.thread.status.is_none();
            self.thread.status = Some(status.clone());
            if !is_first {
                self.announce(Announcement::StatusChanged(status));
            }
        }
    }

    /// A person ends the conversation.
    pub(crate) fn resolve(&mut self) {
        if !self.leads() {
            return self.emit(Effect::AskLeader(Ask::Resolve));
        }
        let Some((source_id, conversation)) = self.address() else {
            return;
        };
        if self.capabilities.may(Feature::Toggle) && !self.requests.is_under_way(&Purpose::Resolve) {
            self.request(
                Purpose::Resolve,
                Request::ResolveConversation {
                    source_id,
                    conversation,
                },
            );
        }
    }

    pub(crate) fn resolved(&mut self, conversation: Conversation) {
        self.capabilities.learn(Feature::Toggle, None);
        if self.known_conversation() == Some(conversation.id) {
            self.set_status(conversation.status);
        }
    }
}
