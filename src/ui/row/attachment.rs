//! Pictures, sounds, films, files, places and cards of people.

use confab_content::bidi::FileName;
use confab_protocol::{Attachment, AttachmentKind, digits};

use super::link::{anchor, labelled};
use crate::ui::dom::{El, div, el};
use crate::ui::face::{image, is_web};
use crate::ui::strings::Key;
use crate::ui::words::Words;

/// Longest side of a picture as shown, in pixels; the style sheet cuts the rest.
const SHOWN: u32 = 280;

/// An attachment as a part of its message.
pub fn attachment(file: &Attachment, words: &Words) -> El {
    let address = file.data_url.as_deref().filter(|address| is_web(address));
    match (&file.kind, address) {
        (AttachmentKind::Image, Some(address)) => picture(file, address, words),
        (AttachmentKind::Video, Some(address)) => {
            let player = sized(media("video", address, &title(file, words)), file);
            div("media part").child(&player)
        }
        (AttachmentKind::Audio, Some(address)) => {
            let bubble = div("bubble part").child(&media("audio", address, &title(file, words)));
            match &file.transcribed_text {
                Some(text) => bubble.child(&el("p").class("text").attr("dir", "auto").text(text)),
                None => bubble,
            }
        }
        (AttachmentKind::Location, _) => place(file, words),
        _ => card(file, words),
    }
}

/// What an attachment is called.
pub fn title(file: &Attachment, words: &Words) -> String {
    let own = file
        .fallback_title
        .as_deref()
        .map(confab_content::bidi::clean_name)
        .filter(|title| !title.is_empty());
    let named = || {
        let name = FileName::from_url(file.data_url.as_deref()?).text();
        // A storage's own names say less than the kind of thing.
        (!name.is_empty() && has_file_name(&file.kind)).then_some(name)
    };
    own.or_else(named)
        .unwrap_or_else(|| words.text(kind_name(&file.kind)).to_owned())
}

fn has_file_name(kind: &AttachmentKind) -> bool {
    matches!(
        kind,
        AttachmentKind::Image | AttachmentKind::Audio | AttachmentKind::Video | AttachmentKind::File
    )
}

fn kind_name(kind: &AttachmentKind) -> Key {
    match kind {
        AttachmentKind::Image => Key::Image,
        AttachmentKind::Audio => Key::Audio,
        AttachmentKind::Video => Key::Video,
        AttachmentKind::File => Key::File,
        AttachmentKind::Location => Key::Location,
        AttachmentKind::Contact => Key::Contact,
        AttachmentKind::Fallback
        | AttachmentKind::Embed
        | AttachmentKind::Share
        | AttachmentKind::Unknown(_) => Key::Attachment,
    }
}

/// A picture at the size it will have, so that nothing moves when it arrives. It opens large elsewhere.
fn picture(file: &Attachment, address: &str, words: &Words) -> El {
    let title = title(file, words);
    let source = file
        .thumb_url
        .as_deref()
        .filter(|thumb| is_web(thumb) && !is_small(file))
        .unwrap_or(address);
    let picture = sized(image(source, &title).attr("loading", "lazy"), file);
    match labelled(Some(address), &title) {
        Some(link) => anchor(&link).class("media part").child(&picture),
        None => div("media part").child(&picture),
    }
}

/// Whether the picture itself is no larger than its preview.
fn is_small(file: &Attachment) -> bool {
    file.width.is_some_and(|width| width <= SHOWN)
}

fn sized(node: El, file: &Attachment) -> El {
    match (file.width, file.height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => {
            let shown = width.min(SHOWN);
            let high = (u64::from(height) * u64::from(shown)).div_ceil(u64::from(width));
            node.attr("width", &digits(shown.into()))
                .attr("height", &digits(high.cast_signed()))
        }
        _ => node,
    }
}

fn media(tag: &str, address: &str, title: &str) -> El {
    el(tag)
        .attr("controls", "")
        .attr("preload", "metadata")
        .attr("aria-label", title)
        .attr("src", address)
}

/// Coordinates as a link to a map that needs no account.
fn place(file: &Attachment, words: &Words) -> El {
    let Some((latitude, longitude)) = &file.coordinates else {
        return card(file, words);
    };
    let map = [
        "https://www.openstreetmap.org/?mlat=",
        latitude,
        "&mlon=",
        longitude,
    ]
    .concat();
    let detail = [latitude, ", ", longitude].concat();
    linked(Some(&map), &title(file, words), &detail, "↗")
}

/// A box with the ending of the name, the name and the size.
fn card(file: &Attachment, words: &Words) -> El {
    let title = title(file, words);
    let ending = file
        .data_url
        .as_deref()
        .map(|address| FileName::from_url(address).extension)
        .unwrap_or_default();
    let ending = if ending.is_empty() || ending.len() > 4 {
        "↗".to_owned()
    } else {
        ending
    };
    let size = file
        .file_size
        .filter(|size| *size > 0)
        .map(|size| words.size(size))
        .unwrap_or_default();
    linked(file.data_url.as_deref(), &title, &size, &ending)
}

fn linked(address: Option<&str>, title: &str, detail: &str, mark: &str) -> El {
    let node = match labelled(address, title) {
        Some(link) => anchor(&link),
        None => el("div"),
    };
    let lines = el("span").child(&el("b").attr("dir", "auto").text(title));
    if !detail.is_empty() {
        lines.clone().child(&el("small").text(detail));
    }
    node.class("bubble part file")
        .child(&el("span").class("box").attr("aria-hidden", "true").text(mark))
        .child(&lines)
}
