//! One socket: commands in, frames out. Mistakes are answered by silence, as Chatwoot does; too much of anything by a close.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::allowance::Allowance;
use super::hub::Hub;
use crate::faults::Faults;
use crate::rules::Member;
use crate::store::Store;
use crate::time::Clock;
use crate::websocket::{
    self, GOODBYE, Incoming, LAST_GOODBYE, Limit, REFUSED, Received, Refusal, WebSocket, text,
};

const PROTOCOLS: [&str; 2] = ["actioncable-v1-json", "actioncable-unsupported"];
const PING_EVERY: Duration = Duration::from_secs(3);
const LARGEST_MESSAGE: Limit = Limit(64 * 1024);
/// More subscriptions than anybody needs on one socket.
const MOST_SUBSCRIPTIONS: usize = 64;
/// Bytes of all identifiers of a socket together.
const LONGEST_IDENTIFIERS: usize = 64 * 1024;
const WELCOME: &str = "{\"type\":\"welcome\"}";
const RESTART: &str = "{\"type\":\"disconnect\",\"reason\":\"server_restart\",\"reconnect\":true}";

/// Sends the pings of all sockets until the server ends.
pub async fn run_pings(hub: Arc<Hub>, clock: Clock, mut ending: watch::Receiver<bool>) {
    let mut ticks = interval(PING_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => hub.ping(clock.now().seconds()),
            _ = ending.changed() => return,
        }
    }
}

/// Turns a request into a socket. None: it asks for no WebSocket.
pub fn accept(
    parts: &mut Parts,
    hub: Arc<Hub>,
    store: Store,
    faults: Option<Arc<Faults>>,
    ending: watch::Receiver<bool>,
) -> Option<Response> {
    websocket::accept(parts, &PROTOCOLS, LARGEST_MESSAGE, move |socket| {
        let connection = Connection {
            number: hub.connect(socket.outbox()),
            socket,
            hub,
            store,
            faults,
            held: Vec::new(),
            subscriptions: Vec::new(),
            allowance: Allowance::new(Instant::now()),
        };
        connection.run(ending)
    })
}

struct Connection {
    socket: WebSocket,
    number: u64,
    hub: Arc<Hub>,
    store: Store,
    faults: Option<Arc<Faults>>,
    /// Commands that came while a fault froze the database.
    held: Vec<String>,
    /// By the exact text of the identifier. None: the subscription failed, and a second try is ignored like the first.
    subscriptions: Vec<(Box<str>, Option<Member>)>,
    allowance: Allowance,
}

/// How a connection ends.
enum End {
    /// With a close frame.
    Closed(Option<u16>),
    /// Without a word: nobody hears it.
    Cut,
    /// With the server.
    Over,
}

impl Connection {
    async fn run(mut self, mut ending: watch::Receiver<bool>) {
        self.send(WELCOME);
        let outbox = Arc::clone(self.socket.outbox());
        let faults = self.faults.clone();
        let mut cuts = faults.as_deref().map(Faults::cuts).unwrap_or_default();
        let end = {
            let lost = outbox.run();
            tokio::pin!(lost);
            loop {
                tokio::select! {
                    received = self.socket.receive() => {
                        // In a box: only few of many sockets are busy with a command, and all pay for the room it takes.
                        if let Some(end) = Box::pin(self.take(received)).await {
                            break end;
                        }
                    }
                    () = &mut lost => break End::Cut,
                    cut = cuts.next() => {
                        if let Some(end) = self.strike(cut) {
                            break end;
                        }
                    }
                    () = thawed(faults.as_deref()), if !self.held.is_empty() => {
                        if let Some(end) = Box::pin(self.catch_up()).await {
                            break end;
                        }
                    }
                    _ = ending.changed() => {
                        self.send(RESTART);
                        break End::Over;
                    }
                }
            }
        };
        for (_, member) in &self.subscriptions {
            if let Some(member) = member {
                self.hub.leave(self.number, &member.streams(), None);
            }
        }
        self.hub.disconnect(self.number);
        match end {
            End::Closed(code) => self.socket.close(code, GOODBYE).await,
            End::Over => self.socket.close(None, LAST_GOODBYE).await,
            End::Cut => {}
        }
    }

    /// Sends a text. A lost socket is noticed by `run`.
    fn send(&self, words: &str) {
        self.socket.outbox().push(&text(&[words]));
    }

