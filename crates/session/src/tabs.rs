//! Beginnings and changes of part: the store read, the lead taken or lost, another user, what other tabs tell.

use confab_protocol::{CableEvent, Frame, Identity, Message, MessageId, Profile, Reply};

use crate::contact::Contact;
use crate::effect::{Announcement, Effect};
use crate::event::{Ask, Role};
use crate::link::Stage;
use crate::record::{IdentityRecord, OutgoingKey, RECORD_VERSION, Snapshot};
use crate::requests::Purpose;
use crate::session::Session;

impl Session {
    pub(crate) fn restored(&mut self, snapshot: Snapshot, durable: bool) {
        // The store was slow, and the site has named another user since, or the same again after a log-out.
        if self.page.outdated > 0 {
            self.page.outdated = self.page.outdated.saturating_sub(1);
            return;
        }
        let identity = snapshot.identity.as_ref();
        let configured = self.config.identity.as_ref().map(|known| &known.identifier);
        if identity.is_some_and(|identity| identity.identifier.as_ref() != configured) {
            return;
        }
        let is_first = !self.page.restored;
        self.page.restored = true;
        self.page.durable = durable;
        // A record of another version stays in the store and is not guessed at.
        if let Some(identity) = snapshot
            .identity
            .filter(|identity| identity.version == RECORD_VERSION)
        {
            let recalled = identity.pubsub_token.is_none() && snapshot.outbox.is_empty();
            self.meet_identity(identity);
            self.contact.recalled = recalled;
        }
        self.outbox_changed(snapshot.outbox);
        if self.other_named().is_none() && self.is_of_conversation(&snapshot.page) {
            self.take_known(snapshot.page, None);
        }
        if let Some(text) = snapshot.composition.filter(|text| !text.is_empty()) {
            self.page.stored.clone_from(&text);
            self.give_back(text);
        }
        self.want_resync();
        self.want_status();
        self.ask_for_head();
        if let Some(named) = self.other_named().filter(|_| !self.leads()) {
            self.emit(Effect::AskLeader(Ask::Enter(named)));
        }
        if is_first {
            self.announce(Announcement::Ready);
        }
    }

    /// A follower has no history of its own: the leading tab's next page is its first.
    pub(crate) fn ask_for_head(&mut self) {
        if !self.leads() && self.known_conversation().is_some() {
            self.emit(Effect::AskLeader(Ask::Page(None)));
        }
    }

    pub(crate) fn role_changed(&mut self, role: Role) {
        if self.role == role {
            return;
        }
        self.role = role;
        match role {
            Role::Leader => {
                self.outbox.take_over(self.now.mono);
                if let Some(record) = self.contact.record.clone() {
                    self.thread.take_over(&record, self.now.mono);
                }
                self.want_resync();
                self.want_status();
            }
            Role::Follower => {
                self.drop_link();
                // Whatever was asked for is the new leader's to ask; only whether a message was sent is still news.
                self.requests
                    .keep(&|purpose| matches!(purpose, Purpose::SendMessage(_)));
                self.resync.let_go();
                self.thread.let_go();
                self.fence = None;
                self.ask_for_head();
            }
        }
    }

    /// The leading tab tells of an answer.
    pub(crate) fn overheard(&mut self, reply: Reply) {
        match reply {
            Reply::Messages(messages) => self.page_overheard(messages),
            Reply::Message(message) => {
                self.learn_conversation(&message);
                self.message_came(message, false);
            }
            Reply::Conversation(conversation) if self.known_conversation() == Some(conversation.id) => {
                self.thread.agent_seen = self.thread.agent_seen.max(conversation.agent_last_seen_at);
                self.set_status(conversation.status);
            }
            _ => {}
        }
    }

