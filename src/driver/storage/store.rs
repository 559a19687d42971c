//! The store: one operation after the other, each in one transaction, in the order in which they were asked for.

mod describe;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use confab_session::{Event, IdentityRecord, Role, TabId};
use wasm_bindgen::JsValue;

use super::idb::{self, COMPOSITION, Database, OUTBOX, Transaction};
use super::place::{identity_key, page_key, put, read, row_key};
use super::shelf::{Changed, Circumstances, Done, Operation, Shelf, StoredRow, Write};
use super::{Owner, copy};
use crate::driver::handle::Timeout;
use crate::driver::lead::Standing;
use crate::driver::raw::Raw;
use crate::driver::{Sink, random};

/// Rows from which on each reading waits as many milliseconds as there are rows: four tabs that read hundreds of rows
/// with each change of one have no time left to send.
const MANY: usize = 20;

/// The store of one tab. Dropping it closes the database; what was asked for and not begun is not done.
pub struct Store {
    inner: Rc<Inner>,
}

struct Inner {
    /// Whose shelf the operations asked for next are about.
    owner: RefCell<Rc<Owner>>,
    tab: TabId,
    sink: Sink,
    /// Called when other tabs have to read something again.
    on_changed: Box<dyn Fn(Changed)>,
    /// Whether this tab leads the tabs of its present owner.
    standing: Box<dyn Fn() -> Standing>,
    waiting: RefCell<VecDeque<Task>>,
    /// Rings when it is time to read what other tabs changed.
    reading: RefCell<Option<Timeout>>,
    /// The identity that the session was last told, or had stored.
    known: RefCell<Option<IdentityRecord>>,
    busy: Cell<bool>,
    over: Cell<bool>,
    database: RefCell<Option<Rc<Database>>>,
    /// What this tab last saw; all there is once storage is denied.
    shelves: RefCell<Vec<(Rc<Owner>, Shelf)>>,
    durable: Cell<bool>,
}

/// An operation, and what was so when it was asked for: what the session knew when it decided on it.
struct Task {
    operation: Operation,
    owner: Rc<Owner>,
    standing: Standing,
    known: Option<IdentityRecord>,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.inner.over.set(true);
        self.inner.waiting.borrow_mut().clear();
        self.inner.reading.take();
        let database = self.inner.database.borrow_mut().take();
        drop(database);
    }
}

impl Store {
    /// The store of this owner. Nothing is read or made before the first operation.
    pub fn new(
        owner: Owner,
        tab: TabId,
        sink: Sink,
        on_changed: Box<dyn Fn(Changed)>,
        standing: Box<dyn Fn() -> Standing>,
    ) -> Self {
        let inner = Inner {
            owner: RefCell::new(Rc::new(owner)),
            tab,
            sink,
            on_changed,
            standing,
            known: RefCell::default(),
            waiting: RefCell::default(),
            reading: RefCell::default(),
            busy: Cell::new(false),
            over: Cell::new(false),
            database: RefCell::default(),
            shelves: RefCell::default(),
            durable: Cell::new(true),
        };
        Self {
            inner: Rc::new(inner),
        }
    }

    /// Does this after everything that was asked for before; what other tabs did is read a little later while much
    /// waits, and once for all that they did until then.
    pub fn ask(&self, operation: Operation) {
        let inner = &self.inner;
        let rows = inner.rows();
        if !matches!(operation, Operation::ReadOutbox) || rows < MANY {
            return inner.ask(operation);
        }
        if inner.reading.borrow().is_none() {
            let weak = Rc::downgrade(inner);
            let timer = Timeout::new(rows as u64, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.reading.take();
                    inner.ask(Operation::ReadOutbox);
                }
            });
            *inner.reading.borrow_mut() = timer;
        }
    }

    /// From now on everything that is asked for is about this owner's shelf.
    pub fn switch(&self, owner: Owner) {
        *self.inner.owner.borrow_mut() = Rc::new(owner);
    }

    /// Whether what is stored outlives the page, as far as is known.
    pub fn is_durable(&self) -> bool {
        self.inner.durable.get()
    }
}

/// How an operation is done in the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As it is.
    Plain,
    /// Without the page kept for the next start.
    MakingRoom,
    /// What would be written goes from there instead: it lives in the memory of this tab from now on.
    TakingOut,
}

