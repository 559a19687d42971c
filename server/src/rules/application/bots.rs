//! Bots of the account, and which inbox has which.

use rusqlite::params;
use serde_json::json;

use super::{Agent, inbox};
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::rules::{Context, Reply, bots as model};
use crate::store::Bot;
use crate::wire;

fn bot(context: &Context<'_>, agent: &Agent, params: &Params, name: &str) -> Result<Bot, ApiError> {
    let id = params.integer(name).ok_or(ApiError::Missing)?;
    let found = Bot::by_id(context.db, id)?.filter(|bot| bot.account_id == agent.account);
    found.ok_or(ApiError::Missing)
}

fn document(agent: &Agent, bot: &Bot) -> Reply {
    Reply::Json(wire::agent_bot(bot, agent.user.is_administrator()))
}

/// All bots.
pub fn list(context: &Context<'_>, agent: &Agent) -> Result<Reply, ApiError> {
    let sql = "SELECT * FROM agent_bots WHERE account_id = ? ORDER BY id";
    let mut statement = context.db.prepare_cached(sql)?;
    let bots: Vec<Bot> = statement
        .query_map([agent.account], Bot::read)?
        .collect::<rusqlite::Result<_>>()?;
    let administrator = agent.user.is_administrator();
    let documents = bots.iter().map(|bot| wire::agent_bot(bot, administrator));
    Ok(Reply::Json(documents.collect()))
}

/// A new bot.
pub fn create(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    agent.administrator()?;
    let bot = model::create(context, agent.account, params)?;
    Ok(document(agent, &bot))
}

/// One bot.
pub fn show(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    Ok(document(agent, &bot(context, agent, params, "id")?))
}

/// Changes what is sent.
pub fn update(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    agent.administrator()?;
    let mut bot = bot(context, agent, params, "id")?;
    model::update(context, &mut bot, params)?;
    Ok(document(agent, &bot))
}

/// Deletes a bot.
pub fn delete(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    agent.administrator()?;
    model::delete(context, &bot(context, agent, params, "id")?)?;
    Ok(Reply::Empty)
}

/// A new access token.
pub fn reset_token(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    agent.administrator()?;
    let mut bot = bot(context, agent, params, "id")?;
    bot.access_token = context.random.token();
    model::write(context, &bot)?;
    Ok(document(agent, &bot))
}

/// A new key for signing what it is told.
pub fn reset_secret(context: &mut Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    agent.administrator()?;
    let mut bot = bot(context, agent, params, "id")?;
    bot.secret = context.random.token();
    model::write(context, &bot)?;
    Ok(document(agent, &bot))
}

/// The bot of an inbox, an empty object without one.
pub fn of_inbox(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = inbox(context, agent, params, "id")?;
    let found = Bot::of_inbox(context.db, inbox.id)?;
    let shown = found.map_or_else(
        || json!({}),
        |bot| wire::agent_bot(&bot, agent.user.is_administrator()),
    );
    Ok(Reply::Json(json!({"agent_bot": shown})))
}

/// Gives an inbox a bot, or takes it away.
pub fn set(context: &Context<'_>, agent: &Agent, params: &Params) -> Result<Reply, ApiError> {
    let inbox = inbox(context, agent, params, "id")?;
    agent.administrator()?;
    let wanted = match params.get("agent_bot") {
        None | Some(Param::Null) => None,
        Some(_) => Some(bot(context, agent, params, "agent_bot")?.id),
    };
    context.db.execute(
        "UPDATE inboxes SET agent_bot_id = ? WHERE id = ?",
        params![wanted, inbox.id],
    )?;
    Ok(Reply::Empty)
}
