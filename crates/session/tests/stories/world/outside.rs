//! What a driver does: effects performed, events fed back.

use confab_protocol::{CableEvent, Frame, Identifier, Identity, Reply, Request};
use confab_session::{CableCommand, Effect, Event, Failure, Generation, RequestId};

use super::server::{self, Fault};
use super::{EPOCH, REPLY_DELAY, World};

impl World {
    pub(super) fn perform(&mut self, tab: usize, effect: Effect) {
        match effect {
            Effect::Send { id, request, timeout } => self.send(tab, id, &request, timeout),
            Effect::OpenCable(generation) => self.open_cable(tab, generation),
            Effect::Command(generation, command) => self.command(tab, generation, command),
            Effect::CloseCable => {
                self.tabs[tab].generation = None;
                self.tabs[tab].subscribed = None;
            }
            Effect::SaveOutgoing(row) => {
                let (row, identity) = self.store.save(row, self.tabs[tab].identity.as_ref());
                self.outbox_changed_for_others(tab);
                self.push(
                    tab,
                    1,
                    Event::OutgoingSaved {
                        row,
                        identity: identity.clone(),
                    },
                );
                self.tell_others(tab, |_| Event::IdentityChanged(Some(identity.clone())));
            }
            Effect::EnsureIdentity => {
                let identity = self.store.ensure(self.tabs[tab].identity.as_ref());
                self.push(tab, 1, Event::IdentityStored(identity));
            }
            Effect::StoreIdentity(record) => {
                let identity = self.store.put_identity(record);
                self.push(tab, 1, Event::IdentityStored(identity.clone()));
                self.tell_others(tab, |_| Event::IdentityChanged(Some(identity.clone())));
            }
            Effect::RenewIdentity(source_id) => {
                let identity = self.store.renew(&source_id);
                self.push(tab, 1, Event::IdentityStored(identity));
            }
            Effect::SwitchIdentity(identifier) => {
                self.tabs[tab].identity = identifier.map(|identifier| Identity {
                    identifier,
                    identifier_hash: None,
                });
                self.store.switch(self.tabs[tab].identity.as_ref());
                self.restore(tab);
            }
            Effect::ClaimOutgoing { row, for_ms } => {
                let key = row.key.clone();
                let granted = self.store.claim(row, tab, self.now, for_ms);
                if granted {
                    self.push(tab, self.claim_delay, Event::OutgoingClaimed(key));
                    self.outbox_changed_for_others(tab);
                } else {
                    self.push(tab, 1, Event::OutboxChanged(self.store.rows()));
                    self.push(tab, 1, Event::ClaimRefused(key));
                }
            }
            Effect::UpdateOutgoing(row) => {
                self.store.update(row);
                self.outbox_changed_for_others(tab);
                self.push(tab, 1, Event::OutboxChanged(self.store.rows()));
            }
            Effect::RemoveOutgoing(key) => {
                self.store.remove(&key);
                self.outbox_changed_for_others(tab);
            }
            Effect::StoreComposition { before, text } => {
                self.store.switch(self.tabs[tab].identity.as_ref());
                self.store.compose(&before, text);
            }
            Effect::Wipe => self.store.wipe(),
            Effect::Rebroadcast(reply) => {
                if let Reply::Messages(page) = &reply {
                    self.store.keep(page, &self.server);
                }
                self.tell_others(tab, |_| Event::Overheard(reply.clone()));
            }
            Effect::RebroadcastFrame(frame) => {
                self.tell_others(tab, |_| Event::FrameOverheard(frame.clone()));
            }
            Effect::NudgeLeader => self.outbox_changed_for_others(tab),
            Effect::AskLeader(ask) => self.tell_others(tab, |_| Event::Asked(ask)),
            Effect::Announce(announcement) => self.tabs[tab].announced.push(announcement),
            Effect::Report(problem) => self.tabs[tab].reported.push(problem),
        }
    }

    fn tell_others(&mut self, tab: usize, event: impl Fn(usize) -> Event) {
        for other in 0..self.tabs.len() {
            if other != tab && !self.tabs[other].gone {
                self.push(other, 2, event(other));
            }
        }
    }

