//! A connection that does not wait for ever: neither for headers that do not end nor for a client that does not read.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::places::Place;

/// Headers have to be whole so soon after their first byte; of a new connection, after its beginning.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// An answer of which nothing is taken for so long is given up.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// Whether a request is being answered; shared by the connection and the service on it.
#[derive(Clone, Debug, Default)]
pub struct Phase(Arc<AtomicBool>);

impl Phase {
    /// The headers are whole.
    pub fn begin_request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The answer is made: what comes now belongs to the next request.
    pub fn end_request(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn is_answering(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A TCP connection with its time limits.
#[derive(Debug)]
pub struct Guarded {
    stream: TcpStream,
    phase: Phase,
    headers: Option<Pin<Box<Sleep>>>,
    stalled: Option<Pin<Box<Sleep>>>,
    place: Place,
}

impl Guarded {
    /// A connection that was just accepted.
    pub fn new(stream: TcpStream, place: Place) -> Self {
        Self {
            stream,
            phase: Phase::default(),
            headers: Some(Box::pin(sleep(HEADERS_WITHIN))),
            stalled: None,
            place,
        }
    }

    /// To be told when requests begin and end.
    pub fn phase(&self) -> Phase {
        self.phase.clone()
    }

    /// The bare connection, for a protocol with limits of its own; it goes on taking its address's place.
    pub fn into_parts(self) -> (TcpStream, Place) {
        (self.stream, self.place)
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.phase.is_answering() {
            self.headers = None;
        } else if buffer.filled().len() > before && self.headers.is_none() {
            self.headers = Some(Box::pin(sleep(HEADERS_WITHIN)));
        }
        if let Some(headers) = &mut self.headers
            && headers.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }
}

impl Guarded {
    /// Passes on what a write said, unless nothing was taken for too long.
    fn watch<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(TAKEN_WITHIN)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
