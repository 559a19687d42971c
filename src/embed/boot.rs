//! The start: waits for everything that configures, reads it, and starts the app.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, Document, Window};

use super::api::Audience;
use super::app::App;
use super::config::{ConfigError, Options, Source, Sources, Surroundings, read_file, read_query};
use super::port::{self, Accepted, Command, Port};
use crate::driver::files;
use crate::driver::handle::{Listener, window};
use crate::ui::{Mode, Rgb, strings};

/// What configures the hosted page, and the frame beside its embedder.
const FILE: &str = "confab.json";

/// `popout.js` asks with this event and an object for the answer.
const HAND_OVER: &str = "confab-hand-over";

thread_local! {
    /// The app of this page, for as long as the page lives.
    static PAGE: RefCell<Page> = const { RefCell::new(Page { app: None, waiting: None, handing: None }) };
}

/// What must not be dropped.
struct Page {
    app: Option<Rc<App>>,
    waiting: Option<Listener>,
    handing: Option<Listener>,
}

/// Two things may be waited for: the file, and in a frame the embedder.
#[derive(Default)]
struct Waiting {
    file: Option<Result<Source, ConfigError>>,
    embedder: Option<Accepted>,
    is_framed: bool,
}

/// Starts the widget in this page.
pub fn boot() {
    let Some(window) = window() else { return };
    let nonce = window
        .location()
        .hash()
        .ok()
        .and_then(|hash| port::nonce(&hash).map(str::to_owned));
    let waiting = Rc::new(RefCell::new(Waiting {
        is_framed: nonce.is_some(),
        ..Waiting::default()
    }));
    if let Some(nonce) = nonce {
        let waiting = Rc::clone(&waiting);
        let parent = window.parent().ok().flatten().map(JsValue::from);
        let listener = port::wait(&window, parent, nonce, move |accepted| {
            waiting.borrow_mut().embedder = Some(accepted);
            go_on(&waiting);
        });
        PAGE.with_borrow_mut(|page| page.waiting = Some(listener));
    }
    let handing = Listener::new(&window, HAND_OVER, |event| hand_over(event.unchecked_ref()));
    PAGE.with_borrow_mut(|page| page.handing = Some(handing));
    files::read(FILE, move |text| {
        waiting.borrow_mut().file = Some(text.map_or_else(|| Ok(Source::default()), |text| read_file(&text)));
        go_on(&waiting);
    });
}

/// Goes on once everything is there.
fn go_on(waiting: &RefCell<Waiting>) {
    let mut waiting = waiting.borrow_mut();
    if waiting.file.is_none() || (waiting.is_framed && waiting.embedder.is_none()) {
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
        query: if embedder.is_some() {
            Vec::new()
        } else {
            read_query(&window.location().search().unwrap_or_default())
        },
    };
    let own_origin = window.location().origin().unwrap_or_default();
    let (origin, audience) = match embedder {
        Some(Accepted { port, origin, .. }) => (origin, Audience::Embedder(Port::new(port, obey))),
        None => (own_origin, Audience::Page),
    };
    let is_framed = matches!(audience, Audience::Embedder(_));
    let language = window.navigator().language().unwrap_or_default();
    let around = Surroundings {
        mode: if is_framed && is_inside(&window) {
            Mode::Frame
        } else {
            Mode::Page
        },
        language: &language,
        is_secure: window
            .location()
            .protocol()
            .is_ok_and(|protocol| protocol == "https:"),
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
    with_language(window, read, move |window, read| {
        let app = App::start(window, read, &origin, audience);
        PAGE.with_borrow_mut(|page| page.app.clone_from(&app));
        if let Some(app) = app {
            app.say_usable(window);
        }
    });
}

type Read = Result<Options, crate::ui::Look>;

/// Fetches the language's texts, if it needs any, and puts the owner's own over them.
fn with_language(window: Window, mut read: Read, done: impl FnOnce(&Window, Read) + 'static) {
    let look = read.as_ref().map_or_else(|look| look, |options| &options.look);
    let Some(language) = strings::file_for(&look.locale) else {
        return done(&window, read);
    };
    files::read(&format!("locales/{language}.json"), move |text| {
        let parsed = text.and_then(|text| read_file(&text).ok()).unwrap_or_default();
        let look = match &mut read {
            Ok(options) => &mut options.look,
            Err(look) => look,
        };
        for (key, text) in parsed.0 {
            // The first of equal keys counts: the owner's.
            if let Some(text) = text.as_str() {
                look.texts.push((key, text.to_owned()));
            }
        }
        done(&window, read);
    });
}

/// Whether this page is inside another. A window of its own is handed its set-up as a frame is, and is a page all the same.
fn is_inside(window: &Window) -> bool {
    window
        .parent()
        .is_ok_and(|parent| parent.is_some_and(|parent| parent != *window))
}

/// Describes this chat in the event's object; with `stop` in it the chat ends here.
fn hand_over(event: &CustomEvent) {
    let answer = event.detail();
    let stop = Reflect::get(&answer, &"stop".into()).is_ok_and(|stop| stop.is_truthy());
    let app = PAGE.with_borrow(|page| page.app.clone());
    if let Some(app) = app {
        app.hand_over(stop, &|field, value| {
            // Setting a field of an object of ours cannot fail.
            let _ = Reflect::set(&answer, &field.into(), &value);
        });
    }
}

/// What the embedder asks for.
fn obey(command: Command) {
    // The app may cause news while it obeys, so nothing is held meanwhile.
    let app = PAGE.with_borrow(|page| page.app.clone());
    if let Some(app) = app {
        app.obey(command);
    }
}

/// Any colour of CSS, read by the browser: a canvas answers with `#rrggbb` for what is opaque.
fn any_colour(text: &str) -> Option<Rgb> {
    let document: Document = window()?.document()?;
    let canvas = document.create_element("canvas").ok()?;
    let context = call(&canvas, "getContext", "2d")?;
    let style = JsValue::from_str("fillStyle");
    // A text that is no colour changes nothing: one of two answers gives it away.
    let answer = |first: &str| {
        Reflect::set(&context, &style, &first.into()).ok()?;
        Reflect::set(&context, &style, &text.into()).ok()?;
        Reflect::get(&context, &style).ok()?.as_string()
    };
    answer("#000000")
        .filter(|colour| answer("#ffffff").as_ref() == Some(colour))
        .and_then(|colour| Rgb::parse(&colour))
}

fn call(target: &JsValue, method: &str, argument: &str) -> Option<JsValue> {
    let method: js_sys::Function = Reflect::get(target, &method.into()).ok()?.dyn_into().ok()?;
    method
        .call1(target, &argument.into())
        .ok()
        .filter(JsValue::is_object)
}
