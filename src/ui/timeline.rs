//! The conversation: keyed rows whose nodes live as long as their keys, the place in the scroll, and what is new.

mod lane;
mod reading;
mod scroll;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use confab_protocol::ConversationStatus;
use confab_session::view::{Author, MessageRow, Older, Person, RowContent};
use confab_session::{Intent, Row, RowKey, View};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver, VisibilityState};

use super::announcer::Announcer;
use super::dom::{BeforePaint, Interval, Listener, button, div, el, icon, icons, set, set_text, toggle};
use super::mount::Ui;
use super::row;
use super::strings::Key;
use lane::Lane;
use reading::Reading;
use scroll::Scroll;

/// More new messages than these at once are counted and not read out.
const READ_OUT: usize = 3;
/// Milliseconds after which older messages are asked for again, while the beginning is in sight and none came.
const ASK_AGAIN: i32 = 2_000;

/// Milliseconds without scrolling after which the reader counts as having stopped.
const STOPPED: i32 = 200;

/// The timeline with its listeners.
pub struct Timeline {
    ui: Rc<Ui>,
    pub(super) announcer: Rc<Announcer>,
    pub(super) node: Element,
    scroll: Scroll,
    lane: RefCell<Lane>,
    pill: Element,
    pill_words: Element,
    /// New messages since the bottom was left.
    missed: Cell<u32>,
    reading: Reading,
    part: RefCell<Part>,
    /// What the next picture is to show.
    next: RefCell<Option<Part>>,
    live: RefCell<Option<Live>>,
    /// Rings while older messages are wanted and none come.
    asking: RefCell<Option<Interval>>,
    /// Rings when the reader has stopped.
    stopping: RefCell<Option<Interval>>,
    me: Weak<Self>,
}

/// What ends with the timeline.
struct Live {
    _listeners: Vec<Listener>,
    painter: BeforePaint,
    observer: ResizeObserver,
    _resized: Closure<dyn FnMut()>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Its part of the view.
#[derive(Clone, Debug)]
pub struct Part {
    rows: Vec<Arc<Row>>,
    older: Older,
    newer: bool,
    typing: Option<Person>,
    first_unread: Option<RowKey>,
    unread: u32,
    is_open: bool,
    is_resolved: bool,
}

impl PartialEq for Part {
    /// Rows are shared: the same pointer is the same row, and nothing inside it is looked at.
    fn eq(&self, other: &Self) -> bool {
        self.rows.len() == other.rows.len()
            && self
                .rows
                .iter()
                .zip(&other.rows)
                .all(|(one, two)| Arc::ptr_eq(one, two))
            && self.older == other.older
            && self.newer == other.newer
            && self.typing == other.typing
            && self.first_unread == other.first_unread
            && self.unread == other.unread
            && self.is_open == other.is_open
            && self.is_resolved == other.is_resolved
    }
}

impl Timeline {
    /// An empty timeline, hidden.
    pub fn new(ui: Rc<Ui>, announcer: Rc<Announcer>) -> Rc<Self> {
        let words = &ui.words;
        let log = div("lane")
            .attr("role", "log")
            .attr("aria-live", "off")
            .attr("aria-label", words.text(Key::Messages));
        // Focusable, so that it can be scrolled by keys.
        let scroll = div("scroll").attr("tabindex", "0").child(&log);
        let pill_words = el("span");
        let pill = button("jump", "jump")
            .attr("hidden", "")
            .child(&icon(icons::DOWN))
            .child(&pill_words);
        let node = div("stage").attr("hidden", "").child(&scroll).child(&pill);
        let timeline = Rc::new_cyclic(|me| Self {
            lane: RefCell::new(Lane::new(log.0.clone())),
            scroll: Scroll::new(scroll.0),
            announcer,
            node: node.0,
            pill: pill.0,
            pill_words: pill_words.0,
            missed: Cell::new(0),
            reading: Reading::default(),
            part: RefCell::new(Part::of_nothing()),
            next: RefCell::new(None),
            live: RefCell::new(None),
            asking: RefCell::new(None),
            stopping: RefCell::new(None),
            me: me.clone(),
            ui,
        });
        timeline.listen(&log.0);
        timeline
    }

