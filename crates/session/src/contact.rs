//! The contact: restored or created, verified, read again when the server stops knowing it.
//!
//! ```text
//!            first send, or opening with an identity        POST contacts          token stored
//!  nothing ─────────────────────────────────► key stored ──────────────► token ──────────────► usable
//!                                                 ▲                                          │   │
//!                                                 │ 404: a fresh key, once       silence, 404│   │ PATCH with the pair,
//!                                                 └─────────────── read again ◄──────────────┘   ▼ once: verified
//! ```
//!
//! Every step waits until the store answered: token and conversation are stored before the first request that uses
//! them.

use confab_protocol::{ContactId, ContactSession, Profile, Request, SourceId};

use crate::config::SetupProblem;
use crate::deadlines::Timer;
use crate::delivery::Stage;
use crate::effect::Effect;
use crate::event::Failure;
use crate::profile::digest;
use crate::record::IdentityRecord;
use crate::requests::Purpose;
use crate::session::Session;

/// First pause after a failure, doubled with each up to the last.
pub(crate) const RETRY_FIRST: u64 = 2_000;
/// Less than half of the time within which all is in order again once the server is well.
pub(crate) const RETRY_LAST: u64 = 25_000;
/// Equal refusals after which an identity counts as refused, and silences after which an address is in doubt.
const GIVE_UP_AFTER: u32 = 3;
const REFUSED_AFTER: u32 = 2;

/// What is known of the contact.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub(crate) struct Contact {
    pub(crate) record: Option<IdentityRecord>,
    /// Answers of the store that are waited for.
    pub(crate) storing: u32,
    /// It may be gone or changed: to be read again.
    suspect: bool,
    /// It was made anew in this page load; that happens once.
    renewed: bool,
    /// Its key alone was found, and nothing that waits to be sent: what else was stored is gone, and the contact may have a
    /// conversation.
    pub(crate) recalled: bool,
    /// The server refused the profile; it is left out.
    profile_refused: bool,
    failures: u32,
}

impl Contact {
    /// The key, once token and key are stored and nothing is being written.
    pub(crate) fn usable(&self) -> Option<&IdentityRecord> {
        self.record
            .as_ref()
            .filter(|record| record.pubsub_token.is_some() && self.storing == 0)
    }

    pub(crate) fn source_id(&self) -> Option<SourceId> {
        self.record.as_ref().map(|record| record.source_id.clone())
    }

    /// Another contact takes the place of this one: nothing found out about this one says anything of it.
    pub(crate) fn replace(&mut self, record: IdentityRecord) {
        self.record = Some(record);
        self.suspect = false;
        self.recalled = false;
        self.failures = 0;
    }

    /// Gives a profile that was changed another chance.
    pub(crate) fn allow_profile(&mut self) {
        self.profile_refused = false;
    }

    /// Whether a step waits for the store.
    pub(crate) const fn is_storing(&self) -> bool {
        self.storing > 0
    }
}

impl Session {
    /// Takes the contact's next step.
    pub(crate) fn pursue_contact(&mut self) {
        if !self.page.online
            || self.contact.storing > 0
            || self.setup.problem().is_some()
            || self.is_held_back(Timer::ContactDue)
            || self.contact_is_busy()
        {
            return;
        }
        match &self.contact.record {
            None if self.needs_contact() => {
                self.contact.storing = self.contact.storing.wrapping_add(1);
                self.emit(Effect::EnsureIdentity);
            }
            Some(record) if record.pubsub_token.is_none() && self.needs_contact() => {
                self.create_contact(Purpose::CreateContact);
            }
            Some(record) if record.pubsub_token.is_none() => {}
            Some(_) if self.contact.suspect => self.read_contact(),
            Some(record) if self.needs_update(record) => self.update_contact(),
            _ => {}
        }
    }

    /// Without an identity only something to send makes a contact; with one, opening does, and a stored session.
    fn needs_contact(&self) -> bool {
        let to_send = self.outbox.turn().is_some_and(|row| row.stage != Stage::Saving);
        let identified =
            self.config.identity.is_some() && (self.page.was_open || self.contact.record.is_some());
        to_send || identified || self.contact.recalled
    }

    fn needs_update(&self, record: &IdentityRecord) -> bool {
        let unverified = self.has_hash() && !record.verified;
        let digest = digest(&self.config.profile);
        let changed = digest != 0 && digest != record.profile && !self.contact.profile_refused;
        unverified || changed
    }

    fn has_hash(&self) -> bool {
        self.config
            .identity
            .as_ref()
            .is_some_and(|identity| identity.identifier_hash.is_some())
    }

    fn profile(&self) -> Profile {
        if self.contact.profile_refused {
            Profile::default()
        } else {
            self.config.profile.clone()
        }
    }

    fn create_contact(&mut self, purpose: Purpose) {
        let Some(source_id) = self.contact.source_id() else {
            return;
        };
        let request = Request::CreateContact {
            source_id,
            identity: self.config.identity.clone(),
            profile: self.profile(),
        };
        if self.contact.failures == 0 {
            self.request(purpose, request);
        } else {
            self.request_by_itself(purpose, request, Timer::ContactDue);
        }
    }

