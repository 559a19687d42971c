//! Who listens to which stream. Publishing never waits for a listener; large numbers of them are served by a thread of
//! their own.

mod crowd;

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::websocket::{Outbox, text};
use crowd::{Crowd, Delivery};

/// So many listeners are served at once by whoever publishes.
const FEW: usize = 32;
/// On a stream with more listeners than this, presence is told once in [`PRESENCE_EVERY`]: everyone's sign of life would
/// otherwise go to everyone.
const CROWDED: usize = 100;
/// Messages that may wait for a listener in this process.
const OVERHEARD: usize = 512;
const PRESENCE_EVERY: Duration = Duration::from_secs(1);
const PRESENCE: &str = "{\"event\":\"presence.update\"";

/// All sockets and their subscriptions.
#[derive(Debug)]
pub struct Hub {
    inner: Mutex<Inner>,
    connections: AtomicU64,
    crowd: Crowd,
}

#[derive(Debug, Default)]
struct Inner {
    sockets: HashMap<u64, Arc<Outbox>>,
    streams: HashMap<String, Stream>,
    /// Listeners in this process.
    ears: HashMap<String, Vec<mpsc::Sender<Arc<str>>>>,
}

#[derive(Debug, Default)]
struct Stream {
    listeners: Vec<Listener>,
    presence_told: Option<Instant>,
}

#[derive(Debug)]
struct Listener {
    connection: u64,
    /// Of the subscription, quoted for JSON.
    identifier: Arc<str>,
    outbox: Arc<Outbox>,
}

impl Hub {
    /// A hub without sockets.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start() -> io::Result<Self> {
        Ok(Self {
            inner: Mutex::default(),
            connections: AtomicU64::new(0),
            crowd: Crowd::start()?,
        })
    }

    /// Adds a socket, which is pinged from now on; its number.
    pub fn connect(&self, outbox: &Arc<Outbox>) -> u64 {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        self.lock().sockets.insert(connection, Arc::clone(outbox));
        connection
    }

    /// Takes a socket away; its subscriptions have to be ended first.
    pub fn disconnect(&self, connection: u64) {
        self.lock().sockets.remove(&connection);
    }

    /// Subscribes a socket to streams and confirms it: every event published later follows the confirmation.
    /// `identifier` is quoted for JSON. False: the socket is lost.
    pub fn join(&self, connection: u64, streams: &[String], identifier: &str, confirmation: &Bytes) -> bool {
        let mut inner = self.lock();
        let Some(outbox) = inner.sockets.get(&connection).cloned() else {
            return false;
        };
        let confirmed = outbox.push(confirmation);
        for stream in streams {
            let listeners = &mut inner.streams.entry(stream.clone()).or_default().listeners;
            // Those of one stream mostly spell their identifier alike and can share the text.
            let identifier = match listeners.last() {
                Some(last) if *last.identifier == *identifier => Arc::clone(&last.identifier),
                _ => Arc::from(identifier),
            };
            listeners.push(Listener {
                connection,
                identifier,
                outbox: Arc::clone(&outbox),
            });
        }
        confirmed
    }

    /// Listens to streams from within this process. What is not taken in time is lost; dropping the receiver ends it.
    pub fn overhear(&self, streams: &[String]) -> mpsc::Receiver<Arc<str>> {
        let (ear, heard) = mpsc::channel(OVERHEARD);
        let mut inner = self.lock();
        for stream in streams {
            inner.ears.entry(stream.clone()).or_default().push(ear.clone());
        }
        heard
    }

    /// Ends one subscription of a socket, or all of them.
    pub fn leave(&self, connection: u64, streams: &[String], identifier: Option<&str>) {
        let mut inner = self.lock();
        for stream in streams {
            if let Some(found) = inner.streams.get_mut(stream) {
                found.listeners.retain(|listener| {
                    listener.connection != connection
                        || identifier.is_some_and(|identifier| *listener.identifier != *identifier)
                });
                if found.listeners.is_empty() {
                    inner.streams.remove(stream);
                }
            }
        }
    }

    /// Sends a message to every subscription of the streams.
    pub fn publish(&self, streams: &[String], message: &str) {
        let mut deliveries = Vec::new();
        {
            let mut inner = self.lock();
            let mut done: Vec<&String> = Vec::with_capacity(streams.len());
            for stream in streams {
                if done.contains(&stream) {
                    continue;
                }
                done.push(stream);
                if let Some(ears) = inner.ears.get_mut(stream) {
                    ears.retain(|ear| {
                        !matches!(ear.try_send(Arc::from(message)), Err(TrySendError::Closed(_)))
                    });
                }
                if let Some(found) = inner.streams.get_mut(stream)
                    && found.is_to_hear(message)
                {
                    deliveries.extend(found.listeners.iter().map(Listener::delivery));
                }
            }
        }
        // What has to wait behind a crowd goes the same way, so that nothing overtakes.
        if deliveries.len() <= FEW && self.crowd.is_idle() {
            crowd::deliver(deliveries, message);
        } else {
            self.crowd.publish(deliveries, Arc::from(message));
        }
    }

    /// Sends a ping to everyone.
    pub fn ping(&self, seconds: i64) {
        let sockets = self.lock().sockets.values().cloned().collect();
        self.crowd.ping(
            sockets,
            text(&[&format!("{{\"type\":\"ping\",\"message\":{seconds}}}")]),
        );
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No code can panic while it holds the lock, and a list of listeners is whole after every step.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn is_to_hear(&mut self, message: &str) -> bool {
        if self.listeners.len() <= CROWDED || !message.starts_with(PRESENCE) {
            return true;
        }
        let now = Instant::now();
        let is_due = self.presence_told.is_none_or(|told| now - told >= PRESENCE_EVERY);
        if is_due {
            self.presence_told = Some(now);
        }
        is_due
    }
}

