//! Rows of those who talk and where: users, inboxes, contacts, sessions.

use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};

use super::rows::{Found, instant, object, one, time};
use crate::time::Instant;

/// An agent or administrator, with the membership in the one account.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: i64,
    pub account_id: i64,
    pub name: String,
    pub display_name: String,
    pub email: String,
    pub role: String,
    pub availability: String,
    pub pubsub_token: String,
    pub access_token: String,
}

impl User {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            display_name: row.get("display_name")?,
            email: row.get("email")?,
            role: row.get("role")?,
            availability: row.get("availability")?,
            pubsub_token: row.get("pubsub_token")?,
            access_token: row.get("access_token")?,
        })
    }

    pub fn by_id(db: &Connection, id: i64) -> Found<Self> {
        one(db, "SELECT * FROM users WHERE id = ?", [id], Self::read)
    }

    pub fn by_access_token(db: &Connection, token: &str) -> Found<Self> {
        one(
            db,
            "SELECT * FROM users WHERE access_token = ?",
            [token],
            Self::read,
        )
    }

    pub fn is_administrator(&self) -> bool {
        self.role == "administrator"
    }
}

/// An API inbox together with its channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbox {
    pub id: i64,
    pub account_id: i64,
    pub channel_id: i64,
    pub name: String,
    pub identifier: String,
    pub hmac_token: String,
    pub hmac_mandatory: bool,
    pub secret: String,
    pub webhook_url: Option<String>,
    /// The plain settings of the inbox, in the order in which the raw row shows them.
    pub settings: Map<String, Value>,
    /// Seven rows, Sunday first.
    pub working_hours: Value,
    pub additional_attributes: Map<String, Value>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Inbox {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let hours: String = row.get("working_hours")?;
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            channel_id: row.get("channel_id")?,
            name: row.get("name")?,
            identifier: row.get("identifier")?,
            hmac_token: row.get("hmac_token")?,
            hmac_mandatory: row.get("hmac_mandatory")?,
            secret: row.get("secret")?,
            webhook_url: row.get("webhook_url")?,
            settings: object(row, "settings")?,
            working_hours: serde_json::from_str(&hours).unwrap_or_default(),
            additional_attributes: object(row, "additional_attributes")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }

    pub fn by_id(db: &Connection, account: i64, id: i64) -> Found<Self> {
        one(
            db,
            "SELECT * FROM inboxes WHERE account_id = ? AND id = ?",
            [account, id],
            Self::read,
        )
    }

    pub fn by_identifier(db: &Connection, identifier: &str) -> Found<Self> {
        one(
            db,
            "SELECT * FROM inboxes WHERE identifier = ?",
            [identifier],
            Self::read,
        )
    }

    /// A setting that is on.
    pub fn is_on(&self, setting: &str) -> bool {
        self.settings.get(setting) == Some(&Value::Bool(true))
    }
}

/// A visitor.
#[expect(clippy::struct_field_names, reason = "columns keep upstream's names")]
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    pub id: i64,
    pub account_id: i64,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone_number: Option<String>,
    pub identifier: Option<String>,
    pub custom_attributes: Map<String, Value>,
    pub additional_attributes: Map<String, Value>,
    pub contact_type: String,
    pub blocked: bool,
    pub last_activity_at: Option<Instant>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Contact {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            name: row.get("name")?,
            email: row.get("email")?,
            phone_number: row.get("phone_number")?,
            identifier: row.get("identifier")?,
            custom_attributes: object(row, "custom_attributes")?,
            additional_attributes: object(row, "additional_attributes")?,
            contact_type: row.get("contact_type")?,
            blocked: row.get("blocked")?,
            last_activity_at: instant(row, "last_activity_at")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }

    pub fn by_id(db: &Connection, id: i64) -> Found<Self> {
        one(db, "SELECT * FROM contacts WHERE id = ?", [id], Self::read)
    }

    /// By `identifier`, `email` or `phone_number`, within the account.
    pub fn by_key(db: &Connection, account: i64, key: ContactKey, value: &str) -> Found<Self> {
        let sql = match key {
            ContactKey::Identifier => "SELECT * FROM contacts WHERE account_id = ? AND identifier = ?",
            ContactKey::Email => "SELECT * FROM contacts WHERE account_id = ? AND email = ?",
            ContactKey::Phone => {
                "SELECT * FROM contacts WHERE account_id = ? AND phone_number = ? ORDER BY id"
            }
        };
        one(db, sql, params![account, value], Self::read)
    }
}

/// What a contact can be found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKey {
    Identifier,
    Email,
    Phone,
}

/// A contact's session in one inbox: `contact_inbox` on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub id: i64,
    pub contact_id: i64,
    pub inbox_id: i64,
    pub source_id: String,
    pub pubsub_token: String,
    pub hmac_verified: bool,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Session {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            contact_id: row.get("contact_id")?,
            inbox_id: row.get("inbox_id")?,
            source_id: row.get("source_id")?,
            pubsub_token: row.get("pubsub_token")?,
            hmac_verified: row.get("hmac_verified")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }

    pub fn by_id(db: &Connection, id: i64) -> Found<Self> {
        one(db, "SELECT * FROM contact_inboxes WHERE id = ?", [id], Self::read)
    }

    pub fn by_source(db: &Connection, inbox: i64, source_id: &str) -> Found<Self> {
        one(
            db,
            "SELECT * FROM contact_inboxes WHERE inbox_id = ? AND source_id = ?",
            params![inbox, source_id],
            Self::read,
        )
    }

    pub fn by_pubsub_token(db: &Connection, token: &str) -> Found<Self> {
        one(
            db,
            "SELECT * FROM contact_inboxes WHERE pubsub_token = ?",
            [token],
            Self::read,
        )
    }
}
