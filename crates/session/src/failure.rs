//! What a failed request means for sending again.

use confab_protocol::Refusal;
use confab_protocol::digits;
use confab_protocol::request::BodyKind;

use crate::event::{Failure, Outcome};

impl Failure {
    /// Whether the request may have been applied. Exhaustive, because it decides whether a message is sent again.
    #[expect(clippy::match_same_arms, reason = "an arm for each reason")]
    pub fn outcome(&self) -> Outcome {
        match self {
            // The browser says the same for "never connected" and "answer lost after the write".
            Self::Unreachable => Outcome::Unknown,
            // The server may still be at it, or its answer is on the way.
            Self::TimedOut => Outcome::Unknown,
            // A 2xx that does not read was most likely applied, unless a captive portal answered.
            Self::Undecodable => Outcome::Unknown,
            Self::Refused { status, .. } => match status {
                // What stands between may say these of a request that it has passed on and of which it lost the answer.
                408 | 425 => Outcome::Unknown,
                // Refused before anything was written: validation, limits, unknown records, proxies' own limits.
                400..=499 => Outcome::NotApplied,
                // Seen on a real server: stored and broadcast, yet answered with 500; stored 3 s after a 500.
                500..=599 => Outcome::Unknown,
                // Redirects that were not followed, informational or invented statuses: nothing is known.
                0..=399 | 600..=u16::MAX => Outcome::Unknown,
            },
        }
    }

    /// Whether this API says that a record does not exist.
    pub(crate) const fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 404,
                kind: BodyKind::Json,
                ..
            }
        )
    }

    /// Whether the record, or the route, does not exist, or a proxy says so.
    pub(crate) const fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Whether the server asks to come back later: 429 of the proxy, or the flood limit of a conversation, which is a
    /// 422 like any other but for its words.
    pub(crate) fn asks_to_slow_down(&self) -> bool {
        match self {
            Self::Refused { status: 429, .. } => true,
            Self::Refused {
                status: 422, text, ..
            } => text.message.as_deref() == Some("Too many messages"),
            _ => false,
        }
    }

    /// Why a message was refused for good: the status, and the server's own words behind it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Refused { status, text, .. } => {
                let words = text.message.as_deref().unwrap_or_default();
                [digits((*status).into()).as_str(), words].concat()
            }
            Self::Unreachable | Self::TimedOut | Self::Undecodable => String::new(),
        }
    }
}

impl From<Refusal> for Failure {
    /// How an answer that brings nothing reads as a failure.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Refused { status, kind, text } => Self::Refused { status, kind, text },
            Refusal::Undecodable(_) => Self::Undecodable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eg;
    use confab_protocol::request::BodyKind;

    #[test]
    fn only_a_4xx_of_the_server_is_certain_not_to_have_been_applied() {
        for status in 0..=999 {
            let expected = if (400..500).contains(&status) && status != 408 && status != 425 {
                Outcome::NotApplied
            } else {
                Outcome::Unknown
            };
            assert_eq!(
                eg::refused(status, BodyKind::Json).outcome(),
                expected,
                "{status}"
            );
        }
        for failure in [Failure::Unreachable, Failure::TimedOut, Failure::Undecodable] {
            assert_eq!(failure.outcome(), Outcome::Unknown);
        }
    }

    #[test]
    fn a_flood_limit_is_told_from_other_validation_errors_by_its_words() {
        assert!(eg::refused(429, BodyKind::Text).asks_to_slow_down());
        assert!(eg::refused_with(422, "Too many messages").asks_to_slow_down());
        assert!(!eg::refused_with(422, "Content is too long").asks_to_slow_down());
        assert!(!eg::refused_with(500, "Too many messages").asks_to_slow_down());
    }
}
