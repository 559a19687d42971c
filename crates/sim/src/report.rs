//! What a schedule showed.

use std::collections::BTreeSet;

use crate::fault::Counts;
use crate::met::Met;
use crate::schedule::Schedule;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A submitted message is neither on the server nor shown as waiting or failed.
    Lost,
    /// A message is on the server twice.
    Doubled,
    /// The visitor's messages stand on the server in another order than that of their submission.
    Reordered,
    /// Something is shown that the server does not have, or twice, or as something else than it is.
    Unexpected,
    /// Something that the server has is not shown.
    Missing,
    /// A row changed its key.
    KeyChanged,
    /// More calls by itself, or more connections, than the budget allows; or no end of happenings.
    Storm,
    /// A message still waits though everything has been well for minutes.
    Stuck,
    /// A counter that is always 0 is not.
    Counter,
    /// The visitor's messages went to more than one conversation, or one was begun and left.
    Split,
    /// The session gave up with a panic.
    Panic,
}

/// One thing that went wrong.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What.
    pub kind: Kind,
    /// When, in milliseconds of the schedule.
    pub at: u64,
    /// In words.
    pub story: String,
}

/// What one schedule showed.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was played.
    pub schedule: Schedule,
    /// What went wrong, in the order in which it was seen.
    pub violations: Vec<Violation>,
    /// How often each fault struck.
    pub faults: Counts,
    /// What they led to.
    pub met: BTreeSet<Met>,
    /// Messages that were submitted.
    pub submitted: u32,
    /// Things that somebody did.
    pub acts: u32,
    /// Things that happened.
    pub steps: u32,
    /// What happened, line by line, if asked for.
    pub trace: Vec<String>,
}

impl Report {
    /// Whether everything was as it should be. Of a day outside of the promise it need not be.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// Whether this went wrong.
    pub fn shows(&self, kind: Kind) -> bool {
        self.violations.iter().any(|violation| violation.kind == kind)
    }

    /// The gravest of what went wrong.
    pub fn worst(&self) -> Option<&Violation> {
        self.violations.iter().min_by_key(|violation| violation.kind)
    }
}
