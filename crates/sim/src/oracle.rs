//! The judge: what was submitted, what the server has, what is shown; at every step and at rest.

mod sight;
mod stale;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use confab::driver::storage::operation::Operation;
use confab_protocol::{ConversationId, MessageId, Request, SourceId};
use confab_session::{OutgoingKey, OutgoingRecord, RowKey};

use sight::{compare, messages, outgoing, see};

use crate::report::{Kind, Violation};
use crate::store::Task;
use crate::world::{World, say};

/// Calls that a tab may make by itself within a minute, and what a person's acts may add to them: a page after a send,
/// contact and conversation at first.
const BUDGET: usize = 30;
const MINUTE: u64 = 60_000;
/// Accepted connections within thirty seconds.
const CONNECTIONS: usize = 6;
const CONNECTIONS_WITHIN: u64 = 30_000;

/// A message that somebody submitted.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, not a state in disguise"
)]
struct Told {
    text: String,
    /// The tab was told that it is stored.
    submitted: bool,
    /// The store's order.
    sequence: u64,
    /// A person gave it up, or retried it knowing that it may be there twice.
    given_up: bool,
    retried_unclear: bool,
    /// As what, where, and for which contact the server has it.
    stored: Vec<(MessageId, ConversationId, SourceId)>,
    /// The server had it, in a conversation that was deleted.
    deleted: bool,
}

/// What the oracle knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    pub(crate) violations: Vec<Violation>,
    told: BTreeMap<OutgoingKey, Told>,
    owners: BTreeMap<MessageId, OutgoingKey>,
    places: u64,
    connections: BTreeMap<(usize, u32), VecDeque<u64>>,
    too_many_connections: bool,
}

/// What was seen of one page's view.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    revision: u64,
    keys: BTreeMap<MessageId, RowKey>,
    outgoing: BTreeMap<OutgoingKey, RowKey>,
    calls: VecDeque<u64>,
    acts: VecDeque<u64>,
    said: BTreeSet<Kind>,
    heard: stale::Heard,
    /// The page works off what came while it was stopped.
    pub(crate) blinks: bool,
}

impl Watch {
    /// The page turned to another user: what it shows from now on it never showed.
    pub(crate) fn forget(&mut self) {
        self.keys.clear();
        self.outgoing.clear();
        self.heard.forget();
    }
}

impl Told {
    /// Whether it is nowhere but, maybe, in a store.
    fn is_lost(&self) -> bool {
        self.submitted && !self.given_up && !self.deleted && self.stored.is_empty()
    }
}

impl Oracle {
    pub(crate) fn submitted(&mut self, key: &OutgoingKey, text: &str) {
        let told = self.told.entry(key.clone()).or_default();
        told.submitted = true;
        text.clone_into(&mut told.text);
    }

    /// The store gave a row its place, behind all others.
    pub(crate) fn placed(&mut self, key: &OutgoingKey) {
        self.places = self.places.saturating_add(1);
        self.told.entry(key.clone()).or_default().sequence = self.places;
    }

    pub(crate) fn gives_up(&mut self, key: &OutgoingKey) {
        self.told.entry(key.clone()).or_default().given_up = true;
    }

    pub(crate) fn retries_unclear(&mut self, key: &OutgoingKey) {
        self.told.entry(key.clone()).or_default().retried_unclear = true;
    }

    pub(crate) fn count_submitted(&self) -> u32 {
        let submitted = self.told.values().filter(|told| told.submitted).count();
        u32::try_from(submitted).unwrap_or(u32::MAX)
    }

    /// A socket of a page was accepted.
    pub(crate) fn connected(&mut self, page: (usize, u32), now: u64) {
        let recent = self.connections.entry(page).or_default();
        recent.retain(|at| now.saturating_sub(*at) < CONNECTIONS_WITHIN);
        recent.push_back(now);
        self.too_many_connections |= recent.len() > CONNECTIONS;
    }

    /// A conversation was deleted, with all that was said in it.
    pub(crate) fn deleted(&mut self, conversation: ConversationId) {
        for told in self.told.values_mut() {
            let before = told.stored.len();
            told.stored.retain(|(_, known, _)| *known != conversation);
            told.deleted |= told.stored.len() < before;
        }
    }

    fn is_stored_below(&self, key: &OutgoingKey, id: MessageId) -> bool {
        let stored = self.told.get(key).and_then(|told| told.stored.first());
        stored.is_some_and(|(stored, ..)| *stored < id)
    }

    /// Whether it may come back anew: it went with its conversation, or a person gave it up.
    fn is_out_of_view(&self, key: &OutgoingKey) -> bool {
        let told = self.told.get(key);
        told.is_some_and(|told| told.deleted || told.given_up)
    }

