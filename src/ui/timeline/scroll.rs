//! Where the reader is, and staying there. The browser's own scroll anchoring is off: not every browser has it, and
//! two that correct one another make the page jump.

use std::cell::Cell;

use web_sys::Element;

/// Pixels from the end within which the reader counts as being there.
const NEAR: i32 = 80;
/// Pixels from the beginning at which older messages are asked for.
const NEAR_TOP: i32 = 240;
/// Pixels of what was read before that stay in sight above the divider.
const ABOVE_DIVIDER: f64 = 48.0;

/// The scrolling element, and whether it follows the newest message.
pub struct Scroll {
    node: Element,
    is_following: Cell<bool>,
    /// Whether the last row is the newest message: else there is nothing to follow at the bottom.
    has_end: Cell<bool>,
}

/// A node and how far from the top of the page it was.
pub struct Place {
    /// The node.
    pub node: Element,
    top: f64,
}

impl Scroll {
    /// Follows the newest message until somebody scrolls away.
    pub fn new(node: Element) -> Self {
        Self {
            node,
            is_following: Cell::new(true),
            has_end: Cell::new(true),
        }
    }

    /// The element.
    pub fn node(&self) -> &Element {
        &self.node
    }

    /// Looks where it was scrolled to.
    pub fn look(&self) {
        self.is_following.set(self.is_near_bottom() && self.has_end.get());
    }

    /// Tells whether the newest message is among the rows.
    pub fn end_here(&self, is_here: bool) {
        self.has_end.set(is_here);
        if !is_here {
            self.is_following.set(false);
        }
    }

    /// Follows the newest message from now on.
    pub fn stick(&self) {
        self.is_following.set(true);
    }

    /// Whether the newest message is in sight.
    pub fn is_at_bottom(&self) -> bool {
        self.is_following.get()
    }

    /// Whether the last row is near.
    pub fn is_near_bottom(&self) -> bool {
        self.distance() <= NEAR
    }

    /// Whether the beginning of what is loaded is near, for somebody who can see it.
    pub fn is_near_top(&self) -> bool {
        self.node.scroll_top() < NEAR_TOP && self.node.client_height() > 0
    }

    /// The message that stands first in sight, unless the newest one is followed. `nodes` stand in order. A day's line
    /// is no hold: it moves up when an older message of that day comes.
    pub fn place(&self, nodes: &[&Element]) -> Option<Place> {
        if self.is_following.get() {
            return None;
        }
        let edge = self.node.get_bounding_client_rect().top();
        let above = nodes.partition_point(|node| node.get_bounding_client_rect().bottom() <= edge);
        let in_sight = nodes.get(above..)?;
        let message = in_sight.iter().find(|node| node.tag_name() == "ARTICLE");
        let node = (*message.or(in_sight.first())?).clone();
        let top = node.get_bounding_client_rect().top();
        Some(Place { node, top })
    }

    /// Goes back to a place, or to the end if that is followed.
    pub fn restore(&self, place: Option<Place>) {
        if self.is_following.get() {
            self.node.set_scroll_top(self.node.scroll_height());
        } else if let Some(Place { node, top }) = place.filter(|place| place.node.is_connected()) {
            self.scroll_by(node.get_bounding_client_rect().top() - top);
        }
    }

    /// Shows the divider of unread messages, when following the end has pushed it out of sight.
    pub fn show_divider(&self, divider: Option<&Element>) {
        let Some(divider) = divider else { return };
        let above = divider.get_bounding_client_rect().top() - self.node.get_bounding_client_rect().top();
        if above < ABOVE_DIVIDER {
            self.scroll_by(above - ABOVE_DIVIDER);
            self.look();
        }
    }

    fn scroll_by(&self, pixels: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a page")]
        self.node
            .set_scroll_top(self.node.scroll_top() + pixels.round() as i32);
    }

    fn distance(&self) -> i32 {
        self.node.scroll_height() - self.node.scroll_top() - self.node.client_height()
    }
}
