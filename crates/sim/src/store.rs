//! The store that the tabs of one browser share: what each operation does to it, in one transaction.

use confab_protocol::{ConversationId, SourceId};
use confab_session::record::RECORD_VERSION;
use confab_session::{Event, IdentityRecord, OutgoingKey, OutgoingRecord, Role, Snapshot, TabId};

/// An operation, as an effect asks for it.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Restore,
    ReadOutbox,
    ReadIdentity,
    /// What a tab has to know before it leads.
    ReadToLead,
    Save(OutgoingRecord),
    Ensure,
    StoreIdentity(IdentityRecord),
    Renew(SourceId),
    Claim(OutgoingRecord, u64),
    Update(OutgoingRecord),
    Remove(OutgoingKey),
    Compose(Option<String>),
}

/// What the other tabs have to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    Outbox,
    Identity,
}

/// The right to send a row: tabs share the wall clock alone.
#[derive(Clone, Debug)]
struct Claim {
    tab: TabId,
    until: i64,
    /// When it was made, by the clock of the world: what tells whether it is older than the lock.
    made: u64,
}

/// A row and who may send it.
#[derive(Clone, Debug)]
struct Stored {
    row: OutgoingRecord,
    claim: Option<Claim>,
}

/// Who asks, and when.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) tab: TabId,
    pub(crate) wall: i64,
    pub(crate) now: u64,
    /// Since when it holds the lock, if it does.
    pub(crate) leads_since: Option<u64>,
    /// A key for an identity, should one have to be made.
    pub(crate) drawn: SourceId,
    /// A deliberate defect: every claim is granted.
    pub(crate) grants_all: bool,
}

/// What lies in the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    identity: Option<IdentityRecord>,
    rows: Vec<Stored>,
    composition: Option<String>,
}

impl Store {
    /// Does one operation; what the asking tab hears, and what the others have to read again.
    pub(crate) fn apply(&mut self, operation: Operation, asker: &Asker) -> (Vec<Event>, Option<Changed>) {
        match operation {
            Operation::Restore => {
                let snapshot = Snapshot {
                    identity: self.identity.clone(),
                    outbox: self.outbox(),
                    composition: self.composition.clone(),
                };
                (
                    vec![Event::Restored {
                        snapshot,
                        durable: true,
                    }],
                    None,
                )
            }
            Operation::ReadOutbox => (vec![Event::OutboxChanged(self.outbox())], None),
            Operation::ReadToLead => {
                let identity = self
                    .identity
                    .clone()
                    .map(|record| Event::IdentityChanged(Some(record)));
                let rows = Event::OutboxChanged(self.outbox());
                (
                    identity
                        .into_iter()
                        .chain([rows, Event::RoleChanged(Role::Leader)])
                        .collect(),
                    None,
                )
            }
            Operation::ReadIdentity => (vec![Event::IdentityChanged(self.identity.clone())], None),
            Operation::Save(row) => self.save(row, asker),
            Operation::Ensure => {
                let (identity, made) = self.put_if_absent(asker);
                (
                    vec![Event::IdentityStored(identity)],
                    made.then_some(Changed::Identity),
                )
            }
            Operation::StoreIdentity(record) => {
                let old = record.source_id.clone();
                self.replace(&old, record)
            }
            Operation::Renew(old) => self.replace(&old, IdentityRecord::new(asker.drawn.clone(), None)),
            Operation::Claim(row, for_ms) => self.claim(row, for_ms, asker),
            Operation::Update(row) => self.update(row, asker),
            Operation::Remove(key) => {
                self.rows.retain(|stored| stored.row.key != key);
                (Vec::new(), Some(Changed::Outbox))
            }
            Operation::Compose(text) => {
                self.composition = text;
                (Vec::new(), None)
            }
        }
    }

    /// The rows in the order of submission.
    pub(crate) fn outbox(&self) -> Vec<OutgoingRecord> {
        let mut rows: Vec<_> = self.rows.iter().map(|stored| stored.row.clone()).collect();
        rows.sort_by_key(|row| row.sequence);
        rows
    }

    /// The conversation that is written to.
    pub(crate) fn conversation(&self) -> Option<ConversationId> {
        self.identity.as_ref()?.conversation
    }

