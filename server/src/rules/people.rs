//! Contacts and their sessions: validation, creation, changes and the events agents get.

use rusqlite::params;
use serde_json::{Map, Value, json};

use super::Context;
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::store::{Contact, Inbox, Session};
use crate::wire;

const LONGEST_FIELD: usize = 255;
const LONGEST_SOURCE: usize = 20_000;

/// A contact to be made.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone_number: Option<String>,
    pub identifier: Option<String>,
    pub custom_attributes: Map<String, Value>,
    pub additional_attributes: Map<String, Value>,
    pub blocked: bool,
}

/// Stores a contact and tells the account's agents.
pub fn create(context: &mut Context<'_>, account: i64, draft: Draft) -> Result<Contact, ApiError> {
    let now = context.now;
    let mut contact = Contact {
        id: 0,
        account_id: account,
        name: draft.name,
        email: draft.email,
        phone_number: draft.phone_number,
        identifier: draft.identifier,
        custom_attributes: draft.custom_attributes,
        additional_attributes: draft.additional_attributes,
        contact_type: "visitor".to_owned(),
        blocked: draft.blocked,
        last_activity_at: None,
        created_at: now,
        updated_at: now,
    };
    normalise(&mut contact);
    check(context, &contact)?;
    let sql = "INSERT INTO contacts (account_id, name, email, phone_number, identifier, custom_attributes,
               additional_attributes, contact_type, blocked, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    context.db.prepare_cached(sql)?.execute(params![
        account,
        contact.name,
        contact.email,
        contact.phone_number,
        contact.identifier,
        json!(contact.custom_attributes).to_string(),
        json!(contact.additional_attributes).to_string(),
        contact.contact_type,
        contact.blocked,
        now.0,
        now.0
    ])?;
    contact.id = context.db.last_insert_rowid();
    announce(context, &contact, "contact.created");
    Ok(contact)
}

/// Writes what `change` did and tells the account's agents. No change, no event.
pub fn save(
    context: &mut Context<'_>,
    contact: &mut Contact,
    change: impl FnOnce(&mut Contact),
) -> Result<(), ApiError> {
    let before = contact.clone();
    change(contact);
    normalise(contact);
    if *contact == before {
        return Ok(());
    }
    check(context, contact)?;
    contact.updated_at = context.now;
    let sql = "UPDATE contacts SET name = ?, email = ?, phone_number = ?, identifier = ?, custom_attributes = ?,
               additional_attributes = ?, contact_type = ?, blocked = ?, last_activity_at = ?, updated_at = ? WHERE id = ?";
    context.db.prepare_cached(sql)?.execute(params![
        contact.name,
        contact.email,
        contact.phone_number,
        contact.identifier,
        json!(contact.custom_attributes).to_string(),
        json!(contact.additional_attributes).to_string(),
        contact.contact_type,
        contact.blocked,
        contact.last_activity_at.map(|at| at.0),
        contact.updated_at.0,
        contact.id
    ])?;
    announce(context, contact, "contact.updated");
    Ok(())
}

/// E-mail addresses are lower case or null; who left an address or number is a lead.
fn normalise(contact: &mut Contact) {
    contact.email = contact
        .email
        .take()
        .map(|text| text.to_lowercase())
        .filter(|text| !text.trim().is_empty());
    let reachable = contact.email.is_some()
        || contact
            .phone_number
            .as_ref()
            .is_some_and(|text| !text.trim().is_empty());
    if contact.contact_type == "visitor" && reachable {
        "lead".clone_into(&mut contact.contact_type);
    }
}

fn check(context: &Context<'_>, contact: &Contact) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    if let Some(email) = &contact.email {
        if taken(context, contact, "email", email)? {
            errors.push(("email", "Email has already been taken".to_owned()));
        }
        if !is_email(email) {
            errors.push(("email", "Email Invalid email".to_owned()));
        }
    }
    if let Some(identifier) = contact.identifier.as_ref().filter(|text| !text.trim().is_empty())
        && taken(context, contact, "identifier", identifier)?
    {
        errors.push(("identifier", "Identifier has already been taken".to_owned()));
    }
    if let Some(phone) = contact
        .phone_number
        .as_ref()
        .filter(|text| !text.trim().is_empty())
    {
        if taken(context, contact, "phone_number", phone)? {
            errors.push(("phone_number", "Phone number has already been taken".to_owned()));
        }
        if !is_phone(phone) {
            errors.push(("phone_number", "Phone number should be in e164 format".to_owned()));
        }
    }
    let fields = [
        ("email", "Email", &contact.email),
        ("identifier", "Identifier", &contact.identifier),
        ("name", "Name", &contact.name),
        ("phone_number", "Phone number", &contact.phone_number),
    ];
    for (field, label, value) in fields {
        let limited = field == "name" || context.quirks.contacts.all_texts_limited;
        if limited
            && value
                .as_ref()
                .is_some_and(|text| text.chars().count() > LONGEST_FIELD)
        {
            errors.push((
                field,
                format!("{label} is too long (maximum is {LONGEST_FIELD} characters)"),
            ));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::Invalid(errors))
    }
}

