//! The own JSON reader and a well-known one agree on every document.

use crate::eg;
use crate::total::{FIXTURES, any_json};
use confab_protocol::{
    ContactSession, Conversation, ConversationEvent, FromJson, Inbox, Json, Message, Survey, TypingEvent,
    from_json,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Debug;

/// What the other reader would have made of it.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => serde_json::from_str(number).unwrap(),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(value).collect()),
        Json::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, field)| (key.clone(), value(field)))
                .collect(),
        ),
    }
}

/// Both read the same or nothing; what is written again is read as the same. Says whether it was read.
fn agree_on_text(text: &str) -> bool {
    let theirs = serde_json::from_str::<Value>(text);
    let ours = text.parse::<Json>();
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(&value(ours), theirs, "{text}");
            assert_eq!(&ours.to_string().parse::<Json>().unwrap(), ours);
        }
        (Err(ours), Err(theirs)) => {
            assert_eq!(
                ours.reason == "JSON that ends too early",
                theirs.is_eof(),
                "{theirs}: {text}"
            );
        }
        // Half a surrogate pair, and numbers beyond a float.
        (Ok(_), Err(_)) => {
            assert!(
                ["\\ud", "\\uD", "e", "E"].iter().any(|odd| text.contains(odd)),
                "{text}"
            );
        }
        (Err(error), Ok(_)) => panic!("{error}: {text}"),
    }
    ours.is_ok()
}

fn agree_on_type<T: FromJson + DeserializeOwned + Debug + PartialEq>(text: &str) {
    let ours = from_json::<T>("T", text);
    let theirs = serde_json::from_str::<T>(text);
    assert_eq!(ours.ok(), theirs.ok(), "{text}");
}

fn agree_on_types(text: &str) {
    agree_on_type::<ContactSession>(text);
    agree_on_type::<Inbox>(text);
    agree_on_type::<Message>(text);
    agree_on_type::<Conversation>(text);
    agree_on_type::<ConversationEvent>(text);
    agree_on_type::<TypingEvent>(text);
    agree_on_type::<Survey>(text);
}

#[test]
fn both_agree_on_every_recorded_document() {
    for document in FIXTURES.iter() {
        for text in [document.to_string(), format!("{document:#}")] {
            assert!(agree_on_text(&text));
            agree_on_types(&text);
            agree_on_types(&document["message"]["data"].to_string());
        }
    }
    agree_on_types(&eg::message().to_string());
}

proptest! {
    #[test]
    fn both_agree_on_any_document(json in any_json()) {
        let text = json.to_string();
        prop_assert!(agree_on_text(&text));
        agree_on_types(&text);
    }

    #[test]
    fn both_agree_on_any_text(text in "[\\[\\]{}\",:\\\\ \n\t0-9eE.+\\-a-fnrtulés\u{1}]{0,24}") {
        agree_on_text(&text);
    }

    #[test]
    fn both_agree_on_a_document_that_was_garbled(
        json in any_json(),
        place in any::<prop::sample::Index>(),
        garbage in "[\\[\\]{}\",:\\\\ \n0-9e.\\-nul]{0,3}",
        gone in 0..3_usize,
    ) {
        let mut bytes = json.to_string().into_bytes();
        let at = place.index(bytes.len());
        let end = bytes.len().min(at + gone);
        bytes.splice(at..end, garbage.bytes());
        agree_on_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_text_is_written_so_that_it_is_read_as_it_was(text: String) {
        let written = Json::from(text.as_str()).to_string();
        prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
        prop_assert_eq!(written.parse::<Json>().unwrap(), Json::from(text));
    }
}
