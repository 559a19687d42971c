//! The outbox: messages the server is not known to have, in the order in which they were submitted.

use std::cell::OnceCell;
use std::sync::Arc;

use confab_content::markdown::Document;
use confab_protocol::MessageId;

use crate::bugs::{Bug, has};
use crate::delivery::{Stage, Step, transition};
use crate::event::Role;
use crate::history::Stored;
use crate::record::{Attempt, OutgoingKey, OutgoingRecord, RECORD_VERSION};
use crate::sending::{CLAIM, GRANT};
use crate::session::REQUEST_TIMEOUT;
use crate::time::{Millis, doubled};
use crate::view::{Delivery, RowKey};

/// An outgoing message.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) record: OutgoingRecord,
    /// The key of its row, which the confirmed message will keep.
    pub(crate) row: RowKey,
    pub(crate) stage: Stage,
    /// When it came to this stage: for `Claiming` the claim was asked, for `Unconfirmed` the attempt ended.
    pub(crate) since: Millis,
    /// It was absent when the store was last read.
    pub(crate) missing: bool,
    /// Since when, if so.
    pub(crate) missing_since: Millis,
    /// Newest id known when this tab met it, if what the server had was known then.
    pub(crate) met_above: Option<MessageId>,
    /// Its text, parsed once.
    document: OnceCell<Option<Arc<Document>>>,
    /// Claims in a row that were granted too late to be used.
    pub(crate) late: u32,
    /// Until when this tab's claim allows to begin something.
    pub(crate) held_until: Option<Millis>,
    /// The attempt that was last proved absent or refused for good, and the rounds before it.
    pub(crate) settled: Option<(u8, Attempt)>,
    /// The row as the store was found to hold it while this tab asked for a claim, or after it had failed here.
    pub(crate) stored: Option<OutgoingRecord>,
}

impl Outgoing {
    /// A message just submitted.
    pub(crate) fn submitted(record: OutgoingRecord, row: RowKey, now: Millis) -> Self {
        Self {
            record,
            row,
            stage: Stage::Saving,
            since: now,
            missing: false,
            missing_since: now,
            met_above: None,
            document: OnceCell::new(),
            late: 0,
            held_until: None,
            settled: None,
            stored: None,
        }
    }

    /// Its text as shown, parsed once.
    pub(crate) fn document(
        &self,
        parse: impl FnOnce(&str) -> Option<Arc<Document>>,
    ) -> Option<Arc<Document>> {
        self.document.get_or_init(|| parse(&self.record.text)).clone()
    }

    /// A row as it lies in the store, met by a session that did not write it. A follower takes an attempt on record for
    /// the leader's. A leading tab that meets one leads beside another, as where there are no locks: that one's request
    /// lasts as long as any.
    pub(crate) fn found(record: OutgoingRecord, row: RowKey, role: Role, now: Millis) -> Self {
        let stage = match (&record.failed, &record.attempt, role) {
            (Some(_), _, _) => Stage::Failed,
            (None, Some(_), Role::Leader) if has(Bug::ForgottenOnTakeOver) => Stage::Queued,
            (None, Some(_), Role::Leader) => Stage::Unconfirmed,
            (None, Some(_), Role::Follower) => Stage::Sending,
            (None, None, _) => Stage::Queued,
        };
        let beside = if role == Role::Leader { REQUEST_TIMEOUT } else { 0 };
        let since = may_leave_until(&record, now).after(beside);
        let mut found = Self::submitted(record, row, since);
        found.stage = stage;
        found
    }

    /// Milliseconds within which a claim has to be granted: more after each that came late, for a store that is slow.
    pub(crate) fn patience(&self) -> u64 {
        doubled(GRANT, self.late, CLAIM / 2)
    }

    /// Newest id that was known when its attempt began, while the attempt is not settled.
    pub(crate) fn newest_known(&self) -> Option<MessageId> {
        let attempt = self.record.attempt.as_ref()?;
        Some(attempt.newest_known.unwrap_or_default())
    }

    /// Whether a fetched message may be this one and is held back from the view for that: what waits here another tab
    /// may have sent.
    pub(crate) fn may_be(&self, stored: &Stored) -> bool {
        let bounds = [self.newest_known(), self.met_above];
        !has(Bug::ShownBeside)
            && !matches!(self.stage, Stage::Saving | Stage::Failed)
            && bounds.iter().flatten().any(|known| stored.message.id > *known)
            && stored.may_be(&self.record.text)
    }

