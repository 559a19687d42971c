//! Inboxes of the channel `api`: making, changing, deleting them.

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::{Context, hours, window};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::random::Random;
use crate::store::Inbox;
use crate::time::Instant;
use crate::wire;

const BOOLEANS: &[&str] = &[
    "greeting_enabled",
    "working_hours_enabled",
    "enable_email_collect",
    "csat_survey_enabled",
    "enable_auto_assignment",
    "allow_messages_after_resolved",
    "lock_to_single_conversation",
];
const TEXTS: &[&str] = &[
    "greeting_message",
    "out_of_office_message",
    "timezone",
    "sender_name_type",
    "business_name",
];
const TREES: &[&str] = &["auto_assignment_config"];
const NAME_RULE: &str =
    "Name should not start or end with symbols, and it should not have < > / \\ @ characters.";

/// Stores a new inbox with the settings every new one has.
pub fn new_inbox(
    db: &Connection,
    account: i64,
    name: &str,
    random: &mut Random,
    now: Instant,
) -> rusqlite::Result<Inbox> {
    let channel: i64 = db.query_row(
        "SELECT coalesce(max(channel_id), 0) + 1 FROM inboxes",
        [],
        |row| row.get(0),
    )?;
    let mut inbox = Inbox {
        id: 0,
        account_id: account,
        channel_id: channel,
        name: name.to_owned(),
        identifier: random.token(),
        hmac_token: random.token(),
        hmac_mandatory: false,
        secret: random.token(),
        webhook_url: None,
        settings: wire::default_settings(),
        working_hours: wire::default_working_hours(),
        additional_attributes: Map::new(),
        created_at: now,
        updated_at: now,
    };
    db.execute(
        "INSERT INTO inboxes (account_id, channel_id, name, identifier, hmac_token, hmac_mandatory, secret, settings,
         working_hours, additional_attributes, created_at, updated_at) VALUES (?, ?, ?, ?, ?, 0, ?, '', '', '', ?, 0)",
        params![account, channel, name, inbox.identifier, inbox.hmac_token, inbox.secret, now.0],
    )?;
    inbox.id = db.last_insert_rowid();
    write(db, &inbox)?;
    Ok(inbox)
}

/// Stores what an inbox is now.
pub fn write(db: &Connection, inbox: &Inbox) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE inboxes SET name = ?, hmac_mandatory = ?, webhook_url = ?, settings = ?, working_hours = ?,
         additional_attributes = ?, updated_at = ? WHERE id = ?",
        params![
            inbox.name,
            inbox.hmac_mandatory,
            inbox.webhook_url,
            json!(inbox.settings).to_string(),
            inbox.working_hours.to_string(),
            json!(inbox.additional_attributes).to_string(),
            inbox.updated_at.0,
            inbox.id
        ],
    )?;
    Ok(())
}

/// Makes every user of the account a member.
pub fn join_all(db: &Connection, inbox: &Inbox) -> rusqlite::Result<()> {
    let sql = "INSERT INTO inbox_members (inbox_id, user_id) SELECT ?, id FROM users WHERE account_id = ?";
    db.execute(sql, [inbox.id, inbox.account_id])?;
    Ok(())
}

/// Applies what an administrator sent and stores it.
pub fn update(context: &Context<'_>, inbox: &mut Inbox, params: &Params) -> Result<(), ApiError> {
    if let Some(name) = params.get("name") {
        inbox.name = name.text().unwrap_or_default();
    }
    let mut complaints = Vec::new();
    if inbox.name.trim().is_empty() {
        complaints.push(("name", "Name can't be blank".to_owned()));
    }
    if !context.quirks.application.any_inbox_name && !is_plain(&inbox.name) {
        complaints.push(("name", NAME_RULE.to_owned()));
    }
    apply_settings(&mut inbox.settings, params);
    if let Some(config) = params
        .tree("csat_config")
        .filter(|_| params.present("csat_config").is_some())
    {
        let config = survey_settings(config, context.quirks.surveys.with_button);
        inbox.settings.insert("csat_config".to_owned(), config);
    }
    if !is_zone(&inbox.settings) {
        complaints.push(("timezone", "Timezone is not included in the list".to_owned()));
    }
    if !complaints.is_empty() {
        return Err(ApiError::Invalid(complaints));
    }
    if let Some(Param::List(days)) = params.get("working_hours") {
        hours::apply(&mut inbox.working_hours, days)?;
    }
    if let Some(channel) = params.tree("channel") {
        if channel.get("webhook_url").is_some() {
            inbox.webhook_url = channel.text("webhook_url");
        }
        if let Some(mandatory) = channel.boolean("hmac_mandatory") {
            inbox.hmac_mandatory = mandatory;
        }
        if let Some(attributes) = channel.tree("additional_attributes") {
            inbox.additional_attributes = attributes.json();
            window::check(&inbox.additional_attributes)?;
        }
    }
    inbox.updated_at = context.now;
    write(context.db, inbox)?;
    Ok(())
}

/// Begins and ends with a letter, digit or underscore, and has none of the characters that older versions refuse.
fn is_plain(name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    name.starts_with(word) && name.ends_with(word) && !name.contains(['<', '>', '/', '\\', '@'])
}

fn apply_settings(settings: &mut Map<String, Value>, params: &Params) {
    let mut set = |name: &str, value: Value| {
        settings.insert(name.to_owned(), value);
    };
    for name in BOOLEANS {
        if let Some(value) = params.boolean(name) {
            set(name, json!(value));
        }
    }
    for name in TEXTS {
        if params.get(name).is_some() {
            set(name, json!(params.text(name)));
        }
    }
    for name in TREES {
        if let Some(tree) = params.tree(name) {
            set(name, Value::Object(tree.json()));
        }
    }
}

/// What an inbox keeps about its survey: all of it, whatever was left out.
fn survey_settings(config: &Params, with_button: bool) -> Value {
    let or = |name: &str, usual: &str| {
        config
            .get(name)
            .and_then(Param::text)
            .unwrap_or_else(|| usual.to_owned())
    };
    let rules = config.tree("survey_rules");
    let operator = rules.and_then(|rules| rules.text("operator"));
    let values: Vec<String> = match rules.and_then(|rules| rules.get("values")) {
        Some(Param::List(list)) => list.iter().filter_map(Param::text).collect(),
        _ => Vec::new(),
    };
    let mut settings = json!({
        "display_type": or("display_type", "emoji"),
        "message": or("message", ""),
        "survey_rules": {"operator": operator.unwrap_or_else(|| "contains".to_owned()), "values": values},
    });
    if with_button {
        wire::put(
            &mut settings,
            "button_text",
            json!(or("button_text", "Please rate us")),
        );
        wire::put(&mut settings, "language", json!(or("language", "en")));
    }
    settings
}

/// Whether the time zone is one, in its right spelling.
fn is_zone(settings: &Map<String, Value>) -> bool {
    let name = settings
        .get("timezone")
        .and_then(Value::as_str)
        .unwrap_or_default();
    jiff::tz::TimeZone::get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

/// Deletes an inbox with everything in it.
pub fn delete(context: &Context<'_>, inbox: i64) -> Result<(), ApiError> {
    for sql in [
        "DELETE FROM messages WHERE inbox_id = ?",
        "DELETE FROM conversations WHERE inbox_id = ?",
        "DELETE FROM contact_inboxes WHERE inbox_id = ?",
        "DELETE FROM inbox_members WHERE inbox_id = ?",
        "DELETE FROM inboxes WHERE id = ?",
    ] {
        context.db.execute(sql, [inbox])?;
    }
    Ok(())
}
