//! What a site has stored is cleared while its pages are open: the driver of the page that comes to its store first puts back
//! what it saw there last.
//!
//! It happens while every page is at rest and has seen all that is stored, as when a person has turned to the settings of the
//! browser. A page that stands still meanwhile, and one that is loaded before another has put things back, are left out: what
//! they would need is stored nowhere any more.

use confab::driver::storage::operation::Operation;
use confab::driver::storage::shelf::Shelf;
use confab_protocol::Reply;
use confab_session::Intent;

use crate::fault::Fault;
use crate::store::{Owner, Task};
use crate::world::{World, say};

impl World {
    /// Whether the visitor clears the storage now.
    pub(crate) fn clear_storage(&mut self) -> bool {
        if !self.may_be_cleared() || !self.strikes(Fault::StorageCleared) {
            return false;
        }
        say!(self, "the storage is cleared");
        let user = self.user;
        let kept: Vec<_> = self.store.rows_of(user).map(|row| row.key.clone()).collect();
        let all: Vec<_> = self.store.rows().map(|row| row.key.clone()).collect();
        // Of users who are away nobody has seen anything.
        for key in all.iter().filter(|key| !kept.contains(key)) {
            self.oracle.gives_up(key);
        }
        self.store.clear();
        self.store.lost = kept;
        // Back on the page, the visitor goes on typing: a page that is used puts things back.
        let seen = |tab: &usize| self.tabs.get(*tab).is_some_and(|tab| tab.alive && tab.visible);
        if let Some(tab) = (0..self.tabs.len()).find(seen) {
            let text = "back again".to_owned();
            self.wish(tab, Intent::CompositionChanged { text });
        }
        true
    }

    /// The driver keeps each page that was read for the next start. Only where everything was cleared it matters here.
    pub(crate) fn keeps_page(&mut self, tab: usize, reply: &Reply) {
        if self.store.is_gone && matches!(reply, Reply::Messages(_)) {
            self.ask_store(tab, Operation::KeepPage(String::new()));
        }
    }

    /// A page begins: where nobody has put back what was cleared yet, the visitor has cleared that as well.
    pub(crate) fn begins_anew(&mut self) {
        for key in std::mem::take(&mut self.store.lost) {
            if self.store.is_gone {
                self.oracle.gives_up(&key);
            }
        }
    }

    fn may_be_cleared(&mut self) -> bool {
        if !self.may_strike(Fault::StorageCleared) {
            return false;
        }
        let user = self.user;
        let stored = self.store.shelf(user).clone();
        let mut alive = self.tabs.iter().filter(|tab| tab.alive).peekable();
        alive.peek().is_some()
            && stored.identity.is_some()
            && alive.all(|tab| {
                let is_at_rest = !tab.stopped && tab.operations.is_empty() && tab.memory.is_none();
                is_at_rest && tab.seen.as_ref() == Some(&(user, stored.clone()))
            })
    }

    /// A page comes to the store. Answers whether that had been cleared, and the page has put back what it saw there.
    pub(crate) fn reconnects(&mut self, tab: usize, task: &Task) -> bool {
        let Some(known) = self
            .tabs
            .get_mut(tab)
            .filter(|tab| tab.opened != self.store.cleared)
        else {
            return false;
        };
        let is_its = |(owner, shelf): &&(Owner, _)| *owner == task.owner && has_identity(shelf);
        let seen = known.seen.as_ref().filter(is_its).map(|(_, shelf)| shelf.clone());
        if self.store.is_gone && seen.is_none() && !task.operation.creates() {
            return false;
        }
        known.opened = self.store.cleared;
        let is_new = std::mem::take(&mut self.store.is_gone);
        let lost = seen.filter(|_| is_new);
        let puts_back = lost.is_some();
        if let Some(shelf) = lost {
            say!(self, "tab {tab} puts back what was stored");
            *self.store.shelf(task.owner) = shelf;
        }
        puts_back
    }

    /// What a page saw last; kept only where it may be asked for.
    pub(crate) fn note_seen(&mut self, tab: usize, owner: Owner) {
        if self.may_strike(Fault::StorageCleared)
            && let Some(known) = self.tabs.get_mut(tab)
        {
            known.seen = Some((owner, self.store.shelf(owner).clone()));
        }
    }
}

fn has_identity(shelf: &Shelf) -> bool {
    shelf.identity.is_some()
}
