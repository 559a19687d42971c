//! The thread that serves many sockets one after the other: cheaper than waking a task for each, and no task waits for it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::vec::IntoIter;

use bytes::Bytes;

use crate::websocket::{Outbox, text};

/// Pings that are sent before it looks whether something more important has come.
const PINGS_AT_ONCE: usize = 100;

/// A subscription's identifier, quoted for JSON, and its socket.
pub type Delivery = (Arc<str>, Arc<Outbox>);

/// The way to the thread; it ends when this is dropped.
#[derive(Debug)]
pub struct Crowd {
    jobs: Sender<Job>,
    /// Messages that are not delivered yet.
    waiting: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum Job {
    Message(Vec<Delivery>, Arc<str>),
    Ping(Vec<Arc<Outbox>>, Bytes),
}

impl Crowd {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system gives none.
    pub fn start() -> io::Result<Self> {
        let (jobs, todo) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let done = Arc::clone(&waiting);
        thread::Builder::new()
            .name("cable".to_owned())
            .spawn(move || run(&todo, &done))?;
        Ok(Self { jobs, waiting })
    }

    /// Whether every message that was given to it is delivered.
    pub fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
    }

    /// Delivers a message, after those before it.
    pub fn publish(&self, deliveries: Vec<Delivery>, message: Arc<str>) {
        if !deliveries.is_empty() {
            self.waiting.fetch_add(1, Ordering::AcqRel);
            // The thread ends after this sender only.
            let _ = self.jobs.send(Job::Message(deliveries, message));
        }
    }

    /// Sends a ping to all of these, when nothing else is to be done.
    pub fn ping(&self, sockets: Vec<Arc<Outbox>>, frame: Bytes) {
        let _ = self.jobs.send(Job::Ping(sockets, frame));
    }
}

/// Sends a message to subscriptions; those with the same identifier share one frame.
pub fn deliver(deliveries: Vec<Delivery>, message: &str) {
    let mut made: Option<(Arc<str>, Bytes)> = None;
    for (identifier, outbox) in deliveries {
        let frame = match &made {
            Some((of, frame)) if *of == identifier => frame.clone(),
            _ => text(&["{\"identifier\":", &identifier, ",\"message\":", message, "}"]),
        };
        // A socket that is lost is taken away by its own task.
        let _ = outbox.push(&frame);
        made = Some((identifier, frame));
    }
}

fn run(jobs: &Receiver<Job>, waiting: &AtomicUsize) {
    let mut pinging: Option<(IntoIter<Arc<Outbox>>, Bytes)> = None;
    loop {
        let next = if pinging.is_some() {
            jobs.try_recv()
        } else {
            jobs.recv().map_err(|_| TryRecvError::Disconnected)
        };
        match next {
            Ok(Job::Message(deliveries, message)) => {
                deliver(deliveries, &message);
                waiting.fetch_sub(1, Ordering::AcqRel);
            }
            // A newer ping says the same to those whom the older one has not reached.
            Ok(Job::Ping(sockets, frame)) => pinging = Some((sockets.into_iter(), frame)),
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {}
        }
        if let Some((sockets, frame)) = &mut pinging {
            for outbox in sockets.by_ref().take(PINGS_AT_ONCE) {
                let _ = outbox.push(frame);
            }
            if sockets.len() == 0 {
                pinging = None;
            }
        }
    }
}
