//! Records as they lie in the store: how they are read back, who may write them, and how two of them become one.

use confab_protocol::{
    ContactId, ConversationId, ExternalId, InboxId, Json, MessageId, PubsubToken, SourceId,
};
use confab_session::record::{Attempt, RECORD_VERSION};
use confab_session::{IdentityRecord, OutgoingKey, OutgoingRecord, UnixMillis};
use serde::Serialize;

use super::operation::Circumstances;

/// A row of the outbox as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredRow {
    /// Whose it is; see [`super::Owner`]. Empty for a row that lies in the memory of one tab alone.
    pub owner: String,
    /// Which tab may send it now, if one may.
    pub claim: Option<Claim>,
    /// The row itself.
    pub row: OutgoingRecord,
}

/// A tab's right to send a row. Times are in milliseconds since 1970: the only clock that tabs share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The tab's name.
    pub tab: String,
    /// Until when it holds.
    pub until: i64,
    /// When it was made.
    pub made: i64,
}

impl StoredRow {
    /// Reads a row back. `None` for what is no row, or one of a version that is not known.
    pub fn read(json: &Json) -> Option<Self> {
        let claim = match given(json, "claim") {
            Some(claim) => Some(Claim {
                tab: text(claim, "tab")?,
                until: number(claim, "until")?,
                made: number(claim, "made")?,
            }),
            None => None,
        };
        Some(Self {
            owner: text(json, "owner")?,
            claim,
            row: read_row(json.get("row")?)?,
        })
    }

    /// Whether this tab may take the row. A claim that ends later than any claim could was made before the clock was
    /// set back, and one older than this tab's lock is that of a tab that leads no more: both count as over.
    pub fn is_free(&self, with: &Circumstances, span: i64) -> bool {
        self.claim.as_ref().is_none_or(|claim| {
            let is_over = claim.until <= with.now || claim.until > with.now.saturating_add(span);
            claim.tab == with.tab.0 || is_over || with.lock_since.is_some_and(|since| claim.made < since)
        })
    }

    /// Whether the tab that claimed the row may begin nothing more under its claim.
    pub fn is_half_over(&self, with: &Circumstances) -> bool {
        self.claim.as_ref().is_some_and(|claim| {
            let is_past = with.now.saturating_sub(claim.made) >= claim.until.saturating_sub(with.now);
            // Made by a clock that was set back since.
            is_past || claim.made > with.now
        })
    }

    /// Whether a tab that claims with this row knew the stored one: a failure, a retry, or an attempt that no later
    /// round proved absent is news to a tab that was frozen meanwhile.
    pub fn is_known_to(&self, row: &OutgoingRecord) -> bool {
        let stored = &self.row;
        let settled = stored.attempt.is_none() || stored.rounds < row.rounds;
        stored.failed.is_none() && self.is_in_place_of(row) && settled
    }

    /// Whether nobody submitted the row anew since this one was read: a retry gives it another place.
    fn is_in_place_of(&self, row: &OutgoingRecord) -> bool {
        row.sequence == 0 || row.sequence == self.row.sequence
    }

    /// Whether a tab that writes this row knew of the attempt that is stored: it is its own, of a round that was
    /// settled since, or on the row as well. A slow write takes away no attempt that it did not know of.
    pub fn is_met_by(&self, row: &OutgoingRecord, with: &Circumstances) -> bool {
        let stored = &self.row;
        let is_own = self.claim.as_ref().is_some_and(|claim| claim.tab == with.tab.0);
        let is_met = stored.attempt.is_none()
            || is_own
            || stored.rounds < row.rounds
            || (stored.rounds, &stored.attempt) == (row.rounds, &row.attempt);
        is_met && self.is_in_place_of(row)
    }

    /// The row as it is now, in the place of this one.
    #[must_use]
    pub fn with(&self, row: &OutgoingRecord, claim: Option<Claim>) -> Self {
        let mut row = row.clone();
        if row.sequence == 0 {
            row.sequence = self.row.sequence;
        }
        Self {
            owner: self.owner.clone(),
            claim,
            row,
        }
    }
}

