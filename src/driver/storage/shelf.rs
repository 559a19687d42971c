//! What is stored for one identity, and what each operation does to it. Pure: the same code runs inside a transaction
//! of `IndexedDB` and in memory where storage is denied.

use confab_protocol::{ExternalId, SourceId};
use confab_session::{Event, IdentityRecord, OutgoingKey, OutgoingRecord, Snapshot, TabId};
use serde::{Deserialize, Serialize};

/// Everything stored for one identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    /// The contact's session.
    pub identity: Option<IdentityRecord>,
    /// The outbox, in no order.
    pub rows: Vec<StoredRow>,
    /// Text typed and not sent.
    pub composition: Option<String>,
}

/// A row of the outbox as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRow {
    /// Whose it is; see [`super::Owner`].
    pub owner: String,
    /// Which tab may send it now, if one may.
    pub claim: Option<Claim>,
    /// The row itself.
    pub row: OutgoingRecord,
}

/// A tab's right to send a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The tab's name.
    pub tab: String,
    /// Until when, in milliseconds since 1970: the only clock that tabs share.
    pub until: i64,
}

/// An operation on the store.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Read everything, once after the start.
    Restore,
    /// Read the outbox again, because another tab changed it or this one takes the lead.
    ReadOutbox,
    /// Read the identity again, because another tab changed it.
    ReadIdentity,
    /// See [`confab_session::Effect::SaveOutgoing`].
    Save(OutgoingRecord),
    /// See [`confab_session::Effect::EnsureIdentity`].
    EnsureIdentity,
    /// See [`confab_session::Effect::StoreIdentity`].
    StoreIdentity(IdentityRecord),
    /// See [`confab_session::Effect::RenewIdentity`].
    RenewIdentity(SourceId),
    /// See [`confab_session::Effect::ClaimOutgoing`].
    Claim {
        /// The row with its attempt.
        row: OutgoingRecord,
        /// Milliseconds for which the claim holds.
        for_ms: u64,
    },
    /// See [`confab_session::Effect::UpdateOutgoing`].
    Update(OutgoingRecord),
    /// See [`confab_session::Effect::RemoveOutgoing`].
    Remove(OutgoingKey),
    /// See [`confab_session::Effect::StoreComposition`].
    Compose(Option<String>),
    /// See [`confab_session::Effect::Wipe`].
    Wipe,
}

impl Operation {
    /// Whether it may put something where nothing is: only then a database is made.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::Save(_)
                | Self::EnsureIdentity
                | Self::StoreIdentity(_)
                | Self::RenewIdentity(_)
                | Self::Compose(Some(_))
        )
    }

    /// Whether it changes nothing.
    pub fn only_reads(&self) -> bool {
        matches!(self, Self::Restore | Self::ReadOutbox | Self::ReadIdentity)
    }
}

/// What an operation may need besides the shelf.
pub struct Circumstances<'a> {
    /// This tab.
    pub tab: &'a TabId,
    /// Milliseconds since 1970.
    pub now: i64,
    /// Whose shelf it is.
    pub owner: &'a str,
    /// The site's own user id that an identity is made for.
    pub identifier: Option<&'a ExternalId>,
    /// The `source_id` that the copy outside of this store knows.
    pub copy: Option<SourceId>,
    /// Draws a new `source_id`.
    pub draw: &'a dyn Fn() -> Option<SourceId>,
    /// Whether what is stored outlives the page.
    pub durable: bool,
}

/// What an operation did.
#[derive(Debug, Default)]
pub struct Done {
    /// What the session hears, in this order.
    pub events: Vec<Event>,
    /// What has to be written.
    pub writes: Vec<Write>,
    /// What other tabs have to read again.
    pub changed: Option<Changed>,
}

/// One change of the store.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// The identity; `None` removes it.
    Identity(Option<IdentityRecord>),
    /// A row, new or over the one of its key.
    Row(StoredRow),
    /// A row is gone.
    NoRow(OutgoingKey),
    /// The composition; `None` removes it.
    Composition(Option<String>),
}

/// What other tabs have to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The rows.
    Outbox,
    /// The identity, and with it the rows.
    Identity,
}

