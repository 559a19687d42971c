//! Who leads the tabs of one user: a lock where there are any, and otherwise everybody. As `src/driver/lead.rs` and
//! `src/driver/tabs.rs` have it, with the browser's delays between what is so and what a tab knows.

use std::collections::VecDeque;

use confab::driver::storage::operation::Operation;
use confab_session::{Event, Role};

use crate::fault::Fault;
use crate::store::Owner;
use crate::world::{Telling, What, World, say};

/// How long a visible tab waits for the one that leads to answer, in milliseconds.
const COURTESY: u64 = 500;

/// A request for the lock: a tab's, and which of its requests.
type Asked = (usize, u32);

/// The lock of the tabs of one user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lead {
    holder: Option<Asked>,
    /// Those that asked for it, the first first.
    waiting: VecDeque<Asked>,
}

/// How a tab stands among the others, as far as it knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Whether it holds the lock, or needs none.
    pub(crate) leads: bool,
    /// Since when, by the visitor's clock.
    pub(crate) lock_since: Option<i64>,
    /// Which request for the lock counts; what becomes of an older one is no news.
    request: u32,
    /// Until when it waits for the leading tab to say that it stays.
    asking: Option<u64>,
}

impl World {
    pub(crate) fn owner(&self, tab: usize) -> Owner {
        self.tabs.get(tab).map_or(0, |tab| tab.owner)
    }

    /// Whether it holds the lock, known to it or not.
    pub(crate) fn is_leader(&self, tab: usize) -> bool {
        let lead = self.leads.get(&self.owner(tab));
        lead.is_some_and(|lead| lead.holder.is_some_and(|(holder, _)| holder == tab))
    }

    fn thinks_it_leads(&self, tab: usize) -> bool {
        self.tabs.get(tab).is_some_and(|tab| tab.standing.leads)
    }

    /// Where storage is denied to a frame, so are locks: its tabs know nothing of each other.
    pub(crate) fn has_locks(&self, tab: usize) -> bool {
        self.locks && self.tabs.get(tab).is_some_and(|tab| tab.memory.is_none())
    }

    /// A tab gives up whatever it holds or waits for; whose tab it is.
    pub(crate) fn leave_lead(&mut self, tab: usize) -> Owner {
        let owner = self.owner(tab);
        if let Some(known) = self.tabs.get_mut(tab) {
            known.standing = Standing {
                request: known.standing.request.saturating_add(1),
                asking: known.standing.asking,
                ..Standing::default()
            };
        }
        let lead = self.leads.entry(owner).or_default();
        lead.waiting.retain(|(other, _)| *other != tab);
        lead.holder = lead.holder.filter(|(holder, _)| *holder != tab);
        self.grant_next(owner);
        owner
    }

    /// A page begins, turned to another user, or lost the lead: it asks for the lock.
    pub(crate) fn seeks_lead(&mut self, tab: usize) {
        let owner = self.leave_lead(tab);
        let Some(known) = self.tabs.get(tab) else { return };
        let (life, request) = (known.life, known.standing.request);
        if self.has_locks(tab) {
            let lead = self.leads.entry(owner).or_default();
            lead.waiting.push_back((tab, request));
            self.grant_next(owner);
        } else {
            self.after(1, What::Granted(tab, life, request));
        }
    }

    fn grant_next(&mut self, owner: Owner) {
        let lead = self.leads.entry(owner).or_default();
        if lead.holder.is_none()
            && let Some(asked) = lead.waiting.pop_front()
        {
            self.grant(owner, asked);
        }
    }

    fn grant(&mut self, owner: Owner, (tab, request): Asked) {
        self.leads.entry(owner).or_default().holder = Some((tab, request));
        let Some(life) = self.tabs.get(tab).map(|tab| tab.life) else {
            return;
        };
        let delay = self.rng.between(1, 20);
        self.after(delay, What::Granted(tab, life, request));
    }

    fn is_current(&self, tab: usize, life: u32, request: u32) -> bool {
        let counts = |standing: &Standing| standing.request == request;
        self.alive(tab, life) && self.tabs.get(tab).is_some_and(|tab| counts(&tab.standing))
    }

