//! The store that the tabs of one browser share: the driver's own rules, one shelf for each user of the site.

use std::cell::Cell;

use confab::driver::storage::operation::{Circumstances, Done, Operation};
use confab::driver::storage::shelf::Shelf;
use confab_protocol::{ConversationId, ExternalId, Identity, SourceId};
use confab_session::{IdentityRecord, OutgoingKey, OutgoingRecord, TabId};

/// Whose shelf it is: 0 for the anonymous visitor, else the number of a user of the site.
pub(crate) type Owner = usize;

/// The site's own name for a user.
pub(crate) fn identifier(owner: Owner) -> Option<ExternalId> {
    (owner > 0).then(|| ExternalId::new(format!("user-{owner}")))
}

/// The user of this name.
pub(crate) fn owner(identifier: Option<&ExternalId>) -> Owner {
    let number = identifier.and_then(|identifier| identifier.to_string().strip_prefix("user-")?.parse().ok());
    number.unwrap_or_default()
}

/// What the site says about a user.
pub(crate) fn identity(owner: Owner) -> Option<Identity> {
    let identifier = identifier(owner)?;
    Some(Identity {
        identifier,
        identifier_hash: None,
    })
}

/// An operation, and what was so when it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) operation: Operation,
    pub(crate) owner: Owner,
    /// Since when the tab held the lock, by the visitor's clock.
    pub(crate) lock_since: Option<i64>,
    /// The identity as the tab knew it.
    pub(crate) known: Option<IdentityRecord>,
}

/// Who asks, and when.
pub(crate) struct Asker<'a> {
    pub(crate) tab: &'a TabId,
    /// The visitor's clock.
    pub(crate) wall: i64,
    pub(crate) durable: bool,
    /// A deliberate defect: every claim is granted.
    pub(crate) grants_all: bool,
}

/// What lies in the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    /// By owner.
    shelves: Vec<Shelf>,
    /// Keys of identities made so far.
    drawn: Cell<u64>,
    /// Whose memory it is, if it is no common store.
    memory: u32,
    /// How often it was cleared: whoever was connected with it before is no more.
    pub(crate) cleared: u32,
    /// It was, and nobody has made it again.
    pub(crate) is_gone: bool,
    /// The rows that were cleared last.
    pub(crate) lost: Vec<OutgoingKey>,
}

impl Store {
    /// The memory of one page.
    pub(crate) fn of(page: u32) -> Self {
        Self {
            memory: page,
            ..Self::default()
        }
    }

    pub(crate) fn shelf(&mut self, owner: Owner) -> &mut Shelf {
        if self.shelves.len() <= owner {
            self.shelves.resize_with(owner.saturating_add(1), Shelf::default);
        }
        let last = self.shelves.len().saturating_sub(1);
        #[expect(clippy::expect_used, reason = "it was made just now")]
        self.shelves.get_mut(owner.min(last)).expect("a shelf")
    }

    /// Nothing is left of it.
    pub(crate) fn clear(&mut self) {
        self.shelves.clear();
        self.cleared = self.cleared.saturating_add(1);
        self.is_gone = true;
    }

    /// Does one operation in one transaction.
    pub(crate) fn apply(&mut self, task: &Task, asker: &Asker) -> Done {
        let drawn = self.drawn.clone();
        let memory = self.memory;
        let draw = || {
            drawn.set(drawn.get().saturating_add(1));
            Some(SourceId::new(format!("source-{memory}-{}", drawn.get())))
        };
        let identifier = identifier(task.owner);
        let with = Circumstances {
            tab: asker.tab,
            now: asker.wall,
            owner: "shelf",
            identifier: identifier.as_ref(),
            copy: None,
            draw: &draw,
            durable: asker.durable,
            lock_since: task.lock_since,
            known: task.known.as_ref(),
        };
        let place = self.shelf(task.owner);
        if let (true, Operation::Claim { row, .. }) = (asker.grants_all, &task.operation) {
            for stored in place.rows.iter_mut().filter(|stored| stored.row.key == row.key) {
                stored.claim = None;
                stored.row = row.clone();
                stored.row.attempt = None;
            }
        }
        let done = place.apply(&task.operation, &with);
        self.drawn = drawn;
        done
    }

    /// The rows of all owners, those of one in the order of submission.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &OutgoingRecord> {
        let rows = self.shelves.iter().flat_map(|shelf| shelf.rows.iter());
        rows.map(|stored| &stored.row)
    }

    /// The rows of one owner.
    pub(crate) fn rows_of(&self, owner: Owner) -> impl Iterator<Item = &OutgoingRecord> {
        let rows = self.shelves.get(owner).into_iter().flat_map(|shelf| &shelf.rows);
        rows.map(|stored| &stored.row)
    }

    /// The identity of an owner.
    pub(crate) fn identity(&self, owner: Owner) -> Option<&IdentityRecord> {
        self.shelves.get(owner)?.identity.as_ref()
    }

    /// The conversation that an owner writes to.
    pub(crate) fn conversation(&self, owner: Owner) -> Option<ConversationId> {
        self.identity(owner)?.conversation
    }

    pub(crate) fn has(&self, key: &OutgoingKey) -> bool {
        self.rows().any(|row| row.key == *key)
    }
}
