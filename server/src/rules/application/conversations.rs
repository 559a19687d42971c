//! Conversations as agents list, open and delete them.

use rusqlite::types::Value as Sql;
use rusqlite::{params, params_from_iter};
use serde_json::{Value, json};

use super::{Agent, Caller, actions, conversation, inbox};
use crate::error::ApiError;
use crate::params::Params;
use crate::rules::messages::{self, Draft as Text};
use crate::rules::threads::{self, Draft};
use crate::rules::{Context, Reply, attachments, people, show as shown};
use crate::store::{Actor, Contact, Conversation, Inbox, Message, Sender, Session, Status};
use crate::time::Instant;

const PAGE: i64 = 25;
/// A search looks into what contacts and agents wrote, whatever the status.
const SAYS: &str = " AND id IN (SELECT conversation_id FROM messages WHERE message_type IN (0, 1) AND content LIKE ? ESCAPE '\\')";

/// The filters of a list, without the assignee.
struct Filter {
    condition: String,
    values: Vec<Sql>,
}

impl Filter {
    fn read(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Self, ApiError> {
        let mut condition = "account_id = ?".to_owned();
        let mut values = vec![Sql::Integer(agent.account)];
        if params.present("inbox_id").is_some() {
            let inbox = inbox(context, agent, params, "inbox_id")?;
            condition.push_str(" AND inbox_id = ?");
            values.push(Sql::Integer(inbox.id));
        }
        if !agent.user.is_administrator() {
            condition.push_str(" AND inbox_id IN (SELECT inbox_id FROM inbox_members WHERE user_id = ?)");
            values.push(Sql::Integer(agent.user.id));
        }
        if let Some(text) = params.text("q") {
            condition.push_str(SAYS);
            values.push(Sql::Text(format!("%{text}%")));
            return Ok(Self { condition, values });
        }
        let status = params.text("status").unwrap_or_else(|| "open".to_owned());
        if status != "all" {
            let status = Status::parse(&status).ok_or(ApiError::Internal("an unknown status"))?;
            condition.push_str(" AND status = ?");
            values.push(Sql::Text(status.name().to_owned()));
        }
        Ok(Self { condition, values })
    }

    fn count(&self, context: &Context<'_>, more: &str) -> rusqlite::Result<i64> {
        let sql = format!(
            "SELECT count(*) FROM conversations WHERE {}{more}",
            self.condition
        );
        context
            .db
            .prepare_cached(&sql)?
            .query_row(params_from_iter(&self.values), |row| row.get(0))
    }
}

fn mine(agent: &Agent) -> String {
    format!(" AND assignee_id = {}", agent.user.id)
}

fn meta(context: &Context<'_>, agent: &Agent, filter: &Filter) -> Result<Value, ApiError> {
    Ok(json!({
        "mine_count": filter.count(context, &mine(agent))?,
        "assigned_count": filter.count(context, " AND assignee_id IS NOT NULL")?,
        "unassigned_count": filter.count(context, " AND assignee_id IS NULL")?,
        "all_count": filter.count(context, "")?,
    }))
}

/// 25 a page, the latest active first, with the counts of all pages.
pub fn list(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let filter = Filter::read(context, agent, params)?;
    let assigned = match params.text("assignee_type").as_deref() {
        Some("me") => mine(agent),
        Some("unassigned") => " AND assignee_id IS NULL".to_owned(),
        Some("assigned") => " AND assignee_id IS NOT NULL".to_owned(),
        _ => String::new(),
    };
    let page = params.integer("page").unwrap_or(1).max(1);
    let sql = format!(
        "SELECT * FROM conversations WHERE {}{assigned} ORDER BY last_activity_at DESC, id DESC LIMIT {PAGE} OFFSET {}",
        filter.condition,
        page.saturating_sub(1).saturating_mul(PAGE)
    );
    let mut statement = context.db.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(&filter.values), Conversation::read)?;
    let found: Vec<Conversation> = rows.collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = found
        .iter()
        .map(|conversation| shown::application_conversation(context, conversation))
        .collect();
    Ok(Reply::Json(
        json!({"data": {"meta": meta(context, agent, &filter)?, "payload": documents?}}),
    ))
}

/// The counts alone.
pub fn counts(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let filter = Filter::read(context, agent, params)?;
    Ok(Reply::Json(json!({"meta": meta(context, agent, &filter)?})))
}

