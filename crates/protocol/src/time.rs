//! A reader of ISO 8601 instants as Rails writes them: `2026-01-02T03:04:05.678Z`, `… UTC`, `…+02:00`.

/// Unix seconds of an ISO 8601 instant, fractions dropped; None for anything else. Without an offset it is UTC.
pub(crate) fn iso_seconds(text: &str) -> Option<i64> {
    let year = digits(text.get(0..4)?)?;
    let month = digits(text.get(5..7)?)?;
    let day = digits(text.get(8..10)?)?;
    let hour = digits(text.get(11..13)?)?;
    let minute = digits(text.get(14..16)?)?;
    let second = digits(text.get(17..19)?)?;
    let marks = [(4, "-"), (7, "-"), (13, ":"), (16, ":")];
    let marked = marks.iter().all(|&(at, mark)| text.get(at..=at) == Some(mark));
    let parted = matches!(text.get(10..11), Some("T" | "t" | " "));
    let possible =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !(marked && parted && possible) {
        return None;
    }
    let offset = offset_seconds(without_fraction(text.get(19..)?))?;
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn without_fraction(rest: &str) -> &str {
    match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    }
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let zone = zone.trim_start();
    if matches!(zone, "" | "Z" | "z" | "UTC") {
        return Some(0);
    }
    let hours = digits(zone.get(1..3)?)?;
    let minutes = digits(zone.get(3..)?.trim_start_matches(':'))?;
    match zone.get(0..1)? {
        "+" => Some(hours * 3_600 + minutes * 60),
        "-" => Some(-(hours * 3_600 + minutes * 60)),
        _ => None,
    }
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
