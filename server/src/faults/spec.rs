//! One fault as it is asked for: its JSON, read strictly, so that a test does not believe in a fault that never was.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Map, Value};

use super::kind::{Farewell, Fault, Kind, When};
use super::pattern::Pattern;

/// A day: longer than any test, short enough to end.
const LONGEST_MS: u64 = 86_400_000;
/// A database that is frozen for longer is down.
const LONGEST_FREEZE_MS: u64 = 60_000;
const MOST: u64 = 1_000_000_000;

const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const MOMENTS: &[&str] = &["before", "after"];
/// What the protocol of the cable knows as reasons.
const REASONS: &[&str] = &["server_restart", "remote", "unauthorized", "invalid_request"];

const REQUESTS: &[&str] = &[
    "method",
    "path",
    "contact",
    "skip",
    "times",
    "probability",
    "seed",
    "for_ms",
];
const EVENTS: &[&str] = &[
    "event",
    "contact",
    "skip",
    "times",
    "probability",
    "seed",
    "for_ms",
];
const SOCKETS: &[&str] = &["contact", "skip", "times", "probability", "seed"];
const ALWAYS: &[&str] = &["for_ms"];

/// Every kind by its name, with the members of its own and those it shares.
const KINDS: &[(&str, &[&str], &[&str])] = &[
    ("delay", &["before_ms", "after_ms"], REQUESTS),
    ("drop_answer", &["when"], REQUESTS),
    ("error", &["status", "when", "after_ms"], REQUESTS),
    ("redis_hang", &["after_ms"], REQUESTS),
    ("database_freeze", &["limit_ms", "finish_ms", "stored"], REQUESTS),
    ("captive_portal", &[], REQUESTS),
    ("rate_limit", &["cors"], REQUESTS),
    ("proxy_error", &["status"], REQUESTS),
    ("stall", &[], ALWAYS),
    ("drop_events", &[], EVENTS),
    ("delay_events", &["by_ms"], EVENTS),
    ("duplicate_events", &["copies"], EVENTS),
    ("reorder_events", &["count", "within_ms"], EVENTS),
    ("cut_sockets", &["reason", "reconnect"], SOCKETS),
];

/// Reads a fault. The error is for whoever writes the test: what is wrong, and what is allowed.
pub fn read(value: &Value) -> Result<Fault, String> {
    let Value::Object(given) = value else {
        return Err("a fault is a JSON object such as {\"fault\": \"delay\", \"after_ms\": 500}".to_owned());
    };
    let names: Vec<&str> = KINDS.iter().map(|(name, ..)| *name).collect();
    let reader = Reader(given);
    let kind = reader
        .word("fault", &names)?
        .ok_or_else(|| format!("\"fault\" is missing: one of {}", names.join(", ")))?;
    let (_, own, shared) = KINDS
        .iter()
        .find(|(name, ..)| *name == kind)
        .copied()
        .unwrap_or(("", &[], &[]));
    for name in given.keys().map(String::as_str) {
        if name != "fault" && !own.contains(&name) && !shared.contains(&name) {
            let allowed = [own, shared].concat().join(", ");
            return Err(format!(
                "\"{name}\" means nothing to \"{kind}\", which takes: {allowed}"
            ));
        }
    }
    let freezes = kind == "database_freeze";
    let longest = if freezes { LONGEST_FREEZE_MS } else { LONGEST_MS };
    let lasts = reader.number("for_ms", 1..=longest)?;
    Ok(Fault {
        kind: reader.kind(kind)?,
        method: reader.word("method", METHODS)?,
        path: reader
            .text("path")?
            .map(|path| Pattern::read(&path))
            .transpose()?,
        contact: reader.text("contact")?,
        streams: Vec::new(),
        event: reader.text("event")?,
        skip: reader.number("skip", 0..=MOST)?.unwrap_or(0),
        times: reader.number("times", 1..=MOST)?,
        probability: reader.share("probability")?,
        seed: reader.number("seed", 0..=u64::MAX)?.unwrap_or(0),
        lasts: lasts.or(freezes.then_some(18_000)).map(Duration::from_millis),
        given: given.clone(),
    })
}

struct Reader<'a>(&'a Map<String, Value>);

