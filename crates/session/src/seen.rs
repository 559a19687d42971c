//! What was on screen, and what is unread.

use confab_protocol::{MessageId, Request};

use crate::capabilities::Feature;
use crate::deadlines::Timer;
use crate::effect::{Announcement, Effect};
use crate::event::Ask;
use crate::history::Stored;
use crate::requests::Purpose;
use crate::session::Session;
use crate::view::RowKey;

/// Least time between two `update_last_seen`: each makes an event for every message it marks.
const TELL_EVERY: u64 = 5_000;
/// Unread messages are counted no further, and among so many.
const COUNT: usize = 100;
const AMONG: usize = 1_000;

/// What is known of reading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The first row that was unread when the panel was opened.
    pub(crate) divider: Option<RowKey>,
    /// The unread number last announced.
    pub(crate) unread: u32,
    /// The newest message that the server was told of.
    told: Option<MessageId>,
}

impl Seen {
    /// Forgets what was read; the number announced stays, so that its change is announced.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            unread: self.unread,
            ..Self::default()
        };
    }
}

impl Session {
    /// The newest message that was on screen.
    fn seen_up_to(&self) -> MessageId {
        self.contact
            .record
            .as_ref()
            .and_then(|record| record.seen)
            .unwrap_or_default()
    }

    fn unread_messages(&self) -> impl Iterator<Item = &Stored> {
        self.history
            .above(self.seen_up_to())
            .take(AMONG)
            .filter(|stored| !stored.is_contacts() && !stored.message.content_attributes.deleted)
    }

    pub(crate) fn count_unread(&mut self) -> u32 {
        let unread = u32::try_from(self.unread_messages().take(COUNT).count()).unwrap_or_default();
        if unread != self.seen.unread {
            self.seen.unread = unread;
            self.announce(Announcement::UnreadChanged(unread));
        }
        unread
    }

    /// The divider stands above the first message that is unread as the panel opens.
    pub(crate) fn mark_first_unread(&mut self) {
        let first = self.unread_messages().next().map(|stored| stored.key);
        self.seen.divider = first;
    }

    /// The newest message is on screen.
    pub(crate) fn seen_to_end(&mut self) {
        let newest = self.history.newest();
        if newest.is_none_or(|newest| newest <= self.seen_up_to()) {
            return;
        }
        let news = self.unread_messages().next().is_some();
        if !self.leads() {
            if let Some(record) = self.contact.record.as_mut() {
                record.seen = newest;
            }
            return self.emit(Effect::AskLeader(Ask::Seen));
        }
        if news {
            self.change_record(|record| record.seen = newest);
            if !self.is_held_back(Timer::SeenDue) {
                self.tell_seen();
            }
        }
    }

    /// Tells the server, if it was not told of the newest yet; throttled.
    pub(crate) fn tell_seen(&mut self) {
        let seen = self.contact.record.as_ref().and_then(|record| record.seen);
        let record = self.contact.record.as_ref();
        let Some((source_id, conversation)) =
            record.and_then(|record| Some((record.source_id.clone(), record.conversation?)))
        else {
            return;
        };
        if seen <= self.seen.told
            || !self.leads()
            || !self.page.online
            || !self.capabilities.may(Feature::Seen)
        {
            return;
        }
        self.seen.told = seen;
        self.set_timer(Timer::SeenDue, TELL_EVERY);
        self.request(
            Purpose::Seen,
            Request::UpdateLastSeen {
                source_id,
                conversation,
            },
        );
    }
}
