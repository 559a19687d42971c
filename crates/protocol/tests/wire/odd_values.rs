//! Any value may stand anywhere, tried place by place.

use crate::eg;
use confab_protocol::{
    ContactRow, ContactSession, Conversation, ConversationEvent, FromJson, Inbox, Message, Survey,
    TypingEvent, from_json,
};
use serde_json::{Value as Json, json};

#[test]
fn documents_need_nothing_but_the_fields_that_the_protocol_names() {
    assert_tolerates::<ContactSession>("ContactSession", &eg::session(), &["/source_id", "/pubsub_token"]);
    assert_tolerates::<ContactRow>("ContactRow", &json!({"id": 41, "name": null}), &["/id"]);
    assert_tolerates::<Inbox>("Inbox", &eg::inbox(), &[]);
    let needs = ["/id", "/message_type", "/conversation_id", "/created_at"];
    assert_tolerates::<Message>("Message", &eg::message(), &needs);
    assert_tolerates::<Conversation>("Conversation", &eg::conversation(), &["/id", "/status"]);
    assert_tolerates::<ConversationEvent>(
        "ConversationEvent",
        &eg::conversation_event(),
        &["/id", "/status"],
    );
    assert_tolerates::<TypingEvent>("TypingEvent", &eg::typing(), &["/conversation/id"]);
    let survey =
        json!({"id": 915, "csat_survey_response": {"rating": 4}, "display_type": "emoji", "content": null});
    assert_tolerates::<Survey>("Survey", &survey, &[]);
}

/// Replaces each value of the document by each odd one, and leaves each key out once. Only the `required` ones may matter.
fn assert_tolerates<T: FromJson>(what: &'static str, document: &Json, required: &[&str]) {
    let decode = |json: &Json| from_json::<T>(what, &json.to_string());
    decode(document).unwrap_or_else(|error| panic!("{error}: {document}"));
    let mut tried = 0;
    for pointer in eg::pointers(document) {
        if required.contains(&pointer.as_str()) {
            let error = decode(&without(document, &pointer)).map(drop).unwrap_err();
            assert_eq!(
                (error.what, format!("/{}", error.path.replace('.', "/"))),
                (what, pointer.clone())
            );
            continue;
        }
        for odd in odd_values() {
            let mut changed = document.clone();
            *changed.pointer_mut(&pointer).unwrap() = odd.clone();
            if !required
                .iter()
                .any(|required| required.starts_with(&format!("{pointer}/")))
            {
                decode(&changed).unwrap_or_else(|error| panic!("{pointer} is {odd}: {error}"));
                tried += 1;
            }
        }
        if !required
            .iter()
            .any(|required| required.starts_with(&format!("{pointer}/")))
        {
            decode(&without(document, &pointer)).unwrap_or_else(|error| panic!("without {pointer}: {error}"));
        }
    }
    assert!(tried > 0 || eg::pointers(document).len() == required.len());
}

fn odd_values() -> Vec<Json> {
    vec![
        Json::Null,
        json!(true),
        json!(0),
        json!(-7),
        json!(7.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("  "),
        json!("7"),
        json!("odd \u{0} \u{1F600}"),
        json!([]),
        json!([null, 1, "x", [], {}]),
        json!({}),
        json!({"id": {}, "type": [], "csat_survey_response": 4}),
        (0..90).fold(json!("deep"), |inner, _| json!({ "": [inner] })),
    ]
}

fn without(document: &Json, pointer: &str) -> Json {
    let mut changed = document.clone();
    let (parent, step) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Json::Object(fields) => drop(fields.remove(step)),
        Json::Array(items) => drop(items.remove(step.parse().unwrap())),
        other => panic!("{other} has no parts"),
    }
    changed
}
