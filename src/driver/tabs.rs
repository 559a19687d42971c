//! The tabs of one owner: one of them leads, and all hear what it hears.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use confab_protocol::MessageId;
use confab_session::event::Ask;
use confab_session::{Event, Role, TabId};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

use super::Sink;
use super::handle::{Listener, Timeout, window};
use super::lead::Lead;
use super::page::is_visible;
use super::raw::{Raw, RawKind};
use super::record::{from_js, to_js};
use super::storage::shelf::Changed;

/// Version of what tabs say to each other; what another version says is not heard.
const VERSION: u32 = 1;

/// How long a visible tab waits for the one that leads to answer, in milliseconds.
const COURTESY: u64 = 500;

/// This tab among the others. Dropping it leaves them.
pub struct Tabs {
    inner: Rc<Inner>,
}

struct Inner {
    tab: TabId,
    sink: Sink,
    /// Called when another tab changed the store, or this one takes the lead and has to read it.
    on_changed: Box<dyn Fn(Changed)>,
    channel: Option<Channel>,
    lead: RefCell<Option<Lead>>,
    /// Runs while a tab that leads may still answer.
    asking: RefCell<Option<Timeout>>,
    watching: RefCell<Option<Listener>>,
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
#[derive(Serialize, Deserialize)]
struct Said {
    v: u32,
    from: String,
    kind: String,
    number: Option<i64>,
    text: Option<String>,
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

impl Drop for Tabs {
    fn drop(&mut self) {
        self.inner.lead.borrow_mut().take();
        self.inner.asking.borrow_mut().take();
        self.inner.watching.borrow_mut().take();
    }
}

impl Tabs {
    /// Joins the tabs that meet under this name.
    pub fn join(name: &str, tab: TabId, sink: Sink, on_changed: Box<dyn Fn(Changed)>) -> Self {
        let inner = Rc::new_cyclic(|inner: &Weak<Inner>| Inner {
            tab,
            sink,
            on_changed,
            channel: open(name, inner.clone()),
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
        let weak = Rc::downgrade(&inner);
        let watching = window().and_then(|window| window.document()).map(|document| {
            Listener::new(&document, "visibilitychange", move |_| {
                if let Some(inner) = weak.upgrade() {
                    inner.ask_if_visible();
                }
            })
        });
        *inner.watching.borrow_mut() = watching;
        Self { inner }
    }

    /// Lets the other tabs hear what this one heard.
    pub fn rebroadcast(&self, raw: &Raw) {
        self.inner
            .say(raw.kind.name(), Some(raw.conversation), Some(raw.text.clone()));
    }

    /// Tells the other tabs to read something again.
    pub fn tell(&self, changed: Changed) {
        let kind = match changed {
            Changed::Outbox => OUTBOX,
            Changed::Identity => IDENTITY,
        };
        self.inner.say(kind, None, None);
    }

    /// Asks the tab that leads for something.
    pub fn ask(&self, ask: &Ask) {
        let (kind, number) = match ask {
            Ask::Page(before) => (PAGE, before.map(|before| before.0)),
            Ask::Typing(on) => (TYPING, Some(i64::from(*on))),
            Ask::Seen => (SEEN, None),
            Ask::Resolve => (RESOLVE, None),
        };
        self.inner.say(kind, number, None);
    }

    /// Whether this tab leads.
    pub fn leads(&self) -> bool {
        self.inner.leads()
    }
}

impl Inner {
    fn leads(&self) -> bool {
        self.lead.borrow().as_ref().is_some_and(Lead::is_mine)
    }

    fn role_changed(&self, leads: bool) {
        self.asking.borrow_mut().take();
        let role = if leads { Role::Leader } else { Role::Follower };
        (self.sink)(Event::RoleChanged(role).into());
        if leads {
            // What other tabs left behind is sent from the store alone.
            (self.on_changed)(Changed::Outbox);
        }
    }

    fn say(&self, kind: &str, number: Option<i64>, text: Option<String>) {
        let Some(Channel { channel, .. }) = &self.channel else {
            return;
        };
        let said = Said {
            v: VERSION,
            from: self.tab.0.clone(),
            kind: kind.into(),
            number,
            text,
        };
        if let Ok(said) = to_js(&said) {
            // Throws on a closed channel alone.
            let _ = channel.post_message(&said);
        }
    }

    fn hear(self: &Rc<Self>, said: Said) {
        if said.v != VERSION || said.from == self.tab.0 {
            return;
        }
        match said.kind.as_str() {
            OUTBOX => (self.on_changed)(Changed::Outbox),
            IDENTITY => (self.on_changed)(Changed::Identity),
            ASK if self.leads() && is_visible() => self.say(STAY, None, None),
            ASK => self.give_way(),
            STAY => drop(self.asking.borrow_mut().take()),
            PAGE => self.asked(Ask::Page(said.number.map(MessageId))),
            TYPING => self.asked(Ask::Typing(said.number == Some(1))),
            SEEN => self.asked(Ask::Seen),
            RESOLVE => self.asked(Ask::Resolve),
            kind => self.overhear(kind, said.number, said.text),
        }
    }

    fn overhear(&self, kind: &str, conversation: Option<i64>, text: Option<String>) {
        let (Some(kind), Some(text)) = (RawKind::named(kind), text) else {
            return;
        };
        let raw = Raw {
            kind,
            conversation: conversation.unwrap_or(0),
            text,
        };
        if let Some(event) = raw.overheard() {
            (self.sink)(event.into());
        }
    }

    fn asked(&self, ask: Ask) {
        if self.leads() {
            (self.sink)(Event::Asked(ask).into());
        }
    }

    fn give_way(&self) {
        if let Some(lead) = &*self.lead.borrow() {
            lead.pass_on();
        }
    }

    /// A tab that a person looks at leads: browsers slow down the others, or freeze them.
    fn ask_if_visible(self: &Rc<Self>) {
        if self.leads() || !is_visible() {
            return;
        }
        self.say(ASK, None, None);
        let weak = Rc::downgrade(self);
        let timer = Timeout::new(COURTESY, move || {
            let Some(inner) = weak.upgrade() else { return };
            if let Some(lead) = inner.lead.borrow().as_ref().filter(|_| is_visible()) {
                lead.steal();
            }
        });
        *self.asking.borrow_mut() = timer;
    }
}

fn open(name: &str, inner: Weak<Inner>) -> Option<Channel> {
    let channel = BroadcastChannel::new(name).ok()?;
    let listener = Listener::new(&channel, "message", move |event| {
        let data = event.unchecked_into::<MessageEvent>().data();
        if let (Some(inner), Some(said)) = (inner.upgrade(), from_js(&data)) {
            inner.hear(said);
        }
    });
    Some(Channel {
        channel,
        _listener: listener,
    })
}