    fn owner(&self, id: Option<MessageId>) -> Option<&OutgoingKey> {
        self.owners.get(&id?)
    }
}

impl World {
    /// The server stored a message of the visitor's.
    pub(crate) fn note_stored(
        &mut self,
        key: &OutgoingKey,
        id: MessageId,
        conversation: ConversationId,
        source_id: SourceId,
    ) {
        self.oracle.owners.insert(id, key.clone());
        let told = self.oracle.told.entry(key.clone()).or_default();
        told.stored.push((id, conversation, source_id));
        if told.stored.len() > 1 && !told.retried_unclear {
            let story = format!("{} \"{}\" is stored as {:?}", key.0, told.text, told.stored);
            self.violated(Kind::Doubled, story);
        }
    }

    /// A row is about to leave the store: then the server has it, or somebody gave it up.
    pub(crate) fn note_operation(&mut self, tab: usize, task: &Task) {
        let memory = self.tabs.get(tab).and_then(|tab| tab.memory.as_ref());
        let place = memory.unwrap_or(&self.store);
        let key = match &task.operation {
            Operation::Remove(key) => key,
            Operation::Wipe => {
                let rows = place.rows_of(task.owner).map(|row| row.key.clone());
                return rows
                    .collect::<Vec<_>>()
                    .iter()
                    .for_each(|key| self.oracle.gives_up(key));
            }
            _ => return,
        };
        let lost = self.oracle.told.get(key).filter(|told| told.is_lost());
        if let Some(told) = lost {
            let story = format!(
                "{} \"{}\" left the store and is not on the server",
                key.0, told.text
            );
            self.violated(Kind::Lost, story);
        }
    }

    /// A call leaves a tab.
    pub(crate) fn oracle_call(&mut self, tab: usize, request: &Request) {
        let now = self.now;
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        let watch = &mut known.watch;
        let recent = |at: &u64| now.saturating_sub(*at) < MINUTE;
        watch.calls.retain(recent);
        watch.acts.retain(recent);
        match request {
            Request::SendMessage { .. } => watch.acts.push_back(now),
            Request::SetTyping { .. }
            | Request::UpdateLastSeen { .. }
            | Request::ResolveConversation { .. } => {}
            _ => watch.calls.push_back(now),
        }
        let (calls, acts) = (watch.calls.len(), watch.acts.len());
        if calls > BUDGET.saturating_add(acts.saturating_mul(2)).saturating_add(4)
            && watch.said.insert(Kind::Storm)
        {
            self.violated(
                Kind::Storm,
                format!("tab {tab} made {calls} calls in a minute, {acts} of them asked for"),
            );
        }
    }

    /// A person did something that may cause a call.
    pub(crate) fn acted(&mut self, tab: usize) {
        let now = self.now;
        if let Some(known) = self.tabs.get_mut(tab) {
            known.watch.acts.push_back(now);
        }
    }

    /// Looks at a view that may have changed.
    pub(crate) fn watch(&mut self, tab: usize) {
        let Some(known) = self.tabs.get_mut(tab) else {
            return;
        };
        let view = known.session.view();
        if known.watch.blinks || known.watch.revision == view.revision {
            return;
        }
        known.watch.revision = view.revision;
        known.watch.heard.keep(view.rows.len());
        let found = see(
            view,
            &mut known.watch.keys,
            &mut known.watch.outgoing,
            &self.oracle,
        );
        for (kind, story) in found {
            let Some(known) = self.tabs.get_mut(tab) else {
                return;
            };
            if known.watch.said.insert(kind) {
                self.violated(kind, format!("tab {tab}: {story}"));
            }
        }
    }

    /// Everything is at rest: is what this tab shows what the server has?
    pub(crate) fn judge_view(&mut self, tab: usize) {
        // Of an inbox that is gone each page shows what it showed last.
        let Some(known) = self
            .tabs
            .get(tab)
            .filter(|tab| tab.alive && !self.server.is_gone())
        else {
            return;
        };
        let view = known.session.view();
        let owner = known.owner;
        let store = known.memory.as_ref().unwrap_or(&self.store);
        let conversation = store.conversation(owner);
        let there = conversation.map(|id| self.server.of(id)).unwrap_or_default();
        let mut found = compare(view, &there, &self.oracle);
        let waiting: BTreeSet<&OutgoingKey> = messages(view).filter_map(|(_, row)| outgoing(row)).collect();
        for row in store.rows_of(owner) {
            // A row whose message was stored a moment ago is about to leave the store.
            let stored = self
                .oracle
                .told
                .get(&row.key)
                .is_some_and(|told| !told.stored.is_empty());
            if !stored && !waiting.contains(&row.key) {
                found.push((
                    Kind::Missing,
                    format!("{} \"{}\" waits and is not shown", row.key.0, row.text),
                ));
            }
        }
        for (kind, story) in found {
            self.violated(kind, format!("at rest, tab {tab}: {story}"));
        }
    }

