//! Deliberate defects, to prove that the oracle sees. Each is made around the session, as if the session had it.

use std::fmt;

use confab_protocol::{Reply, Request};
use confab_session::bugs::Bug as Core;
use confab_session::{Config, Effect, Event, Outcome};

use crate::report::Kind;
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
    /// One inside the session.
    Core(Core),
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(core) => write!(f, "{core:?}"),
            around => write!(f, "{around:?}"),
        }
    }
}

impl Bug {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let inside = Core::ALL.iter().map(|core| Self::Core(*core));
        Self::AROUND.iter().copied().chain(inside)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|bug| bug.to_string() == name)
    }

    /// Those that are made around the session.
    const AROUND: &'static [Self] = &[
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

    /// What it must lead to.
    pub fn leads_to(self) -> &'static [Kind] {
        match self {
            Self::BoundTooShort
            | Self::ErrorMeansNotStored
            | Self::AttemptForgotten
            | Self::ClaimsNeverRefused
            | Self::Core(Core::NoFence | Core::OneLook | Core::LateClaim | Core::FenceOutlives) => {
                &[Kind::Doubled]
            }
            Self::SavedTooEarly | Self::RemovedWhenSent | Self::Core(Core::TwinTexts) => &[Kind::Lost],
            Self::OnePageOnly
            | Self::NotRebroadcast
            | Self::Core(Core::SyncBeforeConfirm | Core::NoSlowPoll | Core::EventsProve) => &[Kind::Missing],
            Self::FetchedTooOften | Self::Core(Core::NoConnectionLimit) => &[Kind::Storm],
            Self::Core(Core::ShortLook) => &[Kind::Doubled, Kind::Unexpected],
            Self::Core(Core::NothingHeldBack) => &[Kind::Reordered, Kind::Unexpected, Kind::Stuck],
            Self::Core(Core::EchoIgnored | Core::ShownBeside | Core::OldEventsCount) => &[Kind::Unexpected],
            Self::Core(Core::KeyNotKept) => &[Kind::KeyChanged],
            Self::Core(Core::ForgottenOnTakeOver) => &[Kind::Doubled, Kind::Stuck],
            Self::Core(Core::CreatedAgain) => &[Kind::Split],
        }
    }

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
