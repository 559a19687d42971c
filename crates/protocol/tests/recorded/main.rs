//! Every answer of a public route and every frame to a contact's socket that four versions of a real Chatwoot gave decodes,
//! as what it is, without a loss. What the types do not read is listed in `unread.txt` beside this folder.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

use confab_protocol::InboxIdentifier;
use met::{Met, list};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

mod met;
mod routes;
mod unread;

#[test]
fn every_recorded_answer_and_frame_decodes() {
    let mut met = Met::default();
    for version in VERSIONS {
        for story in stories(version) {
            for (number, step) in list(&story["steps"]).iter().enumerate() {
                let place = format!("{version} {} step {number} ({})", story["story"], step["title"]);
                met.step(step, &place);
            }
        }
    }
    let exotic = document(&recorded("fixtures/exotic-messages-4.15.json"));
    met.answer(&routes::messages(), 200, &exotic["messages"], "exotic messages");
    for frame in list(&exotic["frames"]) {
        met.frame(frame, "exotic frames");
    }

    for kind in KINDS {
        let count = met.counts.get(kind).copied().unwrap_or(0);
        assert!(count > 0, "no {kind} was met; met were {:#?}", met.counts);
    }
    let unknown: Vec<_> = met
        .counts
        .keys()
        .filter(|kind| !KINDS.contains(&kind.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "kinds that this test does not expect: {unknown:?}"
    );
    met.unread.compare();
}

const VERSIONS: [&str; 4] = ["2.7", "3.0", "4.1", "4.15"];

const KINDS: [&str; 54] = [
    "attachment Audio",
    "attachment Contact",
    "attachment Embed",
    "attachment Fallback",
    "attachment File",
    "attachment Image",
    "attachment Location",
    "attachment Share",
    "attachment Video",
    "content type Article",
    "content type Cards",
    "content type Form",
    "content type InputCsat",
    "content type InputEmail",
    "content type InputSelect",
    "content type Integrations",
    "content type Sticker",
    "content type Text",
    "content type VoiceCall",
    "conversation Open",
    "conversation Pending",
    "conversation Resolved",
    "conversation Snoozed",
    "frame Confirmed",
    "frame ConversationCreated",
    "frame ConversationUpdated",
    "frame MessageCreated",
    "frame MessageUpdated",
    "frame Ping",
    "frame Presence",
    "frame StatusChanged",
    "frame TypingOff",
    "frame TypingOn",
    "frame Welcome",
    "marker opened",
    "marker preflight",
    "message Delivered",
    "message Failed",
    "message Read",
    "message Sent",
    "refusal Empty",
    "refusal Html",
    "refusal Json",
    "refusal Text",
    "reply Contact",
    "reply Conversation",
    "reply Conversations",
    "reply Done",
    "reply Inbox",
    "reply Message",
    "reply Messages",
    "reply Survey",
    "reply UpdatedContact",
    "sender None",
];

fn stories(version: &str) -> Vec<Json> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(recorded(version))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.file_name().is_some_and(|name| name != "unstable.json"));
    files.sort();
    assert_eq!(files.len(), 31, "stories of {version}");
    files.iter().map(|file| document(file)).collect()
}

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/recorded")
        .join(name)
}

fn document(file: &Path) -> Json {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_inbox_identifier_stands_in_every_path_of_an_inbox() {
    let inbox = InboxIdentifier::new("Ab12");
    for request in [routes::request("GET", "{client}"), routes::messages()] {
        assert!(
            request
                .to_http(&inbox)
                .path
                .starts_with("/public/api/v1/inboxes/Ab12")
        );
    }
}
