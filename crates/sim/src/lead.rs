//! Who leads the tabs of one user: a lock where there are any, and otherwise everybody.

use std::collections::VecDeque;

use confab::driver::storage::operation::Operation;
use confab_session::{Event, Role};

use crate::fault::Fault;
use crate::store::Owner;
use crate::world::{Telling, What, World, say};

/// The lock of the tabs of one user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lead {
    pub(crate) leader: Option<usize>,
    /// Those that asked for it, the first first.
    waiting: VecDeque<usize>,
}

impl World {
    pub(crate) fn owner(&self, tab: usize) -> Owner {
        self.tabs.get(tab).map_or(0, |tab| tab.owner)
    }

    pub(crate) fn lead_of(&mut self, tab: usize) -> &mut Lead {
        let owner = self.owner(tab);
        self.leads.entry(owner).or_default()
    }

    pub(crate) fn is_leader(&self, tab: usize) -> bool {
        let lead = self.leads.get(&self.owner(tab));
        lead.is_some_and(|lead| lead.leader == Some(tab))
    }

    /// Where storage is denied to a frame, so are locks: its tabs know nothing of each other.
    pub(crate) fn has_locks(&self, tab: usize) -> bool {
        self.locks && self.tabs.get(tab).is_some_and(|tab| tab.memory.is_none())
    }

    /// A page begins, or turned to another user: it wants to lead.
    pub(crate) fn seeks_lead(&mut self, tab: usize) {
        let life = self.tabs.get(tab).map_or(0, |tab| tab.life);
        if self.has_locks(tab) {
            self.waits_to_lead(tab);
        } else {
            self.after(1, What::Granted(tab, life));
        }
    }

    /// A page goes, or turns to another user; whose tab it was.
    pub(crate) fn leave_lead(&mut self, tab: usize) -> Owner {
        let owner = self.owner(tab);
        let lead = self.lead_of(tab);
        lead.waiting.retain(|other| *other != tab);
        if lead.leader == Some(tab) {
            lead.leader = None;
        }
        if let Some(known) = self.tabs.get_mut(tab) {
            known.leads = false;
            known.lock_since = None;
        }
        self.grant_next(owner);
        owner
    }

    fn grant_next(&mut self, owner: Owner) {
        let lead = self.leads.entry(owner).or_default();
        if lead.leader.is_none()
            && let Some(tab) = lead.waiting.pop_front()
        {
            self.grant(tab);
        }
    }

    fn grant(&mut self, tab: usize) {
        self.lead_of(tab).leader = Some(tab);
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        let delay = self.rng.between(1, 20);
        self.after(delay, What::Granted(tab, life));
    }

    pub(crate) fn granted(&mut self, tab: usize, life: u32) {
        if self.has_locks(tab) && !self.is_leader(tab) || !self.alive(tab, life) {
            return;
        }
        let since = self.has_locks(tab).then(|| self.wall());
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
        if self.has_locks(tab) {
            let lead = self.lead_of(tab);
            if !lead.waiting.contains(&tab) {
                lead.waiting.push_back(tab);
            }
            let owner = self.owner(tab);
            self.grant_next(owner);
        }
    }

    /// A tab that a person looks at leads.
    pub(crate) fn ask_if_visible(&mut self, tab: usize) {
        if !self.has_locks(tab) || self.is_leader(tab) {
            return;
        }
        let Some(known) = self.tabs.get_mut(tab).filter(|tab| tab.alive && tab.visible) else {
            return;
        };
        known.asking = true;
        let life = known.life;
        self.say_to_others(tab, &Telling::AsksForLead(tab));
        self.after(500, What::Steals(tab, life));
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
        if !self.has_locks(tab) || self.is_leader(tab) {
            return;
        }
        let lead = self.lead_of(tab);
        lead.waiting.retain(|other| *other != tab);
        let old = lead.leader.take();
        say!(self, "tab {tab} steals the lead from {old:?}");
        if let Some(old) = old {
            if !self.healthy {
                self.counts.count(Fault::Stolen);
            }
            let delay = self.rng.between(1, 50);
            self.tell(old, delay, Event::RoleChanged(Role::Follower));
        }
        self.grant(tab);
    }
}
