//! What can go wrong.

use std::time::Duration;

use serde_json::{Map, Value};

use super::pattern::Pattern;

/// Before the rule ran, so that nothing came of the request, or after what it wrote was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The request waits before its rule, the answer after the commit.
    Delay { before: Duration, after: Duration },
    /// The connection ends without a byte of an answer.
    DropAnswer { when: When },
    /// A 5xx of the application, with its CORS headers.
    Error {
        status: u16,
        when: When,
        after: Duration,
    },
    /// What a request wrote is kept and its answer a 500 after a while; events and jobs wait until the end of the fault.
    RedisHang { after: Duration },
    /// Requests wait until the end of the fault, each at most `limit`, and are then done within `finish`, in any order.
    DatabaseFreeze {
        limit: Duration,
        finish: Duration,
        /// Whether a request that was answered with 500 meanwhile is done all the same.
        stored: bool,
    },
    /// 200 with a page that asks to sign in, in front of everything.
    CaptivePortal,
    /// 429 in plain text.
    RateLimit { cors: bool },
    /// A page of a proxy in front of the server.
    ProxyError { status: u16 },
    /// No event, no job and no callback until the end of the fault; then all of them, in order.
    Stall,
    /// Events that never arrive.
    DropEvents,
    /// Events that arrive late, each for itself.
    DelayEvents { by: Duration },
    /// Events that arrive more than once.
    DuplicateEvents { copies: usize },
    /// Events that are gathered and sent in reverse.
    ReorderEvents { count: usize, within: Duration },
    /// Sockets that are open now end.
    CutSockets { farewell: Option<Farewell> },
}

/// The disconnect frame before a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    pub reason: &'static str,
    pub reconnect: bool,
}

/// A fault: what, where, how often and how long.
#[derive(Clone, Debug)]
pub struct Fault {
    pub kind: Kind,
    pub method: Option<&'static str>,
    pub path: Option<Pattern>,
    /// The `source_id` of a contact.
    pub contact: Option<String>,
    /// The streams of that contact, where they are needed and known.
    pub streams: Vec<String>,
    /// The name of an event of the cable.
    pub event: Option<String>,
    /// So many of what fits are spared first.
    pub skip: u64,
    /// And no more than so many are struck.
    pub times: Option<u64>,
    pub probability: f64,
    pub seed: u64,
    pub lasts: Option<Duration>,
    /// As it was asked for.
    pub given: Map<String, Value>,
}

impl Fault {
    /// Whether events and jobs wait as long as this fault is set.
    pub fn stalls(&self) -> bool {
        matches!(self.kind, Kind::Stall | Kind::RedisHang { .. })
    }
}
