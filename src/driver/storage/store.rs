//! The store: one operation after the other, each in one transaction, in the order in which they were asked for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use confab_session::record::RECORD_VERSION;
use confab_session::{IdentityRecord, TabId};
use wasm_bindgen::JsValue;

use super::idb::{self, COMPOSITION, Database, IDENTITY, OUTBOX, Transaction};
use super::shelf::{Changed, Circumstances, Done, Operation, Shelf, StoredRow, Write};
use super::{Owner, copy};
use crate::driver::record::{from_js, to_js};
use crate::driver::{Sink, random};

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
    waiting: RefCell<VecDeque<(Rc<Owner>, Operation)>>,
    busy: Cell<bool>,
    over: Cell<bool>,
    database: RefCell<Option<Rc<Database>>>,
    /// What this tab last saw; all there is once storage is denied.
    shelves: RefCell<BTreeMap<String, Shelf>>,
    durable: Cell<bool>,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.inner.over.set(true);
        self.inner.waiting.borrow_mut().clear();
        let database = self.inner.database.borrow_mut().take();
        drop(database);
    }
}

impl Store {
    /// The store of this owner. Nothing is read or made before the first operation.
    pub fn new(owner: Owner, tab: TabId, sink: Sink, on_changed: Box<dyn Fn(Changed)>) -> Self {
        let inner = Inner {
            owner: RefCell::new(Rc::new(owner)),
            tab,
            sink,
            on_changed,
            waiting: RefCell::default(),
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

    /// Does this after everything that was asked for before.
    pub fn ask(&self, operation: Operation) {
        let owner = Rc::clone(&self.inner.owner.borrow());
        self.inner.waiting.borrow_mut().push_back((owner, operation));
        if !self.inner.busy.replace(true) {
            let inner = Rc::clone(&self.inner);
            crate::driver::spawn(async move { inner.work().await });
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

impl Inner {
    async fn work(&self) {
        loop {
            let Some((owner, operation)) = self.waiting.borrow_mut().pop_front() else {
                break;
            };
            let done = self.perform(&owner, &operation).await;
            if self.over.get() {
                break;
            }
            if let Some(changed) = done.changed.filter(|_| self.durable.get()) {
                (self.on_changed)(changed);
            }
            for event in done.events {
                (self.sink)(event.into());
            }
        }
        self.busy.set(false);
    }

    /// In the database; when that fails twice, in memory from now on.
    async fn perform(&self, owner: &Owner, operation: &Operation) -> Done {
        // The second time over a new connection: the browser closes one when the person clears the site's data.
        for _ in 0..2 {
            if !self.durable.get() {
                break;
            }
            if let Ok(done) = self.perform_durably(owner, operation).await {
                return done;
            }
            let broken = self.database.borrow_mut().take();
            drop(broken);
        }
        self.durable.set(false);
        let mut shelves = self.shelves.borrow_mut();
        self.apply(owner, shelves.entry(owner.name.clone()).or_default(), operation)
    }

    async fn perform_durably(&self, owner: &Owner, operation: &Operation) -> Result<Done, JsValue> {
        let Some(database) = self.database(operation.creates()).await? else {
            let mut empty = Shelf::default();
            let done = self.apply(owner, &mut empty, operation);
            self.remember(owner, empty, &done);
            return Ok(done);
        };
        let writes = !operation.only_reads();
        let transaction = database.begin(writes)?;
        let mut stored = read(owner, &transaction, writes).await?;
        let done = self.apply(owner, &mut stored, operation);
        for write in &done.writes {
            put(owner, &transaction, write)?;
        }
        transaction.end().await?;
        self.remember(owner, stored, &done);
        Ok(done)
    }

    async fn database(&self, create: bool) -> Result<Option<Rc<Database>>, JsValue> {
        if let Some(database) = &*self.database.borrow() {
            return Ok(Some(Rc::clone(database)));
        }
        let opened = idb::open(create).await?.map(Rc::new);
        if !self.over.get() {
            self.database.borrow_mut().clone_from(&opened);
        }
        Ok(opened)
    }

    fn apply(&self, owner: &Owner, contents: &mut Shelf, operation: &Operation) -> Done {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        let with = Circumstances {
            tab: &self.tab,
            now: js_sys::Date::now() as i64,
            owner: &owner.name,
            identifier: owner.identifier.as_ref(),
            copy: copy::read(owner),
            draw: &random::source_id,
            durable: self.durable.get(),
        };
        contents.apply(operation, &with)
    }

    /// After the end of a transaction: the copy follows the original.
    fn remember(&self, owner: &Owner, contents: Shelf, done: &Done) {
        for write in &done.writes {
            if let Write::Identity(identity) = write {
                copy::write(owner, identity.as_ref().map(|identity| &identity.source_id));
            }
        }
        self.shelves.borrow_mut().insert(owner.name.clone(), contents);
    }
}

async fn read(owner: &Owner, transaction: &Transaction, writes: bool) -> Result<Shelf, JsValue> {
    let identity = transaction.get(IDENTITY, &identity_key(owner)).await?;
    let identity = sound_identity(owner, transaction, &identity, writes)?;
    let rows = transaction.all(OUTBOX).await?;
    // A row that does not read, or of a version that is not known, stays where it is.
    let rows = rows.iter().filter_map(|row| from_js::<StoredRow>(&row));
    let rows = rows
        .filter(|stored| stored.owner == owner.name && stored.row.version == RECORD_VERSION)
        .collect();
    let composition = transaction.get(COMPOSITION, &owner.name).await?.as_string();
    Ok(Shelf {
        identity,
        rows,
        composition,
    })
}

/// An identity that does not read is put aside before another takes its place.
fn sound_identity(
    owner: &Owner,
    transaction: &Transaction,
    found: &JsValue,
    writes: bool,
) -> Result<Option<IdentityRecord>, JsValue> {
    if found.is_undefined() {
        return Ok(None);
    }
    let identity = from_js::<IdentityRecord>(found);
    let identity = identity.filter(|identity| identity.version == RECORD_VERSION);
    if identity.is_none() && writes {
        transaction.put(IDENTITY, &format!("unread\n{}", owner.name), found)?;
    }
    Ok(identity)
}

fn put(owner: &Owner, transaction: &Transaction, write: &Write) -> Result<(), JsValue> {
    match write {
        Write::Identity(Some(identity)) => transaction.put(IDENTITY, &identity_key(owner), &to_js(identity)?),
        Write::Identity(None) => transaction.delete(IDENTITY, &identity_key(owner)),
        Write::Row(row) => transaction.put(OUTBOX, &row_key(owner, &row.row.key.0), &to_js(row)?),
        Write::NoRow(key) => transaction.delete(OUTBOX, &row_key(owner, &key.0)),
        Write::Composition(Some(text)) => transaction.put(COMPOSITION, &owner.name, &text.into()),
        Write::Composition(None) => transaction.delete(COMPOSITION, &owner.name),
    }
}

/// Records of another version lie beside this one, untouched.
fn identity_key(owner: &Owner) -> String {
    format!("{RECORD_VERSION}\n{}", owner.name)
}

fn row_key(owner: &Owner, key: &str) -> String {
    format!("{}\n{key}", owner.name)
}
