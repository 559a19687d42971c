//! What can go wrong, how often in this schedule, and how often it did.

use crate::rng::Rng;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $most:literal,)*) => {
        /// A kind of fault. The number beside each in the source is the highest rate per thousand chances.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn most(self) -> u64 {
                match self { $(Self::$name => $most,)* }
            }
        }
    };
}

faults! {
    /// A request that never reaches the server, and is told of as a lost connection.
    RequestLost = 150,
    /// A request that never reaches the server, and of which nothing is heard.
    RequestSwallowed = 60,
    /// An answer that never comes: the connection breaks.
    AnswerLost = 250,
    /// An answer that never comes: nothing is heard.
    AnswerSwallowed = 60,
    /// Seconds instead of milliseconds on the way.
    SlowNetwork = 200,
    /// No network, and connections break.
    Offline = 80,
    /// A network that swallows everything.
    Blackhole = 60,
    /// A portal that answers everything with a page of its own.
    Portal = 40,
    /// The socket is cut.
    SocketCut = 40,
    /// The socket stays open, and nothing comes through it any more.
    HalfOpen = 30,
    /// A connection that is refused.
    SocketRefused = 300,
    /// Silence instead of a confirmation.
    Unconfirmed = 150,
    /// A 5xx, and nothing was stored.
    ErrorBefore = 150,
    /// Stored, and yet answered with a 5xx.
    ErrorAfter = 150,
    /// Answered with a 5xx, and stored later.
    CommitAfterError = 100,
    /// Up to 15 seconds of work.
    SlowCommit = 150,
    /// The number is drawn when the work begins, so that messages appear out of the order of their numbers.
    EarlyId = 500,
    /// The database stands still for up to a minute.
    Frozen = 100,
    /// No broadcast leaves for minutes; then all of them.
    QueueStall = 150,
    /// The server is stopped and started.
    Restart = 80,
    /// 429.
    TooMany = 60,
    /// 422 for too many messages.
    Flood = 60,
    /// 422 for good.
    Refused = 60,
    /// A broadcast that comes late, behind younger ones.
    EventLate = 200,
    /// A broadcast that comes twice.
    EventTwice = 150,
    /// A broadcast that never comes.
    EventLost = 250,
    /// A page that is loaded anew.
    Reload = 60,
    /// A page that is closed.
    Closed = 40,
    /// A tab that is opened.
    Opened = 60,
    /// A tab that is stopped for a while, and goes on.
    TabFrozen = 50,
    /// A machine that sleeps.
    Sleep = 30,
    /// A wall clock that jumps.
    ClockJump = 30,
    /// A page that nobody sees.
    Hidden = 100,
    /// A tab that takes the lead from one that does not answer.
    Stolen = 60,
    /// A store that takes seconds.
    SlowStore = 60,
    /// The page goes down with a transaction under way.
    TornStore = 500,
    /// A page that goes in the middle of a send.
    KilledInSend = 120,
    /// A tab that is stopped in the middle of a send, while another one takes the lead.
    StoppedInSend = 120,
    /// A timer that rings too early.
    EarlyTick = 60,
    /// The site names its user.
    SetUser = 40,
    /// The visitor logs out, and nothing of theirs may stay.
    LogOut = 25,
    /// The contact becomes one with another.
    ContactMerged = 60,
    /// An agent deletes the contact with all that was said.
    ContactDeleted = 40,
    /// An agent deletes the conversation.
    ConversationDeleted = 50,
    /// The inbox is gone for good.
    InboxDeleted = 25,
    /// The browser denies storage to the frame: drawn once for a schedule.
    StorageDenied = 120,
    /// A message that cannot be stored, as there is no room.
    FailedWrite = 60,
    /// The chat moves into a window of its own.
    PoppedOut = 80,
    /// The visitor clears what the site has stored, with the page open.
    StorageCleared = 60,
}

/// How often each happens in one schedule: about half of them never, the others at rates of their own, so that each
/// schedule is a different kind of bad day.
#[derive(Clone, Debug)]
pub(crate) struct Rates(Vec<u64>);

impl Rates {
    /// `later`: chance for faults that came to the model when seeds were kept already: each still means its schedule.
    pub(crate) fn draw(rng: &mut Rng, later: &mut Rng) -> Self {
        let calm = rng.chance(50);
        let harsh = rng.chance(100);
        let mut draw = |fault: &Fault| {
            if *fault == Fault::StorageCleared {
                let rate = later.between(fault.most() / 10, fault.most());
                return if later.chance(150) { rate } else { 0 };
            }
            let on = rng.chance(450) && !calm;
            let rate = rng.between(fault.most() / 10, fault.most());
            match fault {
                // Sends cut off in the middle among several tabs: the rarest mishaps need many of these at once.
                Fault::StoppedInSend | Fault::SlowCommit | Fault::EventLost | Fault::Opened if harsh => {
                    rng.between(300, 900)
                }
                _ if on => rate,
                _ => 0,
            }
        };
        Self(Fault::ALL.iter().map(&mut draw).collect())
    }

    pub(crate) fn of(&self, fault: Fault) -> u64 {
        self.0.get(fault as usize).copied().unwrap_or_default()
    }
}

/// How often each happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts(Vec<u32>);

impl Default for Counts {
    fn default() -> Self {
        Self(vec![0; Fault::ALL.len()])
    }
}

impl Counts {
    pub(crate) fn count(&mut self, fault: Fault) {
        if let Some(count) = self.0.get_mut(fault as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// How often this one happened.
    pub fn of(&self, fault: Fault) -> u32 {
        self.0.get(fault as usize).copied().unwrap_or_default()
    }
}
