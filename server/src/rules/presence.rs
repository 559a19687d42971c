//! Who is there: signs of life, availability, and whom a cable subscription names.

use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::Context;
use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::store::{Contact, Session, User};
use crate::wire;

const AGENT_SECONDS: i64 = 20;

/// The owner of a cable subscription. Remembered by the subscription even when the contact is merged away, as the real channel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account it is in.
    pub account: i64,
    /// A contact or an agent.
    pub kind: MemberKind,
    /// The row of the contact or agent.
    pub id: i64,
    /// The stream of its own, where presence goes.
    pub token: String,
}

/// Whose subscription it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    Contact,
    User,
}

impl MemberKind {
    fn name(self) -> &'static str {
        match self {
            Self::Contact => "Contact",
            Self::User => "User",
        }
    }
}

impl Member {
    /// The streams the subscription listens to.
    pub fn streams(&self) -> Vec<String> {
        match self.kind {
            MemberKind::Contact => vec![self.token.clone()],
            MemberKind::User => vec![self.token.clone(), format!("account_{}", self.account)],
        }
    }
}

/// Finds out whom an identifier names. Nobody: the real channel fails while subscribing and says nothing.
pub fn member(context: &mut Context<'_>, identifier: &str) -> Result<Option<Member>, ApiError> {
    let Ok(Value::Object(map)) = serde_json::from_str(identifier) else {
        return Ok(None);
    };
    let params = Params::from(map);
    let token = params.text("pubsub_token").unwrap_or_default();
    if params.present("user_id").is_none() {
        let Some(session) = Session::by_pubsub_token(context.db, &token)? else {
            return Ok(None);
        };
        let contact = Contact::by_id(context.db, session.contact_id)?;
        return Ok(contact.map(|contact| Member {
            account: contact.account_id,
            kind: MemberKind::Contact,
            id: contact.id,
            token,
        }));
    }
    let Some(user) = User::by_id(context.db, params.integer("user_id").unwrap_or_default())? else {
        return Ok(None);
    };
    let fits = user.pubsub_token == token && params.integer("account_id") == Some(user.account_id);
    Ok(fits.then_some(Member {
        account: user.account_id,
        kind: MemberKind::User,
        id: user.id,
        token,
    }))
}

/// Notes a sign of life and tells the member itself who is there.
pub fn presence(context: &mut Context<'_>, member: &Member) -> Result<(), ApiError> {
    touch(context, member.account, member.kind, member.id)?;
    let mut data = json!({"account_id": member.account, "users": available_users(context, member.account)?});
    if member.kind == MemberKind::User {
        let online = online_contacts(context, member.account)?;
        let entries = online.into_iter().map(|id| (id.to_string(), json!("online")));
        wire::put(
            &mut data,
            "contacts",
            Value::Object(entries.collect::<Map<_, _>>()),
        );
    }
    context.emit(vec![member.token.clone()], "presence.update", data);
    Ok(())
}

fn touch(context: &Context<'_>, account: i64, kind: MemberKind, id: i64) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO temp.presence (account_id, kind, id, seen_at) VALUES (?, ?, ?, ?)";
    context
        .db
        .prepare_cached(sql)?
        .execute(params![account, kind.name(), id, context.now.0])?;
    Ok(())
}

/// Whether there was a sign of life lately.
pub fn is_online(context: &Context<'_>, kind: MemberKind, account: i64, id: i64) -> rusqlite::Result<bool> {
    let sql =
        "SELECT count(*) FROM temp.presence WHERE account_id = ? AND kind = ? AND id = ? AND seen_at > ?";
    let since = since(context, kind);
    let count: i64 = context
        .db
        .prepare_cached(sql)?
        .query_row(params![account, kind.name(), id, since], |row| row.get(0))?;
    Ok(count > 0)
}