fn taken(context: &Context<'_>, contact: &Contact, column: &str, value: &str) -> rusqlite::Result<bool> {
    let sql = match column {
        "email" => "SELECT count(*) FROM contacts WHERE account_id = ? AND email = ? AND id <> ?",
        "identifier" => "SELECT count(*) FROM contacts WHERE account_id = ? AND identifier = ? AND id <> ?",
        _ => "SELECT count(*) FROM contacts WHERE account_id = ? AND phone_number = ? AND id <> ?",
    };
    let values = params![contact.account_id, value, contact.id];
    let count: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row(values, |row| row.get(0))?;
    Ok(count > 0)
}

/// A number or `true` where an e-mail belongs cannot be looked for in small letters.
pub fn email_must_be_text(context: &Context<'_>, params: &Params) -> Result<(), ApiError> {
    let odd = matches!(params.present("email"), Some(Param::Number(_) | Param::Bool(_)));
    if odd && context.quirks.contacts.emails_found_in_any_case {
        return Err(ApiError::Internal("text is expected of an e-mail"));
    }
    Ok(())
}

/// Something, one `@`, something, no blanks; a dot is not asked for.
fn is_email(text: &str) -> bool {
    let clean = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@')
        .is_some_and(|(local, domain)| clean(local) && clean(domain))
}

/// Ends with `+` and 2 to 15 digits, the first not 0; what stands before is not looked at.
fn is_phone(text: &str) -> bool {
    let digits = text.rsplit('+').next().unwrap_or_default();
    text.contains('+')
        && (2..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

/// Tells all agents of the account.
pub fn announce(context: &mut Context<'_>, contact: &Contact, event: &'static str) {
    let mut data = wire::contact_push(&context.quirks.shape, contact);
    wire::put(&mut data, "account_id", json!(contact.account_id));
    if let Ok(Some(shown)) = super::show::performer(context) {
        wire::put(&mut data, "performer", shown);
    }
    context.emit(vec![format!("account_{}", contact.account_id)], event, data);
}

/// Why a session cannot be had under a `source_id`.
pub const TAKEN: &str = "the source_id belongs to another contact";

/// Gives a contact a session in an inbox; without a `source_id` it gets a random one. One that it has is found,
/// and stays as it is; one of another contact is [`TAKEN`].
pub fn create_session(
    context: &mut Context<'_>,
    contact: &Contact,
    inbox: &Inbox,
    source_id: Option<String>,
    hmac_verified: bool,
) -> Result<Session, ApiError> {
    let source_id = source_id.unwrap_or_else(|| context.random.uuid());
    if source_id.trim().is_empty() {
        return Err(if context.quirks.contacts.blank_source_is_an_error {
            ApiError::Internal("a session needs a source_id")
        } else {
            ApiError::invalid("source_id", "Source can't be blank")
        });
    }
    if context.quirks.contacts.all_texts_limited && source_id.chars().count() > LONGEST_SOURCE {
        return Err(ApiError::invalid(
            "source_id",
            format!("Source is too long (maximum is {LONGEST_SOURCE} characters)"),
        ));
    }
    if let Some(found) = Session::by_source(context.db, inbox.id, &source_id)? {
        return if found.contact_id == contact.id {
            Ok(found)
        } else {
            Err(ApiError::Internal(TAKEN))
        };
    }
    let now = context.now;
    let mut session = Session {
        id: 0,
        contact_id: contact.id,
        inbox_id: inbox.id,
        source_id,
        pubsub_token: context.random.token(),
        hmac_verified,
        created_at: now,
        updated_at: now,
    };
    let sql =
        "INSERT INTO contact_inboxes (contact_id, inbox_id, source_id, pubsub_token, hmac_verified, created_at, updated_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        contact.id,
        inbox.id,
        session.source_id,
        session.pubsub_token,
        hmac_verified,
        now.0,
        now.0
    ];
    context.db.prepare_cached(sql)?.execute(values)?;
    session.id = context.db.last_insert_rowid();
    Ok(session)
}

/// Merges attributes key by key, objects within objects too.
pub fn deep_merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => deep_merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers() {
        assert!(is_email("a@b") && is_email("jo.doe@example.org"));
        assert!(!is_email("a b@c") && !is_email("@c") && !is_email("a@b@c") && !is_email("plain"));
        assert!(is_phone("+12") && is_phone("tel:+123456789012345"));
        assert!(
            !is_phone("12345")
                && !is_phone("+0123")
                && !is_phone("+1 555")
                && !is_phone("+1234567890123456")
                && !is_phone("+1")
        );
    }

    #[test]
    fn attributes_merge_deeply_and_keys_stay() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let mut attributes = map(json!({"plan": "free", "nested": {"a": 1, "b": 2}}));
        deep_merge(
            &mut attributes,
            map(json!({"nested": {"b": 3, "c": null}, "extra": [1]})),
        );
        assert_eq!(
            Value::Object(attributes),
            json!({"plan": "free", "nested": {"a": 1, "b": 3, "c": null}, "extra": [1]})
        );
    }
}
