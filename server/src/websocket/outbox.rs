//! What goes out through a socket. Anybody may push, nobody waits: what the system does not take at once is kept, in
//! bounded memory and for a bounded time.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Bytes that may wait for a socket, unless a single frame is larger.
pub const MOST_WAITING: usize = 1024 * 1024;
/// A socket that takes nothing for so long is cut; with some room below the ten seconds that are promised.
const TAKEN_WITHIN: Duration = Duration::from_secs(8);

/// A socket's way out.
#[derive(Debug)]
pub struct Outbox {
    stream: TcpStream,
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug)]
struct Waiting {
    /// Shared with all other sockets that wait for the same.
    frames: VecDeque<Bytes>,
    /// Bytes of the first frame that are sent already.
    sent: usize,
    bytes: usize,
    /// When the system last took something.
    progress: Instant,
    over: bool,
}

impl Outbox {
    /// For a socket whose handshake is through.
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            waiting: Mutex::new(Waiting {
                frames: VecDeque::new(),
                sent: 0,
                bytes: 0,
                progress: Instant::now(),
                over: false,
            }),
            changed: Notify::new(),
        }
    }

    /// The socket, for reading.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends a frame, now or as soon as the socket takes it. False: the socket is lost.
    pub fn push(&self, frame: &Bytes) -> bool {
        let mut waiting = self.lock();
        if waiting.over {
            return false;
        }
        if waiting.frames.is_empty() {
            match self.stream.try_write(frame) {
                Ok(sent) if sent == frame.len() => return true,
                Ok(sent) => waiting.sent = sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => waiting.sent = 0,
                Err(_) => waiting.over = true,
            }
            waiting.progress = Instant::now();
        } else if waiting.bytes + frame.len() > MOST_WAITING {
            waiting.over = true;
        }
        if waiting.over {
            waiting.clear();
        } else {
            waiting.bytes += frame.len();
            waiting.frames.push_back(frame.clone());
        }
        let going_on = !waiting.over;
        drop(waiting);
        self.changed.notify_one();
        going_on
    }

    /// Sends what waits, for as long as the socket lives: ends only when it is lost.
    pub async fn run(&self) {
        while self.empty().await {
            self.changed.notified().await;
        }
    }

    /// Waits until nothing waits any more. False: the socket is lost, or takes nothing.
    pub async fn empty(&self) -> bool {
        loop {
            let deadline = {
                let waiting = self.lock();
                if waiting.over {
                    return false;
                }
                if waiting.frames.is_empty() {
                    return true;
                }
                waiting.progress + TAKEN_WITHIN
            };
            let writable = timeout_at(deadline, self.stream.writable()).await;
            if !matches!(writable, Ok(Ok(()))) || self.write().is_err() {
                let mut waiting = self.lock();
                waiting.over = true;
                waiting.clear();
                return false;
            }
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut waiting = self.lock();
        while let Some(first) = waiting.frames.front() {
            let rest = first.get(waiting.sent..).unwrap_or_default();
            let (left, length) = (rest.len(), first.len());
            match self.stream.try_write(rest) {
                Ok(sent) => {
                    waiting.progress = Instant::now();
                    if sent < left {
                        waiting.sent += sent;
                        continue;
                    }
                    waiting.frames.pop_front();
                    waiting.sent = 0;
                    waiting.bytes -= length;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // Ten thousand queues that were long once would keep their memory.
        waiting.clear();
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it is held, and every step leaves it whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn clear(&mut self) {
        self.frames = VecDeque::new();
        self.bytes = 0;
        self.sent = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (Outbox, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Outbox::new(listener.accept().await.unwrap().0), client)
    }

    fn frame(length: usize) -> Bytes {
        Bytes::from(vec![b'x'; length])
    }

    #[tokio::test]
    async fn what_is_pushed_arrives_in_order_however_slowly_it_is_read() {
        let (outbox, mut client) = pair().await;
        let outbox = Arc::new(outbox);
        let pushing = Arc::clone(&outbox);
        let expected: Vec<u8> = (0..200_u32)
            .flat_map(|number| vec![number.to_be_bytes(); 5000].concat())
            .collect();
        let all = expected.clone();
        let writer = tokio::spawn(async move {
            for chunk in all.chunks(20_000) {
                assert!(pushing.push(&Bytes::copy_from_slice(chunk)));
                assert!(pushing.empty().await);
            }
        });
        let mut read = vec![0; expected.len()];
        for part in read.chunks_mut(7777) {
            client.read_exact(part).await.unwrap();
        }
        writer.await.unwrap();
        assert!(read == expected, "the bytes differ");
        assert_eq!(outbox.lock().bytes, 0);
    }

    #[tokio::test]
    async fn who_does_not_read_is_given_up_and_nothing_more_is_kept() {
        let (outbox, _client) = pair().await;
        let mut pushed = 0;
        while outbox.push(&frame(100_000)) {
            pushed += 1;
            assert!(outbox.lock().bytes <= MOST_WAITING + 100_000);
            assert!(pushed < 1000, "it never refuses");
        }
        outbox.run().await;
        assert_eq!(outbox.lock().bytes, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_for_eight_seconds_is_lost() {
        let (outbox, _client) = pair().await;
        while outbox.lock().frames.is_empty() {
            assert!(outbox.push(&frame(65_536)));
        }
        let begun = Instant::now();
        outbox.run().await;
        assert!(begun.elapsed() >= TAKEN_WITHIN && begun.elapsed() < Duration::from_secs(10));
        assert!(!outbox.push(&frame(1)));
    }
}
