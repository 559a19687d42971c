//! Schedules that once broke a promise: one line each, kept for ever.

use crate::only::Only;
use crate::report::Report;
use crate::schedule::Schedule;

/// The schedule of a line: the seed, the part of it if only a part is meant, and then words for people.
///
/// # Errors
///
/// The line does not begin with a seed, or the part is none.
pub fn read(line: &str) -> Result<Schedule, String> {
    let mut words = line.split_whitespace();
    let seed = words.next().and_then(|seed| seed.parse().ok());
    let schedule = Schedule::new(seed.ok_or_else(|| format!("no seed in: {line}"))?);
    match words.next().filter(|word| word.contains('=')) {
        Some(part) => Ok(schedule.only(part.parse::<Only>()?)),
        None => Ok(schedule),
    }
}

/// All schedules of a text; empty lines and those that begin with `#` are for people.
///
/// # Errors
///
/// The first line that is none.
pub fn read_all(text: &str) -> Result<Vec<Schedule>, String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(read).collect()
}

/// The line of a schedule that went wrong.
pub fn line(report: &Report) -> String {
    let seed = report.schedule.seed;
    let part = report.schedule.only.as_ref().map(|only| format!(" {only}"));
    let words = report
        .worst()
        .map(|worst| format!(" {:?}: {}", worst.kind, worst.story));
    format!("{seed}{}{}", part.unwrap_or_default(), words.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Kind, Violation};

    #[test]
    fn what_was_kept_is_read_again() {
        let schedule = Schedule::new(7).only("until=9/strikes=Frozen:2".parse().unwrap());
        let mut report = schedule.play();
        report.violations = vec![Violation {
            kind: Kind::Lost,
            at: 5,
            story: "a = b".to_owned(),
        }];
        let line = line(&report);
        assert_eq!(line, "7 until=9/strikes=Frozen:2 Lost: a = b");
        let read = read_all(&format!("# words\n\n{line}\n8 words\n")).unwrap();
        assert_eq!((read[0].seed, &read[0].only), (7, &schedule.only));
        assert_eq!((read[1].seed, &read[1].only), (8, &None));
        assert!(read_all("words\n").is_err());
    }
}