    /// A tab learns that the lock is its own.
    pub(crate) fn granted(&mut self, tab: usize, life: u32, request: u32) {
        if self.misses(tab, life, || What::Granted(tab, life, request))
            || !self.is_current(tab, life, request)
            || self.thinks_it_leads(tab)
        {
            return;
        }
        let since = self.has_locks(tab).then(|| self.wall());
        if let Some(known) = self.tabs.get_mut(tab) {
            known.standing.asking = None;
            known.standing.leads = true;
            known.standing.lock_since = since;
        }
        self.ask_store(tab, Operation::Lead);
    }

    /// A tab learns that its lock was taken; never before it learned that it had it.
    pub(crate) fn robbed(&mut self, tab: usize, life: u32, request: u32) {
        if self.misses(tab, life, || What::Robbed(tab, life, request)) || !self.is_current(tab, life, request)
        {
            return;
        }
        self.granted(tab, life, request);
        self.lets_go(tab);
    }

    /// A tab that led does so no more, and waits to lead again.
    fn lets_go(&mut self, tab: usize) {
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        known.standing.asking = None;
        let life = known.life;
        self.seeks_lead(tab);
        self.heard(tab, life, Event::RoleChanged(Role::Follower));
    }

    /// A tab that a person looks at leads.
    pub(crate) fn ask_if_visible(&mut self, tab: usize) {
        let until = self.now.saturating_add(COURTESY);
        let has_locks = self.has_locks(tab);
        let asks =
            |tab: &&mut crate::tab::Tab| tab.alive && !tab.stopped && tab.visible && !tab.standing.leads;
        let Some(known) = self.tabs.get_mut(tab).filter(asks).filter(|_| has_locks) else {
            return;
        };
        known.standing.asking = Some(until);
        let life = known.life;
        self.say_to_others(tab, &Telling::AsksForLead(tab));
        self.after(COURTESY, What::Steals(tab, life, until));
    }

    /// A visible tab asks for the lead: a leading tab that is visible too says that it stays, another one goes.
    pub(crate) fn asked_for_lead(&mut self, tab: usize, asker: usize) {
        if !self.thinks_it_leads(tab) {
            return;
        }
        if self.tabs.get(tab).is_some_and(|tab| tab.visible) {
            return self.say_to_others(tab, &Telling::Stays);
        }
        say!(self, "tab {tab} passes the lead on, asked by {asker}");
        self.lets_go(tab);
    }

    /// The leading tab stays.
    pub(crate) fn stops_asking(&mut self, tab: usize) {
        if let Some(known) = self.tabs.get_mut(tab) {
            known.standing.asking = None;
        }
    }

    /// A tab that asked for the lead has waited long enough.
    pub(crate) fn steals(&mut self, tab: usize, life: u32, until: u64) {
        if self.misses(tab, life, || What::Steals(tab, life, until)) || !self.alive(tab, life) {
            return;
        }
        let waits = |known: &crate::tab::Tab| known.standing.asking == Some(until) && known.visible;
        if self.tabs.get(tab).is_some_and(waits) {
            self.steal(tab);
        }
    }

    /// Takes the lead from whoever has it; a tab that thinks it leads does not.
    pub(crate) fn steal(&mut self, tab: usize) {
        if !self.has_locks(tab) || self.thinks_it_leads(tab) {
            return;
        }
        let owner = self.leave_lead(tab);
        let old = self.leads.entry(owner).or_default().holder;
        say!(self, "tab {tab} steals the lead from {old:?}");
        if let Some((old, request)) = old {
            if !self.healthy {
                self.counts.count(Fault::Stolen);
            }
            let delay = self.rng.between(1, 50);
            let life = self.tabs.get(old).map_or(0, |tab| tab.life);
            self.after(delay, What::Robbed(old, life, request));
        }
        let request = self.tabs.get(tab).map_or(0, |tab| tab.standing.request);
        self.grant(owner, (tab, request));
    }
}
