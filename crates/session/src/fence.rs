//! The fence: whether an attempt of unknown outcome reached the server. Two looks at the list that succeed, the first
//! begun at least B after the attempt ended, the second at least two seconds after the first was answered (when a
//! frozen database goes on, a waiting read may overtake a waiting commit). Found: adopted. Absent in both: it may be
//! sent again.

use confab_protocol::MessageId;

use crate::bugs::{Bug, has};
use crate::record::OutgoingKey;
use crate::time::{Millis, doubled};

/// Least time between the answer of the first look and the second.
const BETWEEN_LOOKS: u64 = 2_000;
/// Pages after which a look gives up and a person decides.
const PAGES: u8 = 12;
/// First pause after a look that failed; doubled with each, up to the last.
const RETRY_FIRST: u64 = 2_000;
const RETRY_LAST: u64 = 30_000;

/// The settling of one attempt.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    /// Which message it is about.
    pub(crate) key: OutgoingKey,
    /// When its attempt ended: a fence settles one attempt and no later one.
    pub(crate) ended: Millis,
    /// Looks that were completed without finding it.
    absent: u8,
    /// When the next look may begin.
    due: Millis,
    /// The look under way: pages taken, and the request for the next.
    look: Option<(u8, u64)>,
    failures: u32,
}

/// What a page of a look leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Ask for the page below this id.
    GoOn(MessageId),
    /// All that came since the attempt began was seen.
    Complete,
    /// Too much came since.
    TooFar,
}

impl Fence {
    /// Begins to settle an attempt that ended at `ended`; `bound` is B in milliseconds.
    pub(crate) fn new(key: OutgoingKey, ended: Millis, bound: u64) -> Self {
        Self {
            key,
            ended,
            absent: 0,
            due: ended.after(bound),
            look: None,
            failures: 0,
        }
    }

    /// When a look may begin; `None` while one is under way.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.look.is_none().then_some(self.due)
    }

    /// A look begins, or goes on, with this request.
    pub(crate) fn await_page(&mut self, request: u64) {
        let pages = self.look.map_or(0, |(pages, _)| pages);
        self.look = Some((pages, request));
    }

    /// Whether a reply is the page that is waited for, and not one of an earlier fence.
    pub(crate) fn awaits(&self, request: u64) -> bool {
        self.look.is_some_and(|(_, awaited)| awaited == request)
    }

    /// A page came, the lowest id in it being `lowest`; `full` if there may be more below. `known` is the newest id
    /// known when the attempt began.
    pub(crate) fn take_page(&mut self, lowest: Option<MessageId>, full: bool, known: MessageId) -> Look {
        let (pages, request) = self.look.unwrap_or_default();
        let pages = pages.wrapping_add(1);
        self.look = Some((pages, request));
        match lowest {
            Some(lowest) if full && lowest > known && !has(Bug::ShortLook) => {
                if pages < PAGES {
                    Look::GoOn(lowest)
                } else {
                    Look::TooFar
                }
            }
            _ => Look::Complete,
        }
    }

    /// The look did not find it. Answers whether that proves it absent.
    pub(crate) fn was_absent(&mut self, now: Millis) -> bool {
        self.look = None;
        self.failures = 0;
        self.absent = self.absent.wrapping_add(1);
        self.due = now.after(BETWEEN_LOOKS);
        self.absent >= 2 || has(Bug::OneLook)
    }

    /// The look failed; it is begun anew later.
    pub(crate) fn failed(&mut self, now: Millis) {
        self.look = None;
        let pause = doubled(RETRY_FIRST, self.failures, RETRY_LAST);
        self.failures = self.failures.wrapping_add(1);
        self.due = now.after(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg;

    fn fence() -> Fence {
        Fence::new(eg::key("a"), Millis(1_000), 25_000)
    }

    #[test]
    fn the_first_look_waits_for_the_bound_and_the_second_two_seconds_more() {
        let mut fence = fence();
        assert_eq!(fence.due(), Some(Millis(26_000)));
        fence.await_page(1);
        assert_eq!(fence.due(), None);
        assert!(!fence.was_absent(Millis(27_000)));
        assert_eq!(fence.due(), Some(Millis(29_000)));
        fence.await_page(1);
        assert!(fence.was_absent(Millis(29_500)));
    }

    #[test]
    fn a_look_that_failed_does_not_count() {
        let mut fence = fence();
        fence.await_page(1);
        assert!(!fence.was_absent(Millis(27_000)));
        fence.await_page(1);
        fence.failed(Millis(30_000));
        assert_eq!(fence.due(), Some(Millis(32_000)));
        fence.await_page(1);
        assert!(fence.was_absent(Millis(33_000)));
    }

    #[test]
    fn a_look_pages_back_to_the_newest_known_id() {
        let mut fence = fence();
        fence.await_page(1);
        assert_eq!(
            fence.take_page(Some(MessageId(40)), true, MessageId(30)),
            Look::GoOn(MessageId(40))
        );
        assert_eq!(
            fence.take_page(Some(MessageId(30)), true, MessageId(30)),
            Look::Complete
        );
        fence.failed(Millis(0));
        fence.await_page(1);
        assert_eq!(
            fence.take_page(Some(MessageId(40)), false, MessageId(0)),
            Look::Complete
        );
        assert_eq!(fence.take_page(None, false, MessageId(0)), Look::Complete);
    }

    #[test]
    fn after_twelve_pages_a_person_decides() {
        let mut fence = fence();
        fence.await_page(1);
        for page in 1..12_i64 {
            let lowest = MessageId(1_000 - page);
            assert_eq!(
                fence.take_page(Some(lowest), true, MessageId(1)),
                Look::GoOn(lowest)
            );
        }
        assert_eq!(
            fence.take_page(Some(MessageId(500)), true, MessageId(1)),
            Look::TooFar
        );
    }
}
