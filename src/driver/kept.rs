//! The newest page of messages with the events that came since, as the next start is to show it.

use std::cell::{Cell, RefCell};

use confab_session::Millis;

/// Bytes above which a page of messages is not kept: it would be slower to read than to fetch.
const LARGEST_PAGE: usize = 300_000;

/// Least milliseconds between two writes.
const KEEP_AFTER: u64 = 1_000;

/// What is kept of the history, and whether the store has it.
#[derive(Default)]
pub struct Kept {
    text: RefCell<String>,
    is_unwritten: Cell<bool>,
    written_at: Cell<Millis>,
}

impl Kept {
    /// A newest page came that takes so many bytes: it is written at once, unless it is too large.
    pub fn page(&self, bytes: usize, text: impl FnOnce() -> String) {
        if bytes < LARGEST_PAGE {
            self.text.replace(text());
            self.is_unwritten.set(true);
            self.written_at.take();
        }
    }

    /// What comes by event is on screen at once, and in a page of the list a while later.
    pub fn frame(&self, frame: &str) {
        let mut text = self.text.borrow_mut();
        if !text.is_empty() && text.len().saturating_add(frame.len()) < LARGEST_PAGE {
            text.push('\0');
            text.push_str(frame);
            self.is_unwritten.set(true);
        }
    }

    /// What is to be written now. Something happens every few seconds, so no timer is needed.
    pub fn due(&self, now: Millis) -> Option<String> {
        if !self.is_unwritten.get() || now.since(self.written_at.get()) < KEEP_AFTER {
            return None;
        }
        self.is_unwritten.set(false);
        self.written_at.set(now);
        Some(self.text.borrow().clone())
    }

    /// What was shown to one user is nothing for another.
    pub fn clear(&self) {
        self.text.take();
        self.is_unwritten.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_at_once_and_what_came_since_once_a_second() {
        let kept = Kept::default();
        kept.frame("early");
        assert_eq!(
            kept.due(Millis(5_000)),
            None,
            "without a page there is nothing to add to"
        );
        kept.page(4, || "page".to_owned());
        assert_eq!(kept.due(Millis(5_000)).as_deref(), Some("page"));
        kept.frame("one");
        kept.frame("two");
        assert_eq!(kept.due(Millis(5_999)), None);
        assert_eq!(kept.due(Millis(6_000)).as_deref(), Some("page\0one\0two"));
        assert_eq!(kept.due(Millis(9_000)), None, "it is written");
    }

    #[test]
    fn what_is_too_large_or_another_user_s_is_not_kept() {
        let kept = Kept::default();
        kept.page(LARGEST_PAGE, || "large".to_owned());
        assert_eq!(kept.due(Millis(5_000)), None);
        kept.page(4, || "page".to_owned());
        kept.frame(&"x".repeat(LARGEST_PAGE));
        assert_eq!(kept.due(Millis(5_000)).as_deref(), Some("page"));
        kept.frame("one");
        kept.clear();
        assert_eq!(kept.due(Millis(9_000)), None);
    }
}
