//! The identity as the store holds it: written here, or by another tab.

use crate::record::IdentityRecord;
use crate::requests::Purpose;
use crate::session::Session;

impl Session {
    /// The store answered, with what it holds now.
    pub(crate) fn identity_stored(&mut self, stored: IdentityRecord) {
        if self.belongs(&stored) {
            self.contact.storing = self.contact.storing.saturating_sub(1);
            self.meet_identity(stored);
        }
    }

    /// Another tab stored an identity, or wiped it.
    pub(crate) fn identity_changed(&mut self, record: Option<IdentityRecord>) {
        match record {
            Some(record) if self.belongs(&record) => self.meet_identity(record),
            Some(_) => {}
            None => self.forget_everything(),
        }
    }

    /// Takes in a stored identity: the same one with what others learned, or another that replaces ours.
    pub(crate) fn meet_identity(&mut self, mut stored: IdentityRecord) {
        match &self.contact.record {
            // What was read before a write of this tab knows nothing of it.
            Some(record) if record.source_id == stored.source_id && self.contact.is_storing() => {
                self.merge_identity(stored);
            }
            Some(record) if record.source_id == stored.source_id => {
                stored.seen = record.seen.max(stored.seen);
                let before = record.conversation;
                self.contact.record = Some(stored);
                if before.is_some() && before != self.known_conversation() {
                    self.leave_conversation();
                }
                if before != self.known_conversation() {
                    self.ask_for_head();
                }
            }
            Some(record) => {
                // The leading tab may have told of a message in its conversation before.
                let is_known = record.conversation.is_some() && record.conversation == stored.conversation;
                self.drop_link();
                if !is_known {
                    self.leave_conversation();
                }
                // What was asked about the contact before is answered yet: 404, it may be.
                self.requests.keep(&|purpose| {
                    matches!(purpose, Purpose::Inbox | Purpose::Probe | Purpose::SendMessage(_))
                });
                self.requests.outdate();
                self.resync.let_go();
                self.want_resync();
                self.thread.meet(&stored, self.now.mono);
                self.contact.replace(stored);
                self.ask_for_head();
            }
            None => {
                self.thread.meet(&stored, self.now.mono);
                self.contact.record = Some(stored);
                self.ask_for_head();
            }
        }
    }

    /// What this tab has learned stays; what it had not is added.
    fn merge_identity(&mut self, stored: IdentityRecord) {
        let Some(record) = self.contact.record.as_mut() else {
            return;
        };
        record.pubsub_token = record.pubsub_token.take().or(stored.pubsub_token);
        record.contact_id = record.contact_id.or(stored.contact_id);
        record.inbox = record.inbox.or(stored.inbox);
        record.verified |= stored.verified;
        record.seen = record.seen.max(stored.seen);
        if record.conversation.is_none() {
            record.conversation = stored.conversation;
            if record.creation == 0 {
                record.creation = stored.creation;
            }
        }
    }
}