impl Reader<'_> {
    fn kind(&self, kind: &str) -> Result<Kind, String> {
        let status = |range, usual| self.number("status", range).map(|status| status.unwrap_or(usual));
        Ok(match kind {
            "delay" => {
                let (before, after) = (self.wait("before_ms", 0)?, self.wait("after_ms", 0)?);
                if before.is_zero() && after.is_zero() {
                    return Err("\"delay\" needs before_ms, after_ms or both, above 0".to_owned());
                }
                Kind::Delay { before, after }
            }
            "drop_answer" => Kind::DropAnswer {
                when: self.when(When::After)?,
            },
            "error" => Kind::Error {
                status: u16::try_from(status(500..=599, 500)?).unwrap_or(500),
                when: self.when(When::Before)?,
                after: self.wait("after_ms", 0)?,
            },
            "redis_hang" => Kind::RedisHang {
                after: self.wait("after_ms", 3000)?,
            },
            "database_freeze" => Kind::DatabaseFreeze {
                limit: self.wait("limit_ms", 15_000)?,
                finish: self.wait("finish_ms", 1000)?,
                stored: self.flag("stored", true)?,
            },
            "captive_portal" => Kind::CaptivePortal,
            "rate_limit" => Kind::RateLimit {
                cors: self.flag("cors", true)?,
            },
            "proxy_error" => {
                let status = status(413..=504, 502)?;
                if ![413, 502, 503, 504].contains(&status) {
                    return Err(format!("\"status\" is {status}; allowed: 413, 502, 503, 504"));
                }
                Kind::ProxyError {
                    status: u16::try_from(status).unwrap_or(502),
                }
            }
            "stall" => Kind::Stall,
            "drop_events" => Kind::DropEvents,
            "delay_events" => Kind::DelayEvents {
                by: self.wait("by_ms", 1000)?,
            },
            "duplicate_events" => Kind::DuplicateEvents {
                copies: self.count("copies", 1..=100, 1)?,
            },
            "reorder_events" => Kind::ReorderEvents {
                count: self.count("count", 2..=100, 2)?,
                within: self.wait("within_ms", 2000)?,
            },
            _ => Kind::CutSockets {
                farewell: self.farewell()?,
            },
        })
    }

    fn farewell(&self) -> Result<Option<Farewell>, String> {
        let reconnect = self.flag("reconnect", true)?;
        let reason = self.word("reason", REASONS)?;
        if reason.is_none() && self.0.contains_key("reconnect") {
            return Err(format!(
                "\"reconnect\" is part of the disconnect frame, which \"reason\" asks for: one of {}",
                REASONS.join(", ")
            ));
        }
        Ok(reason.map(|reason| Farewell { reason, reconnect }))
    }

    fn when(&self, usual: When) -> Result<When, String> {
        Ok(match self.word("when", MOMENTS)? {
            Some("before") => When::Before,
            Some(_) => When::After,
            None => usual,
        })
    }

    fn wait(&self, name: &str, usual: u64) -> Result<Duration, String> {
        let wait = self.number(name, 0..=LONGEST_MS)?.unwrap_or(usual);
        Ok(Duration::from_millis(wait))
    }

    fn count(&self, name: &str, allowed: RangeInclusive<u64>, usual: usize) -> Result<usize, String> {
        let count = self.number(name, allowed)?;
        Ok(count
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(usual))
    }

    fn number(&self, name: &str, allowed: RangeInclusive<u64>) -> Result<Option<u64>, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let number = value.as_u64().filter(|number| allowed.contains(number));
        let (least, most) = (allowed.start(), allowed.end());
        number
            .map(Some)
            .ok_or_else(|| format!("\"{name}\" is {value}; allowed: a whole number from {least} to {most}"))
    }

    fn share(&self, name: &str) -> Result<f64, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(1.0);
        };
        let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        share.ok_or_else(|| format!("\"{name}\" is {value}; allowed: a number from 0 to 1"))
    }

    fn flag(&self, name: &str, usual: bool) -> Result<bool, String> {
        match self.0.get(name) {
            None => Ok(usual),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => Err(format!("\"{name}\" is {value}; allowed: true, false")),
        }
    }

    fn word(&self, name: &str, allowed: &[&'static str]) -> Result<Option<&'static str>, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let found = allowed.iter().find(|word| value.as_str() == Some(**word));
        found
            .map(|word| Some(*word))
            .ok_or_else(|| format!("\"{name}\" is {value}; allowed: {}", allowed.join(", ")))
    }

    fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(value) => Err(format!("\"{name}\" is {value}; allowed: a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_is_read_from_its_name_alone_but_a_delay() {
        for (name, ..) in KINDS {
            let read = read(&json!({"fault": name}));
            if *name == "delay" {
                assert!(read.unwrap_err().contains("before_ms"));
            } else {
                assert!(read.is_ok(), "{name}: {read:?}");
            }
        }
    }

    #[test]
    fn what_is_wrong_names_what_is_allowed() {
        for (asked, hint) in [
            (json!([]), "a fault is a JSON object"),
            (json!({}), "one of delay, drop_answer"),
            (json!({"fault": "dealy"}), "allowed: delay, drop_answer"),
            (json!({"fault": "stall", "path": "/x"}), "takes: for_ms"),
            (
                json!({"fault": "drop_answer", "when": "never"}),
                "allowed: before, after",
            ),
            (json!({"fault": "error", "status": 404}), "from 500 to 599"),
            (
                json!({"fault": "proxy_error", "status": 500}),
                "allowed: 413, 502, 503, 504",
            ),
            (
                json!({"fault": "error", "method": "post"}),
                "allowed: GET, HEAD, POST",
            ),
            (
                json!({"fault": "error", "path": "messages"}),
                "begins with a slash",
            ),
            (json!({"fault": "error", "times": 0}), "from 1 to"),
            (json!({"fault": "error", "times": "3"}), "from 1 to"),
            (json!({"fault": "error", "probability": 1.5}), "from 0 to 1"),
            (json!({"fault": "error", "contact": ""}), "allowed: a text"),
            (
                json!({"fault": "rate_limit", "cors": "no"}),
                "allowed: true, false",
            ),
            (
                json!({"fault": "database_freeze", "for_ms": 60_001}),
                "from 1 to 60000",
            ),
            (
                json!({"fault": "cut_sockets", "reason": "bye"}),
                "allowed: server_restart",
            ),
            (
                json!({"fault": "cut_sockets", "reconnect": false}),
                "\"reason\" asks for",
            ),
        ] {
            let error = read(&asked).unwrap_err();
            assert!(error.contains(hint), "{asked}: {error}");
        }
    }

    #[test]
    fn defaults_are_those_seen_on_the_real_server() {
        let kind = |name: &str| read(&json!({"fault": name})).unwrap().kind;
        let (limit, finish) = (Duration::from_secs(15), Duration::from_secs(1));
        assert_eq!(
            kind("database_freeze"),
            Kind::DatabaseFreeze {
                limit,
                finish,
                stored: true
            }
        );
        let after = Duration::from_secs(3);
        assert_eq!(kind("redis_hang"), Kind::RedisHang { after });
        assert_eq!(kind("rate_limit"), Kind::RateLimit { cors: true });
    }
}
