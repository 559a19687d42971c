//! What an empty chat shows: a greeting, and messages to begin with.

use std::rc::Rc;

use confab_session::View;
use confab_session::view::Older;
use web_sys::Element;

use super::dom::{button, div, el, set_text, toggle};
use super::mount::Ui;
use super::strings::Key;

/// The welcome screen.
pub struct Home {
    ui: Rc<Ui>,
    pub(super) node: Element,
    line: Element,
}

/// What the welcome screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    is_shown: bool,
    memory_only: bool,
}

impl Home {
    /// The screen, hidden until it is known that there is no conversation.
    pub fn new(ui: Rc<Ui>) -> Self {
        let words = &ui.words;
        let heading = match &ui.look.welcome {
            Some(own) => own.clone(),
            None => [words.text(Key::Hello), words.text(Key::HowCanWeHelp)].join("\n"),
        };
        let line = el("p");
        let mut node = div("home")
            .attr("hidden", "")
            .child(&el("h1").attr("dir", "auto").text(&heading))
            .child(&line);
        if !ui.look.starters.is_empty() {
            let chips = div("chips")
                .attr("role", "group")
                .attr("aria-label", words.text(Key::Starters));
            for starter in &ui.look.starters {
                chips
                    .clone()
                    .child(&button("pill", "starter").attr("dir", "auto").text(starter));
            }
            node = node.child(&chips);
        }
        Self {
            node: node.0,
            line: line.0,
            ui,
        }
    }

    /// Its part of the view: a history that is still to come is not an empty chat.
    pub fn of(view: &View) -> Facts {
        Facts {
            is_shown: view.ready && view.rows.is_empty() && view.older == Older::None,
            memory_only: view.memory_only,
        }
    }

    /// Shows or hides it.
    pub fn show(&self, facts: Facts) {
        let key = if facts.memory_only {
            Key::AskAnythingNow
        } else {
            Key::AskAnything
        };
        set_text(&self.line, self.ui.words.text(key));
        toggle(&self.node, "hidden", !facts.is_shown);
    }
}
