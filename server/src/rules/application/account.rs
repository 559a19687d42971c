//! The agent's own profile, the account's agents, and inboxes with their members.

use rusqlite::params;
use serde_json::{Value, json};

use super::{Agent, inbox};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::{Context, Reply, inboxes as model, presence, show};
use crate::store::{Inbox, User};
use crate::wire;

/// Who the token belongs to.
pub fn profile(context: &Context<'_>, agent: &Agent) -> Result<Reply, ApiError> {
    let user = User::by_id(context.db, agent.user.id)?.ok_or(ApiError::Missing)?;
    let sql = "SELECT name FROM accounts WHERE id = ?";
    let account: String = context.db.query_row(sql, [agent.account], |row| row.get(0))?;
    let availability = presence::availability(context, &user)?;
    Ok(Reply::Json(wire::profile(
        &context.quirks.shape,
        &user,
        &account,
        &availability,
        context.now,
    )))
}

/// What the agent wants to be seen as.
pub fn availability(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let wanted = params
        .tree("profile")
        .and_then(|profile| profile.get("availability"));
    presence::set_availability(context, &agent.user, wanted)?;
    profile(context, agent)
}

fn shown(context: &Context<'_>, user: &User) -> Result<Value, ApiError> {
    Ok(wire::account_user(
        &context.quirks.shape,
        user,
        &presence::availability(context, user)?,
    ))
}

/// All agents of the account.
pub fn agents(context: &Context<'_>, agent: &Agent) -> Result<Reply, ApiError> {
    let sql = "SELECT * FROM users WHERE account_id = ? ORDER BY id";
    let mut statement = context.db.prepare_cached(sql)?;
    let users: Vec<User> = statement
        .query_map([agent.account], User::read)?
        .collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = users.iter().map(|user| shown(context, user)).collect();
    Ok(Reply::Json(Value::Array(documents?)))
}

/// All inboxes for administrators, their own for agents.
pub fn inboxes(context: &Context<'_>, agent: &Agent) -> Result<Reply, ApiError> {
    let administrator = agent.user.is_administrator();
    let sql = "SELECT * FROM inboxes WHERE account_id = ?1 AND
               (?2 OR id IN (SELECT inbox_id FROM inbox_members WHERE user_id = ?3)) ORDER BY name, id";
    let mut statement = context.db.prepare_cached(sql)?;
    let rows = statement.query_map(params![agent.account, administrator, agent.user.id], Inbox::read)?;
    let found: Vec<Inbox> = rows.collect::<rusqlite::Result<_>>()?;
    let documents: Vec<Value> = found
        .iter()
        .map(|inbox| show::application_inbox(context, inbox))
        .collect();
    Ok(Reply::Json(json!({"payload": documents})))
}

/// A new inbox of the channel `api`.
pub fn create_inbox(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    agent.administrator()?;
    let kind = params.tree("channel").and_then(|channel| channel.text("type"));
    if kind.as_deref() != Some("api") {
        return Err(ApiError::Internal("only inboxes of the type api"));
    }
    let name = params.text("name").unwrap_or_default();
    let mut inbox = model::new_inbox(context.db, agent.account, &name, context.random, context.now)?;
    model::update(context, &mut inbox, params)?;
    Ok(Reply::Json(show::application_inbox(context, &inbox)))
}

/// One inbox; the two secrets for administrators only.
pub fn show_inbox(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = inbox(context, agent, params, "id")?;
    let sql = "SELECT count(*) FROM inbox_members WHERE inbox_id = ? AND user_id = ?";
    let member: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row([inbox.id, agent.user.id], |row| row.get(0))?;
    if member == 0 {
        agent.administrator()?;
    }
    Ok(Reply::Json(show::application_inbox(context, &inbox)))
}

/// Changes settings, hours and channel.
pub fn update_inbox(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let mut inbox = inbox(context, agent, params, "id")?;
    agent.administrator()?;
    model::update(context, &mut inbox, params)?;
    Ok(Reply::Json(show::application_inbox(context, &inbox)))
}

/// A new key for signing callbacks.
pub fn reset_secret(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    if !context.quirks.callbacks.signed {
        return Err(ApiError::NoRoute);
    }
    let mut inbox = inbox(context, agent, params, "id")?;
    agent.administrator()?;
    inbox.secret = context.random.token();
    context.db.execute(
        "UPDATE inboxes SET secret = ?, updated_at = ? WHERE id = ?",
        params![inbox.secret, context.now.0, inbox.id],
    )?;
    Ok(Reply::Json(wire::application_inbox(
        &context.quirks.shape,
        &inbox,
        true,
    )))
}

/// Deletes an inbox; the real server does it in the background.
pub fn delete_inbox(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = inbox(context, agent, params, "id")?;
    agent.administrator()?;
    model::delete(context, inbox.id)?;
    if !context.quirks.application.inbox_deletion_told {
        return Ok(Reply::Empty);
    }
    Ok(Reply::Json(
        json!({"message": "Your inbox deletion request will be processed in some time."}),
    ))
}

/// The agents of an inbox.
pub fn members(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = inbox(context, agent, params, "inbox_id")?;
    let sql = "SELECT users.* FROM users JOIN inbox_members ON user_id = users.id WHERE inbox_id = ? ORDER BY users.id";
    let mut statement = context.db.prepare_cached(sql)?;
    let users: Vec<User> = statement
        .query_map([inbox.id], User::read)?
        .collect::<rusqlite::Result<_>>()?;
    let documents: Result<Vec<Value>, ApiError> = users.iter().map(|user| shown(context, user)).collect();
    Ok(Reply::Json(json!({"payload": documents?})))
}

/// Adds agents to an inbox.
pub fn add_members(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = inbox(context, agent, params, "inbox_id")?;
    agent.administrator()?;
    let Some(Param::List(ids)) = params.get("user_ids") else {
        return members(context, agent, params);
    };
    for id in ids.iter().filter_map(Param::integer) {
        let user = User::by_id(context.db, id)?
            .filter(|user| user.account_id == agent.account)
            .ok_or(ApiError::Missing)?;
        let sql = "INSERT OR IGNORE INTO inbox_members (inbox_id, user_id) VALUES (?, ?)";
        context.db.execute(sql, [inbox.id, user.id])?;
    }
    members(context, agent, params)
}
