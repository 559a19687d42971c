//! The rules in the process of whoever plays with them: the same database, rules and documents, but no HTTP, no socket, a
//! time that is told, and nothing that stays.

use axum::http::{HeaderMap, Method};
use futures_util::FutureExt as _;
use http_body_util::BodyExt as _;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::StartError;
use crate::http::answer;
use crate::links::Links;
use crate::params::{self, Body};
use crate::quirks::{Quirks, Version};
use crate::random::Random;
use crate::rules::{Installation, Member, Request};
use crate::time::{Clock, Instant};
use crate::wire;

use super::desk::{Desk, Done, Effect, Parked};
use super::worker::Work;
use super::{Seeds, failed, open, secret, seed};

const MEMORY: &str = ":memory:";
const BASE: &str = "http://chat.example";
const JSON: &str = "application/json";

/// An installation in memory. What is done in it is forgotten by the next [`Room::begin`].
#[derive(Debug)]
pub struct Room {
    db: Connection,
    random: Random,
    installation: Installation,
    seeds: Seeds,
}

/// A request of either API.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// GET, POST, …
    pub method: &'a str,
    /// The path with the query.
    pub target: &'a str,
    /// A JSON document.
    pub body: Option<&'a str>,
    /// The `api_access_token` header.
    pub token: Option<&'a str>,
}

/// What a request is answered with, and what the cable tells of it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: String,
    /// All of it.
    pub body: String,
    /// Events, in the order in which they leave.
    pub events: Vec<Told>,
}

/// An event for everyone subscribed to one of the streams.
#[derive(Clone, Debug)]
pub struct Told {
    /// Pubsub tokens, or `account_{id}` for all agents of an account.
    pub streams: Vec<String>,
    /// The `message` member of the cable's frame.
    pub message: String,
}

impl Room {
    /// A new installation with what every new one has.
    ///
    /// # Errors
    ///
    /// The database cannot be made.
    pub fn open() -> Result<Self, StartError> {
        let mut db = open(MEMORY)?;
        let mut random = Random::new(Some(0));
        let failed = |error| failed(MEMORY, &error);
        let seeds = seed(&mut db, &mut random, Instant(0)).map_err(failed)?;
        let secret = secret(&db, "addresses of files", &mut random).map_err(failed)?;
        Ok(Self {
            db,
            random,
            installation: Installation {
                base: BASE.to_owned(),
                quirks: Quirks::of(Version::NEWEST),
                links: Links::new(BASE, &secret),
            },
            seeds,
        })
    }

    /// The ids and secrets to begin with.
    pub fn seeds(&self) -> &Seeds {
        &self.seeds
    }

    /// Forgets what was done, and draws from this seed from now on.
    ///
    /// # Errors
    ///
    /// The database refuses.
    pub fn begin(&mut self, seed: u64) -> Result<(), StartError> {
        let undo = if self.db.is_autocommit() { "" } else { "ROLLBACK;" };
        self.random = Random::new(Some(seed));
        self.db
            .execute_batch(&format!("{undo} BEGIN IMMEDIATE;"))
            .map_err(|error| failed(MEMORY, &error))
    }

    /// Answers a request at an instant, in milliseconds since 1970.
    pub fn answer(&mut self, call: &Call, now: i64) -> Answered {
        let (path, query) = call.target.split_once('?').unwrap_or((call.target, ""));
        let body = Body {
            content_type: call.body.map(|_| JSON.to_owned()),
            bytes: call.body.unwrap_or_default().to_owned().into(),
        };
        let request = Request {
            method: call.method.to_owned(),
            path: path.to_owned(),
            params: params::read(query, &body).ok(),
            token: call.token.map(str::to_owned),
        };
        let work = Work::Request(Box::new(request), oneshot::channel().0);
        let (done, events) = self.step(work, now);
        let response = match done {
            Done::Answer(_, Ok(reply)) => answer::success(&reply, &Method::default(), &HeaderMap::default()),
            Done::Answer(_, Err(error)) => answer::failure(&error, false),
            _ => return nothing(events),
        };
        let content_type = response.headers().get("content-type");
        let content_type = content_type
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let status = response.status().as_u16();
        // It is in memory: nothing has to be waited for.
        let body = response.into_body().collect().now_or_never();
        let body = body.and_then(Result::ok).map(|body| body.to_bytes().to_vec());
        Answered {
            status,
            content_type: content_type.unwrap_or_default(),
            body: String::from_utf8(body.unwrap_or_default()).unwrap_or_default(),
            events,
        }
    }