/// One conversation.
pub fn show(context: &Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, caller, params, "id")?;
    Ok(Reply::Json(shown::application_conversation(
        context,
        &conversation,
    )?))
}

/// Changes the priority, if it is sent.
pub fn update(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let mut conversation = conversation(context, caller, params, "id")?;
    if params.get("priority").is_some() {
        actions::set_priority(context, caller, &mut conversation, params)?;
    }
    Ok(Reply::Json(shown::application_conversation(
        context,
        &conversation,
    )?))
}

/// A conversation in a session found by `source_id` alone, or by inbox and contact; with a first message if one is sent.
pub fn create(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Reply, ApiError> {
    let session = session(context, caller, params)?;
    let contact = Contact::by_id(context.db, session.contact_id)?.ok_or(ApiError::Missing)?;
    let inbox = Inbox::by_id(context.db, caller.account, session.inbox_id)?.ok_or(ApiError::Missing)?;
    let status = match params.present("status").and_then(crate::params::Param::text) {
        Some(text) => Some(Status::parse(&text).ok_or(ApiError::Internal("an unknown status"))?),
        None => None,
    };
    let draft = Draft {
        status,
        assignee_id: params.integer("assignee_id"),
        snoozed_until: params.integer("snoozed_until").map(Instant::from_seconds),
        custom_attributes: params
            .tree("custom_attributes")
            .map(Params::json)
            .unwrap_or_default(),
        additional_attributes: params
            .tree("additional_attributes")
            .map(Params::json)
            .unwrap_or_default(),
        always_new: !context.quirks.application.locked_for_agents,
    };
    let mut conversation = threads::create(context, &inbox, &session, &contact, draft)?;
    if let Some(message) = params.tree("message") {
        let sender = match &caller.actor {
            Actor::User(user) => Sender::User(user.id),
            Actor::Bot(bot) => Sender::Bot(bot.id),
        };
        let mut text = Text::text(Message::OUTGOING, message.text("content"), Some(sender));
        text.files = attachments::uploaded_or_named(context, message)?;
        messages::create(context, &mut conversation, text)?;
    }
    Ok(Reply::Json(shown::application_conversation(
        context,
        &conversation,
    )?))
}

fn session(context: &mut Context<'_>, caller: &Caller, params: &Params) -> Result<Session, ApiError> {
    if params.present("contact_id").is_some() && params.present("inbox_id").is_some() {
        let inbox = inbox(context, caller, params, "inbox_id")?;
        let id = params.integer("contact_id").ok_or(ApiError::Missing)?;
        let contact = Contact::by_id(context.db, id)?.filter(|contact| contact.account_id == caller.account);
        let contact = contact.ok_or(ApiError::Missing)?;
        let source_id = params.text("source_id");
        if source_id.as_ref().is_none_or(|text| !text.trim().is_empty()) {
            let verified =
                context.quirks.application.sessions_verified && params.boolean("hmac_verified") == Some(true);
            return people::create_session(context, &contact, &inbox, source_id, verified)
                .map_err(as_refusal);
        }
    }
    let source_id = params.text("source_id").ok_or(ApiError::Missing)?;
    let sql = "SELECT s.* FROM contact_inboxes AS s JOIN inboxes ON inboxes.id = s.inbox_id
               WHERE s.source_id = ? AND inboxes.account_id = ? ORDER BY s.id LIMIT 1";
    let mut statement = context.db.prepare_cached(sql)?;
    let mut rows = statement.query(params![source_id, caller.account])?;
    rows.next()?
        .map(Session::read)
        .transpose()?
        .ok_or(ApiError::Missing)
}

/// The controller words it when the `source_id` is another's.
fn as_refusal(error: ApiError) -> ApiError {
    match error {
        ApiError::Internal(people::TAKEN) => ApiError::Refused("source_id should be unique".to_owned()),
        other => other,
    }
}

/// Deletes a conversation; the contact is told nothing.
pub fn delete(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let conversation = conversation(context, agent, params, "id")?;
    agent.administrator()?;
    threads::announce(
        context,
        &conversation,
        "conversation.deleted",
        threads::Audience::Agents,
    )?;
    context.db.execute(
        "DELETE FROM messages WHERE conversation_id = ?",
        [conversation.id],
    )?;
    context
        .db
        .execute("DELETE FROM conversations WHERE id = ?", [conversation.id])?;
    Ok(Reply::Empty)
}
