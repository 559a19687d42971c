//! Contacts as agents see and change them.

use rusqlite::params;
use serde_json::{Value, json};

use super::{Agent, inbox};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::people::{self, Draft};
use crate::rules::presence::{self, MemberKind};
use crate::rules::{Context, Reply, show as shown};
use crate::store::{Contact, Conversation, Inbox, Session};
use crate::wire;

const PAGE: i64 = 15;

fn contact(context: &Context<'_>, agent: &Agent, params: &Params, name: &str) -> Result<Contact, ApiError> {
    let id = params.integer(name).ok_or(ApiError::Missing)?;
    let found = Contact::by_id(context.db, id)?.filter(|contact| contact.account_id == agent.account);
    found.ok_or(ApiError::Missing)
}

/// The contact with its sessions, as every answer but the list of conversations has it.
fn document(context: &Context<'_>, contact: &Contact) -> Result<Value, ApiError> {
    let mut document = shown::application_contact(context, contact)?;
    let sql = "SELECT * FROM contact_inboxes WHERE contact_id = ? ORDER BY id";
    let mut statement = context.db.prepare_cached(sql)?;
    let sessions: Vec<Session> = statement
        .query_map([contact.id], Session::read)?
        .collect::<rusqlite::Result<_>>()?;
    let mut shown = Vec::with_capacity(sessions.len());
    for session in &sessions {
        shown.push(session_document(context, contact.account_id, session)?);
    }
    wire::put(&mut document, "contact_inboxes", Value::Array(shown));
    Ok(document)
}

/// In a list: older versions count the contact's conversations there.
fn counted(context: &Context<'_>, contact: &Contact) -> Result<Value, ApiError> {
    let mut document = document(context, contact)?;
    if !context.quirks.application.brief_contacts {
        let sql = "SELECT count(*) FROM conversations WHERE contact_id = ?";
        let count: i64 = context
            .db
            .prepare_cached(sql)?
            .query_row([contact.id], |row| row.get(0))?;
        wire::put(&mut document, "conversations_count", json!(count));
    }
    Ok(document)
}

fn session_document(context: &Context<'_>, account: i64, session: &Session) -> Result<Value, ApiError> {
    let inbox = Inbox::by_id(context.db, account, session.inbox_id)?;
    let brief = context.quirks.application.brief_contacts;
    let inbox = inbox.map(|inbox| {
        if brief {
            wire::slim_inbox(&inbox)
        } else {
            shown::application_inbox(context, &inbox)
        }
    });
    Ok(json!({"source_id": session.source_id, "inbox": inbox}))
}

struct Page {
    total: i64,
    number: i64,
    documents: Vec<Value>,
}

impl Page {
    fn shown(&self) -> i64 {
        i64::try_from(self.documents.len()).unwrap_or(PAGE)
    }
}

fn page(context: &Context<'_>, agent: &Agent, params: &Params, like: &str) -> Result<Page, ApiError> {
    let number = params.integer("page").unwrap_or(1).max(1);
    let filter = "account_id = ?1 AND (?2 = '%%' OR name LIKE ?2 OR email LIKE ?2 OR phone_number LIKE ?2 OR identifier LIKE ?2)";
    let sql = format!("SELECT count(*) FROM contacts WHERE {filter}");
    let total: i64 = context
        .db
        .prepare_cached(&sql)?
        .query_row(params![agent.account, like], |row| row.get(0))?;
    let sql = format!(
        "SELECT * FROM contacts WHERE {filter} ORDER BY last_activity_at DESC, id DESC LIMIT ?3 OFFSET ?4"
    );
    let mut statement = context.db.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![agent.account, like, PAGE, (number - 1) * PAGE],
        Contact::read,
    )?;
    let found: Vec<Contact> = rows.collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> =
        found.iter().map(|contact| counted(context, contact)).collect();
    Ok(Page {
        total,
        number,
        documents: documents?,
    })
}

/// Fifteen a page, the latest active first.
pub fn list(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let found = page(context, agent, params, "%%")?;
    let meta = json!({"count": found.total, "current_page": found.number});
    Ok(Reply::Json(json!({"meta": meta, "payload": found.documents})))
}

/// By a part of name, e-mail, phone or identifier.
pub fn search(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let Some(text) = params.present("q").and_then(Param::text) else {
        return Err(ApiError::Refused(
            "Specify search string with parameter q".to_owned(),
        ));
    };
    let found = page(context, agent, params, &format!("%{}%", text.trim()))?;
    let before = (found.number - 1) * PAGE + found.shown();
    let mut meta = json!({"count": found.shown(), "current_page": found.number});
    if context.quirks.application.search_has_more {
        wire::put(&mut meta, "has_more", json!(before < found.total));
    }
    Ok(Reply::Json(json!({"meta": meta, "payload": found.documents})))
}

