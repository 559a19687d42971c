//! Driver and components of one page, together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use confab_session::view::Notice;
use confab_session::{Config, Intent, Role, Session, SetupProblem, TabId, View};
use leptos::prelude::{ArcRwSignal, Set, Update, WithUntracked};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement, HtmlTextAreaElement, Window};

use super::api::Audience;
use super::config::{ConfigError, Options};
use super::port::Command;
use crate::driver::{Driver, Setup};
use crate::ui::{self, Look, Mode, Mounted, Props};

/// The running widget. Dropping it leaves the page as it was.
pub struct App {
    dispatch: Rc<dyn Fn(Intent)>,
    audience: Rc<Audience>,
    root: HtmlElement,
    _mounted: Mounted,
    driver: RefCell<Option<Driver>>,
}

impl App {
    /// Starts driver and components; with a look alone, a calm message in their place.
    pub fn start(
        root: &HtmlElement,
        read: Result<Options, Look>,
        origin: &str,
        audience: Audience,
    ) -> Rc<Self> {
        let audience = Rc::new(audience);
        let view = ArcRwSignal::new(
            Session::new(Config::default(), Role::Follower, TabId(String::new()))
                .view()
                .clone(),
        );
        let (driver, dispatch, look) = match read {
            Ok(options) => {
                if let Some(text) = &options.text {
                    prefill(root, text);
                }
                let driver = start_driver(&options, origin, &view, &audience);
                let dispatch = driver.dispatcher();
                (Some(driver), dispatch, options.look)
            }
            Err(look) => {
                let dispatch = stand_in(look.mode, &view, &audience);
                (None, dispatch, look)
            }
        };
        let props = Props {
            view: view.read_only(),
            dispatch: Rc::clone(&dispatch),
            look,
        };
        let mounted = ui::mount(root, props);
        audience.tell("ready", &[]);
        Rc::new(Self {
            dispatch,
            audience,
            root: root.clone(),
            _mounted: mounted,
            driver: RefCell::new(driver),
        })
    }

    /// Says that the composer takes text and keeps it.
    pub fn say_usable(&self, window: &Window) {
        if let Some(performance) = window.performance() {
            // Throws for reserved names alone.
            let _ = performance.mark("confab:usable");
        }
        self.audience.tell("usable", &[]);
    }

    /// Describes what a window that takes the chat over has to know; with `stop` nothing more happens here.
    pub fn hand_over(&self, stop: bool, tell: &dyn Fn(&str, JsValue)) {
        let driver = self.driver.take();
        if let Some(driver) = &driver {
            driver.describe(tell);
        }
        self.driver.replace(driver.filter(|_| !stop));
    }

    /// Does what the embedder asks for.
    pub fn obey(&self, command: Command) {
        (self.dispatch)(match command {
            Command::Open => Intent::Open,
            Command::Close => Intent::Close,
            Command::Send(text) => Intent::Submit { text },
            Command::Prefill(text) => return prefill(&self.root, &text),
            Command::LogOut => Intent::LogOut,
            Command::SetUser(user) => {
                let (identity, profile, errors) = Options::read_user(user);
                for error in &errors {
                    self.audience.report(error);
                }
                Intent::SetUser { identity, profile }
            }
        });
    }
}

fn start_driver(
    options: &Options,
    origin: &str,
    view: &ArcRwSignal<View>,
    audience: &Rc<Audience>,
) -> Driver {
    let shown = view.clone();
    let on_view = {
        let (audience, was_open) = (Rc::clone(audience), Cell::new(false));
        move |view: &View| {
            shown.set(view.clone());
            if was_open.replace(view.open) && !view.open {
                audience.tell("closed", &[]);
            }
        }
    };
    let on_announce = {
        let audience = Rc::clone(audience);
        move |announcement: &_| audience.announce(announcement)
    };
    let on_problem = {
        let (audience, options) = (Rc::clone(audience), options.clone());
        move |problem: &SetupProblem| audience.report(&ConfigError::of_setup(problem, &options))
    };
    Driver::start(Setup {
        base: options.base.clone(),
        cable: options.cable.clone(),
        inbox: options.inbox.clone(),
        storage_name: options.storage_name(origin),
        session: options.session.clone(),
        on_view: Rc::new(on_view),
        on_announce: Rc::new(on_announce),
        on_problem: Rc::new(on_problem),
        start_open: options.look.mode == Mode::Page,
    })
}

/// Without a configuration there is no session: the panel opens and closes, and says calmly that it cannot chat.
fn stand_in(mode: Mode, view: &ArcRwSignal<View>, audience: &Rc<Audience>) -> Rc<dyn Fn(Intent)> {
    view.update(|view| {
        view.ready = true;
        view.open = mode == Mode::Page;
        view.notice = Some(Notice::Unavailable(SetupProblem::Unreachable));
    });
    let (view, audience) = (view.clone(), Rc::clone(audience));
    Rc::new(move |intent| {
        let open = match intent {
            Intent::Open => true,
            Intent::Close => mode == Mode::Page,
            _ => return,
        };
        let was_open = view.with_untracked(|view| view.open);
        view.update(|view| view.open = open);
        if was_open && !open {
            audience.tell("closed", &[]);
        }
    })
}

/// Puts a text into the composer, unless something was typed already.
fn prefill(root: &HtmlElement, text: &str) {
    let field = root
        .query_selector("textarea")
        .ok()
        .flatten()
        .and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok());
    if let Some(field) = field.filter(|field| field.value().is_empty()) {
        field.set_value(text);
        // As if it were typed: the composer grows, keeps it, and lets it be sent.
        if let Ok(event) = Event::new("input") {
            // Throws for an event that is under way already, which a new one is not.
            let _ = field.dispatch_event(&event);
        }
    }
}
