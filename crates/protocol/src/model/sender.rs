//! Whoever wrote a message, types, or has a conversation assigned.

use crate::lenient::{Slot, Taker, own_draft};

/// A person or program of either side. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The database id among those of its kind.
    pub id: Option<i64>,
    /// Which side it is of.
    pub kind: SenderKind,
    /// The name to show: `available_name`, else `name`; never blank.
    pub name: Option<String>,
    /// The address of a picture: `avatar_url`, else `thumbnail`; never blank.
    pub avatar_url: Option<String>,
}

/// The kinds of senders a client tells apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SenderKind {
    /// The visitor.
    Contact,
    /// A person of the team (`user` on the wire).
    Agent,
    /// A program of the team (`agent_bot`, `captain_assistant`).
    Bot,
    /// Not said, or of a kind not known here.
    #[default]
    Unknown,
}

own_draft!(Sender);

impl Taker for Sender {
    fn field(&mut self, key: &str, value: &mut dyn Slot) {
        match key {
            "id" => value.put_int(&mut self.id),
            "type" => self.kind = kind_of(value.text().as_deref()),
            "available_name" => prefer(&mut self.name, value.filled()),
            "name" => stand_in(&mut self.name, value.filled()),
            "avatar_url" => prefer(&mut self.avatar_url, value.filled()),
            "thumbnail" => stand_in(&mut self.avatar_url, value.filled()),
            _ => {}
        }
    }
}

fn kind_of(word: Option<&str>) -> SenderKind {
    match word {
        Some("contact") => SenderKind::Contact,
        Some("user") => SenderKind::Agent,
        Some("agent_bot" | "captain_assistant") => SenderKind::Bot,
        _ => SenderKind::Unknown,
    }
}

/// The better source of a text: it replaces what stands there.
fn prefer(text: &mut Option<String>, better: Option<String>) {
    if better.is_some() {
        *text = better;
    }
}

/// The lesser source of a text: it fills a gap.
fn stand_in(text: &mut Option<String>, lesser: Option<String>) {
    if text.is_none() {
        *text = lesser;
    }
}
