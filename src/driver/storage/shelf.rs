//! What is stored for one identity, and what each operation does to it. Pure: the same code runs inside a transaction
//! of `IndexedDB` and in memory where storage is denied.

use confab_protocol::SourceId;
use confab_session::{Event, IdentityRecord, OutgoingKey, OutgoingRecord, Role, Snapshot};

pub use super::operation::{Changed, Circumstances, Done, Operation, Write};
use super::stored::merged;
pub use super::stored::{Claim, StoredRow};

/// Everything stored for one identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    /// The contact's session.
    pub identity: Option<IdentityRecord>,
    /// The outbox, in no order.
    pub rows: Vec<StoredRow>,
    /// Texts typed and not sent, one of each tab that has one, with NUL between them; that of the last to write is last.
    pub composition: Option<String>,
}

impl Shelf {
    /// Does an operation, here and in the list of writes.
    pub fn apply(&mut self, operation: &Operation, with: &Circumstances) -> Done {
        let mut done = match operation {
            Operation::Restore => Done::heard(Event::Restored {
                snapshot: self.snapshot(with),
                durable: with.durable,
            }),
            Operation::Lead => self.told(Some(Event::RoleChanged(Role::Leader))),
            Operation::ReadOutbox => self.told(None),
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
            Operation::Compose { before, text } => self.compose(before, text),
            // Of no use without the identity it belongs to.
            Operation::KeepPage(_) if self.identity.is_none() => Done::default(),
            Operation::KeepPage(page) => Done::written(vec![Write::Page(Some(page.clone()))]),
            Operation::Wipe => self.wipe(),
        };
        for write in &done.writes {
            self.keep(write);
        }
        // Whoever writes a row learns what is so now: another tab may have been before it.
        if let Operation::Update(_) = operation {
            done.events.push(Event::OutboxChanged(self.outbox()));
        }
        done
    }

    /// Everything on it, for a store that has nothing of it any more.
    pub fn writes(&self) -> Vec<Write> {
        let mut writes = vec![
            Write::Identity(self.identity.clone()),
            Write::Composition(self.composition.clone()),
        ];
        for row in &self.rows {
            writes.push(Write::Row(row.clone()));
        }
        writes
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

    /// The rows, after the contact and the conversation that they are for, and then what follows from it.
    fn told(&self, then: Option<Event>) -> Done {
        let mut events = Vec::with_capacity(3);
        // A store without an identity is no news: an identity that was wiped was told when it was.
        if self.identity.is_some() {
            events.push(Event::IdentityChanged(self.identity.clone()));
        }
        events.push(Event::OutboxChanged(self.outbox()));
        events.extend(then);
        Done {
            events,
            ..Done::default()
        }
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
            composition: self
                .composition
                .as_deref()
                .and_then(|texts| texts.rsplit('\0').next())
                .map(str::to_owned),
            page: Vec::new(),
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
            owner: if with.durable {
                with.owner.into()
            } else {
                String::new()
            },
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
        self.replace(&record.source_id, with, |stored| {
            Some(merged(with.known, stored, record))
        })
    }

    fn renew(&self, old: &SourceId, with: &Circumstances) -> Done {
        self.replace(old, with, |_| {
            Some(IdentityRecord::new((with.draw)()?, with.identifier.cloned()))
        })
    }

    /// Puts another record in the place of the one with this key, if that is still the one stored.
    fn replace(
        &self,
        old: &SourceId,
        with: &Circumstances,
        new: impl FnOnce(&IdentityRecord) -> Option<IdentityRecord>,
    ) -> Done {
        let stands_in = || Some(IdentityRecord::new(with.copy.clone()?, with.identifier.cloned()));
        // Nothing at all: another tab logged out meanwhile, and nothing of the old contact may come back.
        let Some(stored) = self.identity.clone().or_else(stands_in) else {
            return Done::heard(Event::IdentityChanged(None));
        };
        let same = Some(&stored).filter(|stored| stored.source_id == *old);
        match same.and_then(new) {
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
        let may = |stored: &&StoredRow| {
            stored.is_free(with, span) && stored.is_known_to(row) && self.is_first(&stored.row)
        };
        let Some(stored) = self.find(&row.key).filter(may) else {
            // Whoever sent it meanwhile may have made the conversation for it.
            return self.told(Some(Event::ClaimRefused(row.key.clone())));
        };
        let claim = Claim {
            tab: with.tab.0.clone(),
            until: with.now.saturating_add(span),
            made: with.now,
        };
        // The others have to know of the attempt: a message without an owner may be this one.
        Done {
            events: vec![Event::OutgoingClaimed(row.key.clone())],
            writes: vec![Write::Row(stored.with(row, Some(claim)))],
            changed: Some(Changed::Outbox),
        }
    }

    fn update(&self, row: &OutgoingRecord, with: &Circumstances) -> Done {
        // A row that is gone stays gone; one that another tab claimed is that tab's to write while it may begin something.
        let Some(stored) = self
            .find(&row.key)
            .filter(|stored| stored.is_free(with, i64::MAX) || stored.is_half_over(with))
            .filter(|stored| stored.is_met_by(row, with))
        else {
            return Done::default();
        };
        // Without an attempt nothing is under way, and others may have it.
        let claim = stored.claim.clone().filter(|_| row.attempt.is_some());
        Done {
            changed: Some(Changed::Outbox),
            ..Done::written(vec![Write::Row(stored.with(row, claim))])
        }
    }

    /// A tab takes away what it wrote itself, or took over, and nothing else: the text of another one, which may be gone,
    /// waits for the next page.
    fn compose(&self, before: &str, text: &str) -> Done {
        let mut taken = before.is_empty();
        let mut kept = String::new();
        let mut keep = |one: &str| {
            if !kept.is_empty() && !one.is_empty() {
                kept.push('\0');
            }
            kept.push_str(one);
        };
        for one in self.composition.as_deref().unwrap_or_default().split('\0') {
            if taken || one != before {
                keep(one);
            }
            taken |= one == before;
        }
        keep(text);
        Done::written(vec![Write::Composition(
            Some(kept).filter(|kept| !kept.is_empty()),
        )])
    }

    fn wipe(&self) -> Done {
        let rows = self
            .rows
            .iter()
            .map(|stored| Write::NoRow(stored.row.key.clone()));
        let writes = [Write::Identity(None), Write::Composition(None), Write::Page(None)]
            .into_iter()
            .chain(rows)
            .collect();
        Done {
            events: Vec::new(),
            writes,
            changed: Some(Changed::Identity),
        }
    }

    /// Whether nothing that was submitted earlier is still to be sent, by whichever tab.
    fn is_first(&self, row: &OutgoingRecord) -> bool {
        self.rows
            .iter()
            .all(|other| other.row.failed.is_some() || other.row.sequence >= row.sequence)
    }

    fn find(&self, key: &OutgoingKey) -> Option<&StoredRow> {
        self.rows.iter().find(|stored| stored.row.key == *key)
    }

    fn keep(&mut self, write: &Write) {
        match write {
            Write::Identity(identity) => self.identity.clone_from(identity),
            Write::Composition(text) => self.composition.clone_from(text),
            // Memory has the messages themselves.
            Write::Page(_) => {}
            Write::NoRow(key) => self.rows.retain(|stored| stored.row.key != *key),
            Write::Row(row) => {
                self.rows.retain(|stored| stored.row.key != row.row.key);
                self.rows.push(row.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
