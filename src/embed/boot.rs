//! The start: waits for everything that configures, reads it, and starts the app.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, Document, HtmlElement, MessagePort, Window};

use super::api::Audience;
use super::app::{App, with_language};
use super::config::{ConfigError, Options, Source, Sources, Surroundings, read_file};
use super::port::{self, Accepted, Port};
use crate::driver::files;
use crate::driver::handle::{Listener, window};
use crate::driver::storage::mirror;
use crate::ui::{Look, Mode, Rgb};

/// What configures the hosted page, and every chat beside its embedder.
const FILE: &str = "confab.json";

/// `popout-shelf.js` asks with this event and an object for the answer.
const HAND_OVER: &str = "confab-hand-over";

/// Dispatched at its element, this takes a chat away.
const END: &str = "confab:end";

/// Where a chat is, or will be once everything that configures it is there. It keeps itself, through the listener for
/// [`END`]; dropping it takes the chat away.
struct Place {
    /// What becomes the chat.
    root: HtmlElement,
    mode: Mode,
    /// The folder of the widget's files, with a `/` at its end; empty in a page that lies there itself.
    home: String,
    /// Whether somebody else configures it, too.
    is_embedded: bool,
    waiting: RefCell<Waiting>,
    app: RefCell<Option<Rc<App>>>,
}

/// Two things may be waited for: the file, and the embedder.
#[derive(Default)]
struct Waiting {
    file: Option<Result<Source, ConfigError>>,
    embedder: Option<Accepted>,
    query: Source,
    listeners: Vec<Listener>,
}

/// Starts the widget in a page of its own: the hosted page, or one that somebody else configures, who knows the nonce in its
/// address. Called by `boot.js` with the query of the address, as JSON, and with the nonce, or nothing.
#[wasm_bindgen]
pub fn page(query: &str, nonce: String) {
    let Some(window) = window() else { return };
    let Some(root) = root(&window) else { return };
    let is_embedded = !nonce.is_empty();
    // A window of its own is handed its set-up as a frame is, and is a page all the same.
    let parent = window.parent().ok().flatten();
    let is_inside = parent.as_ref().is_some_and(|parent| *parent != window);
    let mode = if is_embedded && is_inside {
        Mode::Frame
    } else {
        Mode::Page
    };
    let place = Place::new(root, mode, String::new(), is_embedded, None);
    let handed = Rc::downgrade(&place);
    let handing = Listener::new(&window, HAND_OVER, move |event| {
        if let Some(place) = handed.upgrade() {
            place.hand_over(event.unchecked_ref());
        }
    });
    let mut waiting = place.waiting.borrow_mut();
    waiting.listeners.push(handing);
    if is_embedded {
        let greeted = Rc::downgrade(&place);
        let listener = port::wait(&window, parent.map(JsValue::from), nonce, move |accepted| {
            if let Some(place) = greeted.upgrade() {
                place.waiting.borrow_mut().embedder = Some(accepted);
                place.go_on();
            }
        });
        waiting.listeners.push(listener);
    } else {
        waiting.query = read_file(query).unwrap_or_default();
    }
}

/// Starts the widget in an element of somebody else's page, any number of times: below `home` lie the widget's files,
/// through the port it is told what to do, and `config` is the JSON of its options. An inline chat is a part of the page,
/// any other a panel that opens and closes. An event `confab:end` at the element takes it away. Called by `shadow.js`.
#[wasm_bindgen]
pub fn mount(root: HtmlElement, home: String, port: MessagePort, config: &str, is_inline: bool) {
    let mode = if is_inline { Mode::Inline } else { Mode::Frame };
    let embedder = Accepted {
        port,
        origin: String::new(),
        config: read_file(config).unwrap_or_default(),
        kept: String::new(),
    };
    Place::new(root, mode, home, true, Some(embedder));
}

impl Place {
    fn new(
        root: HtmlElement,
        mode: Mode,
        home: String,
        is_embedded: bool,
        embedder: Option<Accepted>,
    ) -> Rc<Self> {
        let place = Rc::new(Self {
            root,
            mode,
            home,
            is_embedded,
            waiting: RefCell::new(Waiting {
                embedder,
                ..Waiting::default()
            }),
            app: RefCell::default(),
        });
        let kept = RefCell::new(Some(Rc::clone(&place)));
        let end = Listener::new(&place.root, END, move |_| drop(kept.take()));
        place.waiting.borrow_mut().listeners.push(end);
        let reading = Rc::downgrade(&place);
        let read = move |text: Result<String, u16>| {
            if let Some(place) = reading.upgrade() {
                place.waiting.borrow_mut().file = Some(match text {
                    Ok(text) => read_file(&text),
                    Err(files::ABSENT) => Ok(Source::default()),
                    Err(status) => Err(ConfigError::of_file(FILE, status)),
                });
                place.go_on();
            }
        };
        files::read(&[&place.home, FILE].concat(), Box::new(read));
        place
    }

