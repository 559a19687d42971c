//! What a tab asks of its store: one operation after the other, each in one transaction.

use confab::driver::storage::operation::{Changed, Operation};
use confab_session::{Event, IdentityRecord};

use crate::bug::Bug;
use crate::fault::Fault;
use crate::store::{Asker, Store, Task};
use crate::world::{Telling, What, World};

impl World {
    /// What a page held in memory alone goes with it: the visitor was told so.
    pub(crate) fn lose_memory(&mut self, tab: usize) {
        let memory = self.tabs.get_mut(tab).and_then(|tab| tab.memory.take());
        for row in memory.iter().flat_map(Store::rows) {
            self.oracle.gives_up(&row.key);
        }
    }

    /// One operation after the other, in the order in which they were asked for.
    pub(crate) fn ask_store(&mut self, tab: usize, operation: Operation) {
        if let (Some(Bug::SavedTooEarly), Operation::Save(row)) = (self.bug, &operation) {
            let identity = IdentityRecord::new(confab_protocol::SourceId::new("too early"), None);
            let event = Event::OutgoingSaved {
                row: row.clone(),
                identity,
            };
            self.tell(tab, 0, event);
        }
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        // The first of them is the one that is being done.
        let last = known.operations.iter().skip(1).last();
        if last.is_some_and(|last| last.owner == known.owner && operation.is_covered_by(&last.operation)) {
            return;
        }
        let last_known = match &operation {
            Operation::StoreIdentity(record) => known.known.replace(record.clone()),
            _ => None,
        };
        known.operations.push_back(Task {
            operation,
            owner: known.owner,
            lock_since: known.standing.lock_since,
            known: last_known,
        });
        if !known.busy {
            self.start_operation(tab);
        }
    }

    pub(crate) fn start_operation(&mut self, tab: usize) {
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        known.busy = !known.operations.is_empty() && !known.stopped;
        let (busy, life) = (known.busy, known.life);
        if !busy {
            return;
        }
        let time = match self.strikes(Fault::SlowStore) {
            true if self.rng.chance(100) => self.rng.between(10_000, 40_000),
            true => self.rng.between(100, 3_000),
            false => self.rng.between(1, 5),
        };
        self.after(time, What::Stored(tab, life));
    }

    /// The first operation that waits is done.
    pub(crate) fn stored(&mut self, tab: usize, life: u32) {
        if !self.alive(tab, life) {
            return;
        }
        let first = self.tabs.get(tab).and_then(|tab| tab.operations.front());
        let owner = first.map(|task| task.owner);
        // The page goes with the message on its way into the store: it is there afterwards, or it is not.
        if first.is_some_and(|task| matches!(task.operation, Operation::Save(_)))
            && self.strikes(Fault::KilledInSend)
        {
            let starts_again = self.rng.chance(700);
            return self.end_page(tab, starts_again);
        }
        let events = self.commit_operation(tab);
        if events
            .iter()
            .any(|event| matches!(event, Event::OutgoingClaimed(_)))
            && self.interrupts(tab)
        {
            return;
        }
        for event in events {
            // The page may have turned to another user meanwhile.
            let leads = matches!(event, Event::RoleChanged(_));
            if !leads || owner == Some(self.owner(tab)) {
                self.heard(tab, life, event);
            }
        }
        self.start_operation(tab);
    }

    /// Does the first operation in the store; what the tab is to hear of it.
    pub(crate) fn commit_operation(&mut self, tab: usize) -> Vec<Event> {
        let grants_all = self.bug == Some(Bug::ClaimsNeverRefused);
        let wall = self.wall();
        let Some(known) = self.tabs.get_mut(tab) else {
            return Vec::new();
        };
        let Some(task) = known.operations.pop_front() else {
            return Vec::new();
        };
        let name = known.name.clone();
        let asker = Asker {
            tab: &name,
            wall,
            durable: known.memory.is_none(),
            grants_all,
        };
        if let Operation::Save(row) = &task.operation
            && self.strikes(Fault::FailedWrite)
        {
            self.oracle.gives_up(&row.key);
            return vec![Event::SaveFailed(row.key.clone())];
        }
        let puts_back = asker.durable && self.reconnects(tab, &task);
        self.note_operation(tab, &task);
        let memory = self.tabs.get_mut(tab).and_then(|tab| tab.memory.as_mut());
        let done = if let Some(memory) = memory {
            memory.apply(&task, &asker)
        } else {
            let mut done = self.store.apply(&task, &asker);
            if puts_back {
                done.changed = Some(Changed::Identity);
            }
            self.note_seen(tab, task.owner);
            done
        };
        for event in &done.events {
            if let Event::OutgoingSaved { row, .. } = event {
                self.oracle.placed(&row.key);
            }
            self.learn(tab, event);
        }
        if let Some(changed) = done.changed {
            self.say_to(tab, task.owner, &Telling::Changed(changed));
        }
        done.events
    }

    fn learn(&mut self, tab: usize, event: &Event) {
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        match event {
            Event::Restored { snapshot, .. } => known.known.clone_from(&snapshot.identity),
            Event::IdentityChanged(identity) => known.known.clone_from(identity),
            Event::OutgoingSaved { identity, .. } | Event::IdentityStored(identity) => {
                known.known = Some(identity.clone());
            }
            _ => {}
        }
    }
}
