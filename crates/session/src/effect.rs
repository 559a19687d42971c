//! All that a session can ask of the outside. Imperatives; performed in order after `handle` returned.

use confab_protocol::{Command, ExternalId, Identifier, Request, SourceId};

use crate::config::SetupProblem;
use crate::event::Ask;
use crate::record::{IdentityRecord, OutgoingKey, OutgoingRecord};

/// Names a request so that its reply can be told from others. Never used twice in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names a connection; events of an older one are ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// A command for the cable, with the subscription it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CableCommand {
    /// Join the contact's stream.
    Subscribe(Identifier),
    /// Tell the agents that the contact is here, and ask for their presence.
    UpdatePresence(Identifier),
}

impl CableCommand {
    /// The text frame to send. Holds the token: never log it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Subscribe(identifier) => Command::Subscribe(identifier).to_text(),
            Self::UpdatePresence(identifier) => Command::UpdatePresence(identifier).to_text(),
        }
    }
}

/// One thing to be done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// http: perform a request and answer with `Replied`.
    Send {
        /// Comes back in the reply.
        id: RequestId,
        /// What to ask.
        request: Request,
        /// Milliseconds after which to give up and reply `TimedOut`.
        timeout: u64,
    },
    /// cable: close whatever is open and connect; answer with `CableOpened` or `CableClosed`.
    OpenCable(Generation),
    /// cable: send a command on the open socket.
    Command(Generation, CableCommand),
    /// cable: close the socket. No `CableClosed` need follow.
    CloseCable,
    /// storage: in one transaction put the identity if there is none (drawing a `source_id`) and add the row;
    /// answer with `OutgoingSaved` or `SaveFailed`. The row gets the next place in the order, also when its key
    /// is stored already: then it moves to the end (a retry).
    SaveOutgoing(OutgoingRecord),
    /// storage: put an identity if there is none, drawing a `source_id`; answer with `IdentityStored`.
    EnsureIdentity,
    /// storage: write this identity over the one stored under the same `source_id`; answer with `IdentityStored`.
    /// When the store holds another `source_id`, write nothing and answer with that one.
    StoreIdentity(IdentityRecord),
    /// storage: the server no longer knows this `source_id`. While it is still the stored one, put a fresh identity
    /// (drawing a `source_id`, same identifier) in its place and keep outbox and composition; answer with
    /// `IdentityStored`, giving what the store holds then.
    RenewIdentity(SourceId),
    /// storage: from now on identity, outbox and composition are those kept for this user of the site (`None`: the
    /// anonymous visitor's); what is kept for others stays. Answer with `Restored`. At the start the driver restores
    /// for the identifier of [`crate::Config::identity`] by itself.
    SwitchIdentity(Option<ExternalId>),
    /// storage: claim the row for this tab until `until_ms` from now and write its attempt; answer with
    /// `OutgoingClaimed` or `ClaimRefused`.
    ClaimOutgoing {
        /// The row as it is to be stored, with its attempt.
        row: OutgoingRecord,
        /// Milliseconds for which the claim holds.
        for_ms: u64,
    },
    /// storage: write the row as it is now (after a fence, a failure); nothing is answered.
    UpdateOutgoing(OutgoingRecord),
    /// storage: the message is known to the server, or given up; nothing is answered.
    RemoveOutgoing(OutgoingKey),
    /// storage: keep what stands in this composer in the place of what this tab stored before; what other tabs stored
    /// stays. Nothing is answered.
    StoreComposition {
        /// What this tab stored before, or found stored and took over.
        before: String,
        /// What stands there now.
        text: String,
    },
    /// storage: forget identity, outbox and composition of the current identity; nothing is answered.
    Wipe,
    /// tabs: tell the other tabs of a reply that changes what they show.
    Rebroadcast(confab_protocol::Reply),
    /// tabs: tell the other tabs of a frame that changes what they show.
    RebroadcastFrame(confab_protocol::Frame),
    /// tabs: tell the leading tab that this tab added a row.
    NudgeLeader,
    /// tabs: ask the leading tab for something that only it may do; it gets `Asked`.
    AskLeader(Ask),
    /// page: something the host page, the title or a screen reader should hear of.
    Announce(Announcement),
    /// page: report a problem of the set-up to the site owner, in the console and as an event. Said once a problem.
    Report(SetupProblem),
}

/// News for the page outside the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// The session has read its store and can be used.
    Ready,
    /// A message appeared that the visitor did not write in this tab.
    MessageArrived {
        /// Who wrote it, as shown.
        author: String,
        /// Its first words, plain.
        preview: String,
        /// All of it, as written.
        content: String,
    },
    /// A message of the visitor's reached the server.
    MessageSent {
        /// What was written.
        content: String,
    },
    /// The number of unseen messages changed.
    UnreadChanged(u32),
    /// The conversation's status changed.
    StatusChanged(confab_protocol::ConversationStatus),
}
