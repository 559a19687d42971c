//! Sending: what the outbox asks of store and server, one message at a time.

use confab_protocol::{EchoId, Message, MessageId, Reply, Request};

use crate::bugs::{Bug, has};
use crate::deadlines::Timer;
use crate::delivery::{Stage, Step};
use crate::diagnostics::count;
use crate::effect::{Announcement, Effect};
use crate::event::{Failure, Outcome};
use crate::outbox::Outgoing;
use crate::record::{Attempt, IdentityRecord, OutgoingKey, OutgoingRecord, RECORD_VERSION};
use crate::requests::Purpose;
use crate::rng::hex;
use crate::session::{REQUEST_TIMEOUT, Session};
use crate::time::UnixMillis;

/// How long a claim holds: until it is half over something may begin under it, and the rest is for its answer.
pub(crate) const CLAIM: u64 = 2 * REQUEST_TIMEOUT;
/// A claim that was not granted within this time may come to a tab that was frozen meanwhile, and whose row another
/// tab has taken over: it is asked for again. Doubled with each, for a store that is slow.
pub(crate) const GRANT: u64 = 2_000;
/// Pause after a claim was refused.
const CLAIM_AGAIN: u64 = 2_000;
/// Time after which a person decides.
const DAY: i64 = 86_400_000;

impl Session {
    /// A person submits a text: it shows at once and leaves when it is stored.
    pub(crate) fn submit(&mut self, text: &str) {
        let text: String = text.trim().chars().filter(|c| *c != '\0').collect();
        if confab_content::text::is_blank(&text) {
            return;
        }
        self.wish_refused = false;
        let key = OutgoingKey(hex(self.rng.next()) + &hex(self.rng.next()));
        let record = OutgoingRecord {
            version: RECORD_VERSION,
            key,
            sequence: 0,
            text,
            submitted_at: self.now.wall,
            rounds: 0,
            attempt: None,
            failed: None,
            wait_until: None,
        };
        let row = self.history.new_key();
        let outgoing = Outgoing::submitted(record.clone(), row, self.now.mono);
        self.outbox.put(outgoing);
        self.emit(Effect::SaveOutgoing(record));
        self.clear_composition();
        self.stop_typing();
        self.seen.divider = None;
        self.window.follow();
        self.lift_setup();
        self.timers.clear(Timer::ContactDue);
    }

    pub(crate) fn outgoing_saved(&mut self, row: OutgoingRecord, identity: IdentityRecord) {
        if !self.belongs(&identity) {
            return;
        }
        self.meet_identity(identity);
        let key = row.key.clone();
        // It may have been met in the store already, and be further.
        let Some(outgoing) = self.outbox.get_mut(&key).filter(|row| row.stage == Stage::Saving) else {
            return;
        };
        outgoing.record = row;
        outgoing.missing = false;
        self.step(&key, Step::Stored);
        self.outbox.sort();
        if !self.leads() {
            self.emit(Effect::NudgeLeader);
        }
    }

    pub(crate) fn save_failed(&mut self, key: &OutgoingKey) {
        let Some(text) = self.outbox.get(key).map(|row| row.record.text.clone()) else {
            return;
        };
        let saving = self.outbox.get(key).is_some_and(|row| row.stage == Stage::Saving);
        if saving && self.step(key, Step::NotStored) {
            // One that was tried again may lie there as it was.
            self.emit(Effect::RemoveOutgoing(key.clone()));
            self.give_back(text);
        }
    }

    /// Makes a step of a delivery; one that is not drawn is counted and changes nothing.
    pub(crate) fn step(&mut self, key: &OutgoingKey, step: Step) -> bool {
        if self.outbox.get(key).is_none() {
            return false;
        }
        let made = self.outbox.step(key, step, self.now.mono);
        if !made {
            self.counters.refused_transitions = self.counters.refused_transitions.wrapping_add(1);
        }
        made
    }

    pub(crate) fn retry(&mut self, key: &OutgoingKey) {
        let Some(outgoing) = self.outbox.get_mut(key).filter(|row| row.stage == Stage::Failed) else {
            return;
        };
        outgoing.settled = None;
        let record = &mut outgoing.record;
        record.sequence = 0;
        record.submitted_at = self.now.wall;
        record.rounds = 0;
        record.attempt = None;
        record.failed = None;
        let record = record.clone();
        if self.step(key, Step::Retried) {
            self.outbox.sort();
            self.emit(Effect::SaveOutgoing(record));
        }
    }

    pub(crate) fn discard(&mut self, key: &OutgoingKey) {
        if self.outbox.get(key).is_some_and(|row| row.stage == Stage::Failed)
            && self.step(key, Step::Discarded)
        {
            self.emit(Effect::RemoveOutgoing(key.clone()));
        }
    }