async fn work(inner: Rc<Inner>) {
    while let Some(task) = inner.next() {
        // The second time over a new connection: the browser closes one when the person clears the site's data. And
        // without the page kept for the next start, in case there is no room.
        let mut done = None;
        for way in [Way::Plain, Way::MakingRoom] {
            if done.is_none() && inner.durable.get() {
                done = inner.perform(&task, way).await.ok();
                if done.is_none() {
                    let broken = inner.database.borrow_mut().take();
                    drop(broken);
                }
            }
        }
        if done.is_none() && matches!(task.operation, Operation::KeepPage(_)) {
            continue;
        }
        let (done, contents) = match done {
            Some(done) => done,
            None => inner.perform_in_memory(&task).await,
        };
        if inner.over.get() {
            break;
        }
        inner.keep_shelf(&task.owner, contents);
        inner.tell(&task, done);
    }
    inner.busy.set(false);
}

impl Inner {
    fn ask(self: &Rc<Self>, operation: Operation) {
        let is_covered = self.waiting.borrow().back().is_some_and(|last| {
            operation.is_covered_by(&last.operation) && Rc::ptr_eq(&last.owner, &self.owner.borrow())
        });
        if is_covered {
            return;
        }
        let known = match &operation {
            Operation::StoreIdentity(record) => self.known.replace(Some(record.clone())),
            _ => None,
        };
        let task = Task {
            operation,
            owner: Rc::clone(&self.owner.borrow()),
            standing: (self.standing)(),
            known,
        };
        self.waiting.borrow_mut().push_back(task);
        if !self.busy.replace(true) {
            crate::driver::spawn(work(Rc::clone(self)));
        }
    }

    /// How many rows there were last.
    fn rows(&self) -> usize {
        let shelves = self.shelves.borrow();
        shelves.last().map_or(0, |(_, shelf)| shelf.rows.len())
    }

    fn next(&self) -> Option<Task> {
        self.waiting.borrow_mut().pop_front()
    }

    /// In the database.
    async fn perform(&self, task: &Task, way: Way) -> Result<(Done, Shelf), JsValue> {
        let open = self.database.borrow().clone();
        // What a person cleared while the page is open is put back: the chat on screen goes on.
        let mut lost = None;
        let database = if let Some(database) = open {
            database
        } else {
            let seen = self.seen(&task.owner);
            let Some(database) = idb::open(task.operation.creates() || seen.is_some()).await? else {
                return Ok(self.apply(task, Shelf::default()));
            };
            lost = seen.filter(|_| database.is_new);
            self.keep(database)
        };
        let page = page_key(&task.owner);
        if way == Way::MakingRoom {
            let transaction = database.begin(true)?;
            transaction.delete(COMPOSITION, &page)?;
            transaction.end().await?;
        }
        let transaction = database.begin(!task.operation.only_reads() || lost.is_some())?;
        let found = transaction
            .read(&identity_key(&task.owner), &task.owner.name)
            .await?;
        let mut done = self.apply_stored(task, &transaction, found, lost, way)?;
        if let Some(Event::Restored { snapshot, .. }) = done.0.events.first_mut() {
            let kept = transaction.get(COMPOSITION, &page).await?;
            snapshot.page = kept
                .as_string()
                .map_or_else(Vec::new, |kept| Raw::recalled(&kept));
        }
        transaction.end().await?;
        Ok(done)
    }

    fn keep(&self, database: Database) -> Rc<Database> {
        let database = Rc::new(database);
        if !self.over.get() {
            *self.database.borrow_mut() = Some(Rc::clone(&database));
        }
        database
    }

    /// From now on in memory alone.
    async fn perform_in_memory(&self, task: &Task) -> (Done, Shelf) {
        if self.durable.replace(false) && !matches!(task.operation, Operation::Restore) {
            (self.sink)(Event::StorageLost.into());
        }
        let mut contents = self.taken(&task.owner);
        let key = match &task.operation {
            Operation::Claim { row, .. } | Operation::Save(row) => Some(&row.key),
            Operation::Remove(key) => Some(key),
            _ => None,
        };
        let is_it = |stored: &StoredRow| Some(&stored.row.key) == key && !stored.owner.is_empty();
        let at = contents.rows.iter().position(is_it);
        // What lies in the store as well goes from there first, which needs no room: no other tab and no later page
        // shall send it too, nor find what was to be forgotten.
        if at.is_some() || matches!(task.operation, Operation::Wipe) {
            let taken = self.perform(task, Way::TakingOut).await;
            if let (Some(at), Ok((done, found))) = (at, taken) {
                let mut row = contents.rows.swap_remove(at);
                row.owner.clear();
                row.claim = None;
                let found = || found.rows.into_iter().find(is_it);
                let kept = if done.writes.is_empty() {
                    found()
                } else {
                    Some(row)
                };
                contents.rows.extend(kept);
            }
        }
        self.apply(task, contents)
    }

