//! What a new database holds: one account, an administrator, an agent, one inbox. A database that has them keeps them.

use rusqlite::{Connection, OptionalExtension, params};

use crate::random::Random;
use crate::rules;
use crate::time::Instant;

const ACCOUNT: &str = "Bramble Bicycles";
/// Numbers of conversations begin here, far from the ids of rows, so that a client that confuses the two is found out.
const FIRST_DISPLAY_ID: i64 = 1001;
const INBOX: &str = "Website chat";
const USERS: [(&str, &str, &str, &str); 2] = [
    ("Ines Okafor", "Ines", "ines@bramble.example", "administrator"),
    ("Tom Lindqvist", "Tom", "tom@bramble.example", "agent"),
];

/// The ids and secrets a person or program needs to begin.
#[derive(Clone, Debug)]
pub struct Seeds {
    /// The account's id.
    pub account: i64,
    /// `api_access_token` of the administrator.
    pub admin_token: String,
    /// `api_access_token` of the agent.
    pub agent_token: String,
    /// The first inbox's public identifier.
    pub inbox_identifier: String,
}

/// Reads the seeds, after making them when there is no account yet.
pub fn seed(db: &mut Connection, random: &mut Random, now: Instant) -> rusqlite::Result<Seeds> {
    let tx = db.transaction()?;
    let account: Option<i64> = tx.query_row("SELECT min(id) FROM accounts", [], |row| row.get(0))?;
    let account = match account {
        Some(account) => account,
        None => plant(&tx, random, now)?,
    };
    let token = |role: &str| {
        let sql = "SELECT access_token FROM users WHERE account_id = ? AND role = ? ORDER BY id LIMIT 1";
        tx.query_row(sql, params![account, role], |row| row.get(0))
    };
    let (admin_token, agent_token) = (token("administrator")?, token("agent")?);
    let sql = "SELECT identifier FROM inboxes WHERE account_id = ? ORDER BY id LIMIT 1";
    let found: Option<String> = tx.query_row(sql, [account], |row| row.get(0)).optional()?;
    let inbox_identifier = match found {
        Some(identifier) => identifier,
        None => inbox(&tx, account, random, now)?,
    };
    tx.commit()?;
    Ok(Seeds {
        account,
        admin_token,
        agent_token,
        inbox_identifier,
    })
}

fn plant(db: &Connection, random: &mut Random, now: Instant) -> rusqlite::Result<i64> {
    let values = params![ACCOUNT, FIRST_DISPLAY_ID - 1];
    db.execute(
        "INSERT INTO accounts (name, last_display_id) VALUES (?, ?)",
        values,
    )?;
    let account = db.last_insert_rowid();
    for (name, shown, email, role) in USERS {
        db.execute(
            "INSERT INTO users (account_id, name, display_name, email, role, pubsub_token, access_token, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![account, name, shown, email, role, random.token(), random.token(), now.0],
        )?;
    }
    Ok(account)
}

/// Makes the first inbox, with every user as a member.
fn inbox(db: &Connection, account: i64, random: &mut Random, now: Instant) -> rusqlite::Result<String> {
    let inbox = rules::new_inbox(db, account, INBOX, random, now)?;
    rules::join_all(db, &inbox)?;
    Ok(inbox.identifier)
}
