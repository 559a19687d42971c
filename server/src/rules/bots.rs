//! Bots: making, changing and deleting them, and which inbox has one.

use rusqlite::params;
use serde_json::{Map, json};

use super::Context;
use crate::error::ApiError;
use crate::params::Params;
use crate::store::Bot;

/// Whether an inbox has a bot: then its conversations are born pending.
pub fn has_bot(context: &Context<'_>, inbox: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT agent_bot_id IS NOT NULL FROM inboxes WHERE id = ?";
    context
        .db
        .prepare_cached(sql)?
        .query_row([inbox], |row| row.get(0))
}

/// Stores a new bot with an access token and a secret of its own.
pub fn create(context: &mut Context<'_>, account: i64, params: &Params) -> Result<Bot, ApiError> {
    let mut bot = Bot {
        id: 0,
        account_id: account,
        name: None,
        description: None,
        outgoing_url: None,
        bot_config: Map::new(),
        access_token: context.random.token(),
        secret: context.random.token(),
    };
    apply(&mut bot, params);
    context.db.execute(
        "INSERT INTO agent_bots (account_id, bot_config, access_token, secret, created_at, updated_at)
         VALUES (?1, '{}', ?2, ?3, ?4, ?4)",
        params![account, bot.access_token, bot.secret, context.now.0],
    )?;
    bot.id = context.db.last_insert_rowid();
    write(context, &bot)?;
    Ok(bot)
}

/// Changes what is sent.
pub fn update(context: &Context<'_>, bot: &mut Bot, params: &Params) -> Result<(), ApiError> {
    apply(bot, params);
    write(context, bot)
}

fn apply(bot: &mut Bot, params: &Params) {
    for (name, field) in [
        ("name", &mut bot.name),
        ("description", &mut bot.description),
        ("outgoing_url", &mut bot.outgoing_url),
    ] {
        if params.get(name).is_some() {
            *field = params.text(name);
        }
    }
    if let Some(config) = params.tree("bot_config") {
        bot.bot_config = config.json();
    }
}

/// Writes every column that can change.
pub fn write(context: &Context<'_>, bot: &Bot) -> Result<(), ApiError> {
    context.db.execute(
        "UPDATE agent_bots SET name = ?, description = ?, outgoing_url = ?, bot_config = ?, access_token = ?, secret = ?,
         updated_at = ? WHERE id = ?",
        params![
            bot.name,
            bot.description,
            bot.outgoing_url,
            json!(bot.bot_config).to_string(),
            bot.access_token,
            bot.secret,
            context.now.0,
            bot.id
        ],
    )?;
    Ok(())
}

/// Deletes a bot; what it wrote stays, without an author.
pub fn delete(context: &Context<'_>, bot: &Bot) -> Result<(), ApiError> {
    for sql in [
        "UPDATE inboxes SET agent_bot_id = NULL WHERE agent_bot_id = ?",
        "UPDATE conversations SET assignee_agent_bot_id = NULL WHERE assignee_agent_bot_id = ?",
        "UPDATE messages SET sender_type = NULL, sender_id = NULL WHERE sender_type = 'AgentBot' AND sender_id = ?",
        "DELETE FROM agent_bots WHERE id = ?",
    ] {
        context.db.execute(sql, [bot.id])?;
    }
    Ok(())
}
