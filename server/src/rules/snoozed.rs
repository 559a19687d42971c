//! Conversations that were put off until a time.

use super::{Context, threads};
use crate::error::ApiError;
use crate::store::{Conversation, Status};

/// What should have come back longer ago stays as it is: three days.
const FORGOTTEN_SECONDS: i64 = 3 * 86_400;

/// Opens every snoozed conversation whose time has come. One that waits for the visitor's next message has none.
pub fn open_due(context: &mut Context<'_>) -> Result<(), ApiError> {
    let sql =
        "SELECT * FROM conversations WHERE status = 'snoozed' AND snoozed_until BETWEEN ? AND ? ORDER BY id";
    let span = [context.now.minus_seconds(FORGOTTEN_SECONDS).0, context.now.0];
    let due: Vec<Conversation> = context
        .db
        .prepare_cached(sql)?
        .query_map(span, Conversation::read)?
        .collect::<rusqlite::Result<_>>()?;
    for mut conversation in due {
        threads::save(context, &mut conversation, |conversation| {
            conversation.status = Status::Open;
        })?;
    }
    Ok(())
}
