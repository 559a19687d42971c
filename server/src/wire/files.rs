//! Attachments: one shape, shared by REST, events and callbacks.

use serde_json::{Value, json};

use super::{Document, put};
use crate::links::Links;
use crate::media;
use crate::quirks::Quirks;
use crate::store::{Attachment, Blob};

/// An attachment. Which members it has depends on its kind; files have addresses of their own.
pub fn attachment(attachment: &Attachment, links: &Links, quirks: &Quirks) -> Value {
    let mut document = json!({
        "id": attachment.id,
        "message_id": attachment.message_id,
        "file_type": attachment.file_type,
        "account_id": attachment.account_id,
    });
    let title = json!(attachment.fallback_title);
    let url = json!(attachment.external_url);
    let mut add = |name: &str, value: Value| put(&mut document, name, value);
    match (attachment.file_type.as_str(), &attachment.blob) {
        ("location", _) => {
            add("coordinates_lat", json!(attachment.coordinates_lat));
            add("coordinates_long", json!(attachment.coordinates_long));
            add("fallback_title", title);
            add("data_url", url);
        }
        ("fallback", _) => {
            add("fallback_title", title);
            add("data_url", url);
        }
        ("contact", _) => {
            add("fallback_title", title);
            add("meta", json!(attachment.meta));
        }
        ("embed", _) => add("data_url", url),
        (_, Some(blob)) => file(attachment, blob, links, quirks, &mut add),
        // A post of another channel: its address is all there is.
        (_, None) => {
            add("data_url", url);
            add("thumb_url", json!(""));
        }
    }
    quirks.shape.fit(Document::Attachment, document)
}

fn file(
    attachment: &Attachment,
    blob: &Blob,
    links: &Links,
    quirks: &Quirks,
    add: &mut impl FnMut(&str, Value),
) {
    let audio = attachment.file_type == "audio";
    let extension = attachment
        .extension
        .as_deref()
        .filter(|_| quirks.files.extensions);
    add("extension", json!(extension));
    add("content_type", json!(blob.content_type));
    let mut address = links.file(blob.id, &blob.filename);
    if audio && quirks.files.audio_inline {
        address.push_str("?disposition=inline");
    }
    add("data_url", json!(address));
    let pictured = attachment.file_type == "image" || !quirks.files.thumbnails_of_images_only;
    let thumbnail = if pictured && media::is_resizable(&blob.content_type) {
        let (_, format) = media::thumbnail_format(&blob.content_type);
        links.thumbnail(blob.id, format, &blob.filename)
    } else {
        String::new()
    };
    add("thumb_url", json!(thumbnail));
    add("file_size", json!(blob.byte_size));
    add("width", json!(blob.width));
    add("height", json!(blob.height));
    if audio {
        let words = attachment.meta.get("transcribed_text").cloned();
        add("transcribed_text", words.unwrap_or_else(|| json!("")));
    }
}
