//! Who does things: visitors, agents, and the day itself.

use confab_session::view::MessageRow;
use confab_session::{Delivery, Intent, OutgoingKey, RowContent};

use crate::fault::Fault;
use crate::met::Met;
use crate::store;
use crate::world::{Net, Stopped, What, World, say};

/// Tabs of one visitor at most.
const TABS: usize = 3;

impl World {
    /// Something is done; the next thing follows.
    pub(crate) fn act(&mut self) {
        if self.healthy {
            return;
        }
        let pause = self.rng.between(100, 6_000);
        self.after(pause, What::Act);
        let number = self.acts;
        self.acts = self.acts.saturating_add(1);
        if self.only.as_ref().is_some_and(|only| !only.has_act(number)) {
            return;
        }
        match self.rng.below(10) {
            4 | 5 => self.agent_acts(),
            _ if self.asleep => {}
            0..=3 => self.visitor_acts(),
            6 => self.page_acts(),
            _ => self.day_acts(),
        }
    }

    /// A tab that is there and hears.
    fn some_tab(&mut self) -> Option<usize> {
        let there: Vec<usize> = (0..self.tabs.len())
            .filter(|tab| self.tabs.get(*tab).is_some_and(|tab| tab.alive && !tab.stopped))
            .collect();
        let visible = there
            .iter()
            .copied()
            .find(|tab| self.tabs.get(*tab).is_some_and(|tab| tab.visible));
        if self.rng.chance(700) && visible.is_some() {
            visible
        } else {
            self.rng.pick(&there).copied()
        }
    }

    /// A text; now and then one that was said before.
    fn text(&mut self) -> String {
        if self.rng.chance(150) {
            let common = ["ok", "yes", "thanks"];
            return self.rng.pick(&common).copied().unwrap_or("ok").to_owned();
        }
        self.texts = self.texts.saturating_add(1);
        format!("m{}", self.texts)
    }

    fn visitor_acts(&mut self) {
        let Some(tab) = self.some_tab() else { return };
        self.acted(tab);
        match self.rng.below(16) {
            0..=6 => {
                let text = self.text();
                self.wish(tab, Intent::Submit { text });
            }
            7 => {
                for _ in 0..self.rng.between(2, 4) {
                    let text = self.text();
                    self.wish(tab, Intent::Submit { text });
                }
            }
            8 => self.wish(
                tab,
                Intent::CompositionChanged {
                    text: "typing".to_owned(),
                },
            ),
            9 => self.wish(tab, Intent::Open),
            10 => self.wish(tab, Intent::Close),
            11 => self.wish(tab, Intent::SeenToEnd),
            12 => self.wish(tab, Intent::LoadOlder),
            13 => self.decide(tab),
            14 => {
                let wish = if self.rng.chance(500) {
                    Intent::ReconnectNow
                } else {
                    Intent::ShowNewest
                };
                self.wish(tab, wish);
            }
            _ => self.fill_gap(tab),
        }
    }

    fn rows(&self, tab: usize) -> Vec<MessageRow> {
        let view = self.tabs.get(tab).map(|tab| tab.session.view());
        let rows = view.map(|view| view.rows.as_slice()).unwrap_or_default();
        let message = |content: &RowContent| match content {
            RowContent::Message(message) => Some(message.clone()),
            RowContent::Day { .. } | RowContent::Gap { .. } => None,
        };
        rows.iter().filter_map(|row| message(&row.content)).collect()
    }

    /// A person decides about what failed.
    fn decide(&mut self, tab: usize) {
        let failed: Vec<(OutgoingKey, bool)> = self
            .rows(tab)
            .into_iter()
            .filter_map(|row| match row.delivery {
                Some(Delivery::Failed { key, certain, .. }) => Some((key, certain)),
                _ => None,
            })
            .collect();
        let Some((key, certain)) = self.rng.pick(&failed).cloned() else {
            return;
        };
        self.meets(Met::PersonDecided);
        if self.rng.chance(700) {
            if !certain {
                self.oracle.retries_unclear(&key);
            }
            self.wish(tab, Intent::Retry(key));
        } else {
            self.oracle.gives_up(&key);
            self.wish(tab, Intent::Discard(key));
        }
    }

    fn fill_gap(&mut self, tab: usize) {
        let view = self.tabs.get(tab).map(|tab| tab.session.view());
        let gap = view.and_then(|view| {
            view.rows
                .iter()
                .find(|row| matches!(row.content, RowContent::Gap { .. }))
        });
        if let Some(key) = gap.map(|row| row.key) {
            self.wish(tab, Intent::FillGap(key));
        }
    }

    fn agent_acts(&mut self) {
        let threads = self.server.conversations_made();
        if threads == 0 || self.frozen || !self.server_up {
            return;
        }
        let thread = self.rng.index(threads);
        let now = self.now;
        if !self.server.is_there(thread) || self.agent_deletes(thread) {
            return;
        }
        let broadcasts = match self.rng.below(12) {
            0..=4 => {
                let text = self.text();
                self.server.agent_writes(thread, &format!("agent {text}"), now)
            }
            5 => {
                let many = self.rng.between(15, 45);
                (0..many)
                    .flat_map(|nth| self.server.agent_writes(thread, &format!("burst {nth}"), now))
                    .collect()
            }
            6 | 7 => {
                let nth = self.rng.index(25);
                let deletes = self.rng.chance(300);
                self.server.agent_changes(nth, deletes, now)
            }
            8 => self.server.agent_types(thread, true, now),
            9 => self.server.agent_types(thread, false, now),
            10 => self.server.agent_resolves(thread, now),
            _ => {
                let text = if self.twins {
                    "ok".to_owned()
                } else {
                    format!("elsewhere {}", self.text())
                };
                self.server.other_client_writes(thread, &text, now)
            }
        };
        say!(self, "agent or other client: {} broadcasts", broadcasts.len());
        self.enqueue(broadcasts);
    }