/// A contact, with a session when an inbox is named.
pub fn create(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = match params.present("inbox_id") {
        Some(_) => Some(inbox(context, agent, params, "inbox_id")?),
        None => None,
    };
    let draft = Draft {
        name: Some(params.text("name").unwrap_or_default()),
        email: params.text("email"),
        phone_number: params.text("phone_number"),
        identifier: params.text("identifier"),
        custom_attributes: params
            .tree("custom_attributes")
            .map(Params::json)
            .unwrap_or_default(),
        additional_attributes: params
            .tree("additional_attributes")
            .map(Params::json)
            .unwrap_or_default(),
        blocked: context.quirks.contacts.blocking && params.boolean("blocked").unwrap_or(false),
    };
    let contact = people::create(context, agent.account, draft)?;
    // A blank `source_id` makes no session, and the answer then tells of no inbox either.
    let source_id = params.text("source_id");
    let blank = source_id.as_ref().is_some_and(|text| text.trim().is_empty());
    let inbox = inbox.filter(|_| !blank);
    let session = match &inbox {
        Some(inbox) => Some(people::create_session(
            context, &contact, inbox, source_id, false,
        )?),
        None => None,
    };
    let session = json!({
        "inbox": inbox.as_ref().map(|inbox| wire::raw_inbox(&context.quirks.shape, inbox)),
        "source_id": session.map(|session| session.source_id),
    });
    Ok(Reply::Json(
        json!({"payload": {"contact": document(context, &contact)?, "contact_inbox": session}}),
    ))
}

/// One contact.
pub fn show(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let contact = contact(context, agent, params, "id")?;
    Ok(Reply::Json(json!({"payload": document(context, &contact)?})))
}

/// Changes what is sent; attributes are replaced key by key, objects within them as a whole.
pub fn update(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let mut contact = contact(context, agent, params, "id")?;
    let blocking = context.quirks.contacts.blocking;
    people::save(context, &mut contact, |contact| {
        for (name, field) in [
            ("name", &mut contact.name),
            ("email", &mut contact.email),
            ("phone_number", &mut contact.phone_number),
            ("identifier", &mut contact.identifier),
        ] {
            if params.get(name).is_some() {
                *field = params.text(name);
            }
        }
        if let Some(attributes) = params.tree("custom_attributes") {
            contact.custom_attributes.extend(attributes.json());
        }
        if let Some(attributes) = params.tree("additional_attributes") {
            contact.additional_attributes.extend(attributes.json());
        }
        if blocking {
            contact.blocked = params.boolean("blocked").unwrap_or(contact.blocked);
        }
    })?;
    Ok(Reply::Json(json!({"payload": document(context, &contact)?})))
}

/// Deletes a contact with all it said; not while it is online.
pub fn delete(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let contact = contact(context, agent, params, "id")?;
    agent.administrator()?;
    if presence::is_online(context, MemberKind::Contact, contact.account_id, contact.id)? {
        let name = contact.name.as_deref().unwrap_or_default();
        let message = format!("The contact {name} is online. Please try again later");
        return Err(ApiError::Refused(message));
    }
    for sql in [
        "DELETE FROM messages WHERE conversation_id IN (SELECT id FROM conversations WHERE contact_id = ?)",
        "DELETE FROM conversations WHERE contact_id = ?",
        "DELETE FROM contact_inboxes WHERE contact_id = ?",
        "DELETE FROM contacts WHERE id = ?",
    ] {
        context.db.execute(sql, [contact.id])?;
    }
    people::announce(context, &contact, "contact.deleted");
    Ok(Reply::Empty)
}

/// The contact's conversations, the latest first, at most 20.
pub fn conversations(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let contact = contact(context, agent, params, "contact_id")?;
    let sql =
        "SELECT * FROM conversations WHERE contact_id = ? ORDER BY last_activity_at DESC, id DESC LIMIT 20";
    let mut statement = context.db.prepare_cached(sql)?;
    let rows = statement.query_map([contact.id], Conversation::read)?;
    let found: Vec<Conversation> = rows.collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = found
        .iter()
        .map(|conversation| shown::application_conversation(context, conversation))
        .collect();
    Ok(Reply::Json(json!({"payload": documents?})))
}

/// Inboxes through which the contact could be written to.
pub fn contactable_inboxes(
    context: &mut Context<'_>,
    agent: &Agent,
    params: &Params,
) -> Result<Reply, ApiError> {
    let contact = contact(context, agent, params, "id")?;
    let sql = "SELECT * FROM inboxes WHERE account_id = ? ORDER BY id";
    let mut statement = context.db.prepare_cached(sql)?;
    let inboxes: Vec<Inbox> = statement
        .query_map([contact.account_id], Inbox::read)?
        .collect::<rusqlite::Result<_>>()?;
    drop(statement);
    let mut documents = Vec::with_capacity(inboxes.len());
    for inbox in &inboxes {
        let source_id = context.random.uuid();
        documents.push(json!({"source_id": source_id, "inbox": wire::slim_inbox(inbox)}));
    }
    Ok(Reply::Json(json!({"payload": documents})))
}

/// Another session for a contact.
pub fn create_session(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let contact = contact(context, agent, params, "contact_id")?;
    let inbox = inbox(context, agent, params, "inbox_id")?;
    let verified =
        context.quirks.application.sessions_verified && params.boolean("hmac_verified") == Some(true);
    let session = people::create_session(context, &contact, &inbox, params.text("source_id"), verified)?;
    Ok(Reply::Json(session_document(context, agent.account, &session)?))
}