/// Reads an identity back. `None` for what is none, or one of a version that is not known.
pub fn read_identity(json: &Json) -> Option<IdentityRecord> {
    check_version(json)?;
    let id = |name| optional(json, name, Json::as_i64);
    let words = |name| optional(json, name, |value| value.as_str().map(str::to_owned));
    let count = |name| id(name)?.map_or(Some(0), |number| u64::try_from(number).ok());
    Some(IdentityRecord {
        pubsub_token: words("pubsub_token")?.map(PubsubToken::new),
        contact_id: id("contact_id")?.map(ContactId),
        conversation: id("conversation")?.map(ConversationId),
        verified: flag(json, "verified")?,
        seen: id("seen")?.map(MessageId),
        inbox: id("inbox")?.map(InboxId),
        profile: count("profile")?,
        // A widget of an earlier version numbers nothing.
        creation: count("creation")?.max(flag(json, "creating_conversation")?.into()),
        ..IdentityRecord::new(
            SourceId::new(text(json, "source_id")?),
            words("identifier")?.map(ExternalId::new),
        )
    })
}

/// What is to be stored when a tab that knew one record writes another, and a third is stored by then: what the tab
/// did not change is what others made of it. A slow write takes nothing away that it did not know of.
pub fn merged(
    known: Option<&IdentityRecord>,
    stored: &IdentityRecord,
    new: &IdentityRecord,
) -> IdentityRecord {
    let nothing = IdentityRecord::new(new.source_id.clone(), new.identifier.clone());
    let known = known
        .filter(|known| known.source_id == new.source_id)
        .unwrap_or(&nothing);
    let mut merged = new.clone();
    let is_word_of_ours = new.conversation.is_some() && new.conversation != known.conversation;
    let is_word_of_others = stored.conversation != known.conversation;
    // Of two that were entered the later one counts: the other is gone, or was made at the same time.
    if is_word_of_others && !(is_word_of_ours && new.conversation > stored.conversation) {
        // Whoever is about to make one, or found the old one gone, is told that there is one.
        merged.conversation = stored.conversation;
        merged.creation = stored.creation;
    } else if !new.creates_after(stored) && (new.creation > 0 || known.creation == 0) {
        // Another tab was the first to note this one: whoever comes later sees that it is not its own.
        merged.creation = stored.creation;
    }
    if new.pubsub_token == known.pubsub_token {
        merged.pubsub_token.clone_from(&stored.pubsub_token);
    }
    if new.contact_id == known.contact_id {
        merged.contact_id = stored.contact_id;
    }
    if new.inbox == known.inbox {
        merged.inbox = stored.inbox;
    }
    if new.profile == known.profile {
        merged.profile = stored.profile;
    }
    if new.verified == known.verified {
        merged.verified = stored.verified;
    }
    merged.seen = new.seen.max(stored.seen);
    merged.creating_conversation = merged.creation > 0;
    merged
}

fn read_row(json: &Json) -> Option<OutgoingRecord> {
    check_version(json)?;
    let attempt = given(json, "attempt").map(|attempt| {
        let newest_known = optional(attempt, "newest_known", Json::as_i64)?.map(MessageId);
        let patience = optional(attempt, "patience", Json::as_i64)?.unwrap_or_default();
        Some(Attempt {
            newest_known,
            patience: u64::try_from(patience).ok()?,
        })
    });
    Some(OutgoingRecord {
        version: RECORD_VERSION,
        key: OutgoingKey(text(json, "key")?),
        sequence: u64::try_from(number(json, "sequence")?).ok()?,
        text: text(json, "text")?,
        submitted_at: UnixMillis(number(json, "submitted_at")?),
        rounds: u8::try_from(number(json, "rounds")?).ok()?,
        attempt: match attempt {
            Some(attempt) => Some(attempt?),
            None => None,
        },
        wait_until: optional(json, "wait_until", Json::as_i64)?.map(UnixMillis),
        failed: optional(json, "failed", |value| value.as_str().map(str::to_owned))?,
    })
}

fn check_version(json: &Json) -> Option<()> {
    (number(json, "version")? == i64::from(RECORD_VERSION)).then_some(())
}

fn given<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    json.get(name).filter(|value| **value != Json::Null)
}

/// A field that may be missing, but must be right when it is there.
#[expect(clippy::option_option, reason = "missing is one thing and wrong another")]
fn optional<T>(json: &Json, name: &str, read: impl Fn(&Json) -> Option<T>) -> Option<Option<T>> {
    match given(json, name) {
        Some(value) => read(value).map(Some),
        None => Some(None),
    }
}

fn text(json: &Json, name: &str) -> Option<String> {
    json.get(name)?.as_str().map(str::to_owned)
}

fn number(json: &Json, name: &str) -> Option<i64> {
    json.get(name)?.as_i64()
}

fn flag(json: &Json, name: &str) -> Option<bool> {
    match json.get(name)? {
        Json::Bool(flag) => Some(*flag),
        _ => None,
    }
}
