//! Resync: closing what may have been missed, and the other reasons to fetch pages of messages.
//!
//! The list goes backwards only, 20 a page. A resync pages from the head to an id already proved complete; after ten
//! pages it leaves a gap, which closes on demand. Each page is asked for one id higher than needed, so that it overlaps
//! the one above: what is rebroadcast to other tabs proves its own place.

use confab_protocol::{Message, MessageId, Reply, Request};

use crate::bugs::{Bug, has};
use crate::deadlines::Timer;
use crate::diagnostics::count;
use crate::effect::Effect;
use crate::event::{Ask, Failure};
use crate::history::Taken;
use crate::link::Stage;
use crate::requests::Purpose;
use crate::rows;
use crate::session::Session;
use crate::view::RowKey;

/// Messages on a full page.
const FULL: usize = 20;
/// Pages after which a gap is left.
const PAGES: u8 = 10;
/// A resync this long after a send shows what the cable did not.
const AFTER_SEND: u64 = 1_000;
/// Slow poll beside a live link, since a stalled job queue leaves the link alive and silent.
const SLOW_POLL: u64 = 50_000;
/// Polling without a socket, while a person looks and while nobody does.
const POLL_ACTIVE: u64 = 5_000;
const POLL_IDLE: u64 = 30_000;

/// The state of fetching pages.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub(crate) struct Resync {
    /// A resync is to begin as soon as one may.
    wanted: bool,
    /// The wish comes from a send, a person's act, and is not counted as automatic.
    by_act: bool,
    run: Option<Run>,
    /// The first page was taken: what the server had is known.
    pub(crate) head_known: bool,
    /// The last resync succeeded.
    pub(crate) is_fresh: bool,
    failures: u32,
    older: Option<MessageId>,
    pub(crate) older_failed: bool,
    gap: Option<MessageId>,
    asked: Option<MessageId>,
}

/// A resync under way.
#[derive(Clone, Copy, Debug)]
struct Run {
    pages: u8,
    /// The page under way lies below this id.
    before: Option<MessageId>,
    /// What was proved when it began; `None`: nothing.
    cursor: Option<MessageId>,
    /// Newest id of its first page.
    head: MessageId,
}

impl Resync {
    /// Stops waiting for pages; what is known stays.
    pub(crate) fn let_go(&mut self) {
        self.run = None;
        self.older = None;
        self.gap = None;
        self.asked = None;
    }

    pub(crate) fn reset(&mut self) {
        *self = Self {
            wanted: true,
            by_act: self.by_act,
            ..Self::default()
        };
    }

    /// Whether a page below the oldest known message is under way.
    pub(crate) const fn is_loading_older(&self) -> bool {
        self.older.is_some()
    }

    /// Whether a resync goes on below its first page: the gap it leaves meanwhile is being closed.
    pub(crate) fn is_paging(&self) -> bool {
        self.run.is_some_and(|run| run.pages > 0)
    }

    /// The gap that is being closed.
    pub(crate) const fn closing(&self) -> Option<MessageId> {
        self.gap
    }
}

/// What a page told besides its messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageFacts {
    pub(crate) lowest: Option<MessageId>,
    pub(crate) highest: MessageId,
    /// There may be more below.
    pub(crate) full: bool,
}

impl Session {
    /// Something may have been missed.
    pub(crate) fn want_resync(&mut self) {
        self.resync.wanted = true;
    }

    /// A message was sent: what the cable does not bring, a page does.
    pub(crate) fn resync_after_send(&mut self) {
        self.resync.by_act = true;
        self.set_timer_earlier(Timer::ResyncDue, AFTER_SEND);
    }

    pub(crate) fn resync_due(&mut self) {
        self.resync.wanted = true;
    }

    /// The link is lost: pages stand in for it.
    pub(crate) fn poll_soon(&mut self) {
        let pause = self.poll_pause();
        self.set_timer_earlier(Timer::ResyncDue, pause);
    }

    fn poll_pause(&mut self) -> u64 {
        let pause = match (self.link.is_confirmed(), self.page.is_watched()) {
            (true, _) => SLOW_POLL,
            (false, true) => POLL_ACTIVE,
            (false, false) => POLL_IDLE,
        };
        self.rng.between(pause, pause.saturating_add(pause / 10))
    }

