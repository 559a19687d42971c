//! What a screen reader says by itself: new messages of others and what became of one's own. The timeline is not live,
//! or it would read out the whole history whenever some of it is loaded.

use std::cell::Cell;
use std::sync::Arc;

use confab_session::{Row, RowKey};
use web_sys::Element;

use super::dom::{append, div, el};
use super::strings::Key;
use super::words::Words;

/// Announcements that are kept: enough for several to be spoken one after another.
const KEPT: u32 = 4;

/// A region that is heard and not seen.
pub struct Announcer {
    pub(super) node: Element,
    /// The gap that a person is closing.
    closing: Cell<Option<RowKey>>,
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

    /// A person closes a gap: that is said, as the list of messages itself is silent.
    pub fn close(&self, gap: RowKey, words: &Words) {
        self.closing.set(Some(gap));
        self.say(words.text(Key::Loading));
    }

    /// Tells when the gap that a person is closing is not among these rows any more.
    pub fn hear(&self, rows: &[Arc<Row>], words: &Words) {
        let closing = self.closing.get();
        if closing.is_some() && rows.iter().all(|row| Some(row.key) != closing) {
            self.closing.take();
            self.say(words.text(Key::Loaded));
        }
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
