//! The window: which messages are shown. At most 300 rows, whatever the length of the history.

use confab_protocol::MessageId;

use crate::history::{History, Place, Stored};
use crate::outbox::Outbox;
use crate::time::UnixMillis;

/// Rows shown at most.
pub(crate) const ROWS: usize = 300;
/// Messages by which the window moves.
const STEP: usize = 50;
const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

/// The messages up to `last`; `None` follows the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    last: Option<Place>,
    utc_offset_minutes: i32,
}

/// Number of the visitor's day in which an instant lies.
pub(crate) const fn day_of(at: UnixMillis, utc_offset_minutes: i32) -> i64 {
    at.0.wrapping_add((utc_offset_minutes as i64).wrapping_mul(MINUTE))
        .div_euclid(DAY)
}

/// Whether a message may be shown: not what may turn out to be an outgoing message of our own.
fn is_shown(stored: &Stored, outbox: &Outbox) -> bool {
    !stored.message.is_hidden() && !outbox.rows().iter().any(|row| row.may_be(stored))
}

/// Whether the message at a place may be shown.
pub(crate) fn is_shown_at(place: Place, history: &History, outbox: &Outbox) -> bool {
    history
        .get(place.1)
        .is_some_and(|stored| is_shown(stored, outbox))
}

/// The first place behind another.
const fn behind(place: Place) -> Place {
    (place.0, MessageId(place.1.0.wrapping_add(1)))
}

impl Window {
    pub(crate) const fn new(utc_offset_minutes: i32) -> Self {
        Self {
            last: None,
            utc_offset_minutes,
        }
    }

    /// Follows the newest messages again.
    pub(crate) fn follow(&mut self) {
        self.last = None;
    }

    /// Whether newer messages lie below.
    pub(crate) const fn is_back(&self) -> bool {
        self.last.is_some()
    }

    /// Places shown, oldest first.
    pub(crate) fn places(&self, history: &History, outbox: &Outbox) -> Vec<Place> {
        let (known, room) = match self.last {
            Some(last) => (history.split(behind(last)).0, ROWS),
            None => (history.order(), room_beside(outbox)),
        };
        let mut places = self.fit(&mut known.iter().rev(), history, outbox, room);
        places.reverse();
        places
    }

    /// Moves up over messages that are known; `false` if there are none.
    pub(crate) fn show_older(&mut self, history: &History, outbox: &Outbox) -> bool {
        let places = self.places(history, outbox);
        let Some(first) = places.first() else { return false };
        let is_shown = |place: &&Place| is_shown_at(**place, history, outbox);
        let above = history.split(*first).0;
        let Some(top) = above.iter().rev().filter(is_shown).take(STEP).last() else {
            return false;
        };
        let fitting = self.fit(&mut history.split(*top).1.iter(), history, outbox, ROWS);
        let newest = history.order().iter().rev().find(is_shown);
        let is_all = fitting.last() == newest && fitting.len() <= room_beside(outbox);
        self.last = fitting.last().copied().filter(|_| !is_all);
        true
    }

    /// Moves down again.
    pub(crate) fn show_newer(&mut self, history: &History, outbox: &Outbox) {
        let Some(last) = self.last else { return };
        let below = history.split(behind(last)).1;
        let mut below = below.iter().filter(|place| is_shown_at(**place, history, outbox));
        let next = below.by_ref().take(STEP).last().copied();
        self.last = next.filter(|_| below.next().is_some());
    }

    /// The first messages that fit into `room` rows, with their days and gaps.
    fn fit(
        &self,
        places: &mut dyn Iterator<Item = &Place>,
        history: &History,
        outbox: &Outbox,
        room: usize,
    ) -> Vec<Place> {
        let gaps: Vec<MessageId> = history.contiguity.gaps().collect();
        let (mut fitting, mut rows, mut day) = (Vec::new(), 0_usize, None);
        for place in places.filter(|place| is_shown_at(**place, history, outbox)) {
            let its_day = day_of(UnixMillis(place.0.0.wrapping_mul(1_000)), self.utc_offset_minutes);
            let extra =
                usize::from(day != Some(its_day)).saturating_add(usize::from(gaps.contains(&place.1)));
            rows = rows.wrapping_add(1).saturating_add(extra);
            if rows > room {
                break;
            }
            day = Some(its_day);
            fitting.push(*place);
        }
        fitting
    }
}

/// Rows left beside the outgoing messages and a day of their own.
fn room_beside(outbox: &Outbox) -> usize {
    let outgoing = outbox.rows().len();
    ROWS.saturating_sub(outgoing)
        .saturating_sub(usize::from(outgoing > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg;

    fn history(count: i64, seconds_apart: i64) -> History {
        let mut history = History::default();
        for id in 1..=count {
            let mut message = eg::from_agent(id, "x");
            message.created_at = confab_protocol::UnixSeconds(id * seconds_apart);
            history.take_answer(message, 1);
        }
        history
    }

    fn span(window: &Window, history: &History) -> Option<(i64, i64)> {
        let places = window.places(history, &Outbox::default());
        Some((places.first()?.1.0, places.last()?.1.0))
    }

    #[test]
    fn days_count_as_rows() {
        let window = Window::new(0);
        assert_eq!(window.places(&history(400, 1), &Outbox::default()).len(), 299);
        assert_eq!(
            window.places(&history(400, 86_400), &Outbox::default()).len(),
            150
        );
    }

    #[test]
    fn the_window_moves_up_and_down_again_and_then_follows() {
        for seconds_apart in [1, 86_400] {
            let history = history(1_000, seconds_apart);
            let mut window = Window::new(0);
            let outbox = Outbox::default();
            let mut first = span(&window, &history).map(|(first, _)| first);
            while window.show_older(&history, &outbox) {
                let now = span(&window, &history).map(|(first, _)| first);
                assert_eq!(now, first.map(|first| (first - 50).max(1)));
                first = now;
            }
            assert_eq!(first, Some(1));
            while window.is_back() {
                window.show_newer(&history, &outbox);
            }
            assert_eq!(span(&window, &history).map(|(_, last)| last), Some(1_000));
        }
    }

    #[test]
    fn a_day_begins_at_the_visitors_midnight() {
        let at = UnixMillis(23 * 3_600_000);
        assert_eq!(day_of(at, 0), 0);
        assert_eq!(day_of(at, 60), 1);
        assert_eq!(day_of(at, -24 * 60), -1);
    }
}
