//! All that can happen to a session. Past participles: an event is a fact.

use confab_protocol::{ConversationId, Frame, Identity, Json, MessageId, Profile, Reply};

use crate::effect::{Generation, RequestId};
use crate::record::{IdentityRecord, OutgoingKey, OutgoingRecord, Snapshot};
use crate::view::RowKey;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The store was read, once after the start. An unreadable store gives an empty snapshot and `durable: false`.
    Restored {
        /// What it held.
        snapshot: Snapshot,
        /// False: storage is denied and everything lives in memory; the view carries a notice.
        durable: bool,
    },
    /// The store takes nothing any more (it is full, or was taken away): from now on everything lives in memory.
    StorageLost,
    /// Another tab took over the lead, left it, or changed the store: the rows as they are now.
    OutboxChanged(Vec<OutgoingRecord>),
    /// Another tab stored the identity (or, with `None`, wiped it).
    IdentityChanged(Option<IdentityRecord>),
    /// A person wished something.
    Wished(Intent),
    /// A submitted message lies in the store: its row, and the identity that was put if it was absent.
    OutgoingSaved {
        /// The row with the sequence that the store gave it.
        row: OutgoingRecord,
        /// The identity as stored, made by this very transaction or earlier.
        identity: IdentityRecord,
    },
    /// A submitted message could not be stored, in memory neither; the text is back with the person.
    SaveFailed(OutgoingKey),
    /// The identity was put if absent (asked by [`crate::Effect::EnsureIdentity`]) or its changes were stored.
    IdentityStored(IdentityRecord),
    /// The row was claimed for sending and its attempt is on record; it may be sent until the claim is half over.
    OutgoingClaimed(OutgoingKey),
    /// The row is another tab's, or gone. `OutboxChanged` with the rows as they are has to come before it.
    ClaimRefused(OutgoingKey),
    /// A request ended.
    Replied {
        /// Which.
        request: RequestId,
        /// How.
        result: Result<Reply, Failure>,
    },
    /// The socket is open; subscribe.
    CableOpened(Generation),
    /// A frame arrived.
    FrameArrived(Generation, Frame),
    /// The socket is closed, or never opened.
    CableClosed(Generation),
    /// The tab became leader or follower. Before a tab becomes leader, `IdentityChanged` and `OutboxChanged` say what
    /// the store holds by then.
    RoleChanged(Role),
    /// The leading tab rebroadcast a frame or a page of messages that a follower takes in as its own.
    Overheard(Reply),
    /// The leading tab rebroadcast an event of the cable.
    FrameOverheard(Frame),
    /// A following tab asks for something that only the leading tab may do. A follower ignores it.
    Asked(Ask),
    /// The page is (in)visible.
    VisibilityChanged {
        /// Whether a person can see it.
        visible: bool,
    },
    /// The page got the focus, came out of the back-forward cache, or the machine woke up.
    Resumed,
    /// The browser says there is a network.
    WentOnline,
    /// The browser says there is none.
    WentOffline,
    /// The deadline of [`crate::Session::next_deadline`] is reached. Too early or too often changes nothing.
    Tick,
}

/// What a person, or the page on a person's behalf, wants.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Open the panel (the hosted page is open from the start).
    Open,
    /// Close the panel.
    Close,
    /// Send this text.
    Submit {
        /// As typed; blank text is ignored.
        text: String,
    },
    /// What stands in the composer changed: kept, and told to the agents as typing.
    CompositionChanged {
        /// All of it.
        text: String,
    },
    /// Try a failed message again; it joins the end of the outbox.
    Retry(OutgoingKey),
    /// Give up a failed message.
    Discard(OutgoingKey),
    /// Show older messages.
    LoadOlder,
    /// Show newer messages again, after older ones pushed them out of the window.
    LoadNewer,
    /// Show the newest messages.
    ShowNewest,
    /// The reader stopped where this message is the first in sight: what changed there unheard is read again.
    LookAt(MessageId),
    /// Close a gap in the timeline.
    FillGap(RowKey),
    /// The newest message is on screen, at the bottom, in a visible page.
    SeenToEnd,
    /// Try again now what waits for a network or a set-up problem to go away.
    ReconnectNow,
    /// End the conversation.
    Resolve,
    /// The site names its user, or changes what it says about the visitor.
    SetUser {
        /// The user, or `None` for profile alone.
        identity: Option<Identity>,
        /// Known fields.
        profile: Profile,
    },
    /// What a conversation that is created from now on begins with.
    DescribeConversation(Vec<(String, Json)>),
    /// Forget the identity and everything stored with it.
    LogOut,
}

/// What a following tab needs the leading one for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Fetch the page of messages below this id (`None`: the newest) and rebroadcast it.
    Page(Option<MessageId>),
    /// A person is typing, or stopped.
    Typing(bool),
    /// The newest message was seen.
    Seen,
    /// A person ends the conversation.
    Resolve,
    /// The address of a following tab names this conversation.
    Enter(ConversationId),
}

/// Which part this tab plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Owns socket, polling and sending.
    Leader,
    /// Writes its own outbox rows and follows.
    Follower,
}

/// A tab's name in claims; drawn at random by the driver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub String);

/// Why a request brought no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection, a refused one, a lost one, or a CORS refusal: the browser does not tell them apart.
    Unreachable,
    /// No answer in time; the driver gave up waiting.
    TimedOut,
    /// An answer outside 200 to 299.
    Refused {
        /// Its status.
        status: u16,
        /// What kind of body it had.
        kind: confab_protocol::request::BodyKind,
        /// The server's words, if any.
        text: confab_protocol::ErrorText,
    },
    /// A 2xx whose body does not read.
    Undecodable,
}

/// Whether a request that failed may have been applied; decides whether it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Certainly not.
    NotApplied,
    /// It may have been.
    Unknown,
}