impl Listener {
    fn delivery(&self) -> Delivery {
        (Arc::clone(&self.identifier), Arc::clone(&self.outbox))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn socket(hub: &Hub) -> (u64, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let outbox = Arc::new(Outbox::new(listener.accept().await.unwrap().0));
        outbox.stream().writable().await.unwrap();
        (hub.connect(&outbox), client)
    }

    /// The texts that arrived, up to one that ends with `end`.
    async fn until(client: &mut TcpStream, end: &str) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.last().is_none_or(|text: &String| !text.ends_with(end)) {
            assert_eq!(client.read_u8().await.unwrap(), 0x81);
            let mut text = vec![0; usize::from(client.read_u8().await.unwrap())];
            client.read_exact(&mut text).await.unwrap();
            texts.push(String::from_utf8(text).unwrap());
        }
        texts
    }

    fn confirmed() -> Bytes {
        text(&["confirmed"])
    }

    #[tokio::test]
    async fn two_spellings_get_everything_twice_and_leaving_ends_one() {
        let hub = Hub::start().unwrap();
        let (one, mut client) = socket(&hub).await;
        let streams = ["token".to_owned()];
        assert!(
            hub.join(one, &streams, "\"a\"", &confirmed()) && hub.join(one, &streams, "\"b\"", &confirmed())
        );
        hub.publish(&["token".to_owned(), "token".to_owned()], "{}");
        hub.leave(one, &streams, Some("\"a\""));
        hub.publish(&streams, "1");
        hub.leave(one, &streams, None);
        hub.publish(&streams, "2");
        hub.join(one, &streams, "\"c\"", &text(&["end"]));
        assert_eq!(
            until(&mut client, "end").await,
            [
                "confirmed",
                "confirmed",
                "{\"identifier\":\"a\",\"message\":{}}",
                "{\"identifier\":\"b\",\"message\":{}}",
                "{\"identifier\":\"b\",\"message\":1}",
                "end"
            ]
        );
        hub.leave(one, &streams, None);
        hub.disconnect(one);
        assert!(hub.lock().streams.is_empty() && hub.lock().sockets.is_empty());
    }

    #[tokio::test]
    async fn a_crowd_gets_everything_in_order_and_presence_seldom() {
        let hub = Hub::start().unwrap();
        let (one, mut client) = socket(&hub).await;
        let streams = ["token".to_owned()];
        for _ in 0..=CROWDED {
            hub.join(one, &streams, "\"a\"", &confirmed());
        }
        let presence = format!("{PRESENCE}}}");
        hub.publish(&streams, "1");
        hub.publish(&streams, &presence);
        hub.publish(&streams, &presence);
        hub.leave(one, &streams, None);
        hub.join(one, &streams, "\"b\"", &confirmed());
        hub.publish(&streams, "2");
        let texts = until(&mut client, ":2}").await;
        let count = |end: &str| texts.iter().filter(|text| text.ends_with(end)).count();
        assert_eq!(
            (count(":1}"), count("presence.update\"}}")),
            (CROWDED + 1, CROWDED + 1)
        );
    }

    #[tokio::test]
    async fn everyone_is_pinged() {
        let hub = Hub::start().unwrap();
        let (_, mut one) = socket(&hub).await;
        let (_, mut other) = socket(&hub).await;
        hub.ping(7);
        for client in [&mut one, &mut other] {
            assert_eq!(until(client, "}").await, ["{\"type\":\"ping\",\"message\":7}"]);
        }
    }
}
