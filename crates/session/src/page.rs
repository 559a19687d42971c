//! What the page around the session is like: visible, open, with a network.

use confab_protocol::ExternalId;

use crate::deadlines::Timer;
use crate::effect::Effect;
use crate::event::{Ask, Intent};
use crate::session::Session;
use crate::time::UnixMillis;
use crate::view::Composition;

/// How long typed text may wait before it is stored.
pub(crate) const COMPOSITION_DELAY: u64 = 400;

/// A link that another tab tells of was followed at most so long ago.
const LINKED_BEFORE: i64 = 1_000;

/// Characters that the server takes as one message.
const LONGEST: usize = 150_000;

/// Whether the server would refuse a text for its length. It counts characters, and what is sent has no blank ends.
pub fn is_too_long(text: &str) -> bool {
    // The library's way to count them is made for speed, and large.
    let begins = |byte: &u8| *byte & 0xc0 != 0x80;
    text.len() > LONGEST && text.trim().bytes().filter(begins).count() > LONGEST
}

/// Facts about the page.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub(crate) struct Page {
    /// The store was read.
    pub(crate) restored: bool,
    /// So many answers to come were asked of the store for a user who is gone.
    pub(crate) outdated: u32,
    /// The store outlives the page.
    pub(crate) durable: bool,
    pub(crate) visible: bool,
    pub(crate) online: bool,
    pub(crate) open: bool,
    /// The panel was open at some time.
    pub(crate) was_open: bool,
    /// What stands in the composer, while it is not stored.
    composition: Option<String>,
    /// What of it is stored: written by this tab, or found there and taken over.
    pub(crate) stored: String,
    /// What was typed here last, stored or not: another tab may have stored its own since.
    pub(crate) typed: String,
    /// What was handed to the composer last.
    pub(crate) given: Option<Composition>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            restored: false,
            outdated: 0,
            durable: true,
            visible: true,
            online: true,
            open: false,
            was_open: false,
            composition: None,
            stored: String::new(),
            typed: String::new(),
            given: None,
        }
    }
}

impl Page {
    /// Whether a person looks at the panel.
    pub(crate) const fn is_watched(&self) -> bool {
        self.visible && self.open
    }
}

impl Session {
    /// Turns to another user of the site: what was read before counts for nothing.
    pub(crate) fn switch(&mut self, identifier: Option<ExternalId>) {
        self.page.outdated = self.page.outdated.saturating_add(u32::from(!self.page.restored));
        self.page.restored = false;
        self.emit(Effect::SwitchIdentity(identifier));
    }

    pub(crate) fn wished(&mut self, intent: Intent) {
        match intent {
            Intent::Open => self.open(),
            Intent::Close => {
                self.page.open = false;
                self.seen.divider = None;
                self.store_composition();
            }
            Intent::Submit { text } => self.submit(&text),
            Intent::CompositionChanged { text } => self.composition_changed(text),
            Intent::Retry(key) => self.retry(&key),
            Intent::Discard(key) => self.discard(&key),
            Intent::LoadOlder => self.load_older(),
            Intent::LoadNewer => self.window.show_newer(&self.history, &self.outbox),
            Intent::ShowNewest => self.window.follow(),
            Intent::LookAt(first) => self.look_at(first),
            Intent::FillGap(row) => self.fill_gap(row),
            Intent::SeenToEnd => self.seen_to_end(),
            Intent::ReconnectNow => self.try_now(),
            Intent::Resolve => self.resolve(),
            Intent::SetUser { identity, profile } => self.set_user(identity, profile),
            Intent::DescribeConversation(attributes) => self.config.conversation_attributes = attributes,
            Intent::LogOut => self.log_out(),
        }
    }

    fn open(&mut self) {
        if self.page.open {
            return;
        }
        self.page.open = true;
        self.page.was_open = true;
        self.mark_first_unread();
        self.want_resync();
        self.lift_setup();
    }

    pub(crate) fn visibility_changed(&mut self, visible: bool) {
        let came = visible && !self.page.visible;
        self.page.visible = visible;
        if came {
            self.came_back();
        } else if !visible {
            // The next page in this place begins with what was typed in this one.
            let typed = Some(self.page.typed.clone()).filter(|typed| !typed.is_empty());
            self.page.composition = self.page.composition.take().or(typed);
            self.store_composition();
            self.stop_typing();
        }
    }

    pub(crate) fn resumed(&mut self) {
        self.came_back();
    }

    pub(crate) fn went_online(&mut self) {
        self.page.online = true;
        self.came_back();
    }

    pub(crate) fn went_offline(&mut self) {
        self.page.online = false;
    }

    /// A person asks for another try of everything that waits.
    fn try_now(&mut self) {
        self.page.online = true;
        self.came_back();
    }

    /// Somebody looks again, or there is a network again: what waits is tried now, and what may have been missed is
    /// fetched.
    fn came_back(&mut self) {
        self.lift_setup();
        self.timers.clear(Timer::ContactDue);
        self.probe_link();
        self.want_resync();
    }

    fn composition_changed(&mut self, text: String) {
        let blank = confab_content::text::is_blank(&text);
        self.page.typed.clone_from(&text);
        self.page.composition = Some(text);
        self.set_timer_earlier(Timer::CompositionDue, COMPOSITION_DELAY);
        if blank {
            self.stop_typing();
        } else {
            self.keep_typing();
        }
    }

    /// Stores what stands in the composer, if that has changed.
    pub(crate) fn store_composition(&mut self) {
        self.timers.clear(Timer::CompositionDue);
        if let Some(text) = self.page.composition.take() {
            self.keep_composition(text);
        }
    }

    /// Puts a text in the place of what this tab stored before: what another one keeps is not its to take away.
    pub(crate) fn keep_composition(&mut self, text: String) {
        let before = std::mem::replace(&mut self.page.stored, text.clone());
        self.emit(Effect::StoreComposition { before, text });
    }

    /// What stands in the composer is not to be stored.
    pub(crate) fn forget_composition(&mut self) {
        self.page.composition = None;
        self.page.typed.clear();
        self.timers.clear(Timer::CompositionDue);
    }

    /// The composer is empty, as its text was submitted.
    pub(crate) fn clear_composition(&mut self) {
        self.forget_composition();
        self.keep_composition(String::new());
    }

    /// Hands a text to the composer.
    pub(crate) fn give_back(&mut self, text: String) {
        let revision = self
            .page
            .given
            .as_ref()
            .map_or(0, |given| given.revision)
            .wrapping_add(1);
        self.page.given = Some(Composition { text, revision });
    }

    /// Does, or asks the leading tab to do, what only the leading tab may.
    pub(crate) fn asked(&mut self, ask: Ask) {
        if !self.leads() {
            return;
        }
        match ask {
            Ask::Page(before) => self.fetch_for_follower(before),
            Ask::Typing(on) => self.tell_typing(on),
            Ask::Seen => self.seen_to_end(),
            Ask::Resolve => self.resolve(),
            Ask::Enter(conversation) => {
                self.config.conversation = Some(conversation);
                // The other tab may have written to it by the time this is heard.
                self.linked_at = Some(UnixMillis(self.now.wall.0.saturating_sub(LINKED_BEFORE)));
            }
        }
    }
}
