//! Pages come and go, are seen or not, and choose one of them to lead.

use confab::driver::storage::operation::{Changed, Operation};
use confab_protocol::Request;
use confab_session::{Event, Intent, RequestId, Role};

use crate::fault::Fault;
use crate::world::{Net, Stopped, Telling, What, World, say};

impl World {
    /// A tab is opened; its number.
    pub(crate) fn open_tab(&mut self, visible: bool) -> usize {
        let tab = self.tabs.len();
        let new = self.new_tab(1, visible);
        self.tabs.push(new);
        self.start_page(tab);
        tab
    }

    fn start_page(&mut self, tab: usize) {
        say!(self, "tab {tab} starts");
        let life = self.tabs.get(tab).map_or(0, |tab| tab.life);
        self.ask_store(tab, Operation::Restore);
        if self.locks {
            self.waiting.push_back(tab);
            self.grant_next();
        } else {
            self.after(1, What::Granted(tab, life));
        }
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
            self.commit_operation(tab);
        }
        self.close_cable(tab);
        let Some((life, visible)) = self.tabs.get(tab).map(|tab| (tab.life, tab.visible)) else {
            return;
        };
        self.drop_calls(tab, life);
        self.waiting.retain(|other| *other != tab);
        if self.leader == Some(tab) {
            self.leader = None;
        }
        let mut new = self.new_tab(life.saturating_add(1), visible);
        new.alive = starts_again;
        if let Some(known) = self.tabs.get_mut(tab) {
            *known = new;
        }
        self.grant_next();
        if starts_again {
            self.start_page(tab);
        }
    }

    fn grant_next(&mut self) {
        if self.leader.is_some() {
            return;
        }
        if let Some(tab) = self.waiting.pop_front() {
            self.grant(tab);
        }
    }

    fn grant(&mut self, tab: usize) {
        self.leader = Some(tab);
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        let delay = self.rng.between(1, 20);
        self.after(delay, What::Granted(tab, life));
    }

    pub(crate) fn granted(&mut self, tab: usize, life: u32) {
        if self.locks && self.leader != Some(tab) || !self.alive(tab, life) {
            return;
        }
        let since = self.locks.then(|| self.wall());
        if let Some(known) = self.tabs.get_mut(tab) {
            known.asking = false;
            known.leads = true;
            known.lock_since = since;
        }
        self.ask_store(tab, Operation::Lead);
    }

    /// A tab learns that it leads no more, and waits to lead again.
    pub(crate) fn waits_to_lead(&mut self, tab: usize) {
        if let Some(known) = self.tabs.get_mut(tab) {
            known.leads = false;
            known.lock_since = None;
        }
        if self.locks && !self.waiting.contains(&tab) {
            self.waiting.push_back(tab);
        }
        self.grant_next();
    }

    /// A tab that a person looks at leads.
    fn ask_if_visible(&mut self, tab: usize) {
        let Some(known) = self.tabs.get_mut(tab).filter(|tab| tab.alive && tab.visible) else {
            return;
        };
        if !self.locks || self.leader == Some(tab) {
            return;
        }
        known.asking = true;
        let life = known.life;
        self.say_to_others(tab, &Telling::AsksForLead(tab));
        self.after(500, What::Steals(tab, life));
    }

    pub(crate) fn told(&mut self, tab: usize, life: u32, telling: &Telling) {
        let Some((stopped, visible)) = self.tabs.get(tab).map(|tab| (tab.stopped, tab.visible)) else {
            return;
        };
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
            _ if stopped => {}
            Telling::AsksForLead(_) if self.leader != Some(tab) => {}
            Telling::AsksForLead(_) if visible => self.say_to_others(tab, &Telling::Stays),
            Telling::AsksForLead(asker) => {
                say!(self, "tab {tab} passes the lead on, asked by {asker}");
                self.leader = None;
                self.heard(tab, life, Event::RoleChanged(Role::Follower));
            }
            Telling::Stays => {
                if let Some(known) = self.tabs.get_mut(tab) {
                    known.asking = false;
                }
            }
        }
    }

    pub(crate) fn steals(&mut self, tab: usize, life: u32) {
        let wants = self
            .tabs
            .get(tab)
            .is_some_and(|tab| tab.asking && tab.visible && !tab.stopped);
        if wants && self.alive(tab, life) {
            self.steal(tab);
        }
    }

    pub(crate) fn steal(&mut self, tab: usize) {
        if !self.locks || self.leader == Some(tab) {
            return;
        }
        say!(self, "tab {tab} steals the lead from {:?}", self.leader);
        self.waiting.retain(|other| *other != tab);
        if let Some(old) = self.leader.take() {
            if !self.healthy {
                self.counts.count(Fault::Stolen);
            }
            let delay = self.rng.between(1, 50);
            self.tell(old, delay, Event::RoleChanged(Role::Follower));
        }
        self.grant(tab);
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
            self.ask_if_visible(tab);
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
