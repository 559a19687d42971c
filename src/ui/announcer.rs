//! What a screen reader says by itself: new messages of others and what became of one's own. The timeline is not live,
//! or it would read out the whole history whenever some of it is loaded.

use std::cell::Cell;

use confab_session::view::RowContent;
use confab_session::{RowKey, View};
use web_sys::Element;

use super::dom::{append, div, el};
use super::strings::Key;
use super::words::Words;

/// Announcements that are kept: enough for several to be spoken one after another.
const KEPT: u32 = 4;

/// A region that is heard and not seen.
pub struct Announcer {
    pub(super) node: Element,
    /// The gap that a person is closing, and whether that has begun.
    closing: Cell<Option<(RowKey, bool)>>,
}

impl Announcer {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            node: div("sr")
                .attr("role", "status")
                .attr("aria-relevant", "additions")
                .attr("aria-atomic", "false")
                .0,
            closing: Cell::default(),
        }
    }

    /// Its part of the view: the gaps, and whether they are being closed.
    pub fn of(view: &View) -> Vec<(RowKey, bool)> {
        let gap = |content: &RowContent| match content {
            RowContent::Gap { loading } => Some(*loading),
            RowContent::Message(_) | RowContent::Day { .. } => None,
        };
        let rows = view.rows.iter();
        rows.filter_map(|row| Some((row.key, gap(&row.content)?)))
            .collect()
    }

    /// A person closes a gap: what comes of it is said, as the list of messages itself is silent.
    pub fn close(&self, gap: RowKey, words: &Words) {
        self.closing.set(Some((gap, false)));
        self.say(words.text(Key::Loading));
    }

    /// Tells what became of the gap that a person is closing.
    pub fn hear(&self, gaps: &[(RowKey, bool)], words: &Words) {
        let Some((closing, has_begun)) = self.closing.get() else {
            return;
        };
        let found = gaps.iter().find(|(gap, _)| *gap == closing);
        let key = match found {
            None => Key::Loaded,
            Some((_, false)) if has_begun => Key::LoadFailed,
            Some((_, loads)) => return self.closing.set(Some((closing, *loads))),
        };
        self.closing.take();
        self.say(words.text(key));
    }

    /// Says a text once the reader is free.
    pub fn say(&self, text: &str) {
        append(&self.node, &el("p").text(text).0);
        while self.node.child_element_count() > KEPT {
            if let Some(first) = self.node.first_element_child() {
                first.remove();
            }
        }
    }
}
