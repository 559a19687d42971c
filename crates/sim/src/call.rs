//! Calls: from a tab over the network to the server and back, and everything that may happen to them on the way.

use confab_protocol::{BodyKind, Reply, Request};
use confab_session::{Event, Failure, OutgoingKey, RequestId};

use crate::fault::Fault;
use crate::met::Met;
use crate::server::{Broadcast, refused, writes};
use crate::world::{Ending, Net, Stopped, What, World, say};

/// The server's own limit (rack-timeout).
const SERVICE: u64 = 15_000;
/// What is promised about commits: none later than this after its attempt ended.
const BOUND: u64 = 25_000;
/// The latest at which a request may reach the server, where that is part of the promise.
const WAY: u64 = 4_900;

/// One call.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
pub(crate) struct Call {
    tab: usize,
    life: u32,
    id: RequestId,
    pub(crate) request: Request,
    /// The tab has its answer, or has given up.
    ended: bool,
    /// Nothing may be committed after this instant, but by a database that stood still.
    latest: u64,
    arrived: u64,
    /// The answer went out, or will never.
    answered: bool,
    /// A freeze was survived: no second one holds it.
    thawed: bool,
    /// The page went before it left.
    dropped: bool,
}

impl Call {
    pub(crate) fn is(&self, tab: usize, life: u32, id: RequestId) -> bool {
        (self.tab, self.life, self.id) == (tab, life, id)
    }
}

impl World {
    /// A tab sends a request.
    pub(crate) fn send(&mut self, tab: usize, id: RequestId, request: Request, timeout: u64) {
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        let call = self.calls.len();
        // Of a tab that was frozen and whose lead another one took: its attempt counts as ended.
        let is_robbed = self.has_locks(tab) && !self.is_leader(tab);
        let latest = if is_robbed {
            self.now.saturating_add(BOUND).saturating_sub(100)
        } else {
            u64::MAX
        };
        self.calls.push(Call {
            tab,
            life,
            id,
            request,
            ended: false,
            latest,
            arrived: 0,
            answered: false,
            thawed: false,
            dropped: false,
        });
        self.after(timeout, What::Answered(call, Box::new(Err(Failure::TimedOut))));
        let quick = self.rng.between(1, 50);
        match self.net {
            Net::Down => return self.answer_after(call, quick, Err(Failure::Unreachable)),
            Net::Swallows => return,
            Net::Portal => {
                self.meets(Met::PortalAnswered);
                let portal = self.portal_says(call);
                return self.answer_after(call, quick, portal);
            }
            Net::Up => {}
        }
        if self.strikes(Fault::RequestLost) {
            let after = self.rng.between(1, 8_000);
            self.answer_after(call, after, Err(Failure::Unreachable));
        } else if !self.strikes(Fault::RequestSwallowed) {
            let way = self.way();
            self.after(way, What::Arrived(call));
        }
    }

    /// A page of the portal's own: read as success by what expects an empty body.
    fn portal_says(&self, call: usize) -> Result<Reply, Failure> {
        match self.calls.get(call).map(|call| &call.request) {
            Some(Request::SetTyping { .. } | Request::UpdateLastSeen { .. } | Request::ProbeInbox) => {
                Ok(Reply::Done)
            }
            _ => Err(Failure::Undecodable),
        }
    }

    /// Milliseconds from here to the server, or back.
    pub(crate) fn way(&mut self) -> u64 {
        if !self.healthy && self.late && self.rng.chance(100) {
            return self.rng.between(5_000, 40_000);
        }
        if self.strikes(Fault::SlowNetwork) {
            self.rng.between(500, WAY)
        } else {
            self.rng.between(2, 120)
        }
    }

    fn answer_after(&mut self, call: usize, delay: u64, result: Result<Reply, Failure>) {
        self.after(delay, What::Answered(call, Box::new(result)));
    }

    /// The server sends an answer, which may get lost.
    fn respond(&mut self, call: usize, result: Result<Reply, Failure>) {
        let Some(known) = self.calls.get_mut(call) else {
            return;
        };
        if std::mem::replace(&mut known.answered, true) {
            return;
        }
        let way = self.way();
        let stored = matches!(result, Ok(Reply::Message(_)));
        let swallowed = self.net == Net::Swallows || self.strikes(Fault::AnswerSwallowed);
        let lost = !swallowed && (self.net == Net::Down || self.strikes(Fault::AnswerLost));
        if stored && (swallowed || lost) {
            self.meets(Met::StoredUnanswered);
        }
        if swallowed {
            return;
        }
        if lost {
            return self.answer_after(call, way, Err(Failure::Unreachable));
        }
        self.answer_after(call, way, result);
    }

