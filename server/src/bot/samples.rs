//! One message of every kind, as the application API takes them.

use serde_json::{Value, json};

/// A file that the bot can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What is said with it.
    pub content: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its content type.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// An image.
pub const PICTURE: Sample = Sample {
    content: "The Meadow 7, in green:",
    name: "meadow-7.png",
    content_type: "image/png",
    bytes: include_bytes!("meadow.png"),
};

/// A second of sound.
pub const RECORDING: Sample = Sample {
    content: "This is its bell:",
    name: "bell.wav",
    content_type: "audio/wav",
    bytes: include_bytes!("bell.wav"),
};

/// Something to download.
pub const DOCUMENT: Sample = Sample {
    content: "And how to look after it:",
    name: "care.txt",
    content_type: "text/plain",
    bytes: b"Meadow 7\n\nOil the chain once a month, after rain sooner.\nPump the tyres to 3.5 bar.\nBring it to us once a year.\n",
};

/// Text.
pub fn text(content: &str) -> Value {
    json!({"content": content})
}

fn kind(content_type: &str, content: &str, attributes: &Value) -> Value {
    json!({"content": content, "content_type": content_type, "content_attributes": attributes})
}

/// A choice between `(value, title)`.
pub fn choice<'a>(content: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let items: Vec<Value> = entries
        .map(|(value, title)| json!({"title": title, "value": value}))
        .collect();
    kind("input_select", content, &json!({"items": items}))
}

/// A form with every type of field.
pub fn form() -> Value {
    let topics = json!([{"label": "Brakes", "value": "brakes"}, {"label": "Gears", "value": "gears"}, {"label": "Something else", "value": "other"}]);
    let items = json!([
        {"name": "name", "type": "text", "label": "Name", "placeholder": "Kim", "required": "required"},
        {"name": "email", "type": "email", "label": "E-mail", "placeholder": "kim@example.org", "required": "required",
         "pattern_error": "This does not look like an e-mail address."},
        {"name": "topic", "type": "select", "label": "What is it about?", "options": topics},
        {"name": "details", "type": "text_area", "label": "Details", "placeholder": "It squeaks when it rains …"},
    ]);
    kind(
        "form",
        "A few facts for the workshop:",
        &json!({"items": items, "button_label": "Send to the workshop"}),
    )
}

/// Two cards; `base` is where their pictures are.
pub fn cards(base: &str) -> Value {
    let card = |title: &str, description: &str, picture: &str, payload: &str| {
        json!({
            "title": title,
            "description": description,
            "media_url": format!("{base}/agent/{picture}.svg"),
            "actions": [
                {"type": "link", "text": "See it", "uri": format!("https://example.org/{picture}")},
                {"type": "postback", "text": "Reserve", "payload": payload},
            ],
        })
    };
    let items = [
        card(
            "Meadow 7",
            "Seven gears, chain case, carries 25 kg. € 890",
            "meadow",
            "RESERVE_MEADOW_7",
        ),
        card(
            "Harbour E",
            "Quiet motor, 90 km on one charge. € 2,450",
            "harbour",
            "RESERVE_HARBOUR_E",
        ),
    ];
    kind("cards", "Two that may fit you:", &json!({"items": items}))
}

/// Two articles.
pub fn articles() -> Value {
    let items = json!([
        {"title": "Adjusting a squeaking brake", "description": "Five minutes and one hex key.", "link": "https://example.org/help/brakes"},
        {"title": "Returning an order", "description": "Thirty days, no questions, free label.", "link": "https://example.org/help/returns"},
    ]);
    kind(
        "article",
        "This may help until tomorrow:",
        &json!({"items": items}),
    )
}

/// What Markdown can do.
pub fn formatted() -> Value {
    text(
        "**Order 17** left the *warehouse*, ~~yesterday~~ today.\n\n- Carrier: River Post\n- Number: `RP-2211`\n\n> It was wrapped with care.\n\n\
         1. Follow it at https://example.org/track/RP-2211\n2. Or [write to us](mailto:hello@example.org)\n\n```\nETA 15:00\n```",
    )
}

/// Asks for an e-mail address.
pub fn email() -> Value {
    kind("input_email", "Where may we write to you?", &json!({}))
}

/// An invitation to a video call.
pub fn call() -> Value {
    kind(
        "integrations",
        "Shall we look at it together?",
        &json!({"type": "dyte", "data": {"meeting_id": "sample-meeting"}}),
    )
}

/// A survey in the other form than the one that comes with resolving.
pub fn stars() -> Value {
    kind(
        "input_csat",
        "How was this conversation, in stars?",
        &json!({"display_type": "star"}),
    )
}
