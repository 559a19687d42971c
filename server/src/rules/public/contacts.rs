//! Creating, reading and changing the visitor's own contact, and the HMAC rule.

use super::{Scope, contact_of, session};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::identifier_hash;
use crate::rules::people::{self, Draft};
use crate::rules::{Context, Reply};
use crate::store::{Contact, ContactKey, Inbox, Session};
use crate::wire;

const LONGEST_NAME: usize = 255;

/// Finds the session, or attaches one to a known contact, or makes both.
pub fn create(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let inbox = scope.inbox()?;
    check_hash(inbox, params)?;
    let source_id = source_id(context, params)?;
    if let Some(source_id) = &source_id
        && let Some(session) = Session::by_source(context.db, inbox.id, source_id)?
    {
        let contact = contact_of(context, &session)?;
        return Ok(Reply::Json(wire::session(&contact, &session)));
    }
    let contact = match known(context, inbox.account_id, params)? {
        Some(contact) => contact,
        None => new_contact(context, inbox.account_id, params)?,
    };
    if source_id.as_ref().is_some_and(|text| text.trim().is_empty())
        && context.quirks.contacts.blank_source_is_an_error
    {
        // The contact stays; what is answered stumbles over the missing session.
        return Ok(Reply::Stumbled("a session needs a source_id"));
    }
    let session = people::create_session(context, &contact, inbox, source_id, false)?;
    Ok(Reply::Json(wire::session(&contact, &session)))
}

/// Absent, null or false: one is made up. An array of one counts as its element, any other as none that could be
/// stored; an object is beyond the real server.
fn source_id(context: &Context<'_>, params: &Params) -> Result<Option<String>, ApiError> {
    match params.get("source_id") {
        None | Some(Param::Null | Param::Bool(false)) => Ok(None),
        Some(Param::List(list)) if !context.quirks.contacts.source_may_be_a_list => Ok(Some(as_ruby(list))),
        Some(Param::List(list)) => match list.as_slice() {
            [one] => Ok(Some(one.text().unwrap_or_default())),
            _ => Ok(Some(String::new())),
        },
        Some(Param::Tree(_) | Param::File(_)) => Err(ApiError::Internal("an object as source_id")),
        Some(scalar) => Ok(scalar.text()),
    }
}

/// A list of parameters as Ruby writes it.
fn as_ruby(list: &[Param]) -> String {
    let items: Vec<String> = list
        .iter()
        .map(|item| match item {
            Param::Null => "nil".to_owned(),
            other => other.json().to_string(),
        })
        .collect();
    format!("[{}]", items.join(", "))
}

/// The identifier, where the version takes one.
fn identifier(context: &Context<'_>, params: &Params) -> Option<String> {
    params
        .text("identifier")
        .filter(|_| context.quirks.contacts.identifiers)
}

/// The contact of the account that the parameters name: by identifier, else e-mail, else phone.
fn known(context: &Context<'_>, account: i64, params: &Params) -> Result<Option<Contact>, ApiError> {
    let keys = [
        (ContactKey::Identifier, identifier(context, params)),
        (
            ContactKey::Email,
            params.text("email").map(|email| email.to_lowercase()),
        ),
        (ContactKey::Phone, params.text("phone_number")),
    ];
    for (key, value) in keys {
        if key == ContactKey::Email {
            people::email_must_be_text(context, params)?;
        }
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else {
            continue;
        };
        if let Some(contact) = Contact::by_key(context.db, account, key, &value)? {
            return Ok(Some(contact));
        }
    }
    Ok(None)
}

fn new_contact(context: &mut Context<'_>, account: i64, params: &Params) -> Result<Contact, ApiError> {
    if context.quirks.contacts.name_must_be_text
        && matches!(params.get("name"), Some(Param::Number(_) | Param::Bool(_)))
    {
        return Err(ApiError::Internal("only text can be cut"));
    }
    let name = match params.text("name") {
        Some(name) if context.quirks.contacts.long_names_cut => name.chars().take(LONGEST_NAME).collect(),
        Some(name) => name,
        None => context.random.name(),
    };
    let draft = Draft {
        name: Some(name),
        email: params.text("email"),
        phone_number: params.text("phone_number"),
        identifier: identifier(context, params),
        custom_attributes: params
            .tree("custom_attributes")
            .map(Params::json)
            .unwrap_or_default(),
        ..Draft::default()
    };
    people::create(context, account, draft)
}

/// Reads the session; a valid hash verifies it.
pub fn show(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let session = verified(context, scope, params)?;
    let contact = contact_of(context, &session)?;
    Ok(Reply::Json(wire::session(&contact, &session)))
}

/// Changes the contact: blanks are skipped, attributes merged, the identifier is never touched.
pub fn update(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Reply, ApiError> {
    let session = verified(context, scope, params)?;
    let contact = contact_of(context, &session)?;
    let contact = super::super::merge::identify(context, contact, params)?;
    Ok(Reply::Json(wire::contact_row(&context.quirks.shape, &contact)))
}

fn verified(context: &mut Context<'_>, scope: &Scope, params: &Params) -> Result<Session, ApiError> {
    let inbox = scope.inbox()?;
    let mut session = session(context, inbox, params, "id")?;
    let proved = check_hash(inbox, params)?;
    if proved && !session.hmac_verified {
        session.hmac_verified = true;
        let sql = "UPDATE contact_inboxes SET hmac_verified = 1, updated_at = ? WHERE id = ?";
        context.db.execute(sql, [context.now.0, session.id])?;
    }
    Ok(session)
}

/// Whether a hash was needed or sent, and right. Wrong is a 500.
fn check_hash(inbox: &Inbox, params: &Params) -> Result<bool, ApiError> {
    if params.present("identifier_hash").is_none() && !inbox.hmac_mandatory {
        return Ok(false);
    }
    let identifier = match params.get("identifier") {
        Some(Param::Bool(value)) => value.to_string(),
        other => other.and_then(Param::text).unwrap_or_default(),
    };
    let sent = match params.get("identifier_hash") {
        Some(Param::Text(text)) => text.as_str(),
        _ => "",
    };
    if sent == identifier_hash(&inbox.hmac_token, identifier.as_bytes()) {
        Ok(true)
    } else {
        Err(ApiError::Internal("HMAC failed"))
    }
}
