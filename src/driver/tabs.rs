//! The tabs of one owner: one of them leads, and all hear what it hears.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use confab_protocol::{ConversationId, Json, MessageId};
use confab_session::event::Ask;
use confab_session::record::RECORD_VERSION;
use confab_session::{Event, Role, TabId};
use serde::Serialize;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, EventTarget, MessageEvent};

use super::Sink;
use super::handle::{Listener, Timeout, window};
use super::lead::{Lead, Standing};
use super::page::is_visible;
use super::raw::{Raw, RawKind};
use super::record::{from_js, to_js};
use super::storage::shelf::{Changed, Operation};

/// Version of what tabs say to each other; what another version says is not heard. That of the records: tabs that share
/// a lock must understand each other.
const VERSION: u32 = RECORD_VERSION;

/// How long a visible tab waits for the one that leads to answer, in milliseconds.
const COURTESY: u64 = 500;

/// This tab among the others. Dropping it leaves them.
pub struct Tabs {
    inner: Rc<Inner>,
}

struct Inner {
    tab: TabId,
    sink: Sink,
    /// Called with what has to be read, when another tab changed the store or this one takes the lead.
    read: Box<dyn Fn(Operation)>,
    channel: RefCell<Option<Channel>>,
    lead: RefCell<Option<Lead>>,
    /// Runs while a tab that leads may still answer.
    asking: RefCell<Option<Timeout>>,
    watching: RefCell<Vec<Listener>>,
}

struct Channel {
    channel: BroadcastChannel,
    _listener: Listener,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// What a tab says to all others. `kind` is one of the constants below, or names a [`RawKind`].
#[derive(Clone, Copy, Serialize)]
struct Said<'a> {
    v: u32,
    from: &'a str,
    kind: &'a str,
    number: Option<i64>,
    text: Option<&'a str>,
    echoes: Option<&'a str>,
}

/// The rows changed.
const OUTBOX: &str = "outbox";
/// The identity changed.
const IDENTITY: &str = "identity";
/// A visible tab would like to lead.
const ASK: &str = "ask";
/// The tab that leads is visible too, and goes on.
const STAY: &str = "stay";
/// To the tab that leads: fetch a page.
const PAGE: &str = "page";
/// To the tab that leads: the contact types, or no longer.
const TYPING: &str = "typing";
/// To the tab that leads: the newest message was seen.
const SEEN: &str = "seen";
/// To the tab that leads: end the conversation.
const RESOLVE: &str = "resolve";
/// To the tab that leads: turn to this conversation.
const ENTER: &str = "enter";

impl Drop for Tabs {
    fn drop(&mut self) {
        self.inner.lead.borrow_mut().take();
        self.inner.asking.borrow_mut().take();
        self.inner.watching.take();
    }
}

impl Tabs {
    /// Joins the tabs that meet under this name.
    pub fn join(name: &str, tab: TabId, sink: Sink, read: Box<dyn Fn(Operation)>) -> Self {
        let inner = Rc::new_cyclic(|inner: &Weak<Inner>| Inner {
            tab,
            sink,
            read,
            channel: RefCell::new(open(name, inner.clone())),
            lead: RefCell::default(),
            asking: RefCell::default(),
            watching: RefCell::default(),
        });
        let weak = Rc::downgrade(&inner);
        let lead = Lead::seek(
            name,
            Box::new(move |leads| {
                if let Some(inner) = weak.upgrade() {
                    inner.role_changed(leads);
                }
            }),
        );
        *inner.lead.borrow_mut() = Some(lead);
        inner.ask_if_visible();
        if let Some(window) = window() {
            let on = |target: &EventTarget, name: &'static str, act: fn(&Rc<Inner>)| {
                let weak = Rc::downgrade(&inner);
                let listener = Listener::new(target, name, move |_| {
                    if let Some(inner) = weak.upgrade() {
                        act(&inner);
                    }
                });
                inner.watching.borrow_mut().push(listener);
            };
            // A page that is kept for going back still holds its locks, and does nothing.
            on(&window, "pagehide", |inner| inner.with_lead(Lead::rest));
            on(&window, "pageshow", |inner| {
                inner.with_lead(Lead::wake);
                inner.ask_if_visible();
            });
            if let Some(document) = window.document() {
                on(&document, "visibilitychange", Inner::ask_if_visible);
            }
        }
        Self { inner }
    }

    /// Lets the other tabs hear what this one heard, and whose messages it knows to be in it.
    pub fn rebroadcast(&self, raw: &Raw, echoes: &str) {
        self.inner.say(Said {
            number: Some(raw.conversation),
            text: Some(&raw.text),
            echoes: Some(echoes),
            ..Said::of(raw.kind.name())
        });
    }

    /// Tells the other tabs to read something again.
    pub fn tell(&self, changed: Changed) {
        let kind = match changed {
            Changed::Outbox => OUTBOX,
            Changed::Identity => IDENTITY,
        };
        self.inner.say(Said::of(kind));
    }

    /// Asks the tab that leads for something.
    pub fn ask(&self, ask: &Ask) {
        let (kind, number) = match ask {
            Ask::Page(before) => (PAGE, before.map(|before| before.0)),
            Ask::Typing(on) => (TYPING, Some(i64::from(*on))),
            Ask::Seen => (SEEN, None),
            Ask::Resolve => (RESOLVE, None),
            Ask::Enter(conversation) => (ENTER, Some(conversation.0)),
        };
        self.inner.say(Said {
            number,
            ..Said::of(kind)
        });
    }

    /// Whether this tab leads, and since when.
    pub fn standing(&self) -> Standing {
        self.inner.standing()
    }

    /// This tab can store nothing: it goes on by itself, and leaves the lead of the others to one that can. What it
    /// writes nobody else could read, nor would it learn what they write.
    pub fn leave(&self) {
        let inner = &self.inner;
        inner.asking.borrow_mut().take();
        inner.watching.take();
        inner.channel.borrow_mut().take();
        inner.with_lead(Lead::alone);
    }
}

