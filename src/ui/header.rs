//! Who one talks to.

use std::rc::Rc;

use confab_session::View;
use confab_session::view::Person;
use web_sys::Element;

use super::dom::{append, button, div, el, icon, icons, set_text};
use super::face::avatar;
use super::look::Mode;
use super::mount::Ui;
use super::strings::Key;

/// Avatar, name, a line below it and the way out.
pub struct Header {
    ui: Rc<Ui>,
    pub(super) node: Element,
    face: Element,
    name: Element,
    line: Element,
}

/// What the header shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    agent: Option<Person>,
    agents_online: Option<u32>,
    inbox_name: Option<String>,
}

impl Header {
    /// The header, still without a name.
    pub fn new(ui: Rc<Ui>) -> Self {
        let (face, name, line) = (
            el("span"),
            el("h2").attr("dir", "auto"),
            el("p").attr("dir", "auto"),
        );
        let mut node = div("head")
            .child(&face)
            .child(&el("div").child(&name).child(&line));
        if ui.look.mode == Mode::Frame {
            for (key, act, drawing) in [
                (Key::PopOut, "pop-out", icons::WINDOW),
                (Key::Close, "close", icons::CLOSE),
            ]
            .into_iter()
            .skip(usize::from(ui.look.stays))
            {
                let label = ui.words.text(key);
                node = node.child(
                    &button("icon", act)
                        .attr("aria-label", label)
                        .child(&icon(drawing)),
                );
            }
        }
        Self {
            ui,
            node: node.0,
            face: face.0,
            name: name.0,
            line: line.0,
        }
    }

    /// Its part of the view.
    pub fn of(view: &View) -> Facts {
        Facts {
            agent: view.agent.clone(),
            agents_online: view.agents_online,
            inbox_name: view.inbox_name.clone(),
        }
    }

    /// Shows the agent who answered last, or the team.
    pub fn show(&self, facts: &Facts) {
        let (look, words) = (&self.ui.look, &self.ui.words);
        let team = look
            .title
            .as_deref()
            .or(facts.inbox_name.as_deref())
            .unwrap_or_else(|| words.text(Key::Chat));
        let agent = facts.agent.as_ref().filter(|agent| !agent.name.is_empty());
        let online = facts.agents_online.map(|count| count > 0);
        let presence = match online {
            Some(true) => words.text(Key::Online),
            Some(false) => words.text(Key::Away),
            None => "",
        };
        let name = agent.map_or(team, |agent| &*agent.name);
        let line = match (&look.subtitle, agent) {
            (Some(own), _) => own,
            (None, Some(_)) => team,
            (None, None) => presence,
        };
        set_text(&self.name, name);
        set_text(&self.line, line);
        let picture = agent.map_or(look.logo.as_deref(), |agent| agent.avatar.as_deref());
        let face = avatar(name, picture);
        if online == Some(true) {
            let _ = face.0.class_list().add_1("online");
        }
        self.face.set_text_content(None);
        append(&self.face, &face.0);
    }
}