/// `online`, `busy` or `offline`, as agents see each other.
pub fn availability(context: &Context<'_>, user: &User) -> rusqlite::Result<String> {
    let online = is_online(context, MemberKind::User, user.account_id, user.id)?;
    Ok(if online {
        user.availability.clone()
    } else {
        "offline".to_owned()
    })
}

/// Sets what an agent wants to be seen as.
pub fn set_availability(context: &Context<'_>, user: &User, param: Option<&Param>) -> Result<(), ApiError> {
    let wanted = param.and_then(Param::text).unwrap_or_default();
    if !["online", "busy", "offline"].contains(&wanted.as_str()) {
        return Err(ApiError::Internal("not an availability"));
    }
    context.db.execute(
        "UPDATE users SET availability = ? WHERE id = ?",
        params![wanted, user.id],
    )?;
    Ok(())
}

fn available_users(context: &Context<'_>, account: i64) -> rusqlite::Result<Map<String, Value>> {
    let sql = "SELECT users.id, availability FROM users JOIN temp.presence AS p
               ON p.account_id = users.account_id AND p.kind = 'User' AND p.id = users.id
               WHERE users.account_id = ? AND p.seen_at > ? ORDER BY users.id";
    let mut statement = context.db.prepare_cached(sql)?;
    let since = since(context, MemberKind::User);
    let rows = statement.query_map([account, since], |row| {
        Ok((row.get::<_, i64>(0)?.to_string(), Value::String(row.get(1)?)))
    })?;
    rows.collect()
}

fn online_contacts(context: &Context<'_>, account: i64) -> rusqlite::Result<Vec<i64>> {
    let sql =
        "SELECT id FROM temp.presence WHERE account_id = ? AND kind = 'Contact' AND seen_at > ? ORDER BY id";
    let since = since(context, MemberKind::Contact);
    context
        .db
        .prepare_cached(sql)?
        .query_map([account, since], |row| row.get(0))?
        .collect()
}

fn since(context: &Context<'_>, kind: MemberKind) -> i64 {
    let seconds = match kind {
        MemberKind::Contact => context.quirks.contact_presence_seconds,
        MemberKind::User => AGENT_SECONDS,
    };
    context.now.minus_seconds(seconds).0
}

/// Forgets the row of a contact that is gone.
pub fn forget(db: &Connection, account: i64, contact: i64) -> rusqlite::Result<()> {
    db.execute(
        "DELETE FROM temp.presence WHERE account_id = ? AND kind = 'Contact' AND id = ?",
        [account, contact],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quirks::{Quirks, Version};
    use crate::random::Random;
    use crate::rules::context::Installation;
    use crate::store;
    use crate::time::Instant;

    /// The other half of this rule, that closing a socket ends nothing, is tested over a real socket.
    #[test]
    fn s093_a_contact_is_online_for_ninety_seconds_and_an_agent_for_twenty() {
        let mut db = store::open(":memory:").unwrap();
        let mut random = Random::new(Some(1));
        let then = Instant::from_seconds(1_767_225_600);
        let seeds = store::seed(&mut db, &mut random, then).unwrap();
        for (version, kind, seconds) in [
            (Version::new(4, 15, 1), MemberKind::Contact, 90),
            (Version::new(4, 11, 1), MemberKind::Contact, 20),
            (Version::new(4, 15, 1), MemberKind::User, 20),
        ] {
            let quirks = Quirks::of(version);
            let installation = Installation {
                base: String::new(),
                quirks,
                links: crate::links::Links::new("", ""),
            };
            let noted = Context::new(&db, then, &mut random, &installation);
            touch(&noted, seeds.account, kind, 1).unwrap();
            for (after, online) in [(0, true), (seconds - 1, true), (seconds, false)] {
                let now = then.minus_seconds(-after);
                let context = Context::new(&db, now, &mut random, &installation);
                let found = is_online(&context, kind, seeds.account, 1).unwrap();
                assert_eq!(found, online, "{kind:?} after {after} s");
            }
        }
    }
}
