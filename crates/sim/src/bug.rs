//! Deliberate defects, to prove that the oracle sees. Each is made around the session, as if the session had it.

use confab_protocol::{Reply, Request};
use confab_session::{Config, Effect, Event, Outcome};

use crate::server::refused;

/// A defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The fence does not wait for the server's bound.
    BoundTooShort,
    /// An error is taken for proof that nothing was stored.
    ErrorMeansNotStored,
    /// A row counts as stored before it is.
    SavedTooEarly,
    /// The row leaves the store when its request leaves.
    RemovedWhenSent,
    /// The attempt is not on record.
    AttemptForgotten,
    /// Two tabs may claim one row.
    ClaimsNeverRefused,
    /// Nothing below the first page is ever seen.
    OnePageOnly,
    /// Other tabs are not told.
    NotRebroadcast,
    /// Everything fetched is fetched many times.
    FetchedTooOften,
}

impl Bug {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::BoundTooShort,
        Self::ErrorMeansNotStored,
        Self::SavedTooEarly,
        Self::RemovedWhenSent,
        Self::AttemptForgotten,
        Self::ClaimsNeverRefused,
        Self::OnePageOnly,
        Self::NotRebroadcast,
        Self::FetchedTooOften,
    ];

    pub(crate) fn configure(self, config: Config) -> Config {
        match self {
            Self::BoundTooShort => Config {
                server_time_bound: 0,
                ..config
            },
            _ => config,
        }
    }

    /// What the session hears instead. `sends`: the event is the reply to a message.
    pub(crate) fn bend(self, event: Event, asked: Option<&Request>) -> Event {
        match (self, event, asked) {
            (
                Self::ErrorMeansNotStored,
                Event::Replied {
                    request,
                    result: Err(failure),
                },
                Some(Request::SendMessage { .. }),
            ) if failure.outcome() == Outcome::Unknown => {
                let result = Err(refused(429, confab_protocol::BodyKind::Text, ""));
                Event::Replied { request, result }
            }
            (
                Self::OnePageOnly,
                Event::Replied {
                    request,
                    result: Ok(Reply::Messages(_)),
                },
                Some(Request::ListMessages { before: Some(_), .. }),
            ) => Event::Replied {
                request,
                result: Ok(Reply::Messages(Vec::new())),
            },
            (_, event, _) => event,
        }
    }

    /// What is done instead of an effect.
    pub(crate) fn twist(self, effect: Effect) -> Vec<Effect> {
        match (self, effect) {
            (Self::NotRebroadcast, Effect::Rebroadcast(_) | Effect::RebroadcastFrame(_)) => Vec::new(),
            (
                Self::FetchedTooOften,
                Effect::Send {
                    id,
                    request: request @ Request::ListMessages { .. },
                    timeout,
                },
            ) => {
                vec![Effect::Send { id, request, timeout }; 20]
            }
            (
                Self::RemovedWhenSent,
                Effect::Send {
                    id,
                    request:
                        Request::SendMessage {
                            source_id,
                            conversation,
                            content,
                            echo_id,
                        },
                    timeout,
                },
            ) => {
                let key = confab_session::OutgoingKey(echo_id.as_str().to_owned());
                let request = Request::SendMessage {
                    source_id,
                    conversation,
                    content,
                    echo_id,
                };
                vec![Effect::Send { id, request, timeout }, Effect::RemoveOutgoing(key)]
            }
            (Self::AttemptForgotten, Effect::ClaimOutgoing { mut row, for_ms }) => {
                row.attempt = None;
                vec![Effect::ClaimOutgoing { row, for_ms }]
            }
            (_, effect) => vec![effect],
        }
    }
}