impl Shelf {
    /// Does an operation, here and in the list of writes.
    pub fn apply(&mut self, operation: &Operation, with: &Circumstances) -> Done {
        let done = match operation {
            Operation::Restore => Done::heard(Event::Restored {
                snapshot: self.snapshot(with),
                durable: with.durable,
            }),
            Operation::ReadOutbox => Done::heard(Event::OutboxChanged(self.outbox())),
            Operation::ReadIdentity => Done::heard(Event::IdentityChanged(self.identity.clone())),
            Operation::Save(row) => self.save(row, with),
            Operation::EnsureIdentity => self.ensure(with),
            Operation::StoreIdentity(record) => self.store(record, with),
            Operation::RenewIdentity(old) => self.renew(old, with),
            Operation::Claim { row, for_ms } => self.claim(row, *for_ms, with),
            Operation::Update(row) => self.update(row, with),
            Operation::Remove(key) => Done {
                changed: Some(Changed::Outbox),
                ..Done::written(vec![Write::NoRow(key.clone())])
            },
            Operation::Compose(text) => Done::written(vec![Write::Composition(text.clone())]),
            Operation::Wipe => self.wipe(),
        };
        for write in &done.writes {
            self.keep(write);
        }
        done
    }

    /// The rows in the order of submission.
    fn outbox(&self) -> Vec<OutgoingRecord> {
        let mut rows: Vec<OutgoingRecord> = Vec::with_capacity(self.rows.len());
        // Row by row: they are few, and the library's sort costs four kilobytes.
        for StoredRow { row, .. } in &self.rows {
            let at = rows.partition_point(|other| other.sequence <= row.sequence);
            rows.insert(at, row.clone());
        }
        rows
    }

    fn snapshot(&self, with: &Circumstances) -> Snapshot {
        let stands_in = || {
            with.copy
                .clone()
                .map(|source_id| IdentityRecord::new(source_id, with.identifier.cloned()))
        };
        let identity = self.identity.clone().or_else(stands_in);
        Snapshot {
            identity,
            outbox: self.outbox(),
            composition: self.composition.clone(),
        }
    }

    /// The identity there is, or a new one and that it has to be written.
    fn put_if_absent(&self, with: &Circumstances) -> Option<(IdentityRecord, Option<Write>)> {
        if let Some(identity) = &self.identity {
            return Some((identity.clone(), None));
        }
        let identity = IdentityRecord::new(with.copy.clone().or_else(with.draw)?, with.identifier.cloned());
        Some((identity.clone(), Some(Write::Identity(Some(identity)))))
    }

    fn save(&self, row: &OutgoingRecord, with: &Circumstances) -> Done {
        let Some((identity, write)) = self.put_if_absent(with) else {
            return Done::heard(Event::SaveFailed(row.key.clone()));
        };
        // Later than every row there is; the clock keeps it later than those that were already removed, too.
        let newest = self
            .rows
            .iter()
            .map(|stored| stored.row.sequence)
            .max()
            .unwrap_or(0);
        let sequence = newest.saturating_add(1).max(u64::try_from(with.now).unwrap_or(0));
        let row = OutgoingRecord {
            sequence,
            ..row.clone()
        };
        let stored = StoredRow {
            owner: with.owner.into(),
            claim: None,
            row: row.clone(),
        };
        let changed = if write.is_some() {
            Changed::Identity
        } else {
            Changed::Outbox
        };
        Done {
            events: vec![Event::OutgoingSaved { row, identity }],
            writes: write.into_iter().chain([Write::Row(stored)]).collect(),
            changed: Some(changed),
        }
    }

    fn ensure(&self, with: &Circumstances) -> Done {
        // Without randomness there is no identity and nothing to answer with; every browser has it.
        let Some((identity, write)) = self.put_if_absent(with) else {
            return Done::default();
        };
        let changed = write.is_some().then_some(Changed::Identity);
        Done {
            events: vec![Event::IdentityStored(identity)],
            writes: write.into_iter().collect(),
            changed,
        }
    }

    fn store(&self, record: &IdentityRecord, with: &Circumstances) -> Done {
        self.replace(&record.source_id, with, || Some(record.clone()))
    }

    fn renew(&self, old: &SourceId, with: &Circumstances) -> Done {
        self.replace(old, with, || {
            Some(IdentityRecord::new((with.draw)()?, with.identifier.cloned()))
        })
    }

