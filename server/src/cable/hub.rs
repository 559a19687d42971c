//! Who listens to which stream. Publishing never waits: a listener whose queue is full is cut off.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, watch};

/// Frames that may wait for one slow socket.
const QUEUE: usize = 512;
/// Bytes that may wait for one slow socket.
const QUEUED_BYTES: usize = 8 * 1024 * 1024;

/// A broadcast on its way to one subscription; the text is shared by all.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The subscription's identifier, quoted for JSON.
    pub identifier: Arc<str>,
    /// The `message` member.
    pub message: Arc<str>,
}

impl Frame {
    /// The whole frame.
    pub fn text(&self) -> String {
        format!(
            "{{\"identifier\":{},\"message\":{}}}",
            self.identifier, self.message
        )
    }
}

/// A connected socket's side of the hub.
#[derive(Debug)]
pub struct Line {
    /// Its number.
    pub connection: u64,
    frames: mpsc::Receiver<Frame>,
    queued: Arc<AtomicUsize>,
    /// Rings when its queue ran over.
    pub overrun: Arc<Notify>,
    sender: mpsc::Sender<Frame>,
}

#[derive(Debug)]
struct Listener {
    connection: u64,
    identifier: Arc<str>,
    sender: mpsc::Sender<Frame>,
    queued: Arc<AtomicUsize>,
    overrun: Arc<Notify>,
}

impl Line {
    /// The next broadcast for it. None: the hub is gone.
    pub async fn next(&mut self) -> Option<Frame> {
        let frame = self.frames.recv().await?;
        self.queued.fetch_sub(frame.message.len(), Ordering::Relaxed);
        Some(frame)
    }
}

impl Listener {
    /// False: there is no room.
    fn offer(&self, frame: Frame) -> bool {
        let bytes = frame.message.len();
        let before = self.queued.fetch_add(bytes, Ordering::Relaxed);
        before + bytes <= QUEUED_BYTES && self.sender.try_send(frame).is_ok()
    }
}

/// All subscriptions.
#[derive(Debug)]
pub struct Hub {
    streams: Mutex<HashMap<String, Vec<Listener>>>,
    connections: AtomicU64,
    pings: watch::Sender<Arc<str>>,
}

impl Default for Hub {
    fn default() -> Self {
        let (pings, _) = watch::channel(Arc::from(""));
        Self {
            streams: Mutex::default(),
            connections: AtomicU64::new(0),
            pings,
        }
    }
}

impl Hub {
    /// A line for a new socket.
    pub fn connect(&self) -> Line {
        let (sender, frames) = mpsc::channel(QUEUE);
        let connection = self.connections.fetch_add(1, Ordering::Relaxed);
        Line {
            connection,
            frames,
            overrun: Arc::default(),
            queued: Arc::default(),
            sender,
        }
    }

    /// Subscribes a line to streams; `identifier` is quoted for JSON.
    pub fn join(&self, line: &Line, streams: &[String], identifier: &Arc<str>) {
        let mut all = self.lock();
        for stream in streams {
            all.entry(stream.clone()).or_default().push(Listener {
                connection: line.connection,
                identifier: Arc::clone(identifier),
                sender: line.sender.clone(),
                queued: Arc::clone(&line.queued),
                overrun: Arc::clone(&line.overrun),
            });
        }
    }

    /// Ends one subscription of a connection, or all of them.
    pub fn leave(&self, connection: u64, streams: &[String], identifier: Option<&str>) {
        let mut all = self.lock();
        for stream in streams {
            if let Some(listeners) = all.get_mut(stream) {
                listeners.retain(|listener| {
                    listener.connection != connection
                        || identifier.is_some_and(|identifier| *listener.identifier != *identifier)
                });
                if listeners.is_empty() {
                    all.remove(stream);
                }
            }
        }
    }

    /// Queues a message for every subscription of the streams.
    pub fn publish(&self, streams: &[String], message: &str) {
        let message: Arc<str> = Arc::from(message);
        let all = self.lock();
        let mut done: Vec<&String> = Vec::with_capacity(streams.len());
        for stream in streams {
            if done.contains(&stream) {
                continue;
            }
            done.push(stream);
            for listener in all.get(stream).into_iter().flatten() {
                let frame = Frame {
                    identifier: Arc::clone(&listener.identifier),
                    message: Arc::clone(&message),
                };
                if !listener.offer(frame) {
                    listener.overrun.notify_one();
                }
            }
        }
    }

    /// The pings of the whole server: one text every three seconds.
    pub fn pings(&self) -> watch::Receiver<Arc<str>> {
        self.pings.subscribe()
    }

    /// Sends a ping to everyone.
    pub fn ping(&self, seconds: i64) {
        self.pings
            .send_replace(Arc::from(format!("{{\"type\":\"ping\",\"message\":{seconds}}}")));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Listener>>> {
        // No code can panic while it holds the lock, and a list of listeners is whole after every step.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Arc<str> {
        Arc::from(serde_json::Value::from(text).to_string())
    }

    #[test]
    fn two_spellings_get_everything_twice_and_leaving_ends_one() {
        let hub = Hub::default();
        let mut line = hub.connect();
        let streams = ["token".to_owned()];
        let (one, other) = (quoted("a"), quoted("b"));
        hub.join(&line, &streams, &one);
        hub.join(&line, &streams, &other);
        hub.publish(&["token".to_owned(), "token".to_owned()], "{}");
        assert_eq!(
            line.frames.try_recv().unwrap().text(),
            "{\"identifier\":\"a\",\"message\":{}}"
        );
        assert_eq!(
            line.frames.try_recv().unwrap().text(),
            "{\"identifier\":\"b\",\"message\":{}}"
        );
        assert!(line.frames.try_recv().is_err());
        hub.leave(line.connection, &streams, Some(&one));
        hub.publish(&streams, "1");
        assert_eq!(
            line.frames.try_recv().unwrap().text(),
            "{\"identifier\":\"b\",\"message\":1}"
        );
        hub.leave(line.connection, &streams, None);
        hub.publish(&streams, "2");
        assert!(line.frames.try_recv().is_err() && hub.lock().is_empty());
    }

    #[tokio::test]
    async fn a_queue_that_runs_over_rings() {
        let hub = Hub::default();
        let (few, many) = (hub.connect(), hub.connect());
        hub.join(&few, &["large".to_owned()], &quoted("a"));
        hub.join(&many, &["small".to_owned()], &quoted("a"));
        for _ in 0..=QUEUE {
            hub.publish(&["small".to_owned()], "{}");
        }
        many.overrun.notified().await;
        let large = "x".repeat(QUEUED_BYTES);
        for _ in 0..3 {
            hub.publish(&["large".to_owned()], &large);
        }
        few.overrun.notified().await;
        assert_eq!(few.frames.len(), 1, "nothing more is kept for it");
    }

    #[tokio::test]
    async fn what_was_taken_makes_room() {
        let hub = Hub::default();
        let mut line = hub.connect();
        hub.join(&line, &["token".to_owned()], &quoted("a"));
        let large = "x".repeat(QUEUED_BYTES);
        for _ in 0..3 {
            hub.publish(&["token".to_owned()], &large);
            assert_eq!(line.next().await.unwrap().message.len(), QUEUED_BYTES);
        }
        assert_eq!(line.queued.load(Ordering::Relaxed), 0);
    }
}