    /// Whether the attempt on this record is the one that was last proved absent or refused for good.
    pub(crate) fn has_settled(&self, record: &OutgoingRecord) -> bool {
        let settled = self.settled.as_ref();
        settled.is_some_and(|(rounds, attempt)| {
            *rounds == record.rounds && record.attempt.as_ref() == Some(attempt)
        })
    }

    /// Takes in the row as the store was found to hold it.
    pub(crate) fn meet(&mut self, record: OutgoingRecord, role: Role, now: Millis) {
        self.missing = false;
        // Read before this tab wrote that it failed, or the store did not take that from it.
        if self.stage == Stage::Failed && self.has_settled(&record) {
            self.stored = Some(record);
            return;
        }
        let saved = self.stage == Stage::Saving && record.sequence > 0 && record.failed.is_none();
        let is_idle = saved || matches!(self.stage, Stage::Queued | Stage::Failed);
        // Another leading tab came to an end with it: refused for good, or proved absent; or it claimed it once more.
        let patience = |record: &OutgoingRecord| record.attempt.as_ref().map(|attempt| attempt.patience);
        let is_settled = self.stage == Stage::Unconfirmed
            && record.sequence == self.record.sequence
            && (record.failed.is_some()
                || record.rounds > self.record.rounds
                || patience(&record) > patience(&self.record));
        if role == Role::Follower && self.stage != Stage::Saving || is_idle || is_settled {
            let late = self.late;
            // What came since an attempt that is off the record may be that one's all the same.
            let met_above = self.newest_known().or(self.met_above);
            // A text never changes: a follower would parse all that waits with each reading.
            let document = std::mem::take(&mut self.document);
            *self = Self::found(record, self.row, role, now);
            self.late = late;
            self.met_above = met_above;
            self.document = document;
        } else {
            self.stored = Some(record);
        }
    }

    /// As shown.
    pub(crate) fn delivery(&self, waiting_for_network: bool, is_held: bool) -> Delivery {
        let key = self.record.key.clone();
        let words = self.record.failed.as_deref().unwrap_or_default();
        let status = words
            .get(..3)
            .and_then(|status| u16::try_from(status.parse::<i64>().ok()?).ok());
        let words = words.get(status.map_or(0, |_| 3)..).unwrap_or_default();
        match self.stage {
            Stage::Saving => Delivery::Saving(key),
            Stage::Sending if !waiting_for_network => Delivery::Sending(key),
            Stage::Queued | Stage::Claiming | Stage::Sending => Delivery::Queued {
                key,
                waiting_for_network,
                is_held: is_held && self.stage == Stage::Queued,
            },
            Stage::Unconfirmed => Delivery::Unconfirmed(key),
            Stage::Failed => Delivery::Failed {
                key,
                status,
                reason: Some(words.to_owned()).filter(|words| !words.is_empty()),
                certain: self.record.attempt.is_none(),
            },
            Stage::Gone => Delivery::Sent,
        }
    }
}

/// Until when another tab may let go of what it claimed no later than now: one that was frozen sends under a claim granted
/// before as long as that is fresh to it.
fn may_leave_until(record: &OutgoingRecord, now: Millis) -> Millis {
    let patience = record.attempt.as_ref().map_or(0, |attempt| attempt.patience);
    now.after(patience.max(GRANT))
}

/// All of them; those being saved, which have no place yet, at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    rows: Vec<Outgoing>,
    /// Keys of those that are out of it, ascending: a late reading of the store may still bring them.
    gone: Vec<OutgoingKey>,
    /// Those of them that the store was last found to hold.
    leftovers: Vec<OutgoingKey>,
}

impl Outbox {
    pub(crate) fn rows(&self) -> &[Outgoing] {
        &self.rows
    }

    pub(crate) fn get(&self, key: &OutgoingKey) -> Option<&Outgoing> {
        self.rows.iter().find(|row| row.record.key == *key)
    }

    pub(crate) fn get_mut(&mut self, key: &OutgoingKey) -> Option<&mut Outgoing> {
        self.rows.iter_mut().find(|row| row.record.key == *key)
    }

    /// Adds a row, or puts it where its sequence now says.
    pub(crate) fn put(&mut self, row: Outgoing) {
        self.rows.retain(|other| other.record.key != row.record.key);
        self.rows.push(row);
        self.sort();
    }

