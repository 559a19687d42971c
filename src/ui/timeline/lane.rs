//! The nodes of the timeline in the order of the rows. A row whose pointer did not change is not touched; one that
//! changed is patched in its node; order is mended by moving as few nodes as possible.

use std::sync::Arc;

use confab_session::view::{Older, Person, RowContent};
use confab_session::{Row, RowKey};
use web_sys::{Element, Node};

use super::{Part, is_own};
use crate::ui::dom::{append, button, div, el};
use crate::ui::face::avatar;
use crate::ui::mount::Ui;
use crate::ui::row::RowNode;
use crate::ui::strings::Key;
use crate::ui::words::Words;

/// The log element and what stands in it.
pub struct Lane {
    node: Element,
    rows: Vec<RowNode>,
    older: Option<(Older, Element)>,
    divider: Option<(RowKey, Element)>,
    typing: Option<(Person, Element)>,
    ended: Option<Element>,
}

/// What a patch changed at the end.
#[derive(Default)]
pub struct Change {
    /// Messages of others that came after everything that was there.
    pub arrived: Vec<Arc<Row>>,
    /// Whether the visitor wrote something.
    pub own_at_end: bool,
}

impl Lane {
    /// Nothing in it yet.
    pub fn new(node: Element) -> Self {
        Self {
            node,
            rows: Vec::new(),
            older: None,
            divider: None,
            typing: None,
            ended: None,
        }
    }

    /// The nodes of the rows in order.
    pub fn nodes(&self) -> Vec<&Element> {
        self.rows.iter().map(RowNode::node).collect()
    }

    /// The divider above the first unread row.
    pub fn divider(&self) -> Option<&Element> {
        self.divider.as_ref().map(|(_, node)| node)
    }

    /// Words days again.
    pub fn reword(&self, words: &Words) {
        for row in &self.rows {
            row.reword(words);
        }
    }

    /// Makes the lane show this part of the view.
    pub fn patch(&mut self, part: &Part, ui: &Ui) -> Change {
        let change = self.patch_rows(&part.rows, ui);
        let divider = self
            .divider
            .take()
            .filter(|(key, _)| part.first_unread == Some(*key));
        self.divider = part.first_unread.map(|key| {
            divider.unwrap_or_else(|| {
                (
                    key,
                    div("unread")
                        .attr("role", "separator")
                        .text(ui.words.text(Key::New))
                        .0,
                )
            })
        });
        if self.older.as_ref().map(|(older, _)| *older) != Some(part.older) {
            self.older = edge(part.older, &ui.words).map(|node| (part.older, node));
        }
        if self.typing.as_ref().map(|(person, _)| person) != part.typing.as_ref() {
            self.typing = part
                .typing
                .clone()
                .map(|person| (person.clone(), typing(&person, &ui.words)));
        }
        if part.is_resolved != self.ended.is_some() {
            self.ended = part
                .is_resolved
                .then(|| el("p").class("resolved").text(ui.words.text(Key::Resolved)).0);
        }
        self.order();
        change
    }

    /// Reuses the nodes of keys that stay; removes the others.
    fn patch_rows(&mut self, rows: &[Arc<Row>], ui: &Ui) -> Change {
        let newest = self.rows.last().map(RowNode::key);
        let mut old: Vec<Option<RowNode>> = std::mem::take(&mut self.rows).into_iter().map(Some).collect();
        let mut change = Change::default();
        let mut cursor = 0;
        let mut is_after = false;
        for row in rows {
            let is_this = |slot: &Option<RowNode>| slot.as_ref().is_some_and(|node| node.key() == row.key);
            let found = old
                .iter()
                .skip(cursor)
                .position(is_this)
                .map(|at| at + cursor)
                .or_else(|| old.iter().position(is_this));
            let reused = found.and_then(|at| old.get_mut(at)).and_then(Option::take);
            if let Some(mut node) = reused {
                cursor = found.map_or(cursor, |at| at + 1);
                node.update(row, ui);
                self.rows.push(node);
            } else {
                let is_new = is_after && newest.is_some();
                self.rows.push(RowNode::new(Arc::clone(row), ui, is_new));
                if is_new && is_own(row) {
                    change.own_at_end = true;
                } else if is_new && matches!(row.content, RowContent::Message(_)) {
                    change.arrived.push(Arc::clone(row));
                }
            }
            is_after |= newest == Some(row.key);
        }
        for node in old.iter().flatten() {
            node.node().remove();
        }
        change
    }

    /// Brings the nodes into order and removes what is not there any more.
    fn order(&self) {
        let mut cursor = self.node.first_child();
        if let Some((_, older)) = &self.older {
            place(&self.node, older, &mut cursor);
        }
        for row in &self.rows {
            if let Some((_, divider)) = self.divider.as_ref().filter(|(key, _)| *key == row.key()) {
                place(&self.node, divider, &mut cursor);
            }
            place(&self.node, row.node(), &mut cursor);
        }
        for node in self.typing.iter().map(|(_, node)| node).chain(&self.ended) {
            place(&self.node, node, &mut cursor);
        }
        while let Some(node) = cursor {
            cursor = node.next_sibling();
            let _ = self.node.remove_child(&node);
        }
    }
}

/// Puts a node where the cursor is, unless it is there already.
fn place(lane: &Element, node: &Element, cursor: &mut Option<Node>) {
    if cursor.as_ref().is_some_and(|at| at.is_same_node(Some(node))) {
        *cursor = node.next_sibling();
    } else if cursor.is_some() {
        let _ = lane.insert_before(node, cursor.as_ref());
    } else {
        append(lane, node);
    }
}

/// What stands above the first row.
fn edge(older: Older, words: &Words) -> Option<Element> {
    let line = div("edge top");
    let again = |key| button("", "older").text(words.text(key));
    let line = match older {
        Older::None => return None,
        Older::Available => line.child(&again(Key::ShowEarlier)),
        Older::Loading => {
            let spinner = el("i").class("spin").attr("aria-hidden", "true");
            line.child(&spinner)
                .child(&el("span").text(words.text(Key::Loading)))
        }
        Older::Failed => line
            .child(&el("span").text(words.text(Key::LoadFailed)))
            .child(&again(Key::Retry)),
    };
    Some(line.0)
}

/// Three dots, and the same in words.
fn typing(person: &Person, words: &Words) -> Element {
    let name = if person.name.is_empty() {
        words.text(Key::Team)
    } else {
        &person.name
    };
    let dots = div("bubble part").child(&el("i")).child(&el("i")).child(&el("i"));
    let said = el("span")
        .class("sr")
        .text(&words.with(Key::Typing, "name", name));
    let face = div("side").child(&avatar(name, person.avatar.as_deref()));
    div("msg single typing")
        .child(&face)
        .child(&div("stack").child(&dots).child(&said))
        .0
}
