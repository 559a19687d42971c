//! A line of the timeline as nodes.

mod attachment;
mod card;
mod delivery;
mod link;
mod markdown;

use std::cell::RefCell;
use std::sync::Arc;

use confab_content::text::plain;
use confab_protocol::{ContentType, digits};
use confab_session::view::{Author, Delivery, MessageRow, Place, RowContent};
use confab_session::{OutgoingKey, Row, RowKey, UnixMillis};
use web_sys::Element;

use super::dom::{El, append, button, div, el, set, set_text};
use super::face::avatar;
use super::mount::Ui;
use super::strings::Key;
use super::words::{Words, machine_time};

/// Most emoji that are shown large.
const BIG_EMOJI: usize = 3;
/// Characters of a message that a screen reader is told at once.
const SPOKEN: usize = 200;

/// The node of a row, for as long as its key lives.
pub struct RowNode {
    row: Arc<Row>,
    node: Element,
    pieces: RefCell<Option<Pieces>>,
}

/// The parts of a message's node that are patched on their own: a player goes on playing when the row's place changes.
struct Pieces {
    side: Option<Element>,
    stack: Element,
    who: Element,
    meta: Option<Element>,
}

impl RowNode {
    /// Makes the node; `is_new`: it arrives before the reader's eyes.
    pub fn new(row: Arc<Row>, ui: &Ui, is_new: bool) -> Self {
        let node = match &row.content {
            RowContent::Message(_) => el("article"),
            RowContent::Day { .. } => el("h3").class("day"),
            RowContent::Gap { .. } => div("edge"),
        };
        let node = node.attr("data-key", &digits(row.key.0.cast_signed())).0;
        let this = Self {
            row,
            node,
            pieces: RefCell::new(None),
        };
        this.render(None, ui);
        if is_new {
            let _ = this.node.class_list().add_1("fresh");
        }
        this
    }

    /// Its key.
    pub fn key(&self) -> RowKey {
        self.row.key
    }

    /// Its node.
    pub fn node(&self) -> &Element {
        &self.node
    }

    /// Patches the node when the row is another than before.
    pub fn update(&mut self, row: &Arc<Row>, ui: &Ui) {
        if Arc::ptr_eq(&self.row, row) {
            return;
        }
        let before = std::mem::replace(&mut self.row, Arc::clone(row));
        if before.content != self.row.content {
            self.render(Some(&before.content), ui);
        }
    }

    /// Words the day again.
    pub fn reword(&self, words: &Words) {
        if let RowContent::Day { at } = self.row.content {
            set_text(&self.node, &words.day(at));
        }
    }

    fn render(&self, before: Option<&RowContent>, ui: &Ui) {
        match &self.row.content {
            RowContent::Message(message) => {
                let before = match before {
                    Some(RowContent::Message(before)) => Some(before),
                    _ => None,
                };
                self.render_message(message, before, ui);
            }
            RowContent::Day { .. } => self.reword(&ui.words),
            RowContent::Gap { loading } => {
                self.node.set_text_content(None);
                let line = El(self.node.clone());
                if *loading {
                    let spinner = el("i").class("spin").attr("aria-hidden", "true");
                    line.child(&spinner)
                        .child(&el("span").text(ui.words.text(Key::Loading)));
                } else {
                    line.child(&button("", "gap").text(ui.words.text(Key::ShowMissing)));
                }
            }
        }
    }

    fn render_message(&self, message: &MessageRow, before: Option<&MessageRow>, ui: &Ui) {
        set(&self.node, "class", &classes(message));
        if let Some(delivery) = &message.delivery {
            set(&self.node, "data-delivery", delivery::name(delivery));
        }
        let mut pieces = self.pieces.borrow_mut();
        let pieces = pieces.get_or_insert_with(|| self.frame(message));
        if let Some(side) = &pieces.side {
            side.set_text_content(None);
            if matches!(message.place, Place::Last | Place::Single) {
                let face = avatar(author_name(&message.author, ui), picture_of(&message.author, ui));
                append(side, &face.0);
            }
        }
        if before.is_none_or(|before| body(before) != body(message)) {
            pieces.stack.set_text_content(None);
            append(&pieces.stack, &pieces.who);
            for part in parts(message, ui) {
                append(&pieces.stack, &part.0);
            }
        }
        describe(&pieces.who, message, ui);
        if let Some(meta) = pieces.meta.take() {
            meta.remove();
        }
        pieces.meta = delivery::line(message, &ui.words).map(|line| line.0);
        if let Some(meta) = &pieces.meta {
            append(&pieces.stack, meta);
        }
    }

    fn frame(&self, message: &MessageRow) -> Pieces {
        let side = (message.author != Author::Contact).then(|| div("side").0);
        if let Some(side) = &side {
            append(&self.node, side);
        }
        let (stack, who) = (div("stack").0, el("p").0);
        append(&self.node, &stack);
        Pieces {
            side,
            stack,
            who,
            meta: None,
        }
    }
}