    /// The stream of whom a subscription names, if it names anybody.
    pub fn subscribe(&mut self, identifier: &str, now: i64) -> Option<String> {
        self.member(identifier, now).map(|member| member.token)
    }

    /// A sign of life from whom a subscription names; what the cable tells of it.
    pub fn presence(&mut self, identifier: &str, now: i64) -> Vec<Told> {
        let member = self.member(identifier, now);
        member.map_or_else(Vec::new, |member| self.step(Work::Presence(member), now).1)
    }

    fn member(&mut self, identifier: &str, now: i64) -> Option<Member> {
        let work = Work::Subscribe(identifier.to_owned(), oneshot::channel().0);
        match self.step(work, now).0 {
            Done::Member(_, member) => member,
            _ => None,
        }
    }

    fn step(&mut self, work: Work, now: i64) -> (Done, Vec<Told>) {
        let mut effects = Vec::new();
        let clock = Clock::standing_at(Instant(now.saturating_mul(1_000)));
        let mut desk = Desk {
            tx: &self.db,
            clock: &clock,
            now: clock.now(),
            random: &mut self.random,
            installation: &self.installation,
            stalled: false,
            kept: &mut Vec::new(),
        };
        let done = desk.step(work, &mut effects);
        let told = effects.into_iter().filter_map(|effect| match effect {
            Effect::Now(event) | Effect::Queued(Parked::Event(event)) => Some(Told {
                message: wire::event(event.event, &event.data),
                streams: event.streams,
            }),
            Effect::Queued(Parked::Callback(_) | Parked::Job(_)) => None,
        });
        (done, told.collect())
    }
}

fn nothing(events: Vec<Told>) -> Answered {
    Answered {
        status: 500,
        content_type: String::new(),
        body: String::new(),
        events,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_767_225_600_123;

    fn create(room: &mut Room) -> Answered {
        let target = format!(
            "/public/api/v1/inboxes/{}/contacts",
            room.seeds().inbox_identifier
        );
        let call = Call {
            method: "POST",
            target: &target,
            body: Some("{\"source_id\":\"a\"}"),
            token: None,
        };
        room.answer(&call, NOW)
    }

    fn token(answered: &Answered) -> Value {
        let document: Value = serde_json::from_str(&answered.body).unwrap();
        document["pubsub_token"].clone()
    }

    #[test]
    fn what_is_done_is_answered_and_told_and_forgotten() {
        let mut room = Room::open().unwrap();
        room.begin(1).unwrap();
        let created = create(&mut room);
        assert_eq!(
            (created.status, created.content_type.as_str()),
            (200, "application/json; charset=utf-8")
        );
        assert!(created.events[0].message.contains("\"contact.created\""));
        assert_eq!(
            token(&create(&mut room)),
            token(&created),
            "it is the same contact"
        );
        let identifier = json!({"channel": "RoomChannel", "pubsub_token": token(&created)}).to_string();
        assert_eq!(
            room.subscribe(&identifier, NOW).map(Value::from),
            Some(token(&created))
        );
        assert!(
            room.presence(&identifier, NOW)[0]
                .message
                .contains("presence.update")
        );
        room.begin(2).unwrap();
        assert_eq!(room.subscribe(&identifier, NOW), None);
        assert_ne!(token(&create(&mut room)), token(&created));
        room.begin(1).unwrap();
        assert_eq!(create(&mut room).body, created.body, "a seed repeats");
    }
}
