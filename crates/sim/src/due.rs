//! When things are to come.

use std::cmp::Ordering;

use crate::world::What;

/// Something with its time; of what is due at once, the first asked for comes first.
pub(crate) struct Due {
    pub(crate) at: u64,
    pub(crate) order: u64,
    pub(crate) what: What,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
