//! What the driver's browser tests share.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::cell::RefCell;
use std::rc::Rc;

use confab::driver::handle::{Timeout, window};
use confab::driver::storage::Owner;
use confab::driver::{Happening, Sink};
use confab_session::record::RECORD_VERSION;
use confab_session::{Event, OutgoingKey, OutgoingRecord, UnixMillis};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbOpenDbRequest, IdbRequest};

/// Everything a sink was given.
#[derive(Clone, Default)]
pub struct Heard(Rc<RefCell<Vec<Event>>>);

impl Heard {
    pub fn sink(&self) -> Sink {
        let heard = Rc::clone(&self.0);
        Rc::new(move |Happening { event, .. }| heard.borrow_mut().push(event))
    }

    /// Waits for an event and takes it out.
    pub async fn next<T>(&self, what: &str, find: impl Fn(&Event) -> Option<T>) -> T {
        until(what, || {
            let mut heard = self.0.borrow_mut();
            let at = heard.iter().position(|event| find(event).is_some())?;
            find(&heard.remove(at))
        })
        .await
    }

    pub fn count(&self, is_meant: impl Fn(&Event) -> bool) -> usize {
        self.0.borrow().iter().filter(|event| is_meant(event)).count()
    }
}

/// Waits until there is something, at most eight seconds.
pub async fn until<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1_600 {
        if let Some(found) = find() {
            return found;
        }
        pause(5).await;
    }
    panic!("{what} did not come");
}

/// Lets the page go on for a while: to find out that nothing happens.
pub async fn pause(milliseconds: u64) {
    let mut timer = None;
    let promise = Promise::new(&mut |resolve, _| {
        timer = Timeout::new(milliseconds, move || drop(resolve.call0(&JsValue::NULL)));
    });
    JsFuture::from(promise).await.unwrap();
}

/// Runs a piece of JavaScript in the page, and undoes it with another when dropped.
pub struct Tampered {
    undo: &'static str,
}

impl Tampered {
    pub fn with(code: &'static str, undo: &'static str) -> Self {
        run(code);
        Self { undo }
    }
}

impl Drop for Tampered {
    fn drop(&mut self) {
        run(self.undo);
    }
}

pub fn run(code: &str) -> JsValue {
    Function::new_no_args(code).call0(&JsValue::NULL).unwrap()
}

/// A storage that nobody else has.
pub fn fresh_name() -> String {
    format!(
        "https://desk.example:Inbox:https://{}.example",
        confab::driver::random::name()
    )
}

pub fn owner(name: &str) -> Owner {
    Owner::new(name, None)
}

pub fn row(key: &str) -> OutgoingRecord {
    OutgoingRecord {
        version: RECORD_VERSION,
        key: OutgoingKey(key.into()),
        sequence: 0,
        text: format!("text of {key}"),
        submitted_at: UnixMillis(5),
        rounds: 0,
        attempt: None,
        failed: None,
        wait_until: None,
    }
}

/// Opens the database behind the driver's back.
pub async fn raw_database() -> IdbDatabase {
    let request: IdbOpenDbRequest = window()
        .unwrap()
        .indexed_db()
        .unwrap()
        .unwrap()
        .open("confab")
        .unwrap();
    answer(&request).await.unchecked_into()
}

/// The result of a request.
pub async fn answer(request: &IdbRequest) -> JsValue {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.unwrap();
    request.result().unwrap()
}

/// Deletes the database; connections close by themselves.
pub async fn delete_database() {
    let request = window()
        .unwrap()
        .indexed_db()
        .unwrap()
        .unwrap()
        .delete_database("confab")
        .unwrap();
    answer(&request).await;
}
