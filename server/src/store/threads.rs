//! Rows of what is said: conversations and messages.

use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::rows::{Found, instant, object, one, time};
use crate::time::Instant;

/// The state of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Open,
    Resolved,
    Pending,
    Snoozed,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Open, Self::Resolved, Self::Pending, Self::Snoozed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == text)
    }
}

/// A thread. `id` is the row, `display_id` the number the wire calls `id`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    pub id: i64,
    pub account_id: i64,
    pub display_id: i64,
    pub uuid: String,
    pub inbox_id: i64,
    pub contact_id: i64,
    pub contact_inbox_id: i64,
    pub status: Status,
    pub assignee_id: Option<i64>,
    /// The bot it is assigned to, instead of an agent.
    pub assignee_agent_bot_id: Option<i64>,
    pub priority: Option<String>,
    pub labels: Vec<String>,
    /// The labels as one text; None until a write after they were looked at.
    pub cached_label_list: Option<String>,
    /// Whether an event has looked at the labels since the row was read; stored nowhere.
    pub labels_seen: bool,
    pub custom_attributes: Map<String, Value>,
    pub additional_attributes: Map<String, Value>,
    pub snoozed_until: Option<Instant>,
    pub waiting_since: Option<Instant>,
    pub first_reply_created_at: Option<Instant>,
    pub agent_last_seen_at: Option<Instant>,
    pub assignee_last_seen_at: Option<Instant>,
    pub contact_last_seen_at: Option<Instant>,
    pub last_activity_at: Instant,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Conversation {
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let labels: String = row.get("labels")?;
        let status: String = row.get("status")?;
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            display_id: row.get("display_id")?,
            uuid: row.get("uuid")?,
            inbox_id: row.get("inbox_id")?,
            contact_id: row.get("contact_id")?,
            contact_inbox_id: row.get("contact_inbox_id")?,
            status: Status::parse(&status).unwrap_or(Status::Open),
            assignee_id: row.get("assignee_id")?,
            assignee_agent_bot_id: row.get("assignee_agent_bot_id")?,
            priority: row.get("priority")?,
            labels: serde_json::from_str(&labels).unwrap_or_default(),
            cached_label_list: row.get("cached_label_list")?,
            labels_seen: false,
            custom_attributes: object(row, "custom_attributes")?,
            additional_attributes: object(row, "additional_attributes")?,
            snoozed_until: instant(row, "snoozed_until")?,
            waiting_since: instant(row, "waiting_since")?,
            first_reply_created_at: instant(row, "first_reply_created_at")?,
            agent_last_seen_at: instant(row, "agent_last_seen_at")?,
            assignee_last_seen_at: instant(row, "assignee_last_seen_at")?,
            contact_last_seen_at: instant(row, "contact_last_seen_at")?,
            last_activity_at: time(row, "last_activity_at")?,
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }

    pub fn by_id(db: &Connection, id: i64) -> Found<Self> {
        one(db, "SELECT * FROM conversations WHERE id = ?", [id], Self::read)
    }

    pub fn by_display_id(db: &Connection, account: i64, display_id: i64) -> Found<Self> {
        let sql = "SELECT * FROM conversations WHERE account_id = ? AND display_id = ?";
        one(db, sql, [account, display_id], Self::read)
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Contact(i64),
    User(i64),
    Bot(i64),
}

impl Sender {
    pub fn kind(self) -> &'static str {
        match self {
            Self::Contact(_) => "Contact",
            Self::User(_) => "User",
            Self::Bot(_) => "AgentBot",
        }
    }

    pub fn id(self) -> i64 {
        match self {
            Self::Contact(id) | Self::User(id) | Self::Bot(id) => id,
        }
    }
}

/// A message. `message_type`: 0 incoming, 1 outgoing, 2 activity, 3 template.
#[expect(clippy::struct_field_names, reason = "columns keep upstream's names")]
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: i64,
    pub account_id: i64,
    pub inbox_id: i64,
    pub conversation_id: i64,
    pub message_type: i64,
    pub content: Option<String>,
    pub processed_content: Option<String>,
    pub private: bool,
    pub status: String,
    pub source_id: Option<String>,
    pub content_type: String,
    pub content_attributes: Map<String, Value>,
    pub additional_attributes: Map<String, Value>,
    pub sender: Option<Sender>,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Message {
    pub const INCOMING: i64 = 0;
    pub const OUTGOING: i64 = 1;
    pub const ACTIVITY: i64 = 2;
    pub const TEMPLATE: i64 = 3;

    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let kind: Option<String> = row.get("sender_type")?;
        let sender: Option<i64> = row.get("sender_id")?;
        Ok(Self {
            id: row.get("id")?,
            account_id: row.get("account_id")?,
            inbox_id: row.get("inbox_id")?,
            conversation_id: row.get("conversation_id")?,
            message_type: row.get("message_type")?,
            content: row.get("content")?,
            processed_content: row.get("processed_content")?,
            private: row.get("private")?,
            status: row.get("status")?,
            source_id: row.get("source_id")?,
            content_type: row.get("content_type")?,
            content_attributes: object(row, "content_attributes")?,
            additional_attributes: object(row, "additional_attributes")?,
            sender: match (kind.as_deref(), sender) {
                (Some("Contact"), Some(id)) => Some(Sender::Contact(id)),
                (Some("User"), Some(id)) => Some(Sender::User(id)),
                (Some("AgentBot"), Some(id)) => Some(Sender::Bot(id)),
                _ => None,
            },
            created_at: time(row, "created_at")?,
            updated_at: time(row, "updated_at")?,
        })
    }

    pub fn by_id(db: &Connection, conversation: i64, id: i64) -> Found<Self> {
        let sql = "SELECT * FROM messages WHERE conversation_id = ? AND id = ?";
        one(db, sql, [conversation, id], Self::read)
    }

    /// Whether a contact may see it in lists and events.
    pub fn is_public(&self) -> bool {
        !self.private && self.message_type != Self::ACTIVITY
    }
}
