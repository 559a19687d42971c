//! Bots, and who acts: an agent or a bot.

use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::people::User;
use super::rows::{Found, object, one};

/// A program that takes part in conversations.
#[expect(clippy::struct_field_names, reason = "columns keep upstream's names")]
#[derive(Clone, Debug, PartialEq)]
pub struct Bot {
    pub id: i64,
    pub account_id: i64,
    pub name: Option<String>,
    pub description: Option<String>,
    /// Where it is told what happens.
    pub outgoing_url: Option<String>,
    pub bot_config: Map<String, Value>,
    pub access_token: String,
    /// Signs what it is told.
    pub secret: String,
}

impl Bot {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            outgoing_url: row.get("outgoing_url")?,
            bot_config: object(row, "bot_config")?,
            access_token: row.get("access_token")?,
            secret: row.get("secret")?,
        })
    }

    pub fn by_id(db: &Connection, id: i64) -> Found<Self> {
        one(db, "SELECT * FROM agent_bots WHERE id = ?", [id], Self::read)
    }

    pub fn by_access_token(db: &Connection, token: &str) -> Found<Self> {
        one(
            db,
            "SELECT * FROM agent_bots WHERE access_token = ?",
            [token],
            Self::read,
        )
    }

    /// The bot of an inbox.
    pub fn of_inbox(db: &Connection, inbox: i64) -> Found<Self> {
        let sql = "SELECT agent_bots.* FROM agent_bots JOIN inboxes ON agent_bot_id = agent_bots.id WHERE inboxes.id = ?";
        one(db, sql, [inbox], Self::read)
    }
}

/// Whose token a request of the application API carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Actor {
    /// An agent or administrator.
    User(User),
    /// A bot.
    Bot(Bot),
}

impl Actor {
    /// What activity lines call it.
    pub fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.name,
            Self::Bot(bot) => bot.name.as_deref().unwrap_or_default(),
        }
    }

    /// The agent, unless it is a bot.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Bot(_) => None,
        }
    }
}
