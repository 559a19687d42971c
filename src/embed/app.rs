//! Driver and components of one page, together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use confab_session::view::Notice;
use confab_session::{Config, Intent, Role, Session, SetupProblem, TabId, View};
use leptos::prelude::{ArcRwSignal, Set, Update, WithUntracked};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement, HtmlTextAreaElement, Window};

use super::api::Audience;
use super::config::{ConfigError, Options, Source, read_file};
use super::port::Command;
use crate::driver::{Driver, Setup, files};
use crate::ui::{self, Look, Mode, Mounted, Props, strings};

/// The running widget. Dropping it leaves the page as it was.
pub struct App {
    dispatch: Rc<dyn Fn(Intent)>,
    audience: Rc<Audience>,
    root: HtmlElement,
    /// The folder of the widget's files, with a `/` at its end, or nothing.
    home: String,
    view: ArcRwSignal<View>,
    /// What the owner decided about the looks, without the texts of the language's file.
    own: RefCell<Look>,
    mounted: RefCell<Option<Mounted>>,
    driver: RefCell<Option<Driver>>,
}

impl App {
    /// Starts driver and components; without options a calm message in their place. The looks are the owner's own, and the
    /// same with the texts of their language; below `home` lie the files of more languages.
    pub fn start(
        root: &HtmlElement,
        options: Option<Options>,
        (own, look): (Look, Look),
        home: &str,
        origin: &str,
        audience: Rc<Audience>,
    ) -> Rc<Self> {
        let view = ArcRwSignal::new(
            Session::new(Config::default(), Role::Follower, TabId(String::new()))
                .view()
                .clone(),
        );
        let (driver, dispatch) = match options {
            Some(options) => {
                if let Some(text) = &options.text {
                    prefill(root, text);
                }
                let driver = start_driver(&options, origin, &view, &audience);
                let dispatch = driver.dispatcher();
                (Some(driver), dispatch)
            }
            None => (None, stand_in(own.mode, &view, &audience)),
        };
        let app = Rc::new(Self {
            dispatch,
            audience,
            root: root.clone(),
            home: home.to_owned(),
            view,
            own: RefCell::new(own),
            mounted: RefCell::default(),
            driver: RefCell::new(driver),
        });
        app.show(look, false);
        app.audience.tell("ready", &[]);
        app
    }

    /// Shows the view in these looks; in the place of what was shown before. What is written stays in its place.
    fn show(&self, look: Look, again: bool) {
        let props = Props {
            view: self.view.read_only(),
            dispatch: Rc::clone(&self.dispatch),
            look,
            again,
        };
        let before = self.mounted.borrow_mut().take();
        drop(before);
        *self.mounted.borrow_mut() = Some(ui::mount(&self.root, props));
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
    pub fn obey(self: &Rc<Self>, command: Command) {
        (self.dispatch)(match command {
            Command::Open => Intent::Open,
            Command::Close => Intent::Close,
            Command::Send(text) => Intent::Submit { text },
            Command::Prefill(text) => return prefill(&self.root, &text),
            Command::LogOut => Intent::LogOut,
            Command::SetUser(user) => {
                let (identity, profile, errors) = Options::read_user(user);
                self.report(&errors);
                Intent::SetUser { identity, profile }
            }
            Command::DescribeConversation(attributes) => {
                if self.view.with_untracked(|view| view.status.is_some()) {
                    self.audience.report(&ConfigError::too_late());
                }
                Intent::DescribeConversation(attributes.0)
            }
            Command::SetOptions(options) => return self.change(options),
            Command::Diagnose => return self.diagnose(),
        });
    }

    fn report(&self, errors: &[ConfigError]) {
        for error in errors {
            self.audience.report(error);
        }
    }

    /// Other values of options that only the looks depend on.
    fn change(self: &Rc<Self>, options: Source) {
        let mut own = self.own.borrow().clone();
        self.report(&Options::read_changes(options, &mut own));
        self.own.replace(own.clone());
        let app = Rc::downgrade(self);
        with_language(
            &self.home,
            own,
            Box::new(move |look| {
                // Of two changes that are under way the last counts, whichever language comes first.
                if let Some(app) = app.upgrade()
                    && app.own.borrow().locale == look.locale
                {
                    app.show(
                        Look {
                            theme: app.own.borrow().theme,
                            ..look
                        },
                        true,
                    );
                }
            }),
        );
    }

    fn diagnose(&self) {
        let driver = self.driver.borrow();
        let found = driver.as_ref().map(Driver::diagnostics);
        self.audience
            .tell("diagnostics", found.as_ref().map_or(&[], |found| &found[..]));
    }
}

/// Fetches the language's texts from below `home`, if it needs any, and puts the owner's own over them.
pub fn with_language(home: &str, mut look: Look, done: Box<dyn FnOnce(Look)>) {
    let Some(language) = strings::file_for(&look.locale) else {
        return done(look);
    };
    files::read(
        &[home, "locales/", language, ".json"].concat(),
        Box::new(move |text| {
            let parsed = text
                .ok()
                .and_then(|text| read_file(&text).ok())
                .unwrap_or_default();
            // The first of equal keys counts: the owner's.
            look.texts.extend(parsed.texts());
            done(look);
        }),
    );
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