    /// Puts another record in the place of the one with this key, if that is still the one stored.
    fn replace(
        &self,
        old: &SourceId,
        with: &Circumstances,
        new: impl FnOnce() -> Option<IdentityRecord>,
    ) -> Done {
        let stands_in = || Some(IdentityRecord::new(with.copy.clone()?, with.identifier.cloned()));
        // Nothing at all: another tab logged out meanwhile, and nothing of the old contact may come back.
        let Some(stored) = self.identity.clone().or_else(stands_in) else {
            return Done::heard(Event::IdentityChanged(None));
        };
        match new().filter(|_| stored.source_id == *old) {
            None => Done::heard(Event::IdentityStored(stored)),
            Some(new) => Done {
                events: vec![Event::IdentityStored(new.clone())],
                writes: vec![Write::Identity(Some(new))],
                changed: Some(Changed::Identity),
            },
        }
    }

    fn claim(&self, row: &OutgoingRecord, for_ms: u64, with: &Circumstances) -> Done {
        let span = i64::try_from(for_ms).unwrap_or(i64::MAX);
        let Some(stored) = self.find(&row.key).filter(|stored| stored.is_free(with, span)) else {
            let events = vec![
                Event::OutboxChanged(self.outbox()),
                Event::ClaimRefused(row.key.clone()),
            ];
            return Done {
                events,
                ..Done::default()
            };
        };
        let claim = Claim {
            tab: with.tab.0.clone(),
            until: with.now.saturating_add(span),
        };
        let written = Done::written(vec![Write::Row(stored.with(row, Some(claim)))]);
        Done {
            events: vec![Event::OutgoingClaimed(row.key.clone())],
            ..written
        }
    }

    fn update(&self, row: &OutgoingRecord, with: &Circumstances) -> Done {
        // A row that is gone stays gone; one that another tab claimed is that tab's to write.
        let Some(stored) = self
            .find(&row.key)
            .filter(|stored| stored.is_free(with, i64::MAX))
        else {
            return Done::default();
        };
        Done {
            changed: Some(Changed::Outbox),
            ..Done::written(vec![Write::Row(stored.with(row, None))])
        }
    }

    fn wipe(&self) -> Done {
        let rows = self
            .rows
            .iter()
            .map(|stored| Write::NoRow(stored.row.key.clone()));
        let writes = [Write::Identity(None), Write::Composition(None)]
            .into_iter()
            .chain(rows)
            .collect();
        Done {
            events: Vec::new(),
            writes,
            changed: Some(Changed::Identity),
        }
    }

    fn find(&self, key: &OutgoingKey) -> Option<&StoredRow> {
        self.rows.iter().find(|stored| stored.row.key == *key)
    }

    fn keep(&mut self, write: &Write) {
        match write {
            Write::Identity(identity) => self.identity.clone_from(identity),
            Write::Composition(text) => self.composition.clone_from(text),
            Write::NoRow(key) => self.rows.retain(|stored| stored.row.key != *key),
            Write::Row(row) => {
                self.rows.retain(|stored| stored.row.key != row.row.key);
                self.rows.push(row.clone());
            }
        }
    }
}

impl Done {
    fn heard(event: Event) -> Self {
        Self {
            events: vec![event],
            ..Self::default()
        }
    }

    fn written(writes: Vec<Write>) -> Self {
        Self {
            writes,
            ..Self::default()
        }
    }
}

impl StoredRow {
    /// Whether this tab may take the row. A claim that ends later than any claim could was made before the clock was
    /// set back, and counts as over.
    fn is_free(&self, with: &Circumstances, span: i64) -> bool {
        self.claim.as_ref().is_none_or(|claim| {
            claim.tab == with.tab.0 || claim.until <= with.now || claim.until > with.now.saturating_add(span)
        })
    }

    fn with(&self, row: &OutgoingRecord, claim: Option<Claim>) -> Self {
        let sequence = if row.sequence == 0 {
            self.row.sequence
        } else {
            row.sequence
        };
        Self {
            owner: self.owner.clone(),
            claim,
            row: OutgoingRecord {
                sequence,
                ..row.clone()
            },
        }
    }
}

#[cfg(test)]
mod tests;
