//! What a screen reader says by itself: new messages of others and what became of one's own. The timeline is not live,
//! or it would read out the whole history whenever some of it is loaded.

use web_sys::Element;

use super::dom::{append, div, el};

/// Announcements that are kept: enough for several to be spoken one after another.
const KEPT: u32 = 4;

/// A region that is heard and not seen.
pub struct Announcer {
    pub(super) node: Element,
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