    /// Goes on once everything is there.
    fn go_on(self: &Rc<Self>) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.file.is_none() || (self.is_embedded && waiting.embedder.is_none()) {
            return;
        }
        let Some(window) = window() else { return };
        let (file, mut errors) = match waiting.file.take() {
            Some(Err(error)) => (Source::default(), vec![error]),
            Some(Ok(file)) => (file, Vec::new()),
            None => (Source::default(), Vec::new()),
        };
        let embedder = waiting.embedder.take();
        let sources = Sources {
            host: embedder
                .as_ref()
                .map(|embedder| embedder.config.clone())
                .unwrap_or_default(),
            file,
            query: std::mem::take(&mut waiting.query),
        };
        drop(waiting);
        let mut kept = String::new();
        let (mut origin, audience) = match embedder {
            Some(Accepted {
                port,
                origin,
                kept: found,
                ..
            }) => {
                kept = found;
                (origin, Audience::Embedder(self.listen(port)))
            }
            None => (String::new(), Audience::Page),
        };
        let audience = Rc::new(audience);
        // A chat inside the page stores with the page anyway.
        if self.mode == Mode::Frame && self.home.is_empty() {
            let audience = Rc::clone(&audience);
            let keep = move |text: &str| audience.tell("keep", &[("text", text.into())]);
            mirror(&kept, Box::new(keep));
        }
        // Of a window that a page has filled itself, too, whose address has no origin.
        let own_origin = window.origin();
        let is_secure = own_origin.starts_with("https:");
        if origin.is_empty() {
            origin = own_origin;
        }
        let language = window.navigator().language().unwrap_or_default();
        let around = Surroundings {
            mode: self.mode,
            language: &language,
            is_secure,
            colour: &any_colour,
        };
        let read = match Options::read(&sources, &around) {
            Ok((options, wrong)) => {
                errors.extend(wrong);
                Ok(options)
            }
            Err(broken) => {
                errors.extend(broken.errors);
                Err(broken.look)
            }
        };
        for error in &errors {
            audience.report(error);
        }
        let mut own = read
            .as_ref()
            .map_or_else(Look::clone, |options| options.look.clone());
        // Relative to the widget's files, wherever the chat is.
        if let Some(logo) = own.logo.as_mut().filter(|logo| !logo.contains(':')) {
            logo.insert_str(0, &self.home);
        }
        let place = Rc::downgrade(self);
        let start = move |own: Look, look| {
            // Nothing follows when the chat is gone by then.
            let Some(place) = place.upgrade() else { return };
            let app = App::start(
                &place.root,
                read.ok(),
                (own, look),
                &place.home,
                &origin,
                audience,
            );
            place.app.replace(Some(Rc::clone(&app)));
            app.say_usable(&window);
        };
        with_language(&self.home, own.clone(), Box::new(|look| start(own, look)));
    }

    /// What the embedder asks for.
    fn listen(self: &Rc<Self>, port: MessagePort) -> Port {
        let place = Rc::downgrade(self);
        Port::new(port, move |command| {
            // The app may cause news while it obeys, so nothing is held meanwhile.
            let app = place.upgrade().and_then(|place| place.app.borrow().clone());
            if let Some(app) = app {
                app.obey(command);
            }
        })
    }

    /// Describes this chat in the event's object; with `stop` in it the chat ends here.
    fn hand_over(&self, event: &CustomEvent) {
        let answer = event.detail();
        let stop = Reflect::get(&answer, &"stop".into()).is_ok_and(|stop| stop.is_truthy());
        let app = self.app.borrow().clone();
        if let Some(app) = app {
            app.hand_over(stop, &|field, value| {
                // Setting a field of an object of ours cannot fail.
                let _ = Reflect::set(&answer, &field.into(), &value);
            });
        }
    }
}

/// The element that holds the composer of the page, which is adopted and never replaced.
fn root(window: &Window) -> Option<HtmlElement> {
    let document = window.document()?;
    let composer = document.query_selector(".composer").ok().flatten();
    let around = composer
        .and_then(|composer| composer.parent_element())
        .and_then(|around| around.dyn_into().ok());
    around.or_else(|| document.body())
}

/// Any colour of CSS, read by the browser: a canvas answers with `#rrggbb` for what is opaque.
fn any_colour(text: &str) -> Option<Rgb> {
    let document: Document = window()?.document()?;
    let canvas = document.create_element("canvas").ok()?;
    let context = call(&canvas, "getContext", "2d")?;
    let style = JsValue::from_str("fillStyle");
    // A text that is no colour changes nothing, and what was before it is no opaque colour. `launcher.js` judges the same way.
    for colour in ["#0000", text] {
        Reflect::set(&context, &style, &colour.into()).ok()?;
    }
    Rgb::parse(&Reflect::get(&context, &style).ok()?.as_string()?)
}

fn call(target: &JsValue, method: &str, argument: &str) -> Option<JsValue> {
    let method: js_sys::Function = Reflect::get(target, &method.into()).ok()?.dyn_into().ok()?;
    method
        .call1(target, &argument.into())
        .ok()
        .filter(JsValue::is_object)
}
