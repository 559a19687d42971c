//! The machine between events and effects: the loop, and what all its parts share.

use crate::capabilities::Capabilities;
use crate::config::{Config, SetupProblem};
use crate::contact::Contact;
use crate::conversation::Thread;
use crate::deadlines::{Deadlines, Timer};
use crate::diagnostics::Diagnostics;
use crate::diagnostics::count;
use crate::effect::{Announcement, Effect};
use crate::event::{Event, Role, TabId};
use crate::fence::Fence;
use crate::history::History;
use crate::link::Link;
use crate::outbox::Outbox;
use crate::page::{COMPOSITION_DELAY, Page};
use crate::repair::Repair;
use crate::requests::{Purpose, Requests};
use crate::resync::Resync;
use crate::rng::Rng;
use crate::seen::Seen;
use crate::setup::Setup;
use crate::time::{Millis, Now, UnixMillis, doubled};
use crate::typing::Typing;
use crate::view::View;
use crate::window::Window;
use confab_protocol::{MessageId, Request};

/// After which a request counts as unanswered. The server gives up after 15 s itself.
pub(crate) const REQUEST_TIMEOUT: u64 = 15_000;
/// The same for a page that may go out on a connection that nobody knows to be dead.
const DOUBTFUL_TIMEOUT: u64 = 2_500;

/// The pure core: one visitor in one inbox, in one tab.
///
/// Give it whatever happens with [`Session::handle`], perform the effects it answers with, in order, and call it with
/// [`Event::Tick`] at [`Session::next_deadline`]. It never fails, never waits and never asks for the time.
#[derive(Debug)]
pub struct Session {
    pub(crate) config: Config,
    pub(crate) role: Role,
    pub(crate) tab: TabId,
    /// The time of the call under way.
    pub(crate) now: Now,
    pub(crate) rng: Rng,
    pub(crate) timers: Deadlines,
    pub(crate) requests: Requests,
    pub(crate) counters: Diagnostics,
    pub(crate) capabilities: Capabilities,
    pub(crate) page: Page,
    pub(crate) setup: Setup,
    pub(crate) contact: Contact,
    pub(crate) thread: Thread,
    pub(crate) link: Link,
    pub(crate) outbox: Outbox,
    pub(crate) fence: Option<Fence>,
    pub(crate) history: History,
    pub(crate) resync: Resync,
    pub(crate) repair: Repair,
    pub(crate) window: Window,
    pub(crate) typing: Typing,
    pub(crate) seen: Seen,
    pub(crate) agents_online: Option<u32>,
    pub(crate) view: View,
    /// When the page's address was followed, by the visitor's clock.
    pub(crate) linked_at: Option<UnixMillis>,
    /// The page's address names a conversation that is none of the contact's.
    pub(crate) wish_refused: bool,
    effects: Vec<Effect>,
}

impl Session {
    /// A session that has read nothing yet: the first event it waits for is [`Event::Restored`].
    pub fn new(config: Config, role: Role, tab: TabId) -> Self {
        Self {
            rng: Rng::new(config.seed),
            window: Window::new(config.utc_offset_minutes),
            config,
            role,
            tab,
            now: Now::default(),
            timers: Deadlines::default(),
            requests: Requests::default(),
            counters: Diagnostics::default(),
            capabilities: Capabilities::default(),
            page: Page::default(),
            setup: Setup::default(),
            contact: Contact::default(),
            thread: Thread::default(),
            link: Link::default(),
            outbox: Outbox::default(),
            fence: None,
            history: History::default(),
            resync: Resync::default(),
            repair: Repair::default(),
            typing: Typing::default(),
            seen: Seen::default(),
            agents_online: None,
            view: View::default(),
            linked_at: None,
            wish_refused: false,
            effects: Vec::new(),
        }
    }