impl<'a> Said<'a> {
    fn of(kind: &'a str) -> Self {
        Self {
            v: VERSION,
            from: "",
            kind,
            number: None,
            text: None,
            echoes: None,
        }
    }

    fn read(json: &'a Json) -> Option<Self> {
        let text = |name| json.get(name).and_then(Json::as_str);
        Some(Self {
            v: u32::try_from(json.get("v")?.as_i64()?).ok()?,
            from: text("from")?,
            kind: text("kind")?,
            number: json.get("number").and_then(Json::as_i64),
            text: text("text"),
            echoes: text("echoes"),
        })
    }
}

impl Inner {
    fn standing(&self) -> Standing {
        self.lead
            .borrow()
            .as_ref()
            .map_or_else(Standing::default, Lead::standing)
    }

    fn leads(&self) -> bool {
        self.standing().leads
    }

    fn role_changed(&self, leads: bool) {
        self.asking.borrow_mut().take();
        if leads {
            // What other tabs left behind is read first; the store then says that this tab leads.
            (self.read)(Operation::Lead);
        } else {
            (self.sink)(Event::RoleChanged(Role::Follower).into());
        }
    }

    fn say(&self, said: Said) {
        let channel = self.channel.borrow();
        let Some(Channel { channel, .. }) = &*channel else {
            return;
        };
        let from = &self.tab.0;
        if let Ok(said) = to_js(&Said { from, ..said }) {
            // Throws on a closed channel alone.
            let _ = channel.post_message(&said);
        }
    }

    fn hear(self: &Rc<Self>, said: &Said) {
        if said.v != VERSION || said.from == self.tab.0 {
            return;
        }
        match said.kind {
            OUTBOX => (self.read)(Operation::ReadOutbox),
            IDENTITY => {
                (self.read)(Operation::ReadIdentity);
                (self.read)(Operation::ReadOutbox);
            }
            ASK if self.leads() && is_visible() => self.say(Said::of(STAY)),
            ASK => self.with_lead(Lead::pass_on),
            STAY => drop(self.asking.borrow_mut().take()),
            PAGE => self.asked(Ask::Page(said.number.map(MessageId))),
            TYPING => self.asked(Ask::Typing(said.number == Some(1))),
            SEEN => self.asked(Ask::Seen),
            RESOLVE => self.asked(Ask::Resolve),
            ENTER => self.asked(Ask::Enter(ConversationId(said.number.unwrap_or_default()))),
            _ => self.overhear(said),
        }
    }

    fn overhear(&self, said: &Said) {
        let (Some(kind), Some(text)) = (RawKind::named(said.kind), said.text) else {
            return;
        };
        let raw = Raw {
            kind,
            conversation: said.number.unwrap_or(0),
            text: text.to_owned(),
            is_head: false,
        };
        if let Some(event) = raw.overheard(said.echoes.unwrap_or_default()) {
            (self.sink)(event.into());
        }
    }

    fn asked(&self, ask: Ask) {
        if self.leads() {
            (self.sink)(Event::Asked(ask).into());
        }
    }

    fn with_lead(&self, act: fn(&Lead)) {
        if let Some(lead) = &*self.lead.borrow() {
            act(lead);
        }
    }

    /// A tab that a person looks at leads: browsers slow down the others, or freeze them.
    fn ask_if_visible(self: &Rc<Self>) {
        if self.leads() || !is_visible() {
            return;
        }
        self.say(Said::of(ASK));
        let weak = Rc::downgrade(self);
        let timer = Timeout::new(COURTESY, move || {
            let Some(inner) = weak.upgrade() else { return };
            if is_visible() {
                inner.with_lead(Lead::steal);
            }
        });
        *self.asking.borrow_mut() = timer;
    }
}

fn open(name: &str, inner: Weak<Inner>) -> Option<Channel> {
    let channel = BroadcastChannel::new(name).ok()?;
    let listener = Listener::new(&channel, "message", move |event| {
        let data = event.unchecked_into::<MessageEvent>().data();
        let Some((inner, json)) = inner.upgrade().zip(from_js(&data)) else {
            return;
        };
        if let Some(said) = Said::read(&json) {
            inner.hear(&said);
        }
    });
    Some(Channel {
        channel,
        _listener: listener,
    })
}
