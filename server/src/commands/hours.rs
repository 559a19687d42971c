//! Working hours as a person writes them: `mon-fri 09:00-17:00, sat 10:00-14:00`.

use serde_json::{Value, json};

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The seven days as an inbox keeps them, Sunday first. Days that are not named are closed.
pub fn read(text: &str) -> Result<Value, String> {
    let mut week: [Option<Value>; 7] = Default::default();
    for part in text.split(',') {
        let wrong = || {
            format!(
                "\"{}\": write hours as \"mon-fri 09:00-17:00, sat 10:00-14:00, sun all-day\"",
                part.trim()
            )
        };
        let (days, hours) = part.trim().split_once(' ').ok_or_else(wrong)?;
        let hours = span(hours.trim()).ok_or_else(wrong)?;
        for number in days_of(days).ok_or_else(wrong)? {
            let Some(day) = week.get_mut(number) else { continue };
            if day.is_some() {
                let name = DAYS.get(number).unwrap_or(&"");
                return Err(format!(
                    "{name} has hours twice; an inbox knows one span for each day"
                ));
            }
            *day = Some(opened(number, hours));
        }
    }
    let days = week.into_iter().enumerate();
    Ok(Value::Array(
        days.map(|(number, day)| day.unwrap_or_else(|| closed(number)))
            .collect(),
    ))
}

/// `mon` or `fri-mon`, which goes over the end of the week.
fn days_of(text: &str) -> Option<Vec<usize>> {
    let number = |name: &str| {
        DAYS.iter()
            .position(|day| *day == name.trim().to_ascii_lowercase())
    };
    let Some((first, last)) = text.split_once('-') else {
        return Some(vec![number(text)?]);
    };
    let (first, last) = (number(first)?, number(last)?);
    Some(
        (0..=(last + 7 - first) % 7)
            .map(|step| (first + step) % 7)
            .collect(),
    )
}

/// When an inbox is open on a day.
#[derive(Clone, Copy)]
enum Span {
    AllDay,
    /// Hour and minute of opening, hour and minute of closing.
    Between([u32; 4]),
}

fn span(text: &str) -> Option<Span> {
    if text == "all-day" {
        return Some(Span::AllDay);
    }
    let (open, close) = text.split_once('-')?;
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60).then_some((hour, minute))
    };
    let (open, close) = (time(open)?, time(close)?);
    (open < close).then_some(Span::Between([open.0, open.1, close.0, close.1]))
}

fn opened(day: usize, span: Span) -> Value {
    let (all_day, [open, open_minutes, close, close_minutes]) = match span {
        // The last minute of such a day is not in it, on the real server too.
        Span::AllDay => (true, [0, 0, 23, 59]),
        Span::Between(times) => (false, times),
    };
    json!({
        "day_of_week": day,
        "closed_all_day": false,
        "open_hour": open,
        "open_minutes": open_minutes,
        "close_hour": close,
        "close_minutes": close_minutes,
        "open_all_day": all_day,
    })
}

fn closed(day: usize) -> Value {
    json!({
        "day_of_week": day,
        "closed_all_day": true,
        "open_hour": null,
        "open_minutes": null,
        "close_hour": null,
        "close_minutes": null,
        "open_all_day": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_spans_are_read_and_others_closed() {
        let week = read("mon-thu 09:00-17:30, fri 9:00-12:00,sun all-day").unwrap();
        assert_eq!(week[0]["open_all_day"], true);
        assert_eq!(
            (&week[1]["open_hour"], &week[4]["close_minutes"]),
            (&json!(9), &json!(30))
        );
        assert_eq!(week[5]["close_hour"], 12);
        assert_eq!(week[6], closed(6));
        let night = read("fri-mon 10:00-11:00").unwrap();
        let open: Vec<bool> = night
            .as_array()
            .unwrap()
            .iter()
            .map(|day| day["closed_all_day"] == false)
            .collect();
        assert_eq!(open, [true, true, false, false, false, true, true]);
    }

    #[test]
    fn what_an_inbox_cannot_keep_is_refused() {
        for wrong in [
            "",
            "mon",
            "mon 9-17",
            "mon 17:00-09:00",
            "mon 09:00-24:00",
            "someday 09:00-10:00",
            "mon all",
        ] {
            assert!(read(wrong).unwrap_err().contains("write hours as"), "{wrong}");
        }
        assert!(
            read("mon 09:00-10:00, mon-fri 11:00-12:00")
                .unwrap_err()
                .contains("mon has hours twice")
        );
    }
}