    pub(crate) fn has(&self, key: &OutgoingKey) -> bool {
        self.rows.iter().any(|stored| stored.row.key == *key)
    }

    fn put_if_absent(&mut self, asker: &Asker) -> (IdentityRecord, bool) {
        if let Some(identity) = &self.identity {
            return (identity.clone(), false);
        }
        let identity = IdentityRecord::new(asker.drawn.clone(), None);
        self.identity = Some(identity.clone());
        (identity, true)
    }

    fn save(&mut self, row: OutgoingRecord, asker: &Asker) -> (Vec<Event>, Option<Changed>) {
        let (identity, made) = self.put_if_absent(asker);
        let newest = self.rows.iter().map(|stored| stored.row.sequence).max();
        let wall = u64::try_from(asker.wall).unwrap_or_default();
        let sequence = newest.unwrap_or_default().saturating_add(1).max(wall);
        let row = OutgoingRecord {
            sequence,
            version: RECORD_VERSION,
            ..row
        };
        self.rows.retain(|stored| stored.row.key != row.key);
        self.rows.push(Stored {
            row: row.clone(),
            claim: None,
        });
        let changed = if made { Changed::Identity } else { Changed::Outbox };
        (vec![Event::OutgoingSaved { row, identity }], Some(changed))
    }

    fn replace(&mut self, old: &SourceId, new: IdentityRecord) -> (Vec<Event>, Option<Changed>) {
        match &self.identity {
            None => (vec![Event::IdentityChanged(None)], None),
            Some(stored) if stored.source_id != *old => (vec![Event::IdentityStored(stored.clone())], None),
            Some(_) => {
                self.identity = Some(new.clone());
                (vec![Event::IdentityStored(new)], Some(Changed::Identity))
            }
        }
    }

    fn claim(&mut self, row: OutgoingRecord, for_ms: u64, asker: &Asker) -> (Vec<Event>, Option<Changed>) {
        let span = i64::try_from(for_ms).unwrap_or(i64::MAX);
        let key = row.key.clone();
        let grants_all = asker.grants_all;
        let free = self.free_row(&key, asker, span);
        // A failure, a retry, or an attempt that no later round has proved absent, is news to whoever claims.
        let settled = |stored: &Stored| stored.row.attempt.is_none() || stored.row.rounds < row.rounds;
        let same = |stored: &Stored| stored.row.failed.is_none() && stored.row.sequence == row.sequence;
        let known = |stored: &&mut Stored| same(stored) && settled(stored);
        let Some(stored) = free.filter(|stored| grants_all || known(stored)) else {
            let events = vec![Event::OutboxChanged(self.outbox()), Event::ClaimRefused(key)];
            return (events, None);
        };
        stored.claim = Some(Claim {
            tab: asker.tab.clone(),
            until: asker.wall.saturating_add(span),
            made: asker.now,
        });
        stored.row = row;
        (vec![Event::OutgoingClaimed(key)], Some(Changed::Outbox))
    }

    fn update(&mut self, row: OutgoingRecord, asker: &Asker) -> (Vec<Event>, Option<Changed>) {
        let Some(stored) = self.free_row(&row.key, asker, i64::MAX) else {
            return (Vec::new(), None);
        };
        if row.attempt.is_none() {
            stored.claim = None;
        }
        stored.row = row;
        (Vec::new(), Some(Changed::Outbox))
    }

    /// The row, if the asking tab may write it. A claim that ends later than any could is from before the clock was
    /// set back; one that is older than the lock which the asking tab holds is that of a tab that leads no more.
    fn free_row(&mut self, key: &OutgoingKey, asker: &Asker, span: i64) -> Option<&mut Stored> {
        let latest = asker.wall.saturating_add(span);
        self.rows
            .iter_mut()
            .find(|stored| stored.row.key == *key)
            .filter(|stored| {
                let free = |claim: &Claim| {
                    let over = claim.until <= asker.wall || claim.until > latest;
                    claim.tab == asker.tab
                        || over
                        || asker.leads_since.is_some_and(|since| claim.made < since)
                };
                asker.grants_all || stored.claim.as_ref().is_none_or(free)
            })
    }
}
