//! What survives a reload. Every record carries a version; an unknown version is left alone, never guessed at.

use confab_protocol::{
    ContactId, ConversationId, ExternalId, InboxId, Message, MessageId, PubsubToken, SourceId,
};
use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

/// Version of the records below. A record of another version is kept in the store and not read.
pub const RECORD_VERSION: u32 = 1;

/// All that the store holds for this base, inbox and identity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The contact's key and what was learned with it.
    pub identity: Option<IdentityRecord>,
    /// Messages the server is not known to have, in the order in which they were submitted.
    pub outbox: Vec<OutgoingRecord>,
    /// Text that was typed and not sent.
    pub composition: Option<String>,
    /// The newest page of messages as it was last read: shown until the server answers. It proves nothing.
    pub page: Vec<Message>,
}

/// One session of a contact in an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRecord {
    /// See [`RECORD_VERSION`].
    pub version: u32,
    /// Made by the client before the first request, so that creating the contact is idempotent.
    pub source_id: SourceId,
    /// Known once the contact was created.
    pub pubsub_token: Option<PubsubToken>,
    /// Changes when the server merges contacts.
    pub contact_id: Option<ContactId>,
    /// The conversation that is written to.
    pub conversation: Option<ConversationId>,
    /// The site's own user id this session was made with, if any.
    pub identifier: Option<ExternalId>,
    /// Whether identifier and hash were repeated after creation, which is what verifies a session.
    pub verified: bool,
    /// Newest message that was on screen while the panel was open and the page visible.
    pub seen: Option<MessageId>,
    /// The try to create a conversation whose answer has not come: after a reload it has to be looked for. Counted, and told
    /// apart from those that other tabs count alike. 0 for none.
    #[serde(default)]
    pub creation: u64,
    /// The same in one word, for a widget of a version before creations were numbered; written whenever this is stored.
    pub creating_conversation: bool,
    /// The inbox by its number, learned from a conversation: a verified session also lists those of other inboxes.
    #[serde(default)]
    pub inbox: Option<InboxId>,
    /// Digest of the profile that the server was last told; 0 for none.
    #[serde(default)]
    pub profile: u64,
}

/// Bits of the number of a creation that tell the tabs apart: what is above them counts. Together they stay below the
/// numbers that JavaScript can hold.
const CREATION_TAB: u32 = 20;

impl IdentityRecord {
    /// A new session: nothing but its key is known.
    pub fn new(source_id: SourceId, identifier: Option<ExternalId>) -> Self {
        Self {
            version: RECORD_VERSION,
            source_id,
            pubsub_token: None,
            contact_id: None,
            conversation: None,
            identifier,
            verified: false,
            seen: None,
            creation: 0,
            creating_conversation: false,
            inbox: None,
            profile: 0,
        }
    }

    /// The number of the next creation, for a tab that drew this.
    #[must_use]
    pub const fn next_creation(&self, drawn: u64) -> u64 {
        let count = (self.creation >> CREATION_TAB).wrapping_add(1);
        count << CREATION_TAB | drawn & ((1 << CREATION_TAB) - 1)
    }

    /// Whether a creation was noted here that counts further: of two tabs that note the same one the first has it.
    #[must_use]
    pub const fn creates_after(&self, other: &Self) -> bool {
        self.creation >> CREATION_TAB > other.creation >> CREATION_TAB
    }
}

/// Names a message for life, from outgoing to confirmed; also its `echo_id` on the wire. Unique across tabs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutgoingKey(pub String);

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingRecord {
    /// See [`RECORD_VERSION`].
    pub version: u32,
    /// Its name and `echo_id`.
    pub key: OutgoingKey,
    /// Place in the order of submission; given by the store when the row is first saved, 0 before.
    pub sequence: u64,
    /// What the visitor wrote.
    pub text: String,
    /// When it was submitted, by the visitor's clock.
    pub submitted_at: UnixMillis,
    /// Attempts of unknown outcome so far that were settled by a fence.
    pub rounds: u8,
    /// The latest attempt, written before the request leaves. `None`: never tried, or proved absent.
    pub attempt: Option<Attempt>,
    /// Set once a person has to decide: the status that it was refused with and the server's words right behind it, or
    /// nothing when trying went on for too long.
    pub failed: Option<String>,
    /// The server asked to send nothing before this instant of the visitor's clock.
    #[serde(default)]
    pub wait_until: Option<UnixMillis>,
}

/// One try to send a message, recorded before it leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Newest message id known when it began: a look pages back to here. `None`: the conversation was empty.
    pub newest_known: Option<MessageId>,
    /// Milliseconds after its claim within which it may still leave. 0: as short as any.
    #[serde(default)]
    pub patience: u64,
}
