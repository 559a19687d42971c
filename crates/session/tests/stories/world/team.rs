//! What the team and the operator do on the server.

use confab_protocol::{
    CableEvent, ContactId, ConversationId, Message, MessageId, MessageType, PubsubToken, TypingEvent,
};

use super::server::Server;
use super::shapes::agent;

impl Server {
    fn first_conversation(&self) -> (ConversationId, PubsubToken) {
        let (id, state) = self
            .conversations
            .first_key_value()
            .expect("there is no conversation");
        (*id, self.contacts[&state.source_id].token.clone())
    }

    pub fn token(&self) -> PubsubToken {
        self.first_conversation().1
    }

    pub fn conversation(&self) -> ConversationId {
        self.first_conversation().0
    }

    pub fn agent_says(&mut self, text: &str, now: i64) -> (Message, PubsubToken) {
        let (id, token) = self.first_conversation();
        let mut message = self.store_message(id, MessageType::Outgoing, text, now);
        message.sender = Some(agent());
        let state = self.conversations.get_mut(&id).expect("it was just there");
        *state.messages.last_mut().expect("just stored") = message.clone();
        (message, token)
    }

    /// An agent wrote into this conversation while nobody was told.
    pub fn say_in(&mut self, id: ConversationId, text: &str) {
        self.store_message(id, MessageType::Outgoing, text, 1_767_323_000);
    }

    pub fn change(
        &mut self,
        id: MessageId,
        change: impl FnOnce(&mut Message),
    ) -> Option<(Message, PubsubToken)> {
        let (conversation, token) = self.first_conversation();
        let state = self.conversations.get_mut(&conversation)?;
        let message = state.messages.iter_mut().find(|message| message.id == id)?;
        change(message);
        Some((message.clone(), token))
    }

    /// The contact writes from another device.
    pub fn contact_says(&mut self, text: &str, now: i64) -> (Message, PubsubToken) {
        let (id, token) = self.first_conversation();
        (self.store_message(id, MessageType::Incoming, text, now), token)
    }

    /// Ids are drawn for messages of other conversations.
    pub fn skip_ids(&mut self) {
        for _ in 0..3 {
            self.next_id();
        }
    }

    /// The team's typing, on or off.
    pub fn typing(&self, on: bool, is_private: bool) -> (CableEvent, PubsubToken) {
        let (conversation, token) = self.first_conversation();
        let event = TypingEvent {
            conversation,
            user: Some(agent()),
            is_private,
        };
        (
            if on {
                CableEvent::TypingOn(event)
            } else {
                CableEvent::TypingOff(event)
            },
            token,
        )
    }

    /// The conversations are deleted; the contacts stay.
    pub fn forget_conversations(&mut self) {
        self.conversations.clear();
    }

    /// Every contact gets another id, as after a merge.
    pub fn merge_contacts(&mut self) {
        for contact in self.contacts.values_mut() {
            contact.id = ContactId(contact.id.0 + 1_000);
        }
    }

    /// Every contact gets another token.
    pub fn change_tokens(&mut self) {
        for contact in self.contacts.values_mut() {
            contact.token = PubsubToken::new(format!("{}-new", contact.token.expose()));
        }
    }
}