    /// A call comes to the server.
    pub(crate) fn arrived(&mut self, call: usize) {
        let now = self.now;
        let Some(known) = self.calls.get_mut(call).filter(|known| !known.dropped) else {
            return;
        };
        known.arrived = now;
        let (changes, sends) = (
            writes(&known.request),
            matches!(known.request, Request::SendMessage { .. }),
        );
        if !self.server_up {
            return self.respond(call, Err(Failure::Unreachable));
        }
        if self.strikes(Fault::TooMany) {
            return self.respond(call, Err(refused(429, BodyKind::Text, "")));
        }
        if sends && self.strikes(Fault::Flood) {
            return self.respond(call, Err(refused(422, BodyKind::Json, "Too many messages")));
        }
        if sends && self.strikes(Fault::Refused) {
            let words = "Content is too long (maximum is 150000 characters)";
            return self.respond(call, Err(refused(422, BodyKind::Json, words)));
        }
        if sends && self.strikes(Fault::EarlyId) {
            let drawn = self.server.draw_id().map(|id| (call, (id, self.now)));
            self.drawn_ids.extend(drawn);
        }
        let work = if self.strikes(Fault::SlowCommit) {
            self.rng.between(1_000, SERVICE.saturating_sub(50))
        } else {
            self.rng.between(3, 60)
        };
        let ending = if self.strikes(Fault::ErrorBefore) {
            Ending::ErrorBefore
        } else if changes && self.strikes(Fault::ErrorAfter) {
            Ending::ErrorAfter
        } else if changes && self.strikes(Fault::CommitAfterError) {
            let limit = self
                .now
                .saturating_add(work)
                .saturating_add(BOUND)
                .saturating_sub(100);
            self.clamp(call, limit);
            self.after(work, What::Worked(call, Ending::GaveUp));
            let later = self.rng.between(1, BOUND);
            return self.after(work.saturating_add(later), What::Worked(call, Ending::Silent));
        } else {
            Ending::Answer
        };
        self.after(work, What::Worked(call, ending));
    }

    /// The server is done with a call, or its time is over.
    pub(crate) fn worked(&mut self, call: usize, ending: Ending) {
        let Some(known) = self.calls.get(call) else { return };
        if !self.server_up {
            return self.respond(call, Err(Failure::Unreachable));
        }
        if ending == Ending::GaveUp || ending == Ending::ErrorBefore {
            return self.respond(call, Err(refused(500, BodyKind::Json, "Internal Server Error")));
        }
        if self.frozen && !known.thawed {
            let limit = known.arrived.saturating_add(SERVICE).saturating_sub(self.now);
            self.held.push((call, ending));
            return self.after(limit, What::Worked(call, Ending::GaveUp));
        }
        let changes = writes(&known.request);
        if (!changes && known.answered) || (changes && self.now > known.latest && !known.thawed) {
            return;
        }
        let request = known.request.clone();
        self.meet_work(call);
        let id = self.drawn_ids.remove(&call);
        let (id, written) = id.map_or((None, self.now), |(id, at)| (Some(id), at));
        let (result, broadcasts) = self.server.perform(&request, id, written);
        self.committed(call, &request, result.as_ref().ok(), broadcasts);
        match ending {
            Ending::ErrorAfter => self.respond(call, Err(refused(502, BodyKind::Html, ""))),
            _ => self.respond(call, result),
        }
    }

    /// A call is about to be done: what it went through before.
    fn meet_work(&mut self, call: usize) {
        let Some(known) = self.calls.get(call) else { return };
        let (changes, thawed, answered) = (writes(&known.request), known.thawed, known.answered);
        let sends = matches!(known.request, Request::SendMessage { .. });
        let slow = self.now.saturating_sub(known.arrived) > 10_000;
        let met = [
            (thawed && changes, Met::FrozenWrite),
            (thawed && changes && answered, Met::FrozenGivenUp),
            (thawed && !changes, Met::FrozenRead),
            (!thawed && sends && answered, Met::StoredAfterError),
            (!thawed && sends && !answered && slow, Met::StoredSlowly),
        ];
        for (_, what) in met.into_iter().filter(|(is_so, _)| *is_so) {
            self.meets(what);
        }
    }