    /// Asks whether the contact is still there. With a hash the pair goes in a body, never in an address.
    fn read_contact(&mut self) {
        if self.has_hash() {
            self.create_contact(Purpose::ReadContact);
        } else if let Some(source_id) = self.contact.source_id() {
            self.request_by_itself(
                Purpose::ReadContact,
                Request::ShowContact { source_id },
                Timer::ContactDue,
            );
        }
    }

    fn update_contact(&mut self) {
        let Some(source_id) = self.contact.source_id() else {
            return;
        };
        let request = Request::UpdateContact {
            source_id,
            identity: self.config.identity.clone(),
            profile: self.profile(),
        };
        self.request(Purpose::UpdateContact, request);
    }

    /// Something made the contact doubtful: silence after subscribing, or a 404 below it.
    pub(crate) fn suspect_contact(&mut self) {
        self.contact.suspect = true;
    }

    pub(crate) fn contact_read(&mut self, session: ContactSession) {
        self.contact.suspect = false;
        self.adopt_contact(session);
    }

    pub(crate) fn contact_updated(&mut self, id: ContactId) {
        let digest = digest(&self.config.profile);
        self.contact.failures = 0;
        let verified = self.has_hash();
        let merged = self.contact_id_changed(Some(id));
        self.change_record(|record| {
            record.verified |= verified;
            record.profile = digest;
            record.contact_id = Some(id);
        });
        if merged {
            self.reconnect_for_merge();
        }
    }

    pub(crate) fn adopt_contact(&mut self, session: ContactSession) {
        self.contact.failures = 0;
        let merged = self.contact_id_changed(session.id);
        let created = self
            .contact
            .record
            .as_ref()
            .is_some_and(|record| record.pubsub_token.is_none());
        let told = if created { digest(&self.profile()) } else { 0 };
        let token_changed = self
            .contact
            .record
            .as_ref()
            .is_some_and(|record| record.pubsub_token.as_ref() != Some(&session.pubsub_token));
        self.change_record(|record| {
            record.pubsub_token = Some(session.pubsub_token);
            record.contact_id = session.id.or(record.contact_id);
            if told != 0 {
                record.profile = told;
            }
        });
        if merged || token_changed {
            self.reconnect_for_merge();
        }
    }

    fn contact_id_changed(&self, id: Option<ContactId>) -> bool {
        let known = self.contact.record.as_ref().and_then(|record| record.contact_id);
        known.is_some() && id.is_some() && known != id
    }

    pub(crate) fn contact_failed(&mut self, failure: &Failure) {
        self.contact.failures = self.contact.failures.wrapping_add(1);
        let failures = self.contact.failures;
        match failure {
            _ if failure.is_missing() => return self.hold_up(SetupProblem::UnknownInbox),
            Failure::Refused { status: 404, .. } if !self.is_address_proved() => {
                return self.hold_up(SetupProblem::NotTheApi { status: 404 });
            }
            Failure::Refused {
                status: 422, text, ..
            } if !self.contact.profile_refused => {
                let text = text.message.clone().unwrap_or_default();
                self.tell_owner(&SetupProblem::ProfileRefused { text });
                self.contact.profile_refused = true;
                return;
            }
            Failure::Refused {
                status: 500..=599, ..
            } if failures >= REFUSED_AFTER && self.identity_is_asked_for() => {
                return self.hold_up(SetupProblem::IdentityRefused);
            }
            Failure::Undecodable if failures >= GIVE_UP_AFTER && !self.is_address_proved() => {
                return self.hold_up(SetupProblem::NotTheApi { status: 200 });
            }
            Failure::Unreachable if failures >= GIVE_UP_AFTER && !self.is_address_proved() => {
                return self.hold_up(SetupProblem::Unreachable);
            }
            Failure::Unreachable | Failure::TimedOut | Failure::Undecodable | Failure::Refused { .. } => {}
        }
        let pause = self.backoff(RETRY_FIRST, failures, RETRY_LAST);
        self.set_timer(Timer::ContactDue, pause);
    }

    /// Whether a 500 most likely means that the identity is refused: there is no other answer for that.
    fn identity_is_asked_for(&self) -> bool {
        self.has_hash()
            || self
                .setup
                .inbox
                .as_ref()
                .is_some_and(|inbox| inbox.identity_validation_enabled)
    }

    /// The server does not know the contact any more: a fresh key, once; the outbox stays and goes out under it.
    pub(crate) fn forget_contact(&mut self) {
        self.contact.suspect = false;
        let Some(source_id) = self.contact.source_id() else {
            return;
        };
        if self.contact.renewed {
            return self.hold_up(SetupProblem::UnknownInbox);
        }
        self.contact.renewed = true;
        self.contact.storing = self.contact.storing.wrapping_add(1);
        self.drop_link();
        self.leave_conversation();
        self.emit(Effect::RenewIdentity(source_id));
    }

    /// Changes the record and stores it; what depends on it waits for the store.
    pub(crate) fn change_record(&mut self, change: impl FnOnce(&mut IdentityRecord)) {
        let Some(record) = self.contact.record.as_mut() else {
            return;
        };
        let before = record.clone();
        change(record);
        if *record != before {
            let record = record.clone();
            self.contact.storing = self.contact.storing.wrapping_add(1);
            self.emit(Effect::StoreIdentity(record));
        }
    }
}
