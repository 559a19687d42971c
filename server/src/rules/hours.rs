//! Working hours: what an inbox takes of them, and whether it is closed now.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::params::{Param, Params};
use crate::store::Inbox;
use crate::time::Instant;
use crate::wire;

const FIELDS: &[&str] = &["open_hour", "open_minutes", "close_hour", "close_minutes"];
/// What a day open all day is given: its last minute is not in it, on the real server too.
const WHOLE_DAY: [i64; 4] = [0, 0, 23, 59];

/// Days are named by their number; days that are not named stay as they are, and so does one that would become
/// impossible: the real server says nothing about that. A number that is no day is a 500.
pub fn apply(hours: &mut Value, days: &[Param]) -> Result<(), ApiError> {
    for day in days {
        let Param::Tree(day) = day else { continue };
        let row = day
            .integer("day_of_week")
            .and_then(|number| usize::try_from(number).ok())
            .and_then(|index| hours.get_mut(index))
            .ok_or(ApiError::Internal("no such day of the week"))?;
        let changed = changed(row, day);
        if is_possible(&changed) {
            *row = changed;
        }
    }
    Ok(())
}

fn changed(row: &Value, day: &Params) -> Value {
    let mut row = row.clone();
    for name in ["closed_all_day", "open_all_day"] {
        if let Some(value) = day.boolean(name) {
            wire::put(&mut row, name, json!(value));
        }
    }
    for name in FIELDS {
        if day.get(name).is_some() {
            wire::put(&mut row, name, json!(day.integer(name)));
        }
    }
    if is(&row, "open_all_day") {
        for (name, value) in FIELDS.iter().zip(WHOLE_DAY) {
            wire::put(&mut row, name, json!(value));
        }
    }
    row
}

fn is(row: &Value, name: &str) -> bool {
    row.get(name) == Some(&Value::Bool(true))
}

/// A day is not both closed and open all day, and one that is not closed opens before it closes.
fn is_possible(row: &Value) -> bool {
    if is(row, "closed_all_day") {
        return !is(row, "open_all_day");
    }
    let number = |name: &str| row.get(name).and_then(Value::as_i64);
    let (Some(open), Some(open_minutes), Some(close), Some(close_minutes)) = (
        number("open_hour"),
        number("open_minutes"),
        number("close_hour"),
        number("close_minutes"),
    ) else {
        return false;
    };
    let in_range = [open, close].iter().all(|hour| (0..24).contains(hour))
        && [open_minutes, close_minutes]
            .iter()
            .all(|minute| (0..60).contains(minute));
    in_range && (open, open_minutes) < (close, close_minutes)
}

/// Whether the inbox keeps hours and its clock is outside of today's. An unknown time zone counts as UTC.
pub fn is_closed(inbox: &Inbox, now: Instant) -> bool {
    if !inbox.is_on("working_hours_enabled") {
        return false;
    }
    let zone = inbox
        .settings
        .get("timezone")
        .and_then(Value::as_str)
        .unwrap_or("UTC");
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let Ok(time) = jiff::Timestamp::from_microsecond(now.0) else {
        return false;
    };
    let local = time.to_zoned(zone);
    let day = i64::from(local.weekday().to_sunday_zero_offset());
    let rows = inbox
        .working_hours
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let Some(today) = rows
        .iter()
        .find(|row| row.get("day_of_week").and_then(Value::as_i64) == Some(day))
    else {
        return true;
    };
    if is(today, "closed_all_day") {
        return true;
    }
    let micros = |hour: &str, minute: &str| {
        let number = |name: &str| today.get(name).and_then(Value::as_i64).unwrap_or_default();
        (number(hour) * 60 + number(minute)) * 60 * 1_000_000
    };
    let seconds = (i64::from(local.hour()) * 60 + i64::from(local.minute())) * 60 + i64::from(local.second());
    let time = seconds * 1_000_000 + i64::from(local.subsec_nanosecond() / 1000);
    // Closing time itself still counts, but nothing after it.
    let open = micros("open_hour", "open_minutes")..=micros("close_hour", "close_minutes");
    !open.contains(&time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::rules::new_inbox;
    use crate::store;
    use serde_json::json;

    #[test]
    fn hours_are_those_of_the_inboxs_own_clock() {
        let mut db = store::open(":memory:").unwrap();
        let mut random = Random::new(Some(1));
        let now = Instant::from_seconds(1_767_225_600);
        let seeds = store::seed(&mut db, &mut random, now).unwrap();
        let mut inbox = new_inbox(&db, seeds.account, "x", &mut random, now).unwrap();
        // Monday 2026-01-05, 14:30 UTC: half past nine in New York, half past eleven at night in Tokyo.
        let monday = Instant::from_seconds(1_767_623_400);
        assert!(!is_closed(&inbox, monday), "hours are not kept");
        inbox
            .settings
            .insert("working_hours_enabled".to_owned(), json!(true));
        for (zone, closed) in [
            ("UTC", false),
            ("America/New_York", false),
            ("Asia/Tokyo", true),
            ("Nowhere", false),
        ] {
            inbox.settings.insert("timezone".to_owned(), json!(zone));
            assert_eq!(is_closed(&inbox, monday), closed, "{zone}");
        }
        let close = Instant::from_seconds(1_767_632_400);
        inbox.settings.insert("timezone".to_owned(), json!("UTC"));
        assert!(!is_closed(&inbox, close) && is_closed(&inbox, Instant(close.0 + 1)));
        assert!(is_closed(&inbox, monday.minus_seconds(86_400)), "Sunday");
    }
}
