//! Instants as the wire needs them: whole seconds, seconds with a fraction, ISO 8601 with milliseconds.

use std::time::{Instant as Mono, SystemTime, UNIX_EPOCH};

const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// Microseconds since 1970, the resolution in which Chatwoot's database keeps its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i64);

impl Instant {
    /// From whole seconds since 1970; what does not fit becomes the last instant there is.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// Seconds since 1970 with a fraction, as `updated_at` of conversations.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the real server sends a double as well"
    )]
    pub fn fraction(self) -> f64 {
        self.0 as f64 / MICROS as f64
    }

    /// `2026-01-02T03:04:05.678Z`.
    pub fn iso(self) -> String {
        let seconds = self.seconds();
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let clock = seconds.rem_euclid(DAY);
        let milliseconds = self.0.rem_euclid(MICROS) / 1000;
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
    }

    /// This instant, `seconds` earlier.
    #[must_use]
    pub fn minus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(MICROS)))
    }
}

/// A time as HTTP headers have it.
pub fn http_date(time: SystemTime) -> std::io::Result<String> {
    let time = jiff::Timestamp::try_from(time).map_err(std::io::Error::other)?;
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .map_err(std::io::Error::other)
}

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian calendar).
fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Where the server takes the time from: the system, a start given by `--now` that goes on from there, or whoever plays
/// with the rules alone.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// None: it stands still.
    started: Option<Mono>,
    origin: Instant,
}

impl Clock {
    /// A clock that shows `now` at this moment; without one, the system's time.
    pub fn starting_at(now: Option<i64>) -> Self {
        let system = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Instant(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
        };
        Self {
            started: Some(Mono::now()),
            origin: now.map_or_else(system, Instant::from_seconds),
        }
    }

    /// A clock that shows this instant and no other.
    pub fn standing_at(origin: Instant) -> Self {
        Self {
            started: None,
            origin,
        }
    }

    /// The present instant; never goes backwards.
    pub fn now(&self) -> Instant {
        let elapsed = self.started.map_or(0, |started| started.elapsed().as_micros());
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        Instant(self.origin.0.saturating_add(elapsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_times_have_three_digits_of_a_second() {
        assert_eq!(Instant(0).iso(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            Instant::from_seconds(2_524_608_000).iso(),
            "2050-01-01T00:00:00.000Z"
        );
        assert_eq!(Instant(1_709_164_799_999_999).iso(), "2024-02-28T23:59:59.999Z");
        assert_eq!(Instant(1_709_164_800_000_000).iso(), "2024-02-29T00:00:00.000Z");
        assert_eq!(Instant(-1).iso(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_given_clock_goes_on_from_its_start() {
        let clock = Clock::starting_at(Some(1_700_000_000));
        let now = clock.now();
        assert_eq!(now.seconds(), 1_700_000_000);
        assert!(clock.now() >= now);
    }
}
