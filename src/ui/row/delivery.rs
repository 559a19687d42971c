//! What became of an own message, in words below it.

use confab_session::view::{Author, Delivery, MessageRow, Place};

use super::time;
use crate::ui::dom::{El, button, div, el, icon, icons};
use crate::ui::strings::Key;
use crate::ui::words::Words;

/// The line below an own message: its time at the end of a group, its state where the view wants it worded.
pub fn line(message: &MessageRow, words: &Words) -> Option<El> {
    let ends_group = matches!(message.place, Place::Last | Place::Single);
    let state = message.delivery.as_ref().filter(|_| message.show_delivery);
    if message.author != Author::Contact || (state.is_none() && !ends_group) {
        return None;
    }
    if let Some(Delivery::Failed {
        status,
        reason,
        certain,
        ..
    }) = state
    {
        return Some(failed(*status, reason.as_deref(), *certain, words));
    }
    let line = div("meta").child(&time(message.at, words));
    let (drawing, key) = match state {
        Some(
            Delivery::Saving(_)
            | Delivery::Sending(_)
            | Delivery::Queued {
                waiting_for_network: false,
                is_held: false,
                ..
            },
        ) => (icons::CLOCK, Key::Sending),
        Some(Delivery::Queued {
            waiting_for_network, ..
        }) => {
            let key = if *waiting_for_network {
                Key::WaitingForNetwork
            } else {
                Key::Waiting
            };
            (icons::CLOCK, key)
        }
        Some(Delivery::Unconfirmed(_)) => (icons::CLOCK, Key::Checking),
        Some(Delivery::Sent) => (icons::TICK, Key::Sent),
        Some(Delivery::Seen { .. }) => (icons::TICK, Key::Seen),
        Some(Delivery::NotDelivered) => (icons::WARN, Key::NotDelivered),
        Some(Delivery::Failed { .. }) | None => return Some(line),
    };
    Some(
        line.child(&icon(drawing))
            .child(&el("span").text(words.text(key))),
    )
}

/// A state in one word, for the style sheet and for tests.
pub fn name(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Saving(_) => "saving",
        Delivery::Queued { .. } => "queued",
        Delivery::Sending(_) => "sending",
        Delivery::Unconfirmed(_) => "unconfirmed",
        Delivery::Failed { .. } => "failed",
        Delivery::Sent => "sent",
        Delivery::Seen { .. } => "seen",
        Delivery::NotDelivered => "not-delivered",
    }
}

/// Red, with a reason and two ways out.
fn failed(status: Option<u16>, reason: Option<&str>, certain: bool, words: &Words) -> El {
    let key = if certain { Key::NotSent } else { Key::MaybeSent };
    let line = div("meta bad")
        .attr("role", "alert")
        .child(&icon(icons::WARN))
        .child(&el("span").text(words.text(key)));
    let why = match status {
        Some(413 | 414 | 431) => Key::TooLong,
        Some(_) => Key::Refused,
        None => Key::GaveUp,
    };
    line.clone().child(&el("span").text(words.text(why)));
    if let Some(reason) = reason {
        line.clone().child(&el("span").attr("dir", "auto").text(reason));
    }
    let retry = button("", "retry").text(words.text(Key::Retry));
    let discard = button("", "discard").text(words.text(Key::Delete));
    line.child(&el("span").class("acts").child(&retry).child(&discard))
}
