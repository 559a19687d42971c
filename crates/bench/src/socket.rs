//! A socket on the cable, as cheap as can be: ten thousand of them have to fit into one thread.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;
use crate::http::end_of_head;
use crate::server::Site;

const SHORT: usize = 125;
const MIDDLE: u8 = 0x7e;
const LONG: u8 = 0x7f;
const MASKED: u8 = 0x80;

/// A WebSocket that trusts its server: whole frames, no extensions.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were given out already.
    taken: usize,
}

impl Socket {
    /// Connects and waits for the handshake's answer.
    pub async fn open(site: &Site) -> Result<Self> {
        let stream = TcpStream::connect(&site.authority)
            .await
            .map_err(|error| format!("cannot connect: {error}"))?;
        let mut socket = Self {
            stream,
            buffer: Vec::with_capacity(1024),
            taken: 0,
        };
        let request = format!(
            "GET /cable HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: actioncable-v1-json\r\n\r\n",
            site.authority
        );
        socket.write(request.as_bytes()).await?;
        loop {
            if let Some(end) = end_of_head(&socket.buffer) {
                socket.taken = end;
                break;
            }
            socket.more().await?;
        }
        if socket.buffer.starts_with(b"HTTP/1.1 101") {
            Ok(socket)
        } else {
            Err(format!("no socket: {}", String::from_utf8_lossy(&socket.buffer)))
        }
    }

    /// Subscribes with a token and waits until that is confirmed.
    pub async fn subscribe(&mut self, token: &str) -> Result<()> {
        let identifier = format!("{{\"channel\":\"RoomChannel\",\"pubsub_token\":\"{token}\"}}");
        let command = serde_json::json!({"command": "subscribe", "identifier": identifier}).to_string();
        self.send(&command).await?;
        loop {
            if self.next().await?.contains("confirm_subscription") {
                return Ok(());
            }
        }
    }

    /// Sends a text.
    pub async fn send(&mut self, text: &str) -> Result<()> {
        let length = text.len();
        let mut frame = vec![0x81];
        // Shorter than 126 fits into the first byte; masked, with a mask that changes nothing.
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short), _) if length <= SHORT => frame.push(MASKED | short),
            (_, Ok(middle)) => {
                frame.push(MASKED | MIDDLE);
                frame.extend(middle.to_be_bytes());
            }
            _ => {
                frame.push(MASKED | LONG);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.write(&frame).await
    }

    /// The next text. An error: the server closed.
    pub async fn next(&mut self) -> Result<&str> {
        let (from, to) = loop {
            if let Some((start, end)) = frame(self.buffer.get(self.taken..).unwrap_or_default()) {
                break (self.taken + start, self.taken + end);
            }
            self.buffer.drain(..self.taken);
            self.taken = 0;
            self.more().await?;
        };
        let first = self.buffer.get(self.taken).copied().unwrap_or_default();
        self.taken = to;
        match first {
            0x81 => std::str::from_utf8(self.buffer.get(from..to).unwrap_or_default())
                .map_err(|error| format!("a text that is none: {error}")),
            0x88 => Err("the server closed the socket".to_owned()),
            other => Err(format!("a frame that begins with {other:#x}")),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream
            .write_all(bytes)
            .await
            .map_err(|error| format!("the socket broke: {error}"))
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err("the socket ended".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("the socket broke: {error}")),
        }
    }
}

/// Where the payload of the first frame lies; None while it is not whole. Servers do not mask.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (start, length) = match bytes.get(1)? {
        126 => {
            let length: [u8; 2] = bytes.get(2..4)?.try_into().ok()?;
            (4, usize::from(u16::from_be_bytes(length)))
        }
        127 => {
            let length: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
            (10, usize::try_from(u64::from_be_bytes(length)).ok()?)
        }
        short => (2, usize::from(*short)),
    };
    (bytes.len() >= start + length).then_some((start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_found_when_it_is_whole() {
        assert_eq!(frame(b"\x81\x02hi"), Some((2, 4)));
        assert_eq!(frame(b"\x81\x03hi"), None);
        assert_eq!(frame(b"\x81"), None);
        let mut middle = vec![0x81, 126, 1, 0];
        middle.extend([b'x'; 256]);
        assert_eq!(frame(&middle), Some((4, 260)));
    }
}
