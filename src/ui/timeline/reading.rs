//! When what is new counts as read.

use std::cell::{Cell, RefCell};
use std::rc::Weak;

use confab_session::{Intent, RowKey};

use super::Timeline;
use crate::ui::dom::Interval;

/// Milliseconds that the newest message has to be in sight. Within one picture would be too short: an element in somebody
/// else's page hears only after the picture that it was scrolled out of sight.
const READ: i32 = 100;

/// How many are unread, and the newest row.
type News = (u32, Option<RowKey>);

#[derive(Default)]
pub(super) struct Reading {
    /// What is in sight and was or will be reported as read.
    reported: Cell<News>,
    /// Rings when it was there long enough.
    due: RefCell<Option<Interval>>,
}

impl Reading {
    /// What was reported while nobody could look may have been refused.
    pub(super) fn anew(&self) {
        self.reported.take();
    }

    /// These are in sight now, or none.
    pub(super) fn look(&self, news: Option<News>, timeline: &Weak<Timeline>) {
        let news = news.unwrap_or_default();
        if self.reported.replace(news) == news {
            return;
        }
        let timeline = timeline.clone();
        let read = move || {
            if let Some(timeline) = timeline.upgrade() {
                timeline.reading.due.take();
                (timeline.ui.dispatch)(Intent::SeenToEnd);
            }
        };
        self.due.replace((news.0 > 0).then(|| Interval::new(READ, read)));
    }
}
