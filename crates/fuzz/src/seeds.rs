//! What real servers sent, from the recordings of this repository.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::frames::CONVERSATION;

/// Answers and frames as they came. Without recordings, the least of each.
pub fn documents() -> Vec<Vec<u8>> {
    let mut documents = vec![
        b"{}".to_vec(),
        b"[]".to_vec(),
        "**bold** [a](https://shop.example) `code`\n- one\n- two".into(),
    ];
    for step in steps() {
        let body = step.pointer("/response/body").filter(|body| !body.is_null());
        let arrived = step
            .get("arrived")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let frames = arrived.filter_map(|arrived| arrived.get("frame"));
        documents.extend(
            body.into_iter()
                .chain(frames)
                .map(|document| document.to_string().into()),
        );
    }
    shorten(documents)
}

/// Frames in the order in which they came, several in one input, all of one conversation.
pub fn frames() -> Vec<Vec<u8>> {
    let mut lines = vec![
        r#"{"type":"welcome"}"#.to_owned(),
        r#"{"type":"ping","message":1}"#.to_owned(),
    ];
    for step in steps() {
        let arrived = step
            .get("arrived")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for frame in arrived.filter_map(|arrived| arrived.get("frame")) {
            let mut frame = frame.clone();
            let event = frame.pointer("/message/event").and_then(Value::as_str);
            let own =
                event.is_some_and(|event| event.starts_with("conversation.") && !event.contains("typing"));
            let id = if own {
                "/message/data/id"
            } else {
                "/message/data/conversation_id"
            };
            for place in [id, "/message/data/conversation/id"] {
                if let Some(id) = frame.pointer_mut(place) {
                    *id = json!(CONVERSATION);
                }
            }
            lines.push(frame.to_string());
        }
    }
    shorten(lines.chunks(6).map(|lines| lines.join("\n").into()).collect())
}

/// The steps of all recorded stories.
fn steps() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recorded/4.15");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let stories = paths.into_iter().filter_map(|path| {
        let story: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        story.get("steps")?.as_array().cloned()
    });
    stories.flatten().collect()
}

/// Short ones are tried more often in the same time.
fn shorten(mut documents: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    documents.sort();
    documents.dedup();
    documents.retain(|document| document.len() < 8_000);
    documents
}