    fn listen(self: &Rc<Self>, log: &Element) {
        let act = |act: fn(&Self)| {
            let timeline = Rc::downgrade(self);
            move || {
                if let Some(timeline) = timeline.upgrade() {
                    act(&timeline);
                }
            }
        };
        let (scrolled, seen, resized) = (act(Self::scrolled), act(Self::returned), act(Self::resized));
        let mut listeners = vec![Listener::new(self.scroll.node(), "scroll", move |_| scrolled())];
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            listeners.push(Listener::new(&document, "visibilitychange", move |_| seen()));
        }
        let resized = Closure::wrap(Box::new(resized) as Box<dyn FnMut()>);
        // A keyboard that comes up, a picture that arrives, a composer that grows: whoever was at the bottom stays.
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref());
        if let Ok(observer) = observer {
            observer.observe(self.scroll.node());
            observer.observe(log);
            self.live.replace(Some(Live {
                _listeners: listeners,
                painter: BeforePaint::new(act(Self::paint)),
                observer,
                _resized: resized,
            }));
        }
    }

    /// Its part of the view.
    pub fn of(view: &View) -> Part {
        Part {
            rows: view.rows.clone(),
            older: view.older,
            newer: view.newer,
            typing: view.typing.clone(),
            first_unread: view.first_unread,
            unread: view.unread,
            is_open: view.open,
            is_resolved: view.status == Some(ConversationStatus::Resolved),
        }
    }

    /// Shows a part with the next picture, so that a burst of messages is laid out once; the first one at once.
    pub fn show(&self, part: Part) {
        self.next.replace(Some(part));
        let is_first = self.part.borrow().rows.is_empty();
        match &*self.live.borrow() {
            Some(live) if !is_first => live.painter.ask(),
            Some(_) | None => self.paint(),
        }
    }

    /// Patches what changed and keeps the reader's place.
    fn paint(&self) {
        let Some(part) = self.next.take() else { return };
        let before = self.part.replace(part);
        let part = self.part.borrow();
        toggle(
            &self.node,
            "hidden",
            part.rows.is_empty() && part.older == Older::None,
        );
        self.scroll.end_here(!part.newer);
        let place = self.scroll.place(&self.lane.borrow().nodes());
        let change = self.lane.borrow_mut().patch(&part, &self.ui);
        let is_first = before.rows.is_empty();
        if change.own_at_end && !is_first {
            self.scroll.stick();
        }
        self.scroll.restore(place);
        if is_first || (part.is_open && !before.is_open) {
            self.scroll.show_divider(self.lane.borrow().divider());
        }
        if !is_first {
            self.announce(&change.arrived);
            self.count_missed(change.arrived.len());
        }
        drop(part);
        self.ask_for_older();
        self.settle();
    }

    /// Asks for older messages where the beginning is near: what does not fill the panel cannot be scrolled.
    fn ask_for_older(&self) {
        let part = self.part.borrow();
        let wanted = part.is_open && part.older == Older::Available && self.scroll.is_near_top();
        drop(part);
        if wanted {
            (self.ui.dispatch)(Intent::LoadOlder);
        }
        // A wish may come to nothing, when another tab is asked that is just closing: nothing changes then.
        let timeline = self.me.clone();
        let again = move || {
            if let Some(timeline) = timeline.upgrade() {
                timeline.ask_for_older();
            }
        };
        self.asking
            .replace(wanted.then(|| Interval::new(ASK_AGAIN, again)));
    }

    /// Goes to the newest message.
    pub fn jump(&self) {
        if self.part.borrow().newer {
            (self.ui.dispatch)(Intent::ShowNewest);
        }
        self.scroll.stick();
        self.scroll.restore(None);
        self.settle();
    }

    /// Puts the focus into the timeline, from where it is scrolled by keys.
    pub fn focus(&self) {
        if let Some(scroll) = self.scroll.node().dyn_ref::<HtmlElement>() {
            let _ = scroll.focus();
        }
    }

    /// The row that an element of the timeline belongs to.
    pub fn row_of(&self, element: &Element) -> Option<Arc<Row>> {
        let key: u64 = element
            .closest("[data-key]")
            .ok()??
            .get_attribute("data-key")?
            .parse()
            .ok()?;
        self.part
            .borrow()
            .rows
            .iter()
            .find(|row| row.key == RowKey(key))
            .cloned()
    }

    /// Words days again: yesterday's "today" is over.
    pub fn reword(&self) {
        self.lane.borrow().reword(&self.ui.words);
    }

    fn scrolled(&self) {
        self.scroll.look();
        self.ask_for_older();
        if self.part.borrow().newer && self.scroll.is_near_bottom() {
            (self.ui.dispatch)(Intent::LoadNewer);
        }
        let timeline = self.me.clone();
        let stopped = move || {
            if let Some(timeline) = timeline.upgrade() {
                timeline.stopped();
            }
        };
        self.stopping.replace(Some(Interval::new(STOPPED, stopped)));
        self.settle();
    }

    /// Tells where the reader stopped: what changed there unheard is read again.
    fn stopped(&self) {
        self.stopping.take();
        let place = self.scroll.place(&self.lane.borrow().nodes());
        let row = place.and_then(|place| self.row_of(&place.node));
        if let Some(RowContent::Message(MessageRow {
            message: Some(id), ..
        })) = row.as_deref().map(|row| &row.content)
        {
            (self.ui.dispatch)(Intent::LookAt(*id));
        }
    }

    fn returned(&self) {
        // What was reported while nobody could look may have been refused.
        self.reading.anew();
        self.reword();
        self.settle();
    }

    fn resized(&self) {
        self.scroll.restore(None);
        self.settle();
    }

    /// What follows from where the reader is.
    fn settle(&self) {
        let at_bottom = self.scroll.is_at_bottom();
        if at_bottom {
            self.missed.set(0);
        }
        self.show_pill(at_bottom);
        let part = self.part.borrow();
        let is_visible = web_sys::window()
            .and_then(|window| window.document())
            .is_some_and(|document| document.visibility_state() == VisibilityState::Visible);
        let is_seen = at_bottom && part.is_open && is_visible && part.unread > 0;
        let news = (part.unread, part.rows.last().map(|row| row.key));
        drop(part);
        self.reading.look(is_seen.then_some(news), &self.me);
    }

    fn show_pill(&self, at_bottom: bool) {
        toggle(&self.pill, "hidden", at_bottom);
        let missed = self.missed.get();
        let words = &self.ui.words;
        let text = match missed {
            0 => words.text(Key::ToNewest).to_owned(),
            count => words.counted(Key::NewMessages, count),
        };
        set(
            &self.pill,
            "class",
            if missed == 0 { "jump bare" } else { "jump" },
        );
        set(&self.pill, "aria-label", &text);
        set_text(&self.pill_words, &text);
    }

    fn count_missed(&self, arrived: usize) {
        if !self.scroll.is_at_bottom() {
            let arrived = u32::try_from(arrived).unwrap_or(u32::MAX);
            self.missed.set(self.missed.get().saturating_add(arrived));
        }
    }

    fn announce(&self, arrived: &[Arc<Row>]) {
        let words = &self.ui.words;
        if arrived.len() > READ_OUT {
            let count = u32::try_from(arrived.len()).unwrap_or(u32::MAX);
            self.announcer.say(&words.counted(Key::NewMessages, count));
            return;
        }
        for row in arrived {
            if let RowContent::Message(message) = &row.content {
                let name = row::author_name(&message.author, &self.ui);
                self.announcer
                    .say(&[name, ": ", &row::spoken(message, words)].concat());
            }
        }
    }
}

impl Part {
    const fn of_nothing() -> Self {
        Self {
            rows: Vec::new(),
            older: Older::None,
            newer: false,
            typing: None,
            first_unread: None,
            unread: 0,
            is_open: false,
            is_resolved: false,
        }
    }
}

/// Whether a row is a message of the visitor's.
fn is_own(row: &Row) -> bool {
    matches!(&row.content, RowContent::Message(message) if message.author == Author::Contact)
}