    /// Begins a resync when one is wanted and none is under way.
    pub(crate) fn pursue_resync(&mut self) {
        if self.resync.run.is_some()
            || !self.resync.wanted
            || !self.page.online
            || self.setup.problem().is_some()
        {
            return;
        }
        if self.conversation().is_none() || self.wish().is_some() || self.is_held_back(Timer::SlowDownOver) {
            return;
        }
        // A subscription that is about to be confirmed brings a resync of its own; only a first page does not wait.
        if self.resync.head_known && self.link.stage == Stage::Subscribing {
            return;
        }
        let by_act =
            std::mem::take(&mut self.resync.by_act) || !self.resync.head_known && self.resync.failures == 0;
        let run = Run {
            pages: 0,
            before: None,
            cursor: self.history.contiguity.cursor(),
            head: MessageId(0),
        };
        if self.ask_resync_page(None, by_act) {
            self.resync.wanted = false;
            self.resync.run = Some(run);
            self.timers.clear(Timer::ResyncDue);
        } else {
            self.resync.wanted = false;
        }
    }

    fn ask_resync_page(&mut self, before: Option<MessageId>, by_act: bool) -> bool {
        let Some(request) = self.page_request(before) else {
            return false;
        };
        if by_act {
            self.request(Purpose::ResyncPage, request);
            return true;
        }
        self.request_by_itself(Purpose::ResyncPage, request, Timer::ResyncDue)
    }

    /// A request for the messages below an id, that message included.
    pub(crate) fn page_request(&self, lowest: Option<MessageId>) -> Option<Request> {
        let (source_id, conversation) = self.address()?;
        let before = lowest.map(|lowest| MessageId(lowest.0.wrapping_add(1)));
        Some(Request::ListMessages {
            source_id,
            conversation,
            before,
        })
    }

    /// A page came, whatever it was asked for.
    pub(crate) fn page_came(&mut self, purpose: &Purpose, request: u64, messages: Vec<Message>) {
        let before = match purpose {
            Purpose::ResyncPage => self.resync.run.map(|run| run.before),
            Purpose::LookPage(before) => Some(*before),
            Purpose::OlderPage => self.resync.older.take().map(Some),
            Purpose::GapPage => self.resync.gap.take().map(Some),
            _ => self.resync.asked.take().map(Some),
        };
        let Some(before) = before else { return };
        let facts = self.take_page(messages, request, before);
        match purpose {
            Purpose::ResyncPage => self.resync_goes_on(facts),
            Purpose::LookPage(_) => self.look_goes_on(request, facts),
            Purpose::OlderPage => {
                self.window.show_older(&self.history, &self.outbox);
            }
            _ => {}
        }
    }

    pub(crate) fn page_failed(&mut self, purpose: &Purpose, request: u64, failure: &Failure) {
        match purpose {
            Purpose::ResyncPage if self.resync.run.take().is_some() => self.resync_failed(failure),
            Purpose::LookPage(_) => self.look_failed(request, failure),
            Purpose::OlderPage if self.resync.older.take().is_some() => self.resync.older_failed = true,
            Purpose::GapPage => self.resync.gap = None,
            Purpose::AskedPage => self.resync.asked = None,
            _ => {}
        }
    }

    fn resync_goes_on(&mut self, facts: PageFacts) {
        let Some(mut run) = self.resync.run.take() else {
            return;
        };
        run.pages = run.pages.wrapping_add(1);
        if run.pages == 1 {
            run.head = facts.highest;
        }
        let from = self
            .history
            .contiguity
            .complete_from(run.head)
            .unwrap_or(run.head);
        let joined = run.cursor.is_none_or(|cursor| from <= cursor);
        if joined || !facts.full || run.pages >= PAGES {
            return self.resync_finished();
        }
        run.before = facts.lowest;
        self.resync.run = Some(run);
        if !self.ask_resync_page(facts.lowest, false) {
            self.resync.run = None;
            self.want_resync();
        }
    }

    fn resync_finished(&mut self) {
        count(&mut self.counters.resyncs);
        self.resync.is_fresh = true;
        self.resync.failures = 0;
        // A page that was asked for before says nothing of what went missing since.
        if !self.resync.wanted {
            self.settle_missing();
        }
        self.schedule_poll();
    }

    fn schedule_poll(&mut self) {
        if has(Bug::NoSlowPoll) {
            return;
        }
        if self.page.is_watched() || !self.link.is_confirmed() {
            let pause = self.poll_pause();
            self.set_timer_earlier(Timer::ResyncDue, pause);
        }
    }

