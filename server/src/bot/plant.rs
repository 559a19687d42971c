//! The bot's own row among the agents.

use rusqlite::{Connection, OptionalExtension, params};

use crate::random::Random;
use crate::store::User;
use crate::time::Instant;

const NAME: &str = "Robin";
const SHOWN: &str = "Robin (bot)";
const EMAIL: &str = "robin@bramble.example";

/// Finds the bot's user or makes it, a member of every inbox there is. With a new one the first inbox begins to send
/// surveys, which the bot wants to show.
pub fn plant(db: &mut Connection, account: i64, random: &mut Random, now: Instant) -> rusqlite::Result<User> {
    let tx = db.transaction()?;
    let sql = "SELECT id FROM users WHERE account_id = ? AND email = ?";
    let found: Option<i64> = tx
        .query_row(sql, params![account, EMAIL], |row| row.get(0))
        .optional()?;
    let id = match found {
        Some(id) => id,
        None => make(&tx, account, random, now)?,
    };
    tx.execute(
        "INSERT OR IGNORE INTO inbox_members (inbox_id, user_id) SELECT id, ? FROM inboxes WHERE account_id = ?",
        [id, account],
    )?;
    let user = User::by_id(&tx, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    tx.commit()?;
    Ok(user)
}

fn make(db: &Connection, account: i64, random: &mut Random, now: Instant) -> rusqlite::Result<i64> {
    db.execute(
        "INSERT INTO users (account_id, name, display_name, email, role, pubsub_token, access_token, created_at)
         VALUES (?, ?, ?, ?, 'agent', ?, ?, ?)",
        params![account, NAME, SHOWN, EMAIL, random.token(), random.token(), now.0],
    )?;
    let id = db.last_insert_rowid();
    db.execute(
        "UPDATE inboxes SET settings = json_set(settings, '$.csat_survey_enabled', json('true'))
         WHERE id = (SELECT min(id) FROM inboxes WHERE account_id = ?)",
        [account],
    )?;
    Ok(id)
}
