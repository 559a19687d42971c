//! The interactive kinds, readable: choices, cards, articles, forms, surveys, with what was answered.

use confab_content::bidi::clean_name;
use confab_content::link::SafeLink;
use confab_protocol::ContentType;
use confab_protocol::model::{Item, Submitted};
use confab_session::view::MessageRow;

use super::link::{anchor, labelled};
use super::{is_plain, markdown};
use crate::ui::dom::{El, button, div, el};
use crate::ui::face::{image, is_web};
use crate::ui::strings::Key;
use crate::ui::words::Words;

/// The faces of a survey, from 1 to 5.
const FACES: [&str; 5] = ["😞", "😑", "😐", "😀", "😍"];

/// The outlined box of a message that is more than text; nothing for one that is not.
pub fn card(message: &MessageRow, words: &Words) -> Option<El> {
    let items = &message.attributes.items;
    let is_survey = message.content_type == ContentType::InputCsat;
    if is_plain(&message.content_type)
        || (items.is_empty() && message.attributes.submitted.is_none() && !is_survey)
    {
        return None;
    }
    let card = div("card part");
    match &message.text {
        Some(text) => markdown::render(&card.0, text),
        None if is_survey => {
            card.clone()
                .child(&el("p").text(words.text(Key::RateConversation)));
        }
        None => {}
    }
    if !items.is_empty() {
        let list = el("ul");
        for item in items {
            list.clone().child(&entry(item, message));
        }
        card.clone().child(&list);
    }
    if let Some(answer) = message
        .attributes
        .submitted
        .as_ref()
        .and_then(|submitted| answer(submitted, items))
    {
        card.clone()
            .child(
                &el("small")
                    .attr("dir", "auto")
                    .text(&words.with(Key::YourAnswer, "text", &answer)),
            );
    }
    Some(card)
}

fn entry(item: &Item, message: &MessageRow) -> El {
    let node = el("li");
    let title = [&item.title, &item.label, &item.name, &item.value]
        .into_iter()
        .flatten()
        .next();
    let title = clean_name(title.map_or("", String::as_str));
    match message.content_type {
        ContentType::InputSelect => {
            // What is chosen is said: bots that take choices take words, and the outbox keeps them safe.
            let pill = if message.attributes.submitted.is_none() {
                button("pill", "starter")
            } else if is_chosen(item, message) {
                el("span").class("pill on")
            } else {
                el("span").class("pill")
            };
            return node.child(&pill.attr("dir", "auto").text(&title));
        }
        ContentType::Article | ContentType::Cards => {
            if let Some(address) = item.media_url.as_deref().filter(|address| is_web(address)) {
                node.clone().child(&image(address, "").attr("loading", "lazy"));
            }
        }
        _ => {}
    }
    let heading = match labelled(item.link.as_deref(), &title) {
        Some(link) => anchor(&link).text(&title),
        None => el("b").text(&title),
    };
    node.clone().child(&heading.attr("dir", "auto"));
    warn(&node, labelled(item.link.as_deref(), &title).as_ref());
    if let Some(text) = &item.description {
        node.clone().child(&el("small").attr("dir", "auto").text(text));
    }
    for action in &item.actions {
        let label = clean_name(action.text.as_deref().unwrap_or_default());
        if let Some(link) = labelled(action.uri.as_deref(), &label) {
            warn(&node, Some(&link));
            node.clone()
                .child(&anchor(&link).class("pill").attr("dir", "auto").text(&label));
        } else if let Some(payload) = &action.payload {
            // The server knows no call for it: the page is told.
            let pill = button("pill", "postback").attr("data-payload", payload);
            node.clone().child(&pill.attr("dir", "auto").text(&label));
        }
    }
    node
}

/// Says where a link leads whose label names another place.
fn warn(node: &El, link: Option<&SafeLink>) {
    if let Some(link) = link.filter(|link| link.suspicious()) {
        node.clone().child(&el("small").text(link.host()));
    }
}

fn is_chosen(item: &Item, message: &MessageRow) -> bool {
    match &message.attributes.submitted {
        Some(Submitted::Values(values)) => values
            .iter()
            .any(|value| value.value.is_some() && value.value == item.value),
        Some(Submitted::Csat { .. }) | None => false,
    }
}

/// What was answered, where no filled pill shows it.
fn answer(submitted: &Submitted, items: &[Item]) -> Option<String> {
    match submitted {
        Submitted::Csat { rating, feedback } => {
            let face = rating.and_then(|rating| usize::try_from(rating).ok()?.checked_sub(1));
            let face = face.and_then(|at| FACES.get(at)).copied().unwrap_or_default();
            Some(
                [face, " ", feedback.as_deref().unwrap_or_default()]
                    .concat()
                    .trim()
                    .to_owned(),
            )
        }
        Submitted::Values(values) => {
            let is_item =
                |value: &Option<String>| value.is_some() && items.iter().any(|item| item.value == *value);
            let shown = values.iter().filter(|value| !is_item(&value.value));
            let texts: Vec<&str> = shown
                .filter_map(|value| value.value.as_deref().or(value.title.as_deref()))
                .collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
    }
    .filter(|text| !text.is_empty())
}
