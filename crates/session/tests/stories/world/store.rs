//! The store of one browser: transactions, one after the other.

use std::collections::BTreeMap;

use confab_protocol::{Identity, Message, SourceId};
use confab_session::{IdentityRecord, Millis, OutgoingKey, OutgoingRecord, Snapshot};

use super::server::Server;

#[derive(Default)]
struct Shelf {
    identity: Option<IdentityRecord>,
    rows: BTreeMap<OutgoingKey, OutgoingRecord>,
    claims: BTreeMap<OutgoingKey, (usize, Millis)>,
    /// The newest page, as last read.
    page: Vec<Message>,
    /// What is being typed, in whichever tab.
    compositions: Vec<String>,
}

#[derive(Default)]
pub struct Store {
    /// What is kept, by the site's user.
    shelves: BTreeMap<String, Shelf>,
    current: String,
    drawn: u32,
    sequence: u64,
    /// How often anything was written.
    pub writes: u32,
    /// Every claim is granted, as to tabs whose clocks stood still while the machine slept.
    pub grants_all: bool,
    /// So many updates to come are refused.
    pub refused_updates: u32,
}

impl Store {
    fn shelf(&mut self) -> &mut Shelf {
        self.shelves.entry(self.current.clone()).or_default()
    }

    pub fn identity(&self) -> Option<&IdentityRecord> {
        self.shelves.get(&self.current)?.identity.as_ref()
    }

    pub fn composition(&self) -> Option<String> {
        self.shelves.get(&self.current)?.compositions.last().cloned()
    }

    pub fn compose(&mut self, before: &str, text: String) {
        let kept = &mut self.shelf().compositions;
        if let Some(at) = kept.iter().position(|kept| kept == before) {
            kept.remove(at);
        }
        kept.extend(Some(text).filter(|text| !text.is_empty()));
    }

    pub fn rows(&self) -> Vec<OutgoingRecord> {
        let rows = self
            .shelves
            .get(&self.current)
            .map(|kept| kept.rows.values().cloned().collect::<Vec<_>>());
        let mut rows = rows.unwrap_or_default();
        rows.sort_by_key(|row| row.sequence);
        rows
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            identity: self.identity().cloned(),
            outbox: self.rows(),
            composition: self.composition(),
            page: self
                .shelves
                .get(&self.current)
                .map(|kept| kept.page.clone())
                .unwrap_or_default(),
        }
    }

    /// Keeps a page for the next start if it is the newest.
    pub fn keep(&mut self, page: &[Message], server: &Server) {
        if server.is_newest_page(page) {
            page.clone_into(&mut self.shelf().page);
        }
    }

    pub fn switch(&mut self, identity: Option<&Identity>) {
        self.current = identity.map(|one| one.identifier.to_string()).unwrap_or_default();
    }

    fn draw(&mut self) -> SourceId {
        self.drawn += 1;
        SourceId::new(format!("source-{}", self.drawn))
    }

    pub fn ensure(&mut self, identity: Option<&Identity>) -> IdentityRecord {
        self.switch(identity);
        self.writes += 1;
        if self.identity().is_none() {
            let source_id = self.draw();
            let identifier = identity.map(|one| one.identifier.clone());
            self.shelf().identity = Some(IdentityRecord::new(source_id, identifier));
        }
        self.identity().cloned().expect("just put")
    }

    pub fn renew(&mut self, old: &SourceId) -> IdentityRecord {
        self.writes += 1;
        if self.identity().is_some_and(|record| record.source_id == *old) {
            let source_id = self.draw();
            let identifier = self.identity().and_then(|record| record.identifier.clone());
            self.shelf().identity = Some(IdentityRecord::new(source_id, identifier));
        }
        self.identity().cloned().expect("there is one")
    }

    pub fn put_identity(&mut self, mut record: IdentityRecord) -> IdentityRecord {
        self.writes += 1;
        if let Some(known) = self
            .identity()
            .filter(|known| known.source_id == record.source_id)
        {
            // Of two tabs that note a creation the first has it.
            if record.creation > 0 && !record.creates_after(known) {
                record.creation = known.creation;
            }
            self.shelf().identity = Some(record);
        }
        self.identity().cloned().expect("there is one")
    }

    pub fn save(
        &mut self,
        row: OutgoingRecord,
        identity: Option<&Identity>,
    ) -> (OutgoingRecord, IdentityRecord) {
        let identity = self.ensure(identity);
        self.sequence += 1;
        let row = OutgoingRecord {
            sequence: self.sequence,
            ..row
        };
        self.shelf().claims.remove(&row.key);
        self.shelf().rows.insert(row.key.clone(), row.clone());
        (row, identity)
    }

    pub fn claim(&mut self, row: OutgoingRecord, tab: usize, now: Millis, for_ms: u64) -> bool {
        self.writes += 1;
        let grants_all = self.grants_all;
        let kept = self.shelf();
        let taken = kept
            .claims
            .get(&row.key)
            .is_some_and(|(by, until)| *by != tab && *until > now);
        if taken && !grants_all || !kept.rows.contains_key(&row.key) {
            return false;
        }
        kept.claims.insert(row.key.clone(), (tab, now.after(for_ms)));
        kept.rows.insert(row.key.clone(), row);
        true
    }

    pub fn update(&mut self, row: OutgoingRecord) {
        self.writes += 1;
        if self.refused_updates > 0 {
            self.refused_updates -= 1;
            return;
        }
        let kept = self.shelf();
        if row.attempt.is_none() {
            kept.claims.remove(&row.key);
        }
        if kept.rows.contains_key(&row.key) {
            kept.rows.insert(row.key.clone(), row);
        }
    }

    /// The row is there again, as if its removal had never run.
    pub fn put_back(&mut self, row: OutgoingRecord) {
        self.shelf().rows.insert(row.key.clone(), row);
    }

    pub fn remove(&mut self, key: &OutgoingKey) {
        self.writes += 1;
        self.shelf().rows.remove(key);
        self.shelf().claims.remove(key);
    }

    pub fn wipe(&mut self) {
        self.shelves.remove(&self.current);
    }
}
