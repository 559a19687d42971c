//! Putting the widget into an element, and taking it away again.

use std::cell::Cell;
use std::rc::Rc;

use any_spawner::Executor;
use confab_session::{Intent, View};
use leptos::prelude::{ArcReadSignal, Get, Owner, RenderEffect};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use super::announcer::Announcer;
use super::banner::{Banner, Notices};
use super::composer::Composer;
use super::dom::{Listener, set};
use super::header::Header;
use super::home::Home;
use super::look::{Look, Mode};
use super::strings::{Key, Strings, is_right_to_left};
use super::timeline::Timeline;
use super::words::Words;
use super::{colour, dom, row};

/// What the widget needs to live.
pub struct Props {
    /// What to show. Written by the owner of the session only.
    pub view: ArcReadSignal<View>,
    /// Where wishes go. May be called at any time, never calls back at once.
    pub dispatch: Rc<dyn Fn(Intent)>,
    /// The owner's decisions.
    pub look: Look,
    /// Whether the same view was shown here before: what was done with it then, focus and text handed over, is not done again.
    pub again: bool,
}

/// Shows its part of a view.
type Region = Box<dyn FnMut(&View)>;

/// What every region knows.
pub(super) struct Ui {
    pub(super) words: Words,
    pub(super) dispatch: Rc<dyn Fn(Intent)>,
    pub(super) look: Look,
}

/// The mounted widget. Dropping it removes every node, listener and effect of it; a composer that was there before
/// stays, with its text.
#[must_use]
pub struct Mounted {
    // First of all: it may not run while the rest goes.
    _effect: RenderEffect<()>,
    _listeners: Vec<Listener>,
    _composer: Rc<Composer>,
    root: HtmlElement,
    nodes: Vec<Element>,
    color: Option<colour::Rgb>,
    owner: Option<Owner>,
}

/// Shows the widget in `root`. A `.composer` inside it is adopted where it stands, with focus, selection and text: it
/// is never moved or replaced. Whatever else carries `data-shell` makes room.
pub fn mount(root: &HtmlElement, props: Props) -> Mounted {
    // A second mount finds the executor in place.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let Props {
        view,
        dispatch,
        look,
        again,
    } = props;
    let words = Words::new(Strings::new(look.texts.clone()), &look.locale);
    let ui = Rc::new(Ui {
        words,
        dispatch,
        look,
    });
    dress(root, &ui);
    owner
        .with(|| Parts::build(root, ui))
        .start(root, &view, owner, again)
}

/// The regions, before they live.
struct Parts {
    ui: Rc<Ui>,
    header: Header,
    banner: Banner,
    notices: Notices,
    home: Home,
    timeline: Rc<Timeline>,
    composer: Rc<Composer>,
    announcer: Rc<Announcer>,
}

impl Parts {
    fn build(root: &HtmlElement, ui: Rc<Ui>) -> Self {
        let composer = Rc::new(Composer::adopt(root, &ui));
        let announcer = Rc::new(Announcer::new());
        Self {
            header: Header::new(Rc::clone(&ui)),
            banner: Banner::new(Rc::clone(&ui)),
            notices: Notices::new(Rc::clone(&ui)),
            home: Home::new(Rc::clone(&ui)),
            timeline: Timeline::new(Rc::clone(&ui), Rc::clone(&announcer)),
            composer,
            announcer,
            ui,
        }
    }

    fn start(self, root: &HtmlElement, view: &ArcReadSignal<View>, owner: Owner, again: bool) -> Mounted {
        let Self {
            ui,
            header,
            banner,
            notices,
            home,
            timeline,
            composer,
            announcer,
        } = self;
        let above = [
            &header.node,
            &banner.node,
            &home.node,
            &timeline.node,
            &notices.node,
        ];
        for node in above {
            let _ = root.insert_before(node, Some(composer.node()));
        }
        dom::append(root, &announcer.node);
        let nodes = above.into_iter().chain([&announcer.node]).cloned().collect();
        let listeners = listen(root, &ui, &timeline, &composer);
        let (opened, kept, lane) = (Rc::clone(&composer), Rc::clone(&composer), Rc::clone(&timeline));
        let mode = ui.look.mode;
        let (was_open, was_given) = (Cell::new(again), Cell::new(again));
        let mut regions = [
            watch(Header::of, move |facts| header.show(&facts)),
            watch(Banner::of, move |link| banner.show(link)),
            watch(Notices::of, move |notice| notices.show(notice)),
            watch(Home::of, move |facts| home.show(facts)),
            watch(Timeline::of, move |part| lane.show(part)),
            watch(
                |view| view.composition.clone(),
                move |text| {
                    if !was_given.replace(false) {
                        kept.take_over(text);
                    }
                },
            ),
            watch(
                |view| view.open,
                move |open| {
                    let takes_focus = mode == Mode::Frame || (mode == Mode::Page && has_mouse());
                    if !was_open.replace(false) && open && takes_focus {
                        opened.focus();
                    }
                },
            ),
        ];
        let view = view.clone();
        let effect = owner.with(|| {
            RenderEffect::new(move |_| {
                // Not inside `with`: a region may dispatch while it is shown, and what follows is written at once.
                let view = view.get();
                for region in &mut regions {
                    region(&view);
                }
            })
        });
        Mounted {
            _effect: effect,
            _listeners: listeners,
            _composer: composer,
            root: root.clone(),
            nodes,
            color: ui.look.color,
            owner: Some(owner),
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        for node in &self.nodes {
            node.remove();
        }
        for name in ["data-theme", "data-mode", "dir", "lang", "role", "aria-label"] {
            let _ = self.root.remove_attribute(name);
        }
        for (name, _) in self.color.into_iter().flat_map(colours) {
            let _ = self.root.style().remove_property(&name);
        }
        if let Some(owner) = self.owner.take() {
            owner.unset_with_forced_cleanup();
        }
    }
}

/// Calls `apply` with a part of the view, the first time and whenever that part changed. A memo of leptos for each region
/// would do the same for some more bytes.
fn watch<T: Clone + PartialEq + 'static>(part: fn(&View) -> T, apply: impl Fn(T) + 'static) -> Region {
    let mut shown = None;
    Box::new(move |view| {
        let next = part(view);
        if shown.as_ref() != Some(&next) {
            shown = Some(next.clone());
            apply(next);
        }
    })
}