    /// Claims the row whose turn it is, when everything it needs is there.
    pub(crate) fn pursue_sending(&mut self) {
        // Refused while the claim of a tab that is gone was fresh: until it is written, nothing behind it is sent.
        if !self.is_held_back(Timer::ClaimDue)
            && let Some(failed) = self.outbox.take_unlearned()
        {
            self.emit(Effect::UpdateOutgoing(failed));
            self.set_timer(Timer::ClaimDue, CLAIM_AGAIN);
        }
        let Some(row) = self.outbox.turn().filter(|row| row.stage == Stage::Queued) else {
            return;
        };
        let key = row.record.key.clone();
        if self.is_too_old(row.record.submitted_at) {
            return self.give_to_person(&key);
        }
        // Of one that the store holds no more a page says what became of it.
        if row.missing || !self.may_send() || self.is_held_back(Timer::ClaimDue) {
            return;
        }
        let newest_known = self.history.newest();
        let Some(outgoing) = self.outbox.get_mut(&key) else {
            return;
        };
        outgoing.record.attempt = Some(Attempt {
            newest_known,
            patience: outgoing.patience(),
        });
        let row = outgoing.record.clone();
        if self.step(&key, Step::ClaimAsked) {
            self.emit(Effect::ClaimOutgoing { row, for_ms: CLAIM });
        }
    }

    /// The contact and the conversation are stored, what the server has is known, and nothing asks to wait.
    fn may_send(&self) -> bool {
        let known = self.resync.head_known || self.history.contiguity.cursor().is_some();
        self.conversation().is_some()
            && self.wish().is_none()
            && known
            && self.page.online
            && self.setup.problem().is_none()
            && !self.is_held_back(Timer::SlowDownOver)
    }

    fn is_too_old(&self, submitted_at: UnixMillis) -> bool {
        self.now.wall.0.saturating_sub(submitted_at.0) > DAY
    }

    /// Claims the row whose turn it is without an attempt: of several leading tabs one makes the conversation. Answers
    /// whether the claim is held.
    pub(crate) fn hold_turn(&mut self) -> bool {
        let Some(row) = self.outbox.turn().filter(|row| row.stage == Stage::Queued) else {
            return false;
        };
        if row.held_until.is_some_and(|until| until > self.now.mono) {
            return true;
        }
        let (key, row) = (row.record.key.clone(), row.record.clone());
        if !self.is_held_back(Timer::ClaimDue) && self.step(&key, Step::ClaimAsked) {
            self.emit(Effect::ClaimOutgoing { row, for_ms: CLAIM });
        }
        false
    }

    pub(crate) fn claimed(&mut self, key: &OutgoingKey) {
        let Some(outgoing) = self.outbox.get(key).filter(|row| row.stage == Stage::Claiming) else {
            return;
        };
        let late = self.now.mono.since(outgoing.since) > outgoing.patience() && !has(Bug::LateClaim);
        let ready = self.address().filter(|_| self.may_send() && self.leads());
        let content = outgoing.record.text.clone();
        if !late && self.leads() && self.known_conversation().is_none() {
            let held_until = Some(outgoing.since.after(CLAIM / 2));
            if self.step(key, Step::ClaimKept)
                && let Some(outgoing) = self.outbox.get_mut(key)
            {
                outgoing.held_until = held_until;
            }
            return;
        }
        match ready.filter(|_| !late) {
            Some((source_id, conversation)) => {
                if self.step(key, Step::Left) {
                    self.expect_frame();
                    let echo_id = EchoId::new(key.0.clone());
                    let request = Request::SendMessage {
                        source_id,
                        conversation,
                        content,
                        echo_id,
                    };
                    self.request(Purpose::SendMessage(key.clone()), request);
                }
            }
            // Too late to know whose the row is now: nothing is written.
            None if late => {
                if let Some(outgoing) = self.outbox.get_mut(key) {
                    outgoing.late = outgoing.late.wrapping_add(1);
                }
                self.claim_lost(key);
            }
            None => self.settle_attempt(key, Step::ClaimLost),
        }
    }

    /// The row is another tab's, or gone; the rows as the store holds them came just before.
    pub(crate) fn claim_refused(&mut self, key: &OutgoingKey) {
        let Some(outgoing) = self.outbox.get(key).filter(|row| row.stage == Stage::Claiming) else {
            return;
        };
        if outgoing.missing {
            // Settled or given up by another tab: a page says which, where there is one to ask for.
            self.claim_lost(key);
            if self.leads() && self.known_conversation().is_none() {
                self.settle_missing();
            }
            return self.look_for_missing();
        }
        self.claim_lost(key);
        self.set_timer(Timer::ClaimDue, CLAIM_AGAIN);
        // The other tab may send as long as its claim is not half over.
        let (role, ended) = (self.role, self.at(CLAIM / 2));
        let Some(outgoing) = self.outbox.get_mut(key) else {
            return;
        };
        let stored = outgoing.stored.take();
        // What was proved absent needs no proving again, whoever's claim still holds; any other attempt does.
        if let Some(stored) = stored.filter(|stored| !outgoing.has_settled(stored)) {
            outgoing.meet(stored, role, ended);
            self.outbox.sort();
        }
    }