    /// Takes in one thing that happened. Total: no event is an error in any state.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        // A clock that goes back would make deadlines of the past: it counts as standing still.
        self.now = Now {
            mono: now.mono.max(self.now.mono),
            wall: now.wall,
        };
        self.linked_at.get_or_insert(now.wall);
        self.take(event);
        while let Some(timer) = self.timers.take_due(self.now.mono) {
            self.ring(timer);
        }
        self.pursue();
        self.note_met();
        self.show();
        std::mem::take(&mut self.effects)
    }

    /// When to call `handle(Event::Tick, _)` next, if nothing else happens first.
    pub fn next_deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// What to show.
    pub const fn view(&self) -> &View {
        &self.view
    }

    /// The newest message known of the conversation: an attempt that begins now is looked for above it.
    pub fn newest_message(&self) -> Option<MessageId> {
        self.history.newest()
    }

    /// What was done and met so far.
    pub const fn diagnostics(&self) -> &Diagnostics {
        &self.counters
    }

    /// What the server was found to be able to do.
    pub const fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether this tab may talk to the network.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// This tab's name in claims.
    pub const fn tab(&self) -> &TabId {
        &self.tab
    }

    pub(crate) fn leads(&self) -> bool {
        self.role == Role::Leader
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Restored { snapshot, durable } => self.restored(snapshot, durable),
            Event::OutboxChanged(rows) => self.outbox_changed(rows),
            Event::IdentityChanged(record) => self.identity_changed(record),
            Event::Wished(intent) => self.wished(intent),
            Event::OutgoingSaved { row, identity } => self.outgoing_saved(row, identity),
            Event::SaveFailed(key) => self.save_failed(&key),
            Event::IdentityStored(record) => self.identity_stored(record),
            Event::OutgoingClaimed(key) => self.claimed(&key),
            Event::ClaimRefused(key) => self.claim_refused(&key),
            Event::Replied { request, result } => self.replied(request, result),
            Event::CableOpened(generation) => self.cable_opened(generation),
            Event::FrameArrived(generation, frame) => self.frame_arrived(generation, frame),
            Event::CableClosed(generation) => self.cable_closed(generation),
            Event::RoleChanged(role) => self.role_changed(role),
            Event::StorageLost => self.page.durable = false,
            Event::Overheard(reply) => self.overheard(reply),
            Event::FrameOverheard(frame) => self.frame_overheard(frame),
            Event::Asked(ask) => self.asked(ask),
            Event::VisibilityChanged { visible } => self.visibility_changed(visible),
            Event::Resumed => self.resumed(),
            Event::WentOnline => self.went_online(),
            Event::WentOffline => self.went_offline(),
            Event::Tick => {}
        }
    }

    fn ring(&mut self, timer: Timer) {
        match timer {
            Timer::ConnectExpired => self.connect_expired(),
            Timer::ConfirmExpired => self.confirm_expired(),
            Timer::LinkStale => self.link_stale(),
            Timer::PresenceDue => self.presence_due(),
            Timer::ResyncDue => self.resync_due(),
            Timer::TypingExpired => self.typing.expire(self.now.mono),
            Timer::TypingPaused => self.stop_typing(),
            // What lies in the store may be joined to it.
            Timer::CompositionDue if !self.page.restored => self.set_timer(timer, COMPOSITION_DELAY),
            Timer::CompositionDue => self.store_composition(),
            Timer::SeenDue => self.tell_seen(),
            Timer::SetupDue => self.look_again(),
            // These only hold something back: what they held back is pursued now.
            Timer::ReconnectDue
            | Timer::LookDue
            | Timer::ConversationLookDue
            | Timer::ContactDue
            | Timer::SlowDownOver
            | Timer::ClaimDue => {}
        }
    }

    /// Takes the next step of everything that has one. Called after each event: what is due does not depend on which
    /// event made it so.
    fn pursue(&mut self) {
        if !self.page.restored || !self.leads() {
            return;
        }
        for key in self.outbox.take_leftovers() {
            self.emit(Effect::RemoveOutgoing(key));
        }
        self.pursue_setup();
        self.pursue_contact();
        self.pursue_conversation();
        self.pursue_link();
        self.pursue_resync();
        self.pursue_repair();
        self.pursue_sending();
        self.pursue_fence();
    }

    /// Whether the timer holds something back.
    pub(crate) fn is_held_back(&self, timer: Timer) -> bool {
        self.timers.at(timer).is_some()
    }

    pub(crate) fn emit(&mut self, effect: Effect) {
        let network = matches!(
            effect,
            Effect::Send { .. } | Effect::OpenCable(_) | Effect::Command(..)
        );
        if network && !self.leads() {
            self.counters.follower_effects = self.counters.follower_effects.wrapping_add(1);
            return;
        }
        self.effects.push(effect);
    }

    pub(crate) fn announce(&mut self, announcement: Announcement) {
        self.emit(Effect::Announce(announcement));
    }

    pub(crate) fn report(&mut self, problem: SetupProblem) {
        self.emit(Effect::Report(problem));
    }

    /// Sends a request and notes what its reply is for. A follower sends none.
    pub(crate) fn request(&mut self, purpose: Purpose, request: Request) {
        if !self.leads() {
            self.counters.follower_effects = self.counters.follower_effects.wrapping_add(1);
            return;
        }
        let is_doubtful = self.requests.doubts > 0 && purpose == Purpose::ResyncPage;
        let timeout = if is_doubtful {
            DOUBTFUL_TIMEOUT
        } else {
            REQUEST_TIMEOUT
        };
        let id = self.requests.begin(purpose);
        count(&mut self.counters.requests);
        self.emit(Effect::Send { id, request, timeout });
    }

    /// Sends a request that nobody's act caused, if the budget has one left; else `timer` rings when it has.
    pub(crate) fn request_by_itself(&mut self, purpose: Purpose, request: Request, timer: Timer) -> bool {
        match self.requests.spend(self.now.mono) {
            Ok(()) => {
                self.request(purpose, request);
                true
            }
            Err(at) => {
                self.timers.set(timer, at);
                false
            }
        }
    }

    /// Sets or moves a deadline to `ms` from now.
    #[inline(never)]
    pub(crate) fn set_timer(&mut self, timer: Timer, ms: u64) {
        self.timers.set(timer, self.at(ms));
    }

    /// Sets a deadline to `ms` from now unless it is set to an earlier time already.
    #[inline(never)]
    pub(crate) fn set_timer_earlier(&mut self, timer: Timer, ms: u64) {
        self.timers.set_earlier(timer, self.at(ms));
    }

    /// An instant `ms` from now.
    pub(crate) fn at(&self, ms: u64) -> Millis {
        self.now.mono.after(ms)
    }

    /// Full jitter below `first` doubled `count` times, never above `cap`; at least half of it when `firm`.
    pub(crate) fn backoff(&mut self, first: u64, count: u32, cap: u64) -> u64 {
        let top = doubled(first, count, cap);
        self.rng.between(top / 2, top)
    }
}