    async fn take(&mut self, received: Received) -> Option<End> {
        let frame = match received {
            Received::Frame(Incoming::Close(code)) => return Some(End::Closed(code)),
            Received::Refused(Refusal(code)) => return Some(End::Closed(Some(code))),
            Received::Gone => return Some(End::Cut),
            Received::Frame(frame) => frame,
        };
        if !self.allowance.take(Instant::now()) {
            return Some(End::Closed(Some(REFUSED)));
        }
        match frame {
            Incoming::Text(text) if self.is_frozen() => {
                self.held.push(text);
                None
            }
            Incoming::Text(text) => self.obey(&text).await,
            // Binary messages are ignored.
            _ => None,
        }
    }

    /// Whether commands have to wait: the frozen database cannot be asked, and what came first is done first.
    fn is_frozen(&self) -> bool {
        let frozen = |faults: &Arc<Faults>| faults.frozen().is_some();
        !self.held.is_empty() || self.faults.as_ref().is_some_and(frozen)
    }

    async fn catch_up(&mut self) -> Option<End> {
        for text in std::mem::take(&mut self.held) {
            if let Some(end) = self.obey(&text).await {
                return Some(end);
            }
        }
        None
    }

    /// Ends when a cut strikes this socket, perhaps after a last word.
    fn strike(&self, cut: u64) -> Option<End> {
        let members = self
            .subscriptions
            .iter()
            .filter_map(|(_, member)| member.as_ref());
        let streams: Vec<String> = members.flat_map(Member::streams).collect();
        let cut = self.faults.as_ref()?.cuts_socket(cut, &streams)?;
        let Some(frame) = cut.frame() else {
            return Some(End::Cut);
        };
        self.send(&frame);
        Some(End::Closed(None))
    }

    /// Does what a frame says.
    async fn obey(&mut self, text: &str) -> Option<End> {
        let Ok(Value::Object(frame)) = serde_json::from_str(text) else {
            return None;
        };
        let word = |name: &str| frame.get(name).and_then(Value::as_str);
        let (command, identifier) = word("command").zip(word("identifier"))?;
        match command {
            "subscribe" => return self.subscribe(identifier).await,
            "unsubscribe" => self.unsubscribe(identifier),
            "message" => self.act(identifier, word("data")).await,
            _ => {}
        }
        None
    }

    async fn subscribe(&mut self, identifier: &str) -> Option<End> {
        if self.subscriptions.iter().any(|(known, _)| **known == *identifier) {
            return None;
        }
        let Ok(Value::Object(wanted)) = serde_json::from_str(identifier) else {
            return None;
        };
        if wanted.get("channel").and_then(Value::as_str) != Some("RoomChannel") {
            return None;
        }
        let length: usize = self.subscriptions.iter().map(|(known, _)| known.len()).sum();
        if self.subscriptions.len() >= MOST_SUBSCRIPTIONS || length + identifier.len() > LONGEST_IDENTIFIERS {
            return Some(End::Closed(Some(REFUSED)));
        }
        let member = self.store.subscribe(identifier.to_owned()).await;
        self.subscriptions.reserve_exact(1);
        self.subscriptions.push((Box::from(identifier), member.clone()));
        let member = member?;
        let shown = quoted(identifier);
        let confirmation = text(&["{\"identifier\":", &shown, ",\"type\":\"confirm_subscription\"}"]);
        if self
            .hub
            .join(self.number, &member.streams(), &shown, &confirmation)
        {
            self.store.presence(member).await;
        }
        None
    }

    fn unsubscribe(&mut self, identifier: &str) {
        let place = self
            .subscriptions
            .iter()
            .position(|(known, _)| **known == *identifier);
        if let Some((_, Some(member))) = place.map(|at| self.subscriptions.swap_remove(at)) {
            self.hub
                .leave(self.number, &member.streams(), Some(&quoted(identifier)));
        }
    }

    /// The only action is `update_presence`.
    async fn act(&self, identifier: &str, data: Option<&str>) {
        let known = self
            .subscriptions
            .iter()
            .find(|(known, _)| **known == *identifier);
        let Some((_, Some(member))) = known else {
            return;
        };
        let Some(Ok(Value::Object(data))) = data.map(serde_json::from_str) else {
            return;
        };
        if data.get("action").and_then(Value::as_str) == Some("update_presence") {
            self.store.presence(member.clone()).await;
        }
    }
}

fn quoted(identifier: &str) -> String {
    Value::from(identifier).to_string()
}

/// Waits until no fault freezes the database.
async fn thawed(faults: Option<&Faults>) {
    if let Some(faults) = faults
        && let Some(over) = faults.frozen()
    {
        faults.end_of(over).await;
    }
}
