//! A reader of ISO 8601 instants as Rails writes them: `2026-01-02T03:04:05.678Z`, `… UTC`, `…+02:00`.

use std::str::Bytes;

/// Unix seconds of an ISO 8601 instant, fractions dropped; None for anything else. Without an offset it is UTC.
pub(crate) fn iso_seconds(text: &str) -> Option<i64> {
    let mut rest = text.bytes();
    let year = number(&mut rest, b"", 4)?;
    let month = number(&mut rest, b"-", 2)?;
    let day = number(&mut rest, b"-", 2)?;
    let hour = number(&mut rest, b"Tt ", 2)?;
    let minute = number(&mut rest, b":", 2)?;
    let second = number(&mut rest, b":", 2)?;
    let offset = offset_seconds(rest)?;
    let possible =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    possible
        .then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset)
}

/// A number of exactly so many digits, behind one of these marks.
fn number(text: &mut Bytes<'_>, marks: &[u8], digits: usize) -> Option<i64> {
    if !marks.is_empty() && !marks.contains(&text.next()?) {
        return None;
    }
    let mut number = 0;
    for _ in 0..digits {
        number = number * 10 + i64::from(text.next().filter(u8::is_ascii_digit)? - b'0');
    }
    Some(number)
}

/// What stands behind the seconds: perhaps a fraction, perhaps a zone.
fn offset_seconds(mut rest: Bytes<'_>) -> Option<i64> {
    let zone = rest.find(|byte| !byte.is_ascii_digit() && !matches!(byte, b'.' | b' '));
    let sign = match zone {
        None => return Some(0),
        Some(b'Z' | b'z') => return rest.next().is_none().then_some(0),
        Some(b'U') => return rest.eq(*b"TC").then_some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let hours = number(&mut rest, b"", 2)?;
    let minutes = number(&mut rest.clone(), b":", 2).or_else(|| number(&mut rest, b"", 2))?;
    Some(sign * (hours * 3_600 + minutes * 60))
}

/// Days from 1970-01-01 in the Gregorian calendar. The year is counted from March, so that the leap day is its last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::iso_seconds;

    #[test]
    fn instants_of_rails_are_read_in_every_spelling() {
        for text in [
            "2026-01-02T03:04:05.678Z",
            "2026-01-02T03:04:05Z",
            "2026-01-02 03:04:05 UTC",
            "2026-01-02T05:04:05.001+02:00",
            "2026-01-01T22:34:05-0430",
            "2026-01-02T03:04:05",
        ] {
            assert_eq!(iso_seconds(text), Some(1_767_323_045), "{text}");
        }
    }

    #[test]
    fn leap_days_and_the_years_around_them_count() {
        assert_eq!(iso_seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(iso_seconds("2000-02-29T00:00:00Z"), Some(951_782_400));
        assert_eq!(iso_seconds("2024-03-01T00:00:00Z"), Some(1_709_251_200));
        assert_eq!(iso_seconds("2100-03-01T00:00:00Z"), Some(4_107_542_400));
        assert_eq!(iso_seconds("1969-12-31T23:59:59Z"), Some(-1));
    }

    #[test]
    fn other_texts_are_no_instants() {
        for text in [
            "",
            "2026",
            "1767323045",
            "2026-13-02T03:04:05Z",
            "2026-00-02T03:04:05Z",
            "2026-01-02T24:04:05Z",
            "2026/01/02T03:04:05Z",
            "+026-01-02T03:04:05Z",
            "2026-01-02x03:04:05Z",
            "2026-01-02T03:04:05 PST",
            "2026-01-02T03:04:05é",
            "éééééééééééééééééééé",
        ] {
            assert_eq!(iso_seconds(text), None, "{text}");
        }
    }
}