    fn apply_stored(
        &self,
        task: &Task,
        transaction: &Transaction,
        found: [JsValue; 3],
        lost: Option<Shelf>,
        way: Way,
    ) -> Result<(Done, Shelf), JsValue> {
        let restores = lost.is_some();
        let contents = match lost {
            Some(lost) => lost,
            None => read(&task.owner, transaction, found, !task.operation.only_reads())?,
        };
        let (mut done, contents) = self.apply(task, contents);
        if restores {
            done.writes = contents.writes();
            done.changed = Some(Changed::Identity);
        }
        for write in &done.writes {
            match write {
                Write::Row(row) if way == Way::TakingOut => {
                    transaction.delete(OUTBOX, &row_key(&task.owner, &row.row.key.0))?;
                }
                _ => put(&task.owner, transaction, write)?,
            }
        }
        Ok((done, contents))
    }

    fn apply(&self, task: &Task, mut contents: Shelf) -> (Done, Shelf) {
        let owner = &task.owner;
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        let with = Circumstances {
            tab: &self.tab,
            now: js_sys::Date::now() as i64,
            owner: &owner.name,
            identifier: owner.identifier.as_ref(),
            copy: copy::read(owner),
            draw: &random::source_id,
            durable: self.durable.get(),
            lock_since: task.standing.lock_since,
            known: task.known.as_ref(),
        };
        let done = contents.apply(&task.operation, &with);
        (done, contents)
    }

    /// What was done is the last that was seen.
    fn keep_shelf(&self, owner: &Rc<Owner>, contents: Shelf) {
        drop(self.taken(owner));
        self.shelves.borrow_mut().push((Rc::clone(owner), contents));
    }

    /// What this tab last saw in the store, if it was somebody's.
    fn seen(&self, owner: &Owner) -> Option<Shelf> {
        let shelves = self.shelves.borrow();
        let mut shelves = shelves.iter();
        let (_, last) = shelves.find(|(other, _)| other.name == owner.name)?;
        last.identity.is_some().then(|| last.clone())
    }

    fn taken(&self, owner: &Owner) -> Shelf {
        let mut shelves = self.shelves.borrow_mut();
        let at = shelves.iter().position(|(other, _)| other.name == owner.name);
        at.map(|at| shelves.swap_remove(at).1).unwrap_or_default()
    }

    /// After the end of a transaction: the copy follows the original, and everybody hears of it.
    fn tell(&self, task: &Task, done: Done) {
        let durable = self.durable.get();
        for write in &done.writes {
            // One that lives in memory has no copy; what is to be forgotten is, everywhere.
            if let Write::Identity(identity) = write
                && (durable || identity.is_none())
            {
                copy::write(&task.owner, identity.as_ref().map(|identity| &identity.source_id));
            }
        }
        if let Some(changed) = done.changed.filter(|_| durable) {
            (self.on_changed)(changed);
        }
        let is_current = Rc::ptr_eq(&task.owner, &self.owner.borrow());
        for event in done.events {
            self.learn(&event);
            // The lead may have gone on while the store was read.
            let leads = matches!(event, Event::RoleChanged(Role::Leader));
            if !leads || is_current && (self.standing)().leads {
                (self.sink)(event.into());
            }
        }
    }

    fn learn(&self, event: &Event) {
        let identity = match event {
            Event::Restored { snapshot, .. } => &snapshot.identity,
            Event::IdentityChanged(identity) => identity,
            Event::OutgoingSaved { identity, .. } | Event::IdentityStored(identity) => {
                return *self.known.borrow_mut() = Some(identity.clone());
            }
            _ => return,
        };
        self.known.borrow_mut().clone_from(identity);
    }
}
