//! Who takes which reply, and what an event of the cable means.

use confab_protocol::{
    Availability, CableEvent, EchoId, Frame, Message, MessageId, Reply, Request, SenderKind,
};

use crate::bugs::{Bug, has};
use crate::capabilities::{Ability, Feature};
use crate::diagnostics::count;
use crate::effect::{Announcement, Effect, RequestId};
use crate::event::Failure;
use crate::history::Taken;
use crate::record::OutgoingKey;
use crate::requests::Purpose;
use crate::rows;
use crate::session::Session;

/// Characters of a preview for a notification.
const PREVIEW: usize = 120;

impl Session {
    pub(crate) fn replied(&mut self, request: RequestId, result: Result<Reply, Failure>) {
        let Some(purpose) = self.requests.end(request) else {
            count(&mut self.counters.unknown_replies);
            return;
        };
        match result {
            Ok(reply) => {
                self.requests.refused = 0;
                self.requests.doubts = 0;
                self.api_answered();
                self.answered(purpose, request.0, reply);
            }
            Err(failure) => {
                count(&mut self.counters.failures);
                if failure.asks_to_slow_down() {
                    self.slow_down();
                }
                self.failed(&purpose, request.0, &failure);
            }
        }
    }

    fn answered(&mut self, purpose: Purpose, request: u64, reply: Reply) {
        match (purpose, reply) {
            (Purpose::Inbox, Reply::Inbox(inbox)) => self.inbox_came(inbox),
            (Purpose::Probe, _) => self.capabilities.set(Feature::Info, Ability::No),
            (Purpose::CreateContact, Reply::Contact(session)) => self.adopt_contact(session),
            (Purpose::ReadContact, Reply::Contact(session)) => self.contact_read(session),
            (Purpose::UpdateContact, Reply::UpdatedContact(row)) => self.contact_updated(row.id),
            (Purpose::ListConversations, Reply::Conversations(all)) => self.conversations_listed(all),
            (Purpose::CreateConversation, Reply::Conversation(made)) => self.enter_conversation(made),
            (Purpose::ShowConversation, Reply::Conversation(shown)) => self.conversation_shown(shown),
            (Purpose::Resolve, Reply::Conversation(ended)) => self.resolved(ended),
            (Purpose::SendMessage(key), Reply::Message(message)) => self.sent(&key, message, request),
            (Purpose::Typing, _) => self.capabilities.learn(Feature::Typing, None),
            (Purpose::Seen, _) => self.capabilities.learn(Feature::Seen, None),
            (
                purpose @ (Purpose::ResyncPage
                | Purpose::LookPage(_)
                | Purpose::OlderPage
                | Purpose::GapPage
                | Purpose::AskedPage),
                Reply::Messages(messages),
            ) => self.page_came(&purpose, request, messages),
            (purpose, _) => self.failed(&purpose, request, &Failure::Undecodable),
        }
    }

    fn failed(&mut self, purpose: &Purpose, request: u64, failure: &Failure) {
        match purpose {
            Purpose::Inbox if failure.is_not_found() => self.request(Purpose::Probe, Request::ProbeInbox),
            Purpose::Inbox => self.inbox_failed(failure),
            Purpose::Probe => self.probe_failed(failure),
            Purpose::ReadContact if failure.is_missing() => self.forget_contact(),
            Purpose::UpdateContact if failure.is_missing() => self.suspect_contact(),
            Purpose::CreateContact | Purpose::ReadContact | Purpose::UpdateContact => {
                self.contact_failed(failure);
            }
            Purpose::ListConversations => self.list_failed(failure),
            Purpose::CreateConversation => self.creation_failed(failure),
            Purpose::ShowConversation => self.capabilities.learn(Feature::Show, Some(failure)),
            Purpose::Resolve => self.capabilities.learn(Feature::Toggle, Some(failure)),
            Purpose::Typing => self.capabilities.learn(Feature::Typing, Some(failure)),
            Purpose::Seen => self.capabilities.learn(Feature::Seen, Some(failure)),
            Purpose::SendMessage(key) => self.send_failed(key, request, failure),
            Purpose::ResyncPage
            | Purpose::LookPage(_)
            | Purpose::OlderPage
            | Purpose::GapPage
            | Purpose::AskedPage => self.page_failed(purpose, request, failure),
        }
    }