    /// Whether any store, or a page's memory, holds a row; what was cleared the pages hold until one of them puts it back.
    fn holds(&self, key: &OutgoingKey) -> bool {
        let mut memories = self.tabs.iter().filter_map(|tab| tab.memory.as_ref());
        let is_cleared = self.store.is_gone && self.store.lost.contains(key);
        is_cleared || self.store.has(key) || memories.any(|memory| memory.has(key))
    }

    /// The rows that some page should have sent: nobody sends those of users who are away, or to an inbox that is gone.
    fn waiting(&self) -> Vec<&OutgoingRecord> {
        let alive = || self.tabs.iter().filter(|tab| tab.alive && !self.server.is_gone());
        let owners: BTreeSet<usize> = alive()
            .filter(|tab| tab.memory.is_none())
            .map(|tab| tab.owner)
            .collect();
        let stored = owners.into_iter().flat_map(|owner| self.store.rows_of(owner));
        let memories = alive().filter_map(|tab| Some((tab.memory.as_ref()?, tab.owner)));
        stored
            .chain(memories.flat_map(|(memory, owner)| memory.rows_of(owner)))
            .filter(|row| row.failed.is_none())
            .collect()
    }

    /// Everything is at rest: is every message where it belongs?
    pub(crate) fn judge_messages(&mut self) {
        let mut found = Vec::new();
        let mut places: Vec<(ConversationId, u64, MessageId)> = Vec::new();
        let mut conversations: BTreeMap<&str, BTreeSet<ConversationId>> = BTreeMap::new();
        for (key, told) in &self.oracle.told {
            if told.is_lost() && !self.holds(key) {
                found.push((Kind::Lost, format!("{} \"{}\" is nowhere", key.0, told.text)));
            }
            if let Some((id, conversation, source)) = told.stored.first().filter(|_| !told.retried_unclear) {
                places.push((*conversation, told.sequence, *id));
                let of_contact: &mut BTreeSet<_> = conversations.entry(source.expose()).or_default();
                of_contact.insert(*conversation);
            }
        }
        places.sort_unstable();
        for pair in places.windows(2) {
            if let [(one, _, first), (other, _, second)] = pair
                && one == other
                && first > second
            {
                found.push((
                    Kind::Reordered,
                    format!("message {second} was submitted after {first}"),
                ));
            }
        }
        for conversations in conversations.values().filter(|all| all.len() > 1) {
            found.push((Kind::Split, format!("messages went to {conversations:?}")));
        }
        // Of users who are away nobody has settled what was unclear.
        let present = self.tabs.iter().filter(|tab| tab.alive);
        let present = present.filter_map(|tab| {
            let store = tab.memory.as_ref().unwrap_or(&self.store);
            Some((&tab.known.as_ref()?.source_id, store.conversation(tab.owner)))
        });
        for (contact, entered) in present.collect::<BTreeMap<_, _>>() {
            let left = self.server.left_behind(contact, entered);
            if left > 0 {
                found.push((Kind::Split, format!("{left} conversations were begun and left")));
            }
        }
        for (kind, story) in found {
            self.violated(kind, story);
        }
        self.judge_connections();
    }

    /// Has no page connected too often?
    pub(crate) fn judge_connections(&mut self) {
        if self.oracle.too_many_connections {
            self.violated(Kind::Storm, "too many connections".to_owned());
        }
    }

    /// All has been well for minutes: nothing waits any more, and no counter tells of a defect.
    pub(crate) fn judge_end(&mut self) {
        let mut found = Vec::new();
        for row in self.waiting() {
            found.push((Kind::Stuck, format!("{} \"{}\" still waits", row.key.0, row.text)));
        }
        for unread in self.server.unread() {
            found.push((Kind::Counter, format!("the rules said: {unread}")));
        }
        for (tab, known) in self.tabs.iter().enumerate().filter(|(_, known)| known.alive) {
            let counters = known.session.diagnostics();
            if counters.refused_transitions > 0 {
                let count = counters.refused_transitions;
                found.push((Kind::Counter, format!("tab {tab} refused {count} transitions")));
            }
            if counters.follower_effects > 0 {
                let count = counters.follower_effects;
                found.push((
                    Kind::Counter,
                    format!("tab {tab} as a follower wanted {count} effects"),
                ));
            }
        }
        for (kind, story) in found {
            self.violated(kind, story);
        }
        say!(
            self,
            "the end, {} conversations",
            self.server.conversations_made()
        );
    }
}
