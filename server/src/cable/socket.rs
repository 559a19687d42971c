//! One socket: commands in, frames out. Mistakes are answered by silence, as Chatwoot does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::hub::{Hub, Line};
use crate::faults::Faults;
use crate::rules::Member;
use crate::store::Store;
use crate::time::Clock;

const PROTOCOLS: [&str; 2] = ["actioncable-v1-json", "actioncable-unsupported"];
const PING_EVERY: Duration = Duration::from_secs(3);
/// A socket that takes nothing for so long is cut.
const SEND_WITHIN: Duration = Duration::from_secs(10);
const LARGEST_FRAME: usize = 64 * 1024;
const READ_BUFFER: usize = 4096;
/// More subscriptions than anybody needs on one socket.
const MOST_SUBSCRIPTIONS: usize = 256;
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
pub async fn accept(
    parts: &mut Parts,
    hub: Arc<Hub>,
    store: Store,
    faults: Option<Arc<Faults>>,
    ending: watch::Receiver<bool>,
) -> Option<Response> {
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await.ok()?;
    let upgrade = upgrade
        .protocols(PROTOCOLS)
        .read_buffer_size(READ_BUFFER)
        .max_message_size(LARGEST_FRAME)
        .max_frame_size(LARGEST_FRAME);
    Some(upgrade.on_upgrade(move |socket| async move {
        let line = hub.connect();
        Connection {
            socket,
            line,
            hub,
            store,
            faults,
            held: Vec::new(),
            subscriptions: HashMap::new(),
        }
        .run(ending)
        .await;
    }))
}

struct Connection {
    socket: WebSocket,
    line: Line,
    hub: Arc<Hub>,
    store: Store,
    faults: Option<Arc<Faults>>,
    /// Commands that came while a fault froze the database.
    held: Vec<Utf8Bytes>,
    /// By the exact text of the identifier. None: the subscription failed, and a second try is ignored like the first.
    subscriptions: HashMap<String, Option<Member>>,
}

impl Connection {
    async fn run(mut self, mut ending: watch::Receiver<bool>) {
        let mut pings = self.hub.pings();
        let overrun = Arc::clone(&self.line.overrun);
        let faults = self.faults.clone();
        let mut cuts = faults.as_deref().map(Faults::cuts).unwrap_or_default();
        if self.send("{\"type\":\"welcome\"}".to_owned()).await {
            loop {
                let goes_on = tokio::select! {
                    incoming = self.socket.recv() => match incoming {
                        Some(Ok(Message::Text(text))) if self.is_frozen() => self.hold(text),
                        Some(Ok(Message::Text(text))) => self.obey(&text).await,
                        // Binary frames are ignored; pings and closing are the library's business.
                        Some(Ok(_)) => true,
                        Some(Err(_)) | None => false,
                    },
                    frame = self.line.next() => match frame {
                        Some(frame) => self.send(frame.text()).await,
                        None => false,
                    },
                    changed = pings.changed() => {
                        let ping = pings.borrow_and_update().to_string();
                        changed.is_ok() && self.send(ping).await
                    }
                    () = overrun.notified() => false,
                    cut = cuts.next() => self.survives(cut).await,
                    () = thawed(faults.as_deref()), if !self.held.is_empty() => self.catch_up().await,
                    _ = ending.changed() => {
                        // The socket closes either way; whether it took the last word does not matter.
                        let _ = self.send(RESTART.to_owned()).await && self.send_message(Message::Close(None)).await;
                        false
                    }
                };
                if !goes_on {
                    break;
                }
            }
        }
        for member in self.subscriptions.values().flatten() {
            self.hub.leave(self.line.connection, &member.streams(), None);
        }
    }

    /// Whether commands have to wait: the frozen database cannot be asked, and what came first is done first.
    fn is_frozen(&self) -> bool {
        let frozen = |faults: &Arc<Faults>| faults.frozen().is_some();
        !self.held.is_empty() || self.faults.as_ref().is_some_and(frozen)
    }

    fn hold(&mut self, text: Utf8Bytes) -> bool {
        self.held.push(text);
        self.held.len() <= MOST_SUBSCRIPTIONS
    }

    async fn catch_up(&mut self) -> bool {
        for text in std::mem::take(&mut self.held) {
            if !self.obey(&text).await {
                return false;
            }
        }
        true
    }

    /// Whether a cut leaves this socket alone; if not, it may have a last word.
    async fn survives(&mut self, cut: u64) -> bool {
        let streams: Vec<String> = self
            .subscriptions
            .values()
            .flatten()
            .flat_map(Member::streams)
            .collect();
        let Some(cut) = self
            .faults
            .as_ref()
            .and_then(|faults| faults.cuts_socket(cut, &streams))
        else {
            return true;
        };
        if let Some(frame) = cut.frame() {
            // It ends either way.
            let _ = self.send(frame).await && self.send_message(Message::Close(None)).await;
        }
        false
    }

    async fn send(&mut self, text: String) -> bool {
        self.send_message(Message::Text(text.into())).await
    }

    async fn send_message(&mut self, message: Message) -> bool {
        matches!(timeout(SEND_WITHIN, self.socket.send(message)).await, Ok(Ok(())))
    }

    /// Does what a frame says; false ends the connection.
    async fn obey(&mut self, text: &str) -> bool {
        let Ok(Value::Object(frame)) = serde_json::from_str(text) else {
            return true;
        };
        let word = |name: &str| frame.get(name).and_then(Value::as_str);
        let (Some(command), Some(identifier)) = (word("command"), word("identifier")) else {
            return true;
        };
        match command {
            "subscribe" => self.subscribe(identifier).await,
            "unsubscribe" => {
                if let Some(Some(member)) = self.subscriptions.remove(identifier) {
                    self.hub
                        .leave(self.line.connection, &member.streams(), Some(&quoted(identifier)));
                }
                true
            }
            "message" => {
                self.act(identifier, word("data")).await;
                true
            }
            _ => true,
        }
    }

    async fn subscribe(&mut self, identifier: &str) -> bool {
        if self.subscriptions.contains_key(identifier) || self.subscriptions.len() >= MOST_SUBSCRIPTIONS {
            return true;
        }
        let Ok(Value::Object(wanted)) = serde_json::from_str(identifier) else {
            return true;
        };
        if wanted.get("channel").and_then(Value::as_str) != Some("RoomChannel") {
            return true;
        }
        let member = self.store.subscribe(identifier.to_owned()).await;
        self.subscriptions.insert(identifier.to_owned(), member.clone());
        let Some(member) = member else { return true };
        let shown = quoted(identifier);
        self.hub.join(&self.line, &member.streams(), &shown);
        let confirmed = self
            .send(format!(
                "{{\"identifier\":{shown},\"type\":\"confirm_subscription\"}}"
            ))
            .await;
        self.store.presence(member).await;
        confirmed
    }

    /// The only action is `update_presence`.
    async fn act(&mut self, identifier: &str, data: Option<&str>) {
        let Some(Some(member)) = self.subscriptions.get(identifier) else {
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

/// Waits until no fault freezes the database.
async fn thawed(faults: Option<&Faults>) {
    if let Some(faults) = faults
        && let Some(over) = faults.frozen()
    {
        faults.end_of(over).await;
    }
}

fn quoted(identifier: &str) -> Arc<str> {
    Arc::from(Value::from(identifier).to_string())
}