    /// Whether a message with this `echo_id` has no answer yet.
    pub(crate) fn is_unanswered(&self, echo: &confab_protocol::EchoId) -> bool {
        let sends =
            |call: &&Call| matches!(&call.request, Request::SendMessage { echo_id, .. } if echo_id == echo);
        let last = self.calls.iter().rev().take(50).find(sends);
        last.is_some_and(|call| !call.ended)
    }

    fn committed(
        &mut self,
        call: usize,
        request: &Request,
        reply: Option<&Reply>,
        broadcasts: Vec<Broadcast>,
    ) {
        if let (
            Request::SendMessage {
                source_id,
                echo_id,
                content,
                ..
            },
            Some(Reply::Message(message)),
        ) = (request, reply)
        {
            say!(
                self,
                "server: call {call} stored message {} \"{content}\"",
                message.id
            );
            let key = OutgoingKey(echo_id.as_str().to_owned());
            let (id, conversation) = (message.id, message.conversation_id);
            self.note_stored(&key, id, conversation, source_id.clone());
        }
        self.enqueue(broadcasts);
    }

    /// An answer, or its absence, comes to the tab.
    pub(crate) fn answered(&mut self, call: usize, result: Result<Reply, Failure>) {
        let Some(known) = self.calls.get_mut(call) else {
            return;
        };
        if std::mem::replace(&mut known.ended, true) {
            return;
        }
        let (tab, life, request) = (known.tab, known.life, known.id);
        let latest = known
            .latest
            .min(self.now.saturating_add(BOUND).saturating_sub(100));
        if result.is_err() && writes(&known.request) {
            known.latest = latest;
        }
        let sends = matches!(known.request, Request::SendMessage { .. });
        if sends && self.alive(tab, life) && self.interrupts(tab) {
            return;
        }
        self.after(
            0,
            What::Heard(tab, life, Box::new(Event::Replied { request, result })),
        );
    }

    fn clamp(&mut self, call: usize, limit: u64) {
        if let Some(known) = self.calls.get_mut(call) {
            known.latest = known.latest.min(limit);
        }
    }

    /// An attempt counts as ended for whoever takes it over: the promise holds from now on.
    pub(crate) fn taken_over(&mut self, tab: usize, life: u32) {
        let limit = self.now.saturating_add(BOUND).saturating_sub(100);
        for call in self.calls.iter_mut().rev().take(40) {
            if (call.tab, call.life) != (tab, life) {
                call.latest = call.latest.min(limit);
            }
        }
    }

    /// The network breaks: every call under way ends, though the server may have it.
    pub(crate) fn break_calls(&mut self) {
        for call in 0..self.calls.len() {
            if self.calls.get(call).is_some_and(|known| !known.ended) {
                self.answered(call, Err(Failure::Unreachable));
            }
        }
    }

    /// A page goes: what it asked last may never have left.
    pub(crate) fn drop_calls(&mut self, tab: usize, life: u32) {
        for call in 0..self.calls.len() {
            let dropped = self.rng.chance(500);
            let Some(known) = self
                .calls
                .get_mut(call)
                .filter(|known| (known.tab, known.life) == (tab, life))
            else {
                continue;
            };
            known.ended = true;
            known.dropped = dropped && known.arrived == 0;
        }
    }

    /// The database stands still.
    pub(crate) fn freeze(&mut self, for_ms: u64) {
        self.frozen = true;
        self.after(for_ms, What::GoesOn(Stopped::Database));
    }

    /// It goes on: what was held is finished within a second, in any order; what was given up may be.
    pub(crate) fn thaw(&mut self) {
        self.frozen = false;
        for (call, ending) in std::mem::take(&mut self.held) {
            let Some(known) = self.calls.get_mut(call) else {
                continue;
            };
            known.thawed = true;
            let given_up = known.answered;
            if given_up && self.rng.chance(500) {
                continue;
            }
            let delay = self.rng.between(1, 1_000);
            self.after(delay, What::Worked(call, ending));
        }
    }

    /// The server stops: what it works on is lost, and every socket closes.
    pub(crate) fn restart(&mut self, for_ms: u64) {
        self.server_up = false;
        self.held.clear();
        self.close_all_sockets();
        self.after(for_ms, What::GoesOn(Stopped::Server));
        for call in 0..self.calls.len() {
            let open = self
                .calls
                .get(call)
                .is_some_and(|known| known.arrived > 0 && !known.answered);
            if open {
                self.meets(Met::StoppedAtWork);
                self.respond(call, Err(Failure::Unreachable));
            }
        }
    }
}
