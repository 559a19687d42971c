//! Calm words about trouble: the connection under the header, everything else above the composer.

use std::cell::RefCell;
use std::rc::Rc;

use confab_session::view::Notice;
use confab_session::{LinkState, Millis, View};
use web_sys::Element;

use super::dom::{Interval, button, div, el, set_text, toggle};
use super::mount::Ui;
use super::strings::Key;

/// Milliseconds of connecting that nobody needs to know about.
const GRACE: i32 = 2_000;
/// Milliseconds between two looks at the countdown.
const SECOND: i32 = 1_000;

/// The slim bar under the header.
pub struct Banner {
    ui: Rc<Ui>,
    pub(super) node: Element,
    words: Element,
    grace: RefCell<Option<Interval>>,
}

/// What the bar tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing to say.
    None,
    /// Not connected yet, or not any more.
    Connecting,
    /// No network.
    Offline,
}

impl Banner {
    /// The bar, hidden.
    pub fn new(ui: Rc<Ui>) -> Self {
        let words = el("span");
        let node = div("bar")
            .attr("role", "status")
            .attr("hidden", "")
            .child(&el("i").class("spin").attr("aria-hidden", "true"))
            .child(&words);
        Self {
            ui,
            node: node.0,
            words: words.0,
            grace: RefCell::new(None),
        }
    }

    /// Its part of the view.
    pub fn of(view: &View) -> Trouble {
        match view.link {
            LinkState::Idle | LinkState::Live => Trouble::None,
            LinkState::Connecting | LinkState::Waiting { .. } => Trouble::Connecting,
            LinkState::Offline => Trouble::Offline,
        }
    }

    /// Connecting is said when it lasts; a missing network at once.
    pub fn show(&self, trouble: Trouble) {
        self.grace.take();
        match trouble {
            Trouble::None => {
                toggle(&self.node, "hidden", true);
                set_text(&self.words, "");
            }
            Trouble::Connecting => {
                let (bar, words) = (self.node.clone(), self.words.clone());
                let text = self.ui.words.text(Key::Connecting).to_owned();
                let say = move || {
                    set_text(&words, &text);
                    toggle(&bar, "hidden", false);
                };
                // A bar that is already there changes its words at once.
                if self.node.has_attribute("hidden") {
                    self.grace.replace(Some(Interval::new(GRACE, say)));
                } else {
                    say();
                }
            }
            Trouble::Offline => {
                set_text(&self.words, self.ui.words.text(Key::Offline));
                toggle(&self.node, "hidden", false);
            }
        }
    }
}

/// What is said above the composer.
pub struct Notices {
    ui: Rc<Ui>,
    pub(super) node: Element,
    countdown: RefCell<Option<Interval>>,
}

/// What the notices show.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    notice: Option<Notice>,
    memory_only: bool,
    is_empty: bool,
}

impl Notices {
    /// None yet. The place is there from the start, so that readers hear what comes into it.
    pub fn new(ui: Rc<Ui>) -> Self {
        Self {
            ui,
            node: div("notice").attr("role", "status").attr("hidden", "").0,
            countdown: RefCell::new(None),
        }
    }

    /// Its part of the view.
    pub fn of(view: &View) -> Facts {
        Facts {
            notice: view.notice.clone(),
            memory_only: view.memory_only,
            is_empty: view.rows.is_empty(),
        }
    }

    /// Shows the most important one.
    pub fn show(&self, facts: Facts) {
        self.countdown.take();
        let words = &self.ui.words;
        let Facts {
            notice,
            memory_only,
            is_empty,
        } = facts;
        self.node.set_text_content(None);
        let node = super::dom::El(self.node.clone());
        match notice {
            Some(Notice::Unavailable(_)) => {
                node.child(&el("span").text(words.text(Key::Unavailable)))
                    .child(&button("", "reconnect").text(words.text(Key::TryAgain)));
            }
            Some(Notice::UnknownConversation) => {
                node.text(words.text(Key::UnknownConversation));
            }
            Some(Notice::TooLong) => {
                node.text(words.text(Key::TooLong));
            }
            Some(Notice::SlowDown { until }) => {
                let line = el("span").attr("aria-live", "off");
                self.count_down(&line.0, until);
                node.child(&line);
            }
            // The empty chat says so in its first lines.
            None if memory_only && !is_empty => {
                node.text(words.text(Key::MemoryOnly));
            }
            None => {
                toggle(&self.node, "hidden", true);
                return;
            }
        }
        toggle(&self.node, "hidden", false);
    }

    fn count_down(&self, line: &Element, until: Millis) {
        let (ui, line) = (Rc::clone(&self.ui), line.clone());
        let tell = move || set_text(&line, &ui.words.counted(Key::SlowDown, seconds_left(until)));
        tell();
        self.countdown.replace(Some(Interval::new(SECOND, tell)));
    }
}

/// Whole seconds until an instant of the driver's monotonic clock, which is the page's `performance.now()`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds since the page was opened"
)]
fn seconds_left(until: Millis) -> u32 {
    let now = web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now());
    u32::try_from(until.since(Millis(now as u64)).div_ceil(1_000)).unwrap_or(u32::MAX)
}
