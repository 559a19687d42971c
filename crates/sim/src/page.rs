//! Pages come and go, are seen or not, and choose one of them to lead.

use confab::driver::storage::operation::{Changed, Operation};
use confab_protocol::Request;
use confab_session::{Event, Intent, RequestId};

use crate::fault::Fault;
use crate::met::Met;
use crate::world::{Net, Stopped, Telling, What, World, say};

impl World {
    /// A tab is opened; its number.
    pub(crate) fn open_tab(&mut self, visible: bool) -> usize {
        let tab = self.tabs.len();
        let user = self.user;
        let new = self.new_tab(1, visible, user);
        self.tabs.push(new);
        if self.tabs.iter().filter(|tab| tab.alive).count() > 1 {
            self.meets(Met::SeveralTabs);
        }
        self.start_page(tab);
        tab
    }

    fn start_page(&mut self, tab: usize) {
        say!(self, "tab {tab} starts");
        self.begins_anew();
        let life = self.tabs.get(tab).map_or(0, |tab| tab.life);
        self.ask_store(tab, Operation::Restore);
        self.seeks_lead(tab);
        let visible = self.tabs.get(tab).is_some_and(|tab| tab.visible);
        if !visible {
            self.heard(tab, life, Event::VisibilityChanged { visible });
        }
        if self.rng.chance(700) {
            self.heard(tab, life, Event::Wished(Intent::Open));
        }
        if self.net == Net::Down {
            self.heard(tab, life, Event::WentOffline);
            if let Some(known) = self.tabs.get_mut(tab) {
                known.told_offline = true;
            }
        }
        self.ask_if_visible(tab);
    }

    /// A page ends, with whatever it was doing; in the same tab another one may start.
    pub(crate) fn end_page(&mut self, tab: usize, starts_again: bool) {
        say!(self, "tab {tab} ends");
        if self.strikes(Fault::TornStore) {
            if self.tabs.get(tab).is_some_and(|tab| !tab.operations.is_empty()) {
                self.meets(Met::TornWrite);
            }
            self.commit_operation(tab);
        }
        self.close_cable(tab);
        let Some((life, visible)) = self.tabs.get(tab).map(|tab| (tab.life, tab.visible)) else {
            return;
        };
        self.drop_calls(tab, life);
        let owner = self.leave_lead(tab);
        self.lose_memory(tab);
        let mut new = self.new_tab(life.saturating_add(1), visible, owner);
        new.alive = starts_again;
        if let Some(known) = self.tabs.get_mut(tab) {
            *known = new;
        }
        if starts_again {
            self.start_page(tab);
        }
    }

    pub(crate) fn told(&mut self, tab: usize, life: u32, telling: &Telling) {
        if !self.alive(tab, life) {
            return;
        }
        match telling {
            Telling::Changed(changed) => {
                if *changed == Changed::Identity {
                    self.ask_store(tab, Operation::ReadIdentity);
                }
                self.ask_store(tab, Operation::ReadOutbox);
            }
            _ if self.misses(tab, life, || What::Told(tab, life, telling.clone())) => {}
            Telling::AsksForLead(asker) => self.asked_for_lead(tab, *asker),
            Telling::Stays => self.stops_asking(tab),
        }
    }

    /// A person looks at this tab and at no other; `None`: at none.
    pub(crate) fn look_at(&mut self, seen: Option<usize>) {
        for tab in 0..self.tabs.len() {
            let visible = seen == Some(tab);
            let Some(known) = self.tabs.get_mut(tab) else {
                continue;
            };
            if !known.alive || known.visible == visible {
                continue;
            }
            known.visible = visible;
            let life = known.life;
            self.heard(tab, life, Event::VisibilityChanged { visible });
        }
    }

    /// A tab stops for a while.
    pub(crate) fn stop_tab(&mut self, tab: usize, for_ms: u64) {
        let Some(known) = self.tabs.get_mut(tab).filter(|tab| tab.alive && !tab.stopped) else {
            return;
        };
        known.stopped = true;
        let life = known.life;
        self.after(for_ms, What::GoesOn(Stopped::Tab(tab, life)));
    }

    /// In the middle of a send the page may go, or stop while another tab takes the lead. Answers whether it went.
    pub(crate) fn interrupts(&mut self, tab: usize) -> bool {
        if self.strikes(Fault::KilledInSend) {
            let starts_again = self.rng.chance(700);
            self.end_page(tab, starts_again);
            return true;
        }
        if self.strikes(Fault::StoppedInSend) {
            let span = self.rng.between(1_000, 45_000);
            self.stop_tab(tab, span);
            let others = |other: &usize| {
                *other != tab && self.tabs.get(*other).is_some_and(|tab| tab.alive && !tab.stopped)
            };
            let other = (0..self.tabs.len()).find(others);
            if let Some(other) = other {
                self.look_at(Some(other));
                self.steal(other);
            }
        }
        false
    }

    /// The machine sleeps: every tab stops, and the network is gone.
    pub(crate) fn sleep(&mut self, for_ms: u64) {
        let now = self.now;
        self.asleep = true;
        let stands_still = self.rng.chance(500);
        let told = self.rng.chance(500);
        self.break_sockets(told);
        for tab in 0..self.tabs.len() {
            let Some(known) = self.tabs.get_mut(tab).filter(|tab| tab.alive) else {
                continue;
            };
            known.stopped = true;
            if stands_still {
                known.asleep_since = Some(now);
            }
        }
        self.break_calls();
        self.after(for_ms, What::GoesOn(Stopped::Machine));
    }

    /// The network goes.
    pub(crate) fn network_gone(&mut self, net: Net, for_ms: u64) {
        self.net = net;
        if net == Net::Down {
            let told = self.rng.chance(600);
            self.break_sockets(told);
            self.break_calls();
            if self.rng.chance(700) {
                self.tell_online(false);
            }
        } else if net == Net::Swallows && self.rng.chance(500) {
            self.break_sockets(false);
        }
        self.after(for_ms, What::GoesOn(Stopped::Network));
    }

    pub(crate) fn network_back(&mut self) {
        self.net = Net::Up;
        self.tell_online(true);
    }

    fn tell_online(&mut self, online: bool) {
        for tab in 0..self.tabs.len() {
            let Some(known) = self
                .tabs
                .get_mut(tab)
                .filter(|tab| tab.alive && tab.told_offline == online)
            else {
                continue;
            };
            known.told_offline = !online;
            let life = known.life;
            self.heard(
                tab,
                life,
                if online {
                    Event::WentOnline
                } else {
                    Event::WentOffline
                },
            );
        }
    }

    /// The request that a reply answers.
    pub(crate) fn request_of(&self, tab: usize, life: u32, id: RequestId) -> Option<Request> {
        let asked = self.calls.iter().rev().find(|call| call.is(tab, life, id));
        asked.map(|call| call.request.clone())
    }
}