/// Language, direction, theme and colours of the root; the shell's stand-ins make room.
fn dress(root: &HtmlElement, ui: &Ui) {
    let Look {
        mode,
        color,
        theme,
        locale,
        title,
        ..
    } = &ui.look;
    let _ = root.class_list().add_1("cf");
    set(root, "data-theme", theme.name());
    set(root, "lang", if locale.is_empty() { "en" } else { locale });
    set(root, "dir", if is_right_to_left(locale) { "rtl" } else { "ltr" });
    let (role, name) = match mode {
        Mode::Frame => ("dialog", "frame"),
        Mode::Inline => ("region", "inline"),
        Mode::Page => ("main", "page"),
    };
    set(root, "data-mode", name);
    set(root, "role", role);
    set(
        root,
        "aria-label",
        title.as_deref().unwrap_or_else(|| ui.words.text(Key::Chat)),
    );
    if let Some(brand) = *color {
        for (name, value) in colours(brand) {
            let _ = root.style().set_property(&name, &value.to_css());
        }
    }
    while let Ok(Some(node)) = root.query_selector("[data-shell]") {
        node.remove();
    }
}

/// The names that the style sheet knows, with the colours derived from one.
fn colours(brand: colour::Rgb) -> impl Iterator<Item = (String, colour::Rgb)> {
    let of = |surface: &'static str, palette: colour::Palette| {
        [
            ("accent", palette.accent),
            ("on", palette.on_accent),
            ("text", palette.accent_text),
            ("soft", palette.soft),
            ("focus", palette.focus),
        ]
        .map(|(name, value)| (["--cf-", surface, "-", name].concat(), value))
    };
    let (light, dark) = (of("light", colour::light(brand)), of("dark", colour::dark(brand)));
    light.into_iter().chain(dark)
}

/// The listeners of the whole panel: one for every button in it, one for Escape.
fn listen(
    root: &HtmlElement,
    ui: &Rc<Ui>,
    timeline: &Rc<Timeline>,
    composer: &Rc<Composer>,
) -> Vec<Listener> {
    let (acting, lane, field) = (Rc::clone(ui), Rc::clone(timeline), Rc::clone(composer));
    let clicked = Listener::new(root, "click", move |event| {
        let Some(target) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
        else {
            return;
        };
        let Ok(Some(button)) = target.closest("[data-do]") else {
            return;
        };
        act(&button, &acting, &lane, &field);
    });
    let keys = Rc::clone(ui);
    let pressed = Listener::new(root, "keydown", move |event: Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        if keys.look.mode == Mode::Frame && event.key() == "Escape" && !event.is_composing() {
            (keys.dispatch)(Intent::Close);
        }
    });
    // A tap on the send button leaves the focus in the box, or the keyboard of a phone would go down and up again.
    let held = Listener::new(root, "mousedown", |event: Event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.closest(".send").is_ok_and(|button| button.is_some())) {
            event.prevent_default();
        }
    });
    vec![clicked, pressed, held]
}

/// Does what a button says. Buttons that go away leave the focus where one goes on: in the composer, unless that would
/// bring up a keyboard, or in the timeline.
fn act(button: &Element, ui: &Ui, timeline: &Timeline, composer: &Composer) {
    let wish = |intent| (ui.dispatch)(intent);
    let go_on = || {
        if has_mouse() {
            composer.focus();
        } else {
            timeline.focus();
        }
    };
    match button.get_attribute("data-do").as_deref() {
        Some("close") => wish(Intent::Close),
        Some("send") => composer.submit(),
        Some("reconnect") => wish(Intent::ReconnectNow),
        Some("older") => {
            wish(Intent::LoadOlder);
            timeline.focus();
        }
        Some("jump") => {
            timeline.jump();
            timeline.focus();
        }
        Some("starter") => {
            let text = button.text_content().unwrap_or_default();
            wish(Intent::Submit { text });
            // A choice of a bot stays where it is; this one takes no second click.
            set(button, "class", "pill on");
            go_on();
        }
        Some("gap") => {
            if let Some(row) = timeline.row_of(button) {
                wish(Intent::FillGap(row.key));
                timeline.announcer.say(ui.words.text(Key::Loading));
                timeline.focus();
            }
        }
        Some(act @ ("retry" | "discard")) => {
            if let Some(key) = timeline.row_of(button).and_then(|row| row::failed_key(&row)) {
                let is_retry = act == "retry";
                wish(if is_retry {
                    Intent::Retry(key)
                } else {
                    Intent::Discard(key)
                });
                go_on();
            }
        }
        _ => {}
    }
}

/// Whether focusing the composer brings up no keyboard over half the screen.
fn has_mouse() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(pointer: fine)").ok().flatten())
        .is_some_and(|query| query.matches())
}