    /// Back to waiting: the attempt that was to begin never did.
    fn claim_lost(&mut self, key: &OutgoingKey) {
        if let Some(outgoing) = self.outbox.get_mut(key) {
            outgoing.record.attempt = None;
        }
        self.step(key, Step::ClaimLost);
    }

    /// Makes a step after which no attempt is on record any more, and writes the row.
    pub(crate) fn settle_attempt(&mut self, key: &OutgoingKey, step: Step) {
        if self.step(key, step)
            && let Some(outgoing) = self.outbox.get_mut(key)
        {
            let rounds = outgoing.record.rounds;
            let attempt = outgoing.record.attempt.take();
            // What is written gives the row free.
            outgoing.held_until = None;
            outgoing.stored = None;
            if step == Step::RefusedForGood {
                outgoing.settled = attempt.map(|attempt| (rounds, attempt));
            }
            let record = outgoing.record.clone();
            self.emit(Effect::UpdateOutgoing(record));
        }
    }

    pub(crate) fn send_failed(&mut self, key: &OutgoingKey, request: u64, failure: &Failure) {
        // Once the lead is another's the row is, too: what this tab tried says nothing of what the other one tries.
        if !self.leads() || self.outbox.get(key).is_none_or(|row| row.stage != Stage::Sending) {
            return;
        }
        match failure.outcome() {
            Outcome::Unknown => {
                self.step(key, Step::Unclear);
                self.probe_link();
            }
            Outcome::NotApplied if failure.asks_to_slow_down() => {
                let wait_until = self.slowed_down_until();
                if let Some(outgoing) = self.outbox.get_mut(key) {
                    outgoing.record.wait_until = wait_until;
                }
                self.settle_attempt(key, Step::PutOff);
            }
            Outcome::NotApplied if failure.is_missing() => {
                self.settle_attempt(key, Step::PutOff);
                if !self.requests.is_outdated(request) {
                    self.conversation_missing();
                }
            }
            Outcome::NotApplied if failure.is_not_found() => {
                // Not this API's own 404: something in between, for a while.
                self.settle_attempt(key, Step::PutOff);
                self.set_timer(Timer::ClaimDue, CLAIM_AGAIN);
            }
            Outcome::NotApplied => {
                if let Some(outgoing) = self.outbox.get_mut(key) {
                    outgoing.record.failed = Some(failure.reason());
                }
                self.settle_attempt(key, Step::RefusedForGood);
            }
        }
    }

    pub(crate) fn sent(&mut self, key: &OutgoingKey, message: Message, request: u64) {
        self.resync_after_send();
        if self.known_conversation() != Some(message.conversation_id) {
            // The conversation was left meanwhile; that it was sent there is true all the same.
            self.finish(key);
            return;
        }
        let id = message.id;
        self.history.take_answer(message, request);
        if self.adopt(key, id) {
            count(&mut self.counters.adopted_by_reply);
        }
        if !self.leads() {
            // The lead was taken over meanwhile: the new leader need not look for what is known.
            self.emit(Effect::RemoveOutgoing(key.clone()));
        }
        let normalised = self.history.get(id).map(|stored| stored.message.clone());
        if let Some(mut message) = normalised {
            message.echo_id = Some(EchoId::new(key.0.clone()));
            self.emit(Effect::Rebroadcast(Reply::Message(message)));
        }
    }

    /// The server has this outgoing message as message `id`: before its reply, after it, twice or by a look, it is the
    /// same step. Answers whether it was news.
    pub(crate) fn adopt(&mut self, key: &OutgoingKey, id: MessageId) -> bool {
        let Some(row) = self.outbox.get(key).map(|outgoing| outgoing.row) else {
            return false;
        };
        if let Some(stored) = self.history.get_mut(id) {
            stored
                .message
                .echo_id
                .get_or_insert_with(|| EchoId::new(key.0.clone()));
            if !has(Bug::KeyNotKept) {
                stored.key = row;
            }
            stored.row = None;
        } else {
            self.history.keep_key(id, row);
        }
        self.finish(key)
    }

    fn finish(&mut self, key: &OutgoingKey) -> bool {
        let text = self.outbox.get(key).map(|outgoing| outgoing.record.text.clone());
        if !self.step(key, Step::Known) {
            return false;
        }
        if self.fence.as_ref().is_some_and(|fence| fence.key == *key) {
            self.fence = None;
        }
        if self.leads() {
            self.emit(Effect::RemoveOutgoing(key.clone()));
        }
        self.announce(Announcement::MessageSent {
            content: text.unwrap_or_default(),
        });
        true
    }

    pub(crate) fn give_to_person(&mut self, key: &OutgoingKey) {
        if self.step(key, Step::GivenToPerson)
            && let Some(outgoing) = self.outbox.get_mut(key)
        {
            outgoing.record.failed = Some(String::new());
            let record = outgoing.record.clone();
            self.emit(Effect::UpdateOutgoing(record));
        }
    }
}