/// The outgoing key of a row that failed.
pub fn failed_key(row: &Row) -> Option<OutgoingKey> {
    match &row.content {
        RowContent::Message(MessageRow {
            delivery: Some(Delivery::Failed { key, .. }),
            ..
        }) => Some(key.clone()),
        _ => None,
    }
}

/// What a person or a team is called.
pub fn author_name<'a>(author: &'a Author, ui: &'a Ui) -> &'a str {
    match author {
        Author::Agent(person) | Author::Bot(person) if !person.name.is_empty() => &person.name,
        Author::Agent(_) | Author::Bot(_) | Author::System | Author::Contact => ui
            .look
            .title
            .as_deref()
            .unwrap_or_else(|| ui.words.text(Key::Team)),
    }
}

/// A message in one line, for ears.
pub fn spoken(message: &MessageRow, words: &Words) -> String {
    if message.deleted {
        return words.text(Key::Deleted).to_owned();
    }
    let text = message.text.as_deref().map(plain).unwrap_or_default();
    let files = message
        .attachments
        .iter()
        .map(|file| attachment::title(file, words));
    let line: Vec<String> = std::iter::once(text)
        .chain(files)
        .filter(|part| !part.is_empty())
        .collect();
    line.join(", ").chars().take(SPOKEN).collect()
}

/// What the visible parts of a message are made of.
fn body(message: &MessageRow) -> impl PartialEq + '_ {
    let MessageRow {
        text,
        attachments,
        content_type,
        attributes,
        quote,
        deleted,
        ..
    } = message;
    (text, attachments, content_type, attributes, quote, deleted)
}

fn classes(message: &MessageRow) -> String {
    let place = match message.place {
        Place::Single => "single",
        Place::First => "first",
        Place::Middle => "middle",
        Place::Last => "last",
    };
    let mut names = ["msg ", place].concat();
    if message.author == Author::Contact {
        names.push_str(" own");
    }
    if matches!(message.delivery, Some(Delivery::Failed { .. })) {
        names.push_str(" failed");
    }
    names
}

fn picture_of<'a>(author: &'a Author, ui: &'a Ui) -> Option<&'a str> {
    match author {
        Author::Agent(person) | Author::Bot(person) => person.avatar.as_deref(),
        Author::System | Author::Contact => ui.look.logo.as_deref(),
    }
}

/// Name and time above a group, and for ears above every message.
fn describe(who: &Element, message: &MessageRow, ui: &Ui) {
    let words = &ui.words;
    let name = author_name(&message.author, ui);
    let is_own = message.author == Author::Contact;
    let opens_group = matches!(message.place, Place::First | Place::Single);
    who.set_text_content(None);
    let line = El(who.clone());
    if is_own || !opens_group {
        let key = if is_own { Key::YouSaid } else { Key::TheySaid };
        let text = super::strings::fill(&words.with(key, "time", &words.time(message.at)), "name", name);
        line.class("sr").text(&text);
        return;
    }
    let line = line.class("who").child(&el("b").attr("dir", "auto").text(name));
    if matches!(message.author, Author::Bot(_)) {
        line.clone()
            .child(&el("span").class("tag").text(words.text(Key::Bot)));
    }
    line.child(&time(message.at, words));
}

/// A time of day that tells the exact instant to whoever asks.
fn time(at: UnixMillis, words: &Words) -> El {
    el("time")
        .attr("datetime", &machine_time(at))
        .attr("title", &words.exact(at))
        .text(&words.time(at))
}

/// The bubbles and boxes of a message.
fn parts(message: &MessageRow, ui: &Ui) -> Vec<El> {
    let words = &ui.words;
    if message.deleted {
        return vec![div("bubble part gone").text(words.text(Key::Deleted))];
    }
    let mut parts = Vec::new();
    if let Some(card) = card::card(message, words) {
        parts.push(card);
    } else if message.text.is_some() || message.quote.is_some() {
        parts.push(bubble(message));
    }
    parts.extend(
        message
            .attachments
            .iter()
            .map(|file| attachment::attachment(file, words)),
    );
    if parts.is_empty() {
        parts.push(div("bubble part gone").text(words.text(Key::Unsupported)));
    }
    parts
}

fn bubble(message: &MessageRow) -> El {
    let big = message.text.as_deref().is_some_and(|text| {
        let line = plain(text);
        message.quote.is_none() && confab_content::text::is_only_emoji(&line, BIG_EMOJI)
    });
    let bubble = div(if big { "bubble part big" } else { "bubble part" });
    if let Some(quote) = &message.quote {
        bubble
            .clone()
            .child(&div("quote").attr("dir", "auto").text(quote));
    }
    if let Some(text) = &message.text {
        markdown::render(&bubble.0, text);
    }
    bubble
}

/// Whether the kind asks for something beyond its text.
fn is_plain(kind: &ContentType) -> bool {
    matches!(
        kind,
        ContentType::Text | ContentType::IncomingEmail | ContentType::Sticker
    )
}
