//! Counters for the person who has to find out what went wrong. No text and no secret is in them.

use serde::Serialize;

/// Counts one more, where somebody looks: a widget that is shipped has no bytes for what it never tells.
#[inline]
pub(crate) const fn count(counter: &mut u32) {
    if cfg!(any(debug_assertions, feature = "bugs")) {
        *counter = counter.wrapping_add(1);
    }
}

/// What the session did and met since its start; in a widget that is shipped, the last two alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagnostics {
    /// Requests that left.
    pub requests: u32,
    /// Requests that brought no usable answer.
    pub failures: u32,
    /// Connections that opened.
    pub connections: u32,
    /// Subscriptions that were confirmed.
    pub confirms: u32,
    /// Subscriptions met with silence or a rejection.
    pub silences: u32,
    /// Links closed because no frame came.
    pub stale_links: u32,
    /// Resyncs that were finished.
    pub resyncs: u32,
    /// Messages known by their echo first.
    pub adopted_by_echo: u32,
    /// Messages known by their reply first.
    pub adopted_by_reply: u32,
    /// Messages found in a look of the fence.
    pub adopted_by_look: u32,
    /// Looks of the fence that were finished.
    pub looks: u32,
    /// Messages proved absent and sent again.
    pub sent_again: u32,
    /// Frames and events that mean nothing to this version.
    pub unknown_frames: u32,
    /// Events of other conversations.
    pub foreign_events: u32,
    /// Replies that nobody waited for.
    pub unknown_replies: u32,
    /// Events of an older connection.
    pub late_frames: u32,
    /// Changes of a delivery that its diagram does not have. Always 0 unless there is a defect.
    pub refused_transitions: u32,
    /// Network effects that a follower wanted. Always 0 unless there is a defect.
    pub follower_effects: u32,
}
