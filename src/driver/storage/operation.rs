//! What the store can be asked for, and what comes of it.

use confab_protocol::{ExternalId, SourceId};
use confab_session::{Event, IdentityRecord, OutgoingKey, OutgoingRecord, TabId};

use super::stored::StoredRow;

/// An operation on the store.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Read everything, once after the start.
    Restore,
    /// Read identity and outbox, because this tab was given the lead; then say so to the session, which must not act
    /// on old news.
    Lead,
    /// Read the outbox again, because another tab changed it.
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
    Compose {
        /// What this tab stored before, or took over.
        before: String,
        /// What stands in its place now.
        text: String,
    },
    /// Keep the newest page of messages, as [`crate::driver::raw::Raw::kept`] has it, to be shown at the next start
    /// before the server answers.
    KeepPage(String),
    /// See [`confab_session::Effect::Wipe`].
    Wipe,
}

impl Operation {
    /// Whether it may put something where nothing is: only then a database is made.
    pub fn creates(&self) -> bool {
        match self {
            Self::Save(_) | Self::EnsureIdentity | Self::StoreIdentity(_) | Self::RenewIdentity(_) => true,
            Self::Compose { text, .. } => !text.is_empty(),
            _ => false,
        }
    }

    /// Whether it changes nothing.
    pub fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Restore | Self::Lead | Self::ReadOutbox | Self::ReadIdentity
        )
    }

    /// Whether it brings nothing that `last`, the one that is asked for right before it and not begun, will not bring.
    /// Without this a tab that others outrun would read for ever, and its claims be granted too late to be used.
    pub fn is_covered_by(&self, last: &Self) -> bool {
        matches!(
            (self, last),
            (Self::ReadOutbox, Self::ReadOutbox) | (Self::ReadIdentity, Self::ReadIdentity)
        )
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
    /// Since when this tab holds the lock of the tab that leads, in milliseconds since 1970. Claims older than that
    /// are of tabs that lead no more.
    pub lock_since: Option<i64>,
    /// The identity as this tab last knew it.
    pub known: Option<&'a IdentityRecord>,
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
    /// The compositions; `None` removes them.
    Composition(Option<String>),
    /// The newest page of messages; `None` removes it.
    Page(Option<String>),
}

/// What other tabs have to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The rows.
    Outbox,
    /// The identity, and with it the rows.
    Identity,
}

impl Done {
    /// Nothing but news.
    pub fn heard(event: Event) -> Self {
        Self {
            events: vec![event],
            ..Self::default()
        }
    }

    /// Nothing but writes.
    pub fn written(writes: Vec<Write>) -> Self {
        Self {
            writes,
            ..Self::default()
        }
    }
}
