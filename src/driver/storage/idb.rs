//! `IndexedDB` with promises instead of handlers: only as much of it as is needed here.
//!
//! A request's handlers are the `resolve` and `reject` of a promise, so nothing has to be kept or taken away. Whoever
//! awaits goes on in a microtask of the event, while the transaction is still active.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Event, IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use crate::driver::handle::{Listener, Timeout, window};

/// The name of the database.
pub const DATABASE: &str = "confab";
/// Identity records by version and owner.
pub const IDENTITY: &str = "identity";
/// Rows of the outbox by owner and key.
pub const OUTBOX: &str = "outbox";
/// Compositions by owner, and the newest page of messages.
pub const COMPOSITION: &str = "composition";

/// How long opening may take before storage counts as denied, in milliseconds: some browsers never answer.
const PATIENCE: u64 = 3_000;

/// An open database; dropping it closes it.
pub struct Database {
    connection: IdbDatabase,
    /// Whether it was not there before it was opened.
    pub is_new: bool,
    _listener: Listener,
}

impl Drop for Database {
    fn drop(&mut self) {
        self.connection.close();
    }
}

/// Opens the database. `Ok(None)`: there is none, and none was to be created.
pub async fn open(create: bool) -> Result<Option<Database>, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let factory = window.indexed_db()?.ok_or(JsValue::NULL)?;
    // Without a version the one that is there is opened, be it newer than this code.
    let request = factory.open(DATABASE)?;
    let mut timer = None;
    let patience = Promise::new(&mut |_, reject| {
        timer = Timeout::new(PATIENCE, move || drop(reject.call0(&JsValue::NULL)));
    });
    let opened = Promise::race(&Array::of2(&answer_to_open(&request), &patience));
    let event: Event = JsFuture::from(opened).await?.unchecked_into();
    drop(timer);
    let database: IdbDatabase = request.result()?.unchecked_into();
    let is_new = event.type_() == "upgradeneeded";
    if is_new {
        let transaction = request.transaction().ok_or(JsValue::NULL)?;
        if !create {
            // A creation that is aborted leaves no trace: merely looking stores nothing.
            transaction.abort()?;
            return Ok(None);
        }
        for name in [IDENTITY, OUTBOX, COMPOSITION] {
            database.create_object_store(name)?;
        }
        JsFuture::from(answer_to_open(&request)).await?;
    }
    let listener = {
        let database = database.clone();
        // Whoever wants to delete or to extend the database must not wait for this page.
        Listener::new(&database.clone(), "versionchange", move |_| database.close())
    };
    Ok(Some(Database {
        connection: database,
        is_new,
        _listener: listener,
    }))
}

impl Database {
    /// Begins a transaction over all stores.
    pub fn begin(&self, write: bool) -> Result<Transaction, JsValue> {
        let stores: Array = [IDENTITY, OUTBOX, COMPOSITION]
            .into_iter()
            .map(JsValue::from_str)
            .collect();
        let mode = if write {
            IdbTransactionMode::Readwrite
        } else {
            IdbTransactionMode::Readonly
        };
        let transaction = self
            .connection
            .transaction_with_str_sequence_and_mode(&stores, mode)?;
        // Its end is listened for from the start: it may come before anyone awaits it.
        let end = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        });
        Ok(Transaction {
            transaction,
            end: JsFuture::from(end),
        })
    }
}

/// A transaction. It is completed by [`Transaction::end`]; dropped before, the browser completes it by itself.
pub struct Transaction {
    transaction: IdbTransaction,
    end: JsFuture,
}

impl Transaction {
    /// What lies at the keys of identity and composition (each may be `undefined`), and between them all rows.
    pub async fn read(&self, identity: &str, composition: &str) -> Result<[JsValue; 3], JsValue> {
        let requests = [
            self.store(IDENTITY)?.get(&identity.into())?,
            self.store(OUTBOX)?.get_all()?,
            self.store(COMPOSITION)?.get(&composition.into())?,
        ];
        // A transaction answers in order: with the last answer all are there.
        let [.., last] = &requests;
        JsFuture::from(answer_to(last)).await?;
        let [identity, rows, composition] = requests.map(|request| request.result());
        Ok([identity?, rows?, composition?])
    }

    /// What lies at a key; may be `undefined`.
    pub async fn get(&self, store: &str, key: &str) -> Result<JsValue, JsValue> {
        let request = self.store(store)?.get(&key.into())?;
        JsFuture::from(answer_to(&request)).await?;
        request.result()
    }

    /// Puts a value at a key. A failure shows at the end.
    pub fn put(&self, store: &str, key: &str, value: &JsValue) -> Result<(), JsValue> {
        self.store(store)?.put_with_key(value, &key.into()).map(drop)
    }

    /// Removes what is at a key. A failure shows at the end.
    pub fn delete(&self, store: &str, key: &str) -> Result<(), JsValue> {
        self.store(store)?.delete(&key.into()).map(drop)
    }

    /// Waits until everything is stored; otherwise nothing is.
    pub async fn end(self) -> Result<(), JsValue> {
        self.end.await.map(drop)
    }

    fn store(&self, name: &str) -> Result<IdbObjectStore, JsValue> {
        self.transaction.object_store(name)
    }
}

fn answer_to_open(request: &IdbOpenDbRequest) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        request.set_onsuccess(Some(&resolve));
        request.set_onupgradeneeded(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}

fn answer_to(request: &IdbRequest) -> Promise {
    Promise::new(&mut |resolve: Function, reject: Function| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}