    /// Orders by the store's sequence; rows without one keep their order at the end.
    pub(crate) fn sort(&mut self) {
        let place = |row: &Outgoing| match row.record.sequence {
            0 => u64::MAX,
            sequence => sequence,
        };
        // Row by row: they are few and nearly in order, and the library's sort costs four kilobytes.
        let rows = std::mem::take(&mut self.rows);
        for row in rows {
            let at = self.rows.partition_point(|other| place(other) <= place(&row));
            self.rows.insert(at, row);
        }
    }

    /// The row whose turn it is: the first that no person has to decide about. All behind it wait.
    pub(crate) fn turn(&self) -> Option<&Outgoing> {
        let holds_back = |row: &&Outgoing| {
            row.stage != Stage::Failed && !(has(Bug::NothingHeldBack) && row.stage == Stage::Unconfirmed)
        };
        self.rows.iter().find(holds_back)
    }

    /// Makes a step; a row that is gone leaves the outbox. Answers whether the step is drawn.
    pub(crate) fn step(&mut self, key: &OutgoingKey, step: Step, now: Millis) -> bool {
        let Some(row) = self.get_mut(key) else {
            return false;
        };
        let Some(stage) = transition(row.stage, step) else {
            return false;
        };
        row.stage = stage;
        row.since = now;
        // The answer to the claim tells anew whether the store has it.
        row.missing &= stage != Stage::Claiming;
        if stage == Stage::Gone {
            self.is_known(key);
            self.rows.retain(|row| row.record.key != *key);
        }
        true
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes the keys of rows that the store still held though the server has them: whoever learned that died before
    /// the store did.
    pub(crate) fn take_leftovers(&mut self) -> Vec<OutgoingKey> {
        std::mem::take(&mut self.leftovers)
    }

    /// Notes that the server has a message, whether its row was met or not.
    pub(crate) fn is_known(&mut self, key: &OutgoingKey) {
        if let Err(at) = self.gone.binary_search(key) {
            self.gone.insert(at, key.clone());
        }
    }

    /// Notes for rows just met what the server is known to have.
    pub(crate) fn met_above(&mut self, newest: MessageId) {
        for row in &mut self.rows {
            row.met_above.get_or_insert(newest);
        }
    }

    /// A row that failed here, as long as the store holds it as it was before.
    pub(crate) fn take_unlearned(&mut self) -> Option<OutgoingRecord> {
        let mut failed = self.rows.iter_mut().filter(|row| row.stage == Stage::Failed);
        let unlearned = failed.find(|row| row.stored.is_some())?;
        unlearned.stored = None;
        Some(unlearned.record.clone())
    }

    /// Hands over what the leading tab had under way: its attempts count as ended now.
    pub(crate) fn take_over(&mut self, now: Millis) {
        for row in self.rows.iter_mut().filter(|row| row.record.attempt.is_some()) {
            if let Some(stage) = transition(row.stage, Step::TakenOver) {
                row.stage = stage;
                row.since = may_leave_until(&row.record, now);
            }
        }
    }

    /// Takes in the rows as the store holds them. `key` makes keys for rows not met before.
    pub(crate) fn take_in(
        &mut self,
        records: Vec<OutgoingRecord>,
        role: Role,
        now: Millis,
        mut key: impl FnMut() -> RowKey,
    ) {
        for row in &mut self.rows {
            if !row.missing {
                row.missing_since = now;
            }
            row.missing = row.stage != Stage::Saving;
        }
        self.leftovers.clear();
        for record in records
            .into_iter()
            .filter(|record| record.version == RECORD_VERSION)
        {
            if self.gone.binary_search(&record.key).is_ok() {
                self.leftovers.push(record.key);
            } else if let Some(row) = self.get_mut(&record.key) {
                row.meet(record, role, now);
            } else {
                self.rows.push(Outgoing::found(record, key(), role, now));
            }
        }
        self.rows.retain_mut(|row| {
            let gone = row.missing && row.stage == Stage::Failed;
            // That it had failed the store may never have learned: then another tab may have sent it.
            let unsure = gone && row.settled.is_some();
            if unsure {
                row.stage = Stage::Queued;
            }
            // Else it was given up in another tab.
            !gone || unsure
        });
        self.sort();
    }
}

#[cfg(test)]
mod tests;