    fn resync_failed(&mut self, failure: &Failure) {
        self.resync.is_fresh = false;
        if failure.is_missing() {
            return self.conversation_missing();
        }
        if self.requests.doubts > 0 && *failure == Failure::TimedOut {
            self.requests.doubts = self.requests.doubts.wrapping_sub(1);
            return self.want_resync();
        }
        let pause = self.backoff(2_000, self.resync.failures, 30_000);
        self.resync.failures = self.resync.failures.wrapping_add(1);
        self.set_timer(Timer::ResyncDue, pause);
    }

    /// Takes in a page asked for by `request`, below the message `before`, and passes it on to other tabs.
    fn take_page(&mut self, messages: Vec<Message>, request: u64, before: Option<MessageId>) -> PageFacts {
        let facts = PageFacts {
            lowest: messages.iter().map(|message| message.id).min(),
            highest: messages
                .iter()
                .map(|message| message.id)
                .max()
                .or(before)
                .unwrap_or_default(),
            full: messages.len() >= FULL,
        };
        let newest = self.history.newest().filter(|_| self.resync.head_known);
        let mut passed_on = Vec::with_capacity(messages.len());
        for mut message in messages {
            if message.is_hidden() {
                // Old servers list what is not for a contact: other tabs count it as one of the page, and no more.
                message.content = None;
                message.attachments.clear();
                passed_on.push(message);
                continue;
            }
            let id = message.id;
            let taken = self.history.take_answer(message, request);
            self.note_read(id, Some(request));
            if taken == Taken::New && newest.is_some_and(|newest| id > newest) {
                self.message_appeared(id);
            }
            passed_on.extend(self.history.get(id).map(|stored| stored.message.clone()));
        }
        self.prove(&facts, before);
        self.resync.head_known = true;
        if self.leads() {
            self.emit(Effect::Rebroadcast(Reply::Messages(passed_on)));
        }
        facts
    }

    /// What a rebroadcast page proves: no more than it spans, as nobody says what it was asked below.
    pub(crate) fn prove_overheard(&mut self, ids: &[MessageId]) {
        let facts = PageFacts {
            lowest: ids.iter().min().copied(),
            highest: ids.iter().max().copied().unwrap_or_default(),
            full: ids.len() >= FULL,
        };
        self.prove(&facts, None);
    }

    fn prove(&mut self, facts: &PageFacts, before: Option<MessageId>) {
        let high = before.map_or(facts.highest, |before| before.max(facts.highest));
        match facts.lowest {
            Some(lowest) if facts.full => self.history.contiguity.prove(lowest, high),
            _ => self.history.contiguity.prove_from_start(high),
        }
        self.history.drop_unproved_beginning();
    }

    /// The visitor scrolls up: what is known is shown first, then the page below it.
    pub(crate) fn load_older(&mut self) {
        if self.window.show_older(&self.history, &self.outbox) || self.resync.older.is_some() {
            return;
        }
        let Some(oldest) = self.history.contiguity.oldest() else {
            return;
        };
        self.resync.older_failed = false;
        if !self.leads() {
            return self.emit(Effect::AskLeader(Ask::Page(Some(oldest))));
        }
        if let Some(request) = self.page_request(Some(oldest)) {
            self.resync.older = Some(oldest);
            self.request(Purpose::OlderPage, request);
        }
    }

    /// The visitor wants what is missing above a row's gap.
    pub(crate) fn fill_gap(&mut self, row: RowKey) {
        let Some(top) = rows::gap_of(row).filter(|_| self.resync.gap.is_none()) else {
            return;
        };
        if !self.history.contiguity.gaps().any(|gap| gap == top) {
            return;
        }
        if !self.leads() {
            return self.emit(Effect::AskLeader(Ask::Page(Some(top))));
        }
        if let Some(request) = self.page_request(Some(top)) {
            self.resync.gap = Some(top);
            self.request(Purpose::GapPage, request);
        }
    }

    /// A following tab wants a page; it hears it when it is rebroadcast.
    pub(crate) fn fetch_for_follower(&mut self, lowest: Option<MessageId>) {
        match (lowest, self.page_request(lowest)) {
            (None, _) => self.want_resync(),
            (Some(_), Some(request)) if self.resync.asked.is_none() => self.fetch_asked(lowest, request),
            _ => {}
        }
    }

    /// Sends the request for the page that lies below a message, that message included.
    pub(crate) fn fetch_asked(&mut self, lowest: Option<MessageId>, request: Request) {
        self.resync.asked = lowest;
        self.request(Purpose::AskedPage, request);
    }
}
