//! The lead among the tabs of one owner, by a Web Lock: whoever holds it leads, and its end of life passes it on.
//!
//! `web-sys` calls Web Locks unstable, so the two calls are made by name.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::handle::window;

/// How this tab stands among the others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// Whether it leads.
    pub leads: bool,
    /// Since when it holds the lock, in milliseconds since 1970; `None` where every tab leads, as there are no locks.
    pub lock_since: Option<i64>,
}

/// A wish to lead, which may be granted any number of times and taken away by another tab. Dropping it gives it up.
pub struct Lead {
    inner: Rc<Inner>,
}

struct Inner {
    name: String,
    /// Called when this tab begins or ceases to lead.
    on_change: Box<dyn Fn(bool)>,
    standing: Cell<Standing>,
    /// Which request counts; the end of an older one is no news.
    current: Cell<u32>,
    held: RefCell<Option<Held>>,
}

/// A request for the lock, granted or waiting.
struct Held {
    controller: Option<AbortController>,
    /// Ends the promise for whose life the lock is held.
    release: Rc<RefCell<Option<Function>>>,
    _granted: Closure<dyn FnMut() -> Promise>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
        if let Some(release) = self.release.borrow_mut().take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.inner.forget();
    }
}

impl Lead {
    /// Asks for the lead under this name. Without Web Locks every tab leads.
    pub fn seek(name: &str, on_change: Box<dyn Fn(bool)>) -> Self {
        let (standing, current, held) = (Cell::default(), Cell::new(0), RefCell::new(None));
        let inner = Rc::new(Inner {
            name: name.into(),
            on_change,
            standing,
            current,
            held,
        });
        inner.request(false);
        Self { inner }
    }

    /// Whether this tab leads.
    pub fn is_mine(&self) -> bool {
        self.standing().leads
    }

    /// Whether this tab leads, and since when.
    pub fn standing(&self) -> Standing {
        self.inner.standing.get()
    }

    /// Takes the lead from whoever has it.
    pub fn steal(&self) {
        if !self.is_mine() {
            self.inner.request(true);
        }
    }

    /// Leads from now on whoever else does, and leaves the lock to the others.
    pub fn alone(&self) {
        self.inner.forget();
        self.inner.set_without_lock();
    }

    /// Gives the lead up and does not wait for it, as long as this page sleeps.
    pub fn rest(&self) {
        self.inner.forget();
        self.inner.set(Standing::default());
    }

    /// Asks for the lead again after a [rest](Self::rest).
    pub fn wake(&self) {
        if self.inner.held.borrow().is_none() && !self.is_mine() {
            self.inner.request(false);
        }
    }

    /// Gives the lead to whoever waits for it, and waits behind.
    pub fn pass_on(&self) {
        if self.is_mine() {
            self.inner.set(Standing::default());
            self.inner.request(false);
        }
    }
}

impl Inner {
    fn set(&self, standing: Standing) {
        if self.standing.replace(standing).leads != standing.leads {
            (self.on_change)(standing.leads);
        }
    }

    fn set_without_lock(&self) {
        self.set(Standing {
            leads: true,
            lock_since: None,
        });
    }

    fn set_with_lock(&self) {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        self.set(Standing {
            leads: true,
            lock_since: Some(js_sys::Date::now() as i64),
        });
    }

    /// Gives up whatever is held or waited for.
    fn forget(&self) {
        self.current.set(self.current.get().wrapping_add(1));
        let held = self.held.borrow_mut().take();
        drop(held);
    }

    fn request(self: &Rc<Self>, steal: bool) {
        self.forget();
        let number = self.current.get();
        let Some((locks, call)) = lock_manager() else {
            return self.set_without_lock();
        };
        let release = Rc::default();
        let granted = Closure::new(self.granted(number, &release));
        let options = Object::new();
        // A stealing request cannot be aborted: it is granted at once.
        let controller = if steal { None } else { AbortController::new().ok() };
        let (key, value) = match &controller {
            Some(controller) => ("signal", controller.signal().into()),
            None => ("steal", JsValue::from_bool(steal)),
        };
        let _ = Reflect::set(&options, &key.into(), &value);
        let asked = call.call3(&locks, &self.name.as_str().into(), &options, granted.as_ref());
        *self.held.borrow_mut() = Some(Held {
            controller,
            release,
            _granted: granted,
        });
        // Thrown at once, or refused later for another reason than theft: a frame without an origin of its own.
        let Some(asked) = asked.ok().and_then(|asked| asked.dyn_into::<Promise>().ok()) else {
            return self.set_without_lock();
        };
        let inner = Rc::downgrade(self);
        super::spawn(async move {
            let ended = JsFuture::from(asked).await;
            let Some(inner) = inner.upgrade().filter(|inner| inner.current.get() == number) else {
                return;
            };
            match (ended, inner.standing.get().leads) {
                // Stolen: wait for it to come back.
                (_, true) => {
                    inner.set(Standing::default());
                    inner.request(false);
                }
                (Err(_), false) => inner.set_without_lock(),
                (Ok(_), false) => {}
            }
        });
    }

    /// Called by the browser when the lock is ours; it stays so until the promise ends.
    fn granted(
        self: &Rc<Self>,
        number: u32,
        release: &Rc<RefCell<Option<Function>>>,
    ) -> impl FnMut() -> Promise + use<> {
        let (inner, release): (Weak<Self>, _) = (Rc::downgrade(self), Rc::clone(release));
        move || {
            let mut resolve = None;
            let held = Promise::new(&mut |resolved, _| resolve = Some(resolved));
            *release.borrow_mut() = resolve;
            match inner.upgrade().filter(|inner| inner.current.get() == number) {
                Some(inner) => inner.set_with_lock(),
                None => drop(
                    release
                        .borrow_mut()
                        .take()
                        .map(|release| release.call0(&JsValue::NULL)),
                ),
            }
            held
        }
    }
}

/// `navigator.locks` and its `request`.
fn lock_manager() -> Option<(JsValue, Function)> {
    let locks = Reflect::get(&window()?.navigator(), &"locks".into()).ok()?;
    let request = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some((locks, request))
}