    /// A page that the leading tab took in, as merged there. It proves what it spans.
    fn page_overheard(&mut self, messages: Vec<Message>) {
        for message in &messages {
            self.learn_conversation(message);
        }
        if !self.is_of_conversation(&messages) {
            return;
        }
        let newest = self.history.newest().filter(|_| self.resync.head_known);
        let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
        self.take_known(messages, newest);
        self.prove_overheard(&ids);
        self.resync.head_known = true;
        if !self.leads() {
            self.settle_missing();
        }
    }

    /// Whether these are messages of the conversation that is written to.
    fn is_of_conversation(&self, messages: &[Message]) -> bool {
        let conversation = self.known_conversation();
        conversation.is_some()
            && messages
                .iter()
                .all(|message| Some(message.conversation_id) == conversation)
    }

    /// Takes in messages that a tab took in already; those above `newest` are news.
    fn take_known(&mut self, messages: Vec<Message>, newest: Option<MessageId>) {
        let clock = self.requests.clock();
        for message in messages.into_iter().filter(|message| !message.is_hidden()) {
            let key = message
                .echo_id
                .as_ref()
                .map(|echo| OutgoingKey(echo.as_str().to_owned()));
            let id = message.id;
            self.history.take_event(message, clock);
            self.note_read(id, None);
            if let Some(key) = key.filter(|key| !self.adopt(key, id)) {
                self.outbox.is_known(&key);
            }
            if newest.is_some_and(|newest| id > newest) {
                self.message_appeared(id);
            }
        }
    }

    pub(crate) fn frame_overheard(&mut self, frame: Frame) {
        if let Frame::Event { event, .. } = frame {
            if let CableEvent::MessageCreated(message) = &event {
                self.learn_conversation(message);
            }
            self.cable_event(event, false);
        }
    }

    /// The site names its user, or changes what it says about the visitor.
    pub(crate) fn set_user(&mut self, identity: Option<Identity>, profile: Profile) {
        self.config.profile = profile;
        self.contact.allow_profile();
        self.lift_setup();
        let Some(identity) = identity else { return };
        let identifier = identity.identifier.clone();
        let before = self.config.identity.replace(identity);
        let before = before.map(|known| known.identifier);
        if before.as_ref() != Some(&identifier) {
            // What is being typed stays with whom it was typed as. Nobody who becomes somebody is the same person.
            self.store_composition();
            self.forget_composition();
            if before.is_some() {
                self.give_back(String::new());
            }
            self.forget_session();
            self.switch(Some(identifier));
        }
    }

    /// Forgets the identity and all that is stored with it.
    pub(crate) fn log_out(&mut self) {
        self.emit(Effect::Wipe);
        self.forget_everything();
        self.give_back(String::new());
        // What was asked of the store before is answered yet: until it was read again, nothing of it counts.
        self.config.identity = None;
        self.switch(None);
        self.config.profile = Profile::default();
        self.config.conversation_attributes.clear();
    }

    /// Another tab wiped the identity, or this one did.
    pub(crate) fn forget_everything(&mut self) {
        self.forget_composition();
        self.forget_session();
        self.lift_setup();
    }

    /// Lets go of one identity's session; what is stored of it stays.
    fn forget_session(&mut self) {
        self.drop_link();
        self.requests.keep(&|_| false);
        self.outbox.clear();
        self.page.stored.clear();
        self.contact = Contact::default();
        self.seen.forget();
        self.leave_conversation();
        self.typing = crate::typing::Typing::default();
        self.timers.clear_all();
        debug_assert!(
            self.link.stage == Stage::Idle,
            "a session without an identity has no link"
        );
    }

    /// Whether an event about store or identity belongs to the session at hand: between two identities none does.
    pub(crate) fn belongs(&self, identity: &IdentityRecord) -> bool {
        let configured = self.config.identity.as_ref().map(|known| &known.identifier);
        let known = self
            .contact
            .record
            .as_ref()
            .is_some_and(|record| record.source_id == identity.source_id);
        self.page.restored && (known || identity.identifier.as_ref() == configured)
    }
}