    /// An event of the cable. `first_hand`: from our own socket, and not told by the leading tab.
    pub(crate) fn cable_event(&mut self, event: CableEvent, first_hand: bool) {
        if first_hand && !matches!(event, CableEvent::Unknown { .. }) {
            let identifier = String::new();
            self.emit(Effect::RebroadcastFrame(Frame::Event {
                identifier,
                event: event.clone(),
            }));
        }
        match event {
            CableEvent::MessageCreated(message) => self.message_came(message, true),
            CableEvent::MessageUpdated(message) => self.message_came(message, false),
            CableEvent::ConversationCreated(event)
            | CableEvent::ConversationUpdated(event)
            | CableEvent::StatusChanged(event) => self.conversation_event(event),
            CableEvent::TypingOn(event) => self.typing_started(event),
            CableEvent::TypingOff(event) => self.typing_stopped(&event),
            CableEvent::Presence(agents) => {
                let there = agents
                    .iter()
                    .filter(|(_, one)| matches!(one, Availability::Online | Availability::Busy));
                self.agents_online = u32::try_from(there.count()).ok();
            }
            CableEvent::Unknown { .. } => {
                count(&mut self.counters.unknown_frames);
            }
        }
    }

    /// A message was created or changed. Our own comes back with its key: the echo, which may come before the reply,
    /// after it, twice or never.
    pub(crate) fn message_came(&mut self, message: Message, created: bool) {
        if message.is_hidden() {
            return;
        }
        if self.known_conversation() != Some(message.conversation_id) {
            count(&mut self.counters.foreign_events);
            return;
        }
        let id = message.id;
        let echo = message
            .echo_id
            .as_ref()
            .map(|echo| OutgoingKey(echo.as_str().to_owned()));
        // What lies below the oldest known message comes with its page, and so does all that is about to be left.
        let is_left = self.leads() && self.wish().is_some();
        if is_left || self.history.contiguity.oldest().is_some_and(|oldest| id < oldest) {
            if let Some(key) = echo {
                self.echo_came(&key, id);
            }
            return;
        }
        let sender = message.sender.clone();
        let newest = self.history.newest();
        // What is known already is at least as new as what was created.
        let taken = if created && self.history.get(id).is_some() {
            Taken::Known
        } else {
            self.history.take_event(message, self.requests.clock())
        };
        self.note_read(id, None);
        if let Some(key) = echo {
            self.echo_came(&key, id);
        }
        if created && let Some(sender) = sender {
            self.typing.stopped(&sender);
            self.schedule_typing_end();
        }
        if has(Bug::EventsProve) && taken == Taken::New {
            self.history.contiguity.prove_from_start(id);
        }
        if taken == Taken::New && newest.is_none_or(|newest| id > newest) {
            self.message_appeared(id);
        }
    }

    /// The echo of a row of ours, told by another tab, may come before word of the conversation that it was sent to.
    /// From the server itself it may be a late one, of a conversation that is gone.
    pub(crate) fn learn_conversation(&mut self, message: &Message) {
        let echo = message.echo_id.as_ref();
        let is_ours = |echo: &EchoId| {
            let mut rows = self.outbox.rows().iter();
            rows.any(|row| row.record.key.0 == echo.as_str())
        };
        if echo.is_some_and(is_ours)
            && let Some(record) = &mut self.contact.record
        {
            record.conversation.get_or_insert(message.conversation_id);
        }
    }

    fn echo_came(&mut self, key: &OutgoingKey, id: MessageId) {
        if has(Bug::EchoIgnored) {
            return;
        }
        if self.adopt(key, id) {
            count(&mut self.counters.adopted_by_echo);
            return;
        }
        self.outbox.is_known(key);
        if let Some(stored) = self.history.get_mut(id) {
            let echo = &mut stored.message.echo_id;
            echo.get_or_insert_with(|| EchoId::new(key.0.clone()));
        }
    }

    /// A message that was not known before stands at the end of the conversation.
    pub(crate) fn message_appeared(&mut self, id: MessageId) {
        let Some(stored) = self.history.get(id).filter(|stored| !stored.is_contacts()) else {
            return;
        };
        let content = stored.message.content.as_deref().unwrap_or_default();
        let preview = confab_content::text::preview(content, PREVIEW);
        let author = stored
            .message
            .sender
            .as_ref()
            .filter(|sender| sender.kind != SenderKind::Contact);
        let author = author
            .map(|sender| rows::person(sender).name.to_string())
            .unwrap_or_default();
        let content = content.to_owned();
        self.announce(Announcement::MessageArrived {
            author,
            preview,
            content,
        });
    }
}
