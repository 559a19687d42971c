//! Deliberate defects, each a switch that only the simulator compiles: what they break, its judge has to see.

/// A defect of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// An attempt of unknown outcome counts as absent at once.
    NoFence,
    /// One look is enough.
    OneLook,
    /// A look reads the newest page alone.
    ShortLook,
    /// A look takes any message with the same text.
    TwinTexts,
    /// A claim counts however late it is granted.
    LateClaim,
    /// An attempt found in the store is not taken for one.
    ForgottenOnTakeOver,
    /// What has an unknown outcome holds nothing back.
    NothingHeldBack,
    /// The echo of an own message says nothing.
    EchoIgnored,
    /// A fetched message is shown beside the row that it may be.
    ShownBeside,
    /// A message does not take over the key of its row.
    KeyNotKept,
    /// An event overwrites a newer one.
    OldEventsCount,
    /// Nothing is fetched when the subscription is confirmed.
    SyncBeforeConfirm,
    /// No page is ever fetched without a reason.
    NoSlowPoll,
    /// A conversation whose creation is unclear is created again at once.
    CreatedAgain,
    /// An event proves that nothing lies before it.
    EventsProve,
    /// Nothing limits how often it connects.
    NoConnectionLimit,
    /// A fence goes on for whatever attempt comes next.
    FenceOutlives,
}

impl Bug {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::NoFence,
        Self::OneLook,
        Self::ShortLook,
        Self::TwinTexts,
        Self::LateClaim,
        Self::ForgottenOnTakeOver,
        Self::NothingHeldBack,
        Self::EchoIgnored,
        Self::ShownBeside,
        Self::KeyNotKept,
        Self::OldEventsCount,
        Self::SyncBeforeConfirm,
        Self::NoSlowPoll,
        Self::CreatedAgain,
        Self::EventsProve,
        Self::NoConnectionLimit,
        Self::FenceOutlives,
    ];
}

#[cfg(feature = "bugs")]
thread_local! {
    static PRESENT: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Gives every session of this thread a defect, or none.
#[cfg(feature = "bugs")]
pub fn plant(bug: Option<Bug>) {
    PRESENT.set(bug);
}

/// Whether the sessions of this thread have this defect.
#[cfg(feature = "bugs")]
pub(crate) fn has(bug: Bug) -> bool {
    PRESENT.get() == Some(bug)
}

/// A session that is shipped has none.
#[cfg(not(feature = "bugs"))]
#[inline]
pub(crate) const fn has(_: Bug) -> bool {
    false
}