    fn outbox_changed_for_others(&mut self, tab: usize) {
        let rows = self.store.rows();
        if !rows.is_empty() {
            self.last_rows.clone_from(&rows);
        }
        self.tell_others(tab, |_| Event::OutboxChanged(rows.clone()));
    }

    fn send(&mut self, tab: usize, id: RequestId, request: &Request, timeout: u64) {
        self.log.push(request.clone());
        let fault = self.server.fault_for(request);
        let failed = |failure| (REPLY_DELAY, Err(failure));
        let (delay, result): (u64, Result<Reply, Failure>) = match fault {
            Some(Fault::NeverArrives) => failed(Failure::Unreachable),
            Some(Fault::HangsUnapplied) => (timeout, Err(Failure::TimedOut)),
            Some(Fault::ReplyLost) => {
                let _ = self.apply(request);
                (timeout, Err(Failure::TimedOut))
            }
            Some(Fault::AppliedLate { after, status }) => {
                self.server.later.push((self.now.after(after), request.clone()));
                failed(server::refused(status))
            }
            Some(Fault::AppliedYet(failure)) => {
                let _ = self.apply(request);
                failed(failure)
            }
            Some(Fault::Refused(failure)) => failed(failure),
            Some(Fault::RefusedAfter(ms, failure)) => (ms, Err(failure)),
            Some(Fault::Slow(ms)) => (ms, self.apply(request)),
            None => (self.reply_delay, self.apply(request)),
        };
        self.push(tab, delay, Event::Replied { request: id, result });
    }

    /// Applies what the server got to at last.
    pub fn apply_late(&mut self) {
        let due = std::mem::take(&mut self.server.later);
        for (at, request) in due {
            if at <= self.now {
                let _ = self.apply(&request);
            } else {
                self.server.later.push((at, request));
            }
        }
    }

    fn apply(&mut self, request: &Request) -> Result<Reply, Failure> {
        let seconds = (EPOCH + i64::try_from(self.now.0).unwrap_or_default()) / 1_000;
        let (result, events) = self.server.answer(request, seconds);
        for (token, event) in events {
            self.broadcast(&token, &event);
        }
        result
    }

    /// Sends an event to everybody who is subscribed with this token.
    pub fn broadcast(&mut self, token: &confab_protocol::PubsubToken, event: &CableEvent) {
        if self.server.events_stall {
            return;
        }
        self.last_event = Some((token.clone(), event.clone()));
        let identifier = Identifier::room(token);
        for tab in 0..self.tabs.len() {
            let Some(generation) = self.tabs[tab].generation else {
                continue;
            };
            if self.tabs[tab].subscribed.as_ref() == Some(&identifier) && !self.tabs[tab].half_open {
                let text = identifier.expose().to_owned();
                let frame = Frame::Event {
                    identifier: text,
                    event: event.clone(),
                };
                self.push(tab, self.event_delay, Event::FrameArrived(generation, frame));
            }
        }
    }

    fn open_cable(&mut self, tab: usize, generation: Generation) {
        if self.tabs[tab].blocked || self.server.is_down {
            self.push(tab, 5, Event::CableClosed(generation));
            return;
        }
        self.connections += 1;
        self.tabs[tab].half_open = false;
        self.tabs[tab].generation = Some(generation);
        if let Some(fewer) = self.tabs[tab].never_opens.checked_sub(1) {
            self.tabs[tab].never_opens = fewer;
            return;
        }
        self.push(tab, 5, Event::CableOpened(generation));
        self.push(tab, 6, Event::FrameArrived(generation, Frame::Welcome));
    }

    fn command(&mut self, tab: usize, generation: Generation, command: CableCommand) {
        if self.tabs[tab].generation != Some(generation) {
            return;
        }
        if let CableCommand::UpdatePresence(_) = command {
            self.presence += 1;
        }
        if let CableCommand::Subscribe(identifier) = command
            && self.server.knows_token(&identifier)
        {
            self.tabs[tab].subscribed = Some(identifier.clone());
            let identifier = identifier.expose().to_owned();
            self.frame(tab, generation, Frame::Confirmed { identifier });
        }
    }
}