    /// Whether an agent deletes something; never twice the same kind of thing, or a chat would be closed for minutes.
    fn agent_deletes(&mut self, thread: usize) -> bool {
        if self.strikes(Fault::ContactMerged) {
            say!(self, "the contact is merged");
            let broadcasts = self.server.merge(thread, self.now);
            self.enqueue(broadcasts);
        }
        let once = |counts: &crate::fault::Counts, fault| counts.of(fault) == 0;
        let deleted =
            if once(&self.counts, Fault::ConversationDeleted) && self.strikes(Fault::ConversationDeleted) {
                self.server.delete(thread, false, self.now)
            } else if once(&self.counts, Fault::ContactDeleted) && self.strikes(Fault::ContactDeleted) {
                self.server.delete(thread, true, self.now)
            } else if self.strikes(Fault::InboxDeleted) {
                self.server.delete_inbox(self.now)
            } else {
                return false;
            };
        say!(self, "deleted: {deleted:?}");
        for conversation in deleted {
            self.oracle.deleted(conversation);
        }
        true
    }

    /// Tabs are opened, closed, loaded anew, looked at.
    fn page_acts(&mut self) {
        let alive = self.tabs.iter().filter(|tab| tab.alive).count();
        if alive == 0 || (alive < TABS && self.strikes(Fault::Opened)) {
            let tab = self.open_tab(false);
            return self.look_at(Some(tab));
        }
        let Some(tab) = self.some_tab() else { return };
        if alive < TABS && self.strikes(Fault::PoppedOut) {
            let window = self.open_tab(false);
            self.look_at(Some(window));
            self.steal(window);
            return self.wish(tab, Intent::Close);
        }
        match self.rng.below(4) {
            0 => self.look_at(Some(tab)),
            1 if self.strikes(Fault::Hidden) => self.look_at(None),
            2 if self.strikes(Fault::Stolen) => {
                self.look_at(Some(tab));
                self.steal(tab);
            }
            _ => {}
        }
    }

    fn day_acts(&mut self) {
        let tab = self.some_tab();
        if self.strikes(Fault::Reload)
            && let Some(tab) = tab
        {
            return self.end_page(tab, true);
        }
        if self.strikes(Fault::Closed)
            && let Some(tab) = tab
        {
            return self.end_page(tab, false);
        }
        if self.strikes(Fault::TabFrozen)
            && let Some(tab) = tab
        {
            let span = self.span(500, 90_000);
            return self.stop_tab(tab, span);
        }
        if self.strikes(Fault::SetUser)
            && let Some(tab) = tab
        {
            self.user = usize::from(self.rng.chance(500)).saturating_add(1);
            let identity = store::identity(self.user);
            let profile = confab_protocol::Profile::default();
            return self.wish(tab, Intent::SetUser { identity, profile });
        }
        if self.strikes(Fault::LogOut)
            && let Some(tab) = tab
        {
            self.user = 0;
            return self.wish(tab, Intent::LogOut);
        }
        if self.strikes(Fault::SocketCut)
            && let Some(tab) = tab
        {
            return self.cut_socket(tab);
        }
        if self.strikes(Fault::HalfOpen)
            && let Some(tab) = tab
        {
            return self.mute_socket(tab);
        }
        if self.strikes(Fault::Sleep) {
            let span = self.span(5_000, 400_000);
            return self.sleep(span);
        }
        if self.strikes(Fault::ClockJump) {
            let jump = i64::try_from(self.rng.below(14_400_000)).unwrap_or_default();
            self.wall_off = self.wall_off.saturating_add(jump).saturating_sub(7_200_000);
            if self.store.rows().any(|row| row.attempt.is_some()) {
                self.meets(Met::JumpWhileUnclear);
            }
            say!(self, "the wall clock jumps");
            return;
        }
        if !self.clear_storage() {
            self.outage();
        }
    }

    /// Network or server give out for a while.
    fn outage(&mut self) {
        if self.net == Net::Up {
            let net = [
                (Fault::Offline, Net::Down),
                (Fault::Blackhole, Net::Swallows),
                (Fault::Portal, Net::Portal),
            ];
            for (fault, net) in net {
                if self.strikes(fault) {
                    let span = self.span(200, 60_000);
                    say!(self, "network {net:?} for {span} ms");
                    return self.network_gone(net, span);
                }
            }
        }
        if self.server_up && self.strikes(Fault::Restart) {
            let span = self.span(500, 20_000);
            say!(self, "the server stops for {span} ms");
            return self.restart(span);
        }
        if !self.frozen && self.strikes(Fault::Frozen) {
            let span = self.span(1_000, 60_000);
            say!(self, "the database stands still for {span} ms");
            return self.freeze(span);
        }
        if !self.stalled && self.strikes(Fault::QueueStall) {
            let span = self.span(1_000, 180_000);
            self.stalled = true;
            self.stalled_since = self.now;
            self.after(span, What::GoesOn(Stopped::Jobs));
        }
    }

    /// A span of time; short ones as often as long ones.
    fn span(&mut self, low: u64, high: u64) -> u64 {
        let top = self.rng.between(low, high);
        if self.rng.chance(500) {
            self.rng.between(low, top)
        } else {
            top
        }
    }
}
