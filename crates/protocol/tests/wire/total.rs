//! No text makes a decoder panic, and a path survives any name.

use crate::eg;
use confab_protocol::{
    Conversation, ConversationEvent, Frame, Inbox, Message, Request, SourceId, Survey, TypingEvent, from_json,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::LazyLock;

/// Offers a text to every decoder. Whether they like it does not matter; the number of those that do says that they ran.
fn decode_by_all(text: &str) -> usize {
    let mut liked = 0;
    for request in REQUESTS.iter() {
        for (status, content_type) in [(200, "application/json"), (500, "")] {
            liked += usize::from(request.read(status, content_type, text).is_ok());
        }
    }
    liked += usize::from(Frame::read(text).is_ok());
    liked += usize::from(from_json::<Inbox>("Inbox", text).is_ok());
    liked += usize::from(from_json::<Message>("Message", text).is_ok());
    liked += usize::from(from_json::<Vec<Conversation>>("Conversations", text).is_ok());
    liked += usize::from(from_json::<ConversationEvent>("ConversationEvent", text).is_ok());
    liked += usize::from(from_json::<TypingEvent>("TypingEvent", text).is_ok());
    liked + usize::from(from_json::<Survey>("Survey", text).is_ok())
}

static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(eg::requests);

/// Keys that some decoder knows, and words that some field knows.
const KEYS: [&str; 40] = [
    "id",
    "uuid",
    "status",
    "inbox_id",
    "messages",
    "message",
    "event",
    "data",
    "type",
    "identifier",
    "reconnect",
    "users",
    "conversation",
    "conversation_id",
    "message_type",
    "created_at",
    "updated_at",
    "content",
    "content_type",
    "content_attributes",
    "items",
    "options",
    "actions",
    "submitted_values",
    "csat_survey_response",
    "rating",
    "attachments",
    "file_type",
    "file_size",
    "width",
    "coordinates_lat",
    "sender",
    "name",
    "meta",
    "assignee",
    "source_id",
    "pubsub_token",
    "working_hours",
    "day_of_week",
    "attributes",
];
const WORDS: [&str; 16] = [
    "message.created",
    "conversation.updated",
    "conversation.typing_on",
    "presence.update",
    "disconnect",
    "welcome",
    "open",
    "true",
    "7",
    "-1.5",
    "2026-01-02T03:04:05Z",
    "2026-99-99T99:99:99+99:99",
    "image",
    "é",
    "",
    "9223372036854775808",
];

pub fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        prop::sample::select(&WORDS[..]).prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        let key =
            prop_oneof![8 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned), 1 => any::<String>()];
        let fields = prop::collection::vec((key, inner.clone()), 0..8);
        prop_oneof![
            1 => prop::collection::vec(inner, 0..4).prop_map(Json::from),
            3 => fields.prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

/// Documents that real servers sent, of every kind.
pub static FIXTURES: LazyLock<Vec<Json>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recorded/4.15");
    let mut documents = eg::frames();
    for story in [
        "events-of-a-chat",
        "conversations",
        "interactive",
        "csat",
        "inbox-info",
        "contact-update",
    ] {
        let text = std::fs::read_to_string(folder.join(story).with_extension("json")).unwrap();
        let story: Json = serde_json::from_str(&text).unwrap();
        for step in story["steps"].as_array().unwrap() {
            documents.extend(step["response"].get("body").cloned());
            let arrived = step["arrived"].as_array().into_iter().flatten();
            documents.extend(arrived.filter_map(|arrived| arrived.get("frame").cloned()));
        }
    }
    assert!(documents.len() > 100, "{} fixtures", documents.len());
    documents
});

proptest! {
    #[test]
    fn no_text_makes_a_decoder_panic(text: String) {
        decode_by_all(&text);
    }

    #[test]
    fn no_json_makes_a_decoder_panic(json in any_json()) {
        let text = json.to_string();
        decode_by_all(&text);
        // As the data of an event, too.
        for frame in eg::frames() {
            let mut frame = frame;
            frame["message"]["data"] = json.clone();
            Frame::read(&frame.to_string()).map(drop).unwrap_or_default();
        }
    }

    #[test]
    fn no_recorded_document_with_other_values_makes_a_decoder_panic(
        fixture in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        let mut document = fixture.get(&FIXTURES).clone();
        for (place, value) in changes {
            let pointers = eg::pointers(&document);
            if !pointers.is_empty() {
                let pointer: &String = place.get(&pointers);
                *document.pointer_mut(pointer).unwrap() = value;
            }
        }
        decode_by_all(&document.to_string());
    }

    #[test]
    fn no_recorded_document_that_was_cut_or_garbled_makes_a_decoder_panic(
        fixture in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        garbage in prop_oneof![any::<String>(), prop::sample::select(&["{", "}", "[", "]", "\"", ",", ":", "\\u", "-", "e9"][..]).prop_map(str::to_owned)],
        cut: bool,
    ) {
        let mut bytes = fixture.get(&FIXTURES).to_string().into_bytes();
        let at = place.index(bytes.len());
        if cut {
            bytes.truncate(at);
        }
        bytes.splice(at..at, garbage.bytes());
        decode_by_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn s11_a_path_segment_holds_any_name_and_nothing_but_safe_bytes(name: String) {
        let request = Request::ShowContact { source_id: SourceId::new(&*name) };
        let path = eg::http(&request).path;
        let segment = path.strip_prefix("/public/api/v1/inboxes/Ab12/contacts/").unwrap();
        let mut bytes = segment.bytes();
        let mut decoded = Vec::new();
        while let Some(byte) = bytes.next() {
            let is_plain = byte.is_ascii_alphanumeric() || b"_-~".contains(&byte);
            prop_assert!(is_plain || byte == b'%', "{segment}");
            let digits = [bytes.clone().next(), bytes.clone().nth(1)];
            decoded.push(match digits {
                _ if is_plain => byte,
                [Some(high), Some(low)] => {
                    bytes.nth(1);
                    let plain = u8::from_str_radix(std::str::from_utf8(&[high, low]).unwrap(), 16).unwrap();
                    prop_assert!(!plain.is_ascii_alphanumeric() && !b"_-~".contains(&plain), "{segment}");
                    plain
                }
                _ => panic!("{segment}"),
            });
        }
        prop_assert_eq!(decoded, name.into_bytes());
    }
}

#[test]
fn the_decoders_run_when_they_are_offered_what_they_like() {
    assert_eq!(decode_by_all(&eg::message().to_string()), 17);
    assert_eq!(decode_by_all("[]"), 7);
    assert_eq!(decode_by_all("no JSON"), 3);
    assert_eq!(decode_by_all(&json!({"type": "welcome"}).to_string()), 9);
}

#[test]
fn a_document_as_deep_as_one_likes_is_no_danger() {
    for (open, close) in [
        ("[", "]"),
        ("{\"messages\":[", "]}"),
        ("{\"content_attributes\":", "}"),
    ] {
        for depth in [100, 100_000] {
            let text = [open.repeat(depth), "1".to_owned(), close.repeat(depth)].concat();
            decode_by_all(&text);
        }
    }
    // What is not read may be deep.
    let mut deep = eg::message().to_string();
    deep.pop();
    let custom = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    let message: Message =
        from_json("Message", &format!("{deep},\"additional_attributes\":{custom}}}")).unwrap();
    assert_eq!(message.id.0, 901);
}
