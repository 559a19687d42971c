//! Inboxes: public, slim, raw and for agents.

use serde_json::{Map, Value, json};

use super::{Document, Shape};
use crate::store::Inbox;

/// Monday to Friday nine to five, closed at the week-end.
pub fn default_working_hours() -> Value {
    let day = |day: i64| {
        let closed = day == 0 || day == 6;
        let hour = |hour: i64| if closed { Value::Null } else { json!(hour) };
        json!({
            "day_of_week": day,
            "closed_all_day": closed,
            "open_hour": hour(9),
            "open_minutes": hour(0),
            "close_hour": hour(17),
            "close_minutes": hour(0),
            "open_all_day": false,
        })
    };
    Value::Array((0..7).map(day).collect())
}

/// The settings of a new inbox.
pub fn default_settings() -> Map<String, Value> {
    let defaults = json!({
        "enable_auto_assignment": true,
        "greeting_enabled": false,
        "greeting_message": null,
        "working_hours_enabled": false,
        "out_of_office_message": null,
        "timezone": "UTC",
        "enable_email_collect": true,
        "csat_survey_enabled": false,
        "allow_messages_after_resolved": true,
        "auto_assignment_config": {},
        "lock_to_single_conversation": false,
        "portal_id": null,
        "sender_name_type": "friendly",
        "business_name": null,
        "csat_config": {},
    });
    match defaults {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn setting(inbox: &Inbox, name: &str) -> Value {
    inbox.settings.get(name).cloned().unwrap_or_default()
}

/// What a contact may know of the inbox: eight keys.
pub fn public_inbox(inbox: &Inbox) -> Value {
    json!({
        "identifier": inbox.identifier,
        "identity_validation_enabled": inbox.hmac_mandatory,
        "name": inbox.name,
        "timezone": setting(inbox, "timezone"),
        "working_hours": inbox.working_hours,
        "working_hours_enabled": setting(inbox, "working_hours_enabled"),
        "csat_survey_enabled": setting(inbox, "csat_survey_enabled"),
        "greeting_enabled": setting(inbox, "greeting_enabled"),
    })
}

/// The inbox of a `contact_inboxes` entry.
pub fn slim_inbox(inbox: &Inbox) -> Value {
    json!({
        "id": inbox.id,
        "avatar_url": "",
        "channel_id": inbox.channel_id,
        "name": inbox.name,
        "channel_type": "Channel::Api",
        "provider": null,
    })
}

/// The raw row, as the answer to creating a contact embeds it.
pub fn raw_inbox(shape: &Shape, inbox: &Inbox) -> Value {
    let mut row = Map::new();
    row.insert("id".into(), json!(inbox.id));
    row.insert("channel_id".into(), json!(inbox.channel_id));
    row.insert("account_id".into(), json!(inbox.account_id));
    row.insert("name".into(), json!(inbox.name));
    row.insert("created_at".into(), json!(inbox.created_at.iso()));
    row.insert("updated_at".into(), json!(inbox.updated_at.iso()));
    row.insert("channel_type".into(), json!("Channel::Api"));
    row.insert("email_address".into(), Value::Null);
    row.extend(inbox.settings.clone());
    shape.fit(Document::RawInbox, Value::Object(row))
}

/// The inbox in the application API; administrators also get its two secrets.
pub fn application_inbox(shape: &Shape, inbox: &Inbox, secrets: bool) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| {
        document.insert(name.to_owned(), value);
    };
    put("id", json!(inbox.id));
    put("avatar_url", json!(""));
    put("channel_id", json!(inbox.channel_id));
    put("name", json!(inbox.name));
    put("channel_type", json!("Channel::Api"));
    for name in [
        "greeting_enabled",
        "greeting_message",
        "working_hours_enabled",
        "enable_email_collect",
        "csat_survey_enabled",
        "csat_config",
        "enable_auto_assignment",
        "auto_assignment_config",
        "out_of_office_message",
    ] {
        put(name, setting(inbox, name));
    }
    put("working_hours", inbox.working_hours.clone());
    put("timezone", setting(inbox, "timezone"));
    put("callback_webhook_url", Value::Null);
    for name in [
        "allow_messages_after_resolved",
        "lock_to_single_conversation",
        "sender_name_type",
        "business_name",
    ] {
        put(name, setting(inbox, name));
    }
    put("allowed_domains", Value::Null);
    put("widget_color", Value::Null);
    put("website_url", Value::Null);
    put("hmac_mandatory", json!(inbox.hmac_mandatory));
    for name in [
        "welcome_title",
        "welcome_tagline",
        "web_widget_script",
        "website_token",
        "selected_feature_flags",
        "reply_time",
        "messaging_service_sid",
        "phone_number",
    ] {
        put(name, Value::Null);
    }
    if secrets {
        put("hmac_token", json!(inbox.hmac_token));
        put("secret", json!(inbox.secret));
    }
    put("webhook_url", json!(inbox.webhook_url));
    put("inbox_identifier", json!(inbox.identifier));
    put("additional_attributes", json!(inbox.additional_attributes));
    put("provider", Value::Null);
    shape.fit(Document::ApplicationInbox, Value::Object(document))
}
