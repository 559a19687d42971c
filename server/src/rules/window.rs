//! How long agents may answer a contact after its last message: `agent_reply_time_window` of the inbox.

use serde_json::{Map, Value};

use super::Context;
use crate::error::ApiError;
use crate::params::Param;
use crate::store::Conversation;
use crate::time::Instant;

const NAME: &str = "agent_reply_time_window";
const HOUR: i64 = 3600;

/// Whether agents may still answer: always where the inbox says nothing, never before the contact wrote.
pub fn is_open(context: &Context<'_>, conversation: &Conversation) -> Result<bool, ApiError> {
    let sql = "SELECT additional_attributes FROM inboxes WHERE id = ?";
    let attributes: String = context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.inbox_id], |row| row.get(0))?;
    if !attributes.contains(NAME) {
        return Ok(true);
    }
    let attributes: Map<String, Value> = serde_json::from_str(&attributes).unwrap_or_default();
    let Some(hours) = hours(&attributes) else {
        return Ok(true);
    };
    let sql = "SELECT max(created_at) FROM messages WHERE conversation_id = ? AND message_type = 0";
    let last: Option<i64> = context
        .db
        .prepare_cached(sql)?
        .query_row([conversation.id], |row| row.get(0))?;
    Ok(last.is_some_and(|at| context.now < Instant(at).minus_seconds(-hours.saturating_mul(HOUR))))
}

/// Refuses a window that is none.
pub fn check(attributes: &Map<String, Value>) -> Result<(), ApiError> {
    if hours(attributes).is_some_and(|hours| hours < 1) {
        return Err(ApiError::invalid(
            NAME,
            "Agent reply time window agent_reply_time_window must be greater than 0",
        ));
    }
    Ok(())
}

/// None: no window.
fn hours(attributes: &Map<String, Value>) -> Option<i64> {
    let param = attributes.get(NAME).cloned().map(Param::from)?;
    match param {
        param if param.is_blank() => None,
        #[expect(clippy::cast_possible_truncation, reason = "Ruby's to_i cuts as well")]
        Param::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|hours| hours as i64)),
        param => Some(param.integer().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_window_is_a_positive_number_of_hours_in_any_spelling() {
        let of = |value: Value| Map::from_iter([(NAME.to_owned(), value)]);
        let spellings = [
            (json!(2), 2),
            (json!("2h"), 2),
            (json!(1.5), 1),
            (json!("x"), 0),
            (json!(-1), -1),
        ];
        for (value, expected) in spellings {
            assert_eq!(hours(&of(value.clone())), Some(expected), "{value}");
            assert_eq!(check(&of(value)).is_ok(), expected > 0);
        }
        for value in [json!(null), json!(""), json!(" ")] {
            assert_eq!(hours(&of(value)), None);
        }
    }
}
