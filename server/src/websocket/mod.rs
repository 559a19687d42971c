//! Sockets of our own, because ten thousand of them have to fit: between messages a socket holds no buffer, and a frame
//! for many is encoded once and written by whoever has it.

mod frame;
mod outbox;
mod whole;

use std::future::Future;
use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::time::timeout;

pub use frame::{Incoming, Limit, REFUSED, Refusal, text};
pub use outbox::Outbox;
pub use whole::read_all;

use crate::connection::{Guarded, Place};
use frame::Reader;

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const AT_ONCE: usize = 4096;
/// How long a client may take to close its side after ours.
pub const GOODBYE: Duration = Duration::from_secs(2);
/// The same when the server ends, which waits for it.
pub const LAST_GOODBYE: Duration = Duration::from_millis(300);

/// A socket: whole messages in, frames out.
#[derive(Debug)]
pub struct WebSocket {
    outbox: Arc<Outbox>,
    reader: Reader,
    /// Read, but not yet looked at.
    unread: Bytes,
    _place: Place,
}

/// What a socket brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A frame; pings are answered already.
    Frame(Incoming),
    /// The client broke the rules, and has to hear so.
    Refused(Refusal),
    /// The connection is gone.
    Gone,
}

/// Turns a request into a socket, which `run` then owns, and answers it. None: it asks for no WebSocket.
///
/// Of `protocols` the first that the client offers is chosen; with none in common the answer names none.
pub fn accept<F>(
    parts: &mut Parts,
    protocols: &[&'static str],
    limit: Limit,
    run: impl FnOnce(WebSocket) -> F + Send + 'static,
) -> Option<Response>
where
    F: Future<Output = ()> + Send + 'static,
{
    let key = asked(parts)?;
    let upgrade = parts.extensions.remove::<OnUpgrade>()?;
    tokio::spawn(async move {
        // A client that is gone by now has nobody to tell.
        if let Ok(upgraded) = upgrade.await
            && let Some(socket) = WebSocket::new(upgraded, limit)
        {
            run(socket).await;
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    let offered: Vec<&str> = words(&parts.headers, &header::SEC_WEBSOCKET_PROTOCOL).collect();
    if let Some(chosen) = protocols.iter().find(|name| offered.contains(name)) {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(chosen));
    }
    Some(response)
}

/// The answer to the client's key, when the request is a WebSocket's handshake.
fn asked(parts: &Parts) -> Option<HeaderValue> {
    let says = |name: &HeaderName, wanted: &str| {
        words(&parts.headers, name).any(|word| word.eq_ignore_ascii_case(wanted))
    };
    let fits = parts.method == Method::GET
        && says(&header::CONNECTION, "upgrade")
        && says(&header::UPGRADE, "websocket")
        && says(&header::SEC_WEBSOCKET_VERSION, "13");
    let key = parts.headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| fits)?;
    let digest = Sha1::new()
        .chain_update(key.as_bytes())
        .chain_update(GUID)
        .finalize();
    HeaderValue::from_str(&STANDARD.encode(digest)).ok()
}

/// The entries of a list in a header.
fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

impl WebSocket {
    fn new(upgraded: Upgraded, limit: Limit) -> Option<Self> {
        let parts = upgraded.downcast::<TokioIo<Guarded>>().ok()?;
        let (stream, place) = parts.io.into_inner().into_parts();
        Some(Self {
            outbox: Arc::new(Outbox::new(stream)),
            reader: Reader::new(limit),
            unread: parts.read_buf,
            _place: place,
        })
    }

    /// Its way out, for whoever wants to send.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// The next frame. Nothing is lost when this is dropped while it waits.
    pub async fn receive(&mut self) -> Received {
        loop {
            let mut input = &self.unread[..];
            let before = input.len();
            let read = self.reader.read(&mut input);
            let taken = before - input.len();
            drop(self.unread.split_to(taken));
            match read {
                Ok(Some(Incoming::Ping(payload))) => {
                    self.outbox.push(&frame::pong(&payload));
                    return Received::Frame(Incoming::Ping(payload));
                }
                Ok(Some(incoming)) => return Received::Frame(incoming),
                Err(refusal) => return Received::Refused(refusal),
                Ok(None) => {}
            }
            // Not kept while waiting: the memory behind it is only held as long as something is in it.
            self.unread = Bytes::new();
            if self.outbox.stream().readable().await.is_err() || self.fill().is_err() {
                return Received::Gone;
            }
        }
    }

    /// Takes what the system has, if it has anything.
    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; AT_ONCE];
        match self.outbox.stream().try_read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                self.unread = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Says goodbye and waits a moment for the other side, so that the last words are not lost with the connection.
    pub async fn close(mut self, code: Option<u16>, within: Duration) {
        self.outbox.push(&frame::closing(code));
        let goodbye = async {
            if !self.outbox.empty().await {
                return;
            }
            // A socket that is closed already needs no more.
            let _ = socket2::SockRef::from(self.outbox.stream()).shutdown(Shutdown::Write);
            while self.outbox.stream().readable().await.is_ok() && self.fill().is_ok() {}
        };
        // Who does not answer in time is cut.
        let _ = timeout(within, goodbye).await;
    }
}

/// Sends back what comes, with this limit: for test suites of the protocol.
pub async fn echo(mut socket: WebSocket) {
    loop {
        let frame = match socket.receive().await {
            Received::Frame(Incoming::Text(text)) => frame::text(&[&text]),
            Received::Frame(Incoming::Binary(bytes)) => frame::binary(&bytes),
            Received::Frame(Incoming::Close(code)) => return socket.close(code, GOODBYE).await,
            Received::Frame(_) => continue,
            Received::Refused(Refusal(code)) => return socket.close(Some(code), GOODBYE).await,
            Received::Gone => return,
        };
        if !(socket.outbox.push(&frame) && socket.outbox.empty().await) {
            return;
        }
    }
}
