//! One socket: commands in, frames out. Mistakes are answered by silence, as Chatwoot does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::hub::{Hub, Line};
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
    /// By the exact text of the identifier. None: the subscription failed, and a second try is ignored like the first.
    subscriptions: HashMap<String, Option<Member>>,
}

impl Connection {
    async fn run(mut self, mut ending: watch::Receiver<bool>) {
        let mut pings = self.hub.pings();
        let overrun = Arc::clone(&self.line.overrun);
        if self.send("{\"type\":\"welcome\"}".to_owned()).await {
            loop {
                let goes_on = tokio::select! {
                    incoming = self.socket.recv() => match incoming {
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

fn quoted(identifier: &str) -> Arc<str> {
    Arc::from(Value::from(identifier).to_string())
}
