//! A client as cheap as can be: HTTP over one connection that stays open.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

/// A connection to the server, used for one request after the other.
#[derive(Debug)]
pub struct Http {
    authority: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer: its status and its whole body.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// The body of a success as JSON; an error tells what came instead.
    pub fn json(&self) -> Result<Value> {
        if self.status != 200 {
            return Err(format!(
                "{}: {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            ));
        }
        serde_json::from_slice(&self.body).map_err(|error| format!("an answer that is no JSON: {error}"))
    }
}

impl Http {
    /// Connects to `host:port`.
    pub async fn connect(authority: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority)
            .await
            .map_err(|error| format!("cannot connect to {authority}: {error}"))?;
        stream
            .set_nodelay(true)
            .map_err(|error| format!("no delay: {error}"))?;
        Ok(Self {
            authority: authority.to_owned(),
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// One request and its answer. An error: the connection ended before the answer was whole.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> Result<Answer> {
        let token = token.map_or(String::new(), |token| format!("api_access_token: {token}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{token}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.authority,
            body.len()
        );
        self.stream
            .write_all(request.as_bytes())
            .await
            .map_err(|error| format!("the request was not taken: {error}"))?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Answer> {
        self.buffer.clear();
        let end = loop {
            if let Some(end) = end_of_head(&self.buffer) {
                break end;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| format!("no status in {head}"))?;
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse().ok())
            .ok_or_else(|| format!("no length in {head}"))?;
        while self.buffer.len() < end + length {
            self.more().await?;
        }
        let body = self.buffer.get(end..end + length).unwrap_or_default().to_vec();
        Ok(Answer { status, body })
    }

    async fn more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err("the connection ended before the answer".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("the connection broke: {error}")),
        }
    }
}

/// Where the body begins.
pub fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
}
