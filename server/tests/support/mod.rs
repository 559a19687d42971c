//! A client as plain as can be: raw HTTP over TCP, and the cable's frames as JSON.

#![allow(dead_code, reason = "every test file uses its own part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request to `authority` (host:port of the socket). None: the connection broke before the answer was whole.
pub async fn send(
    authority: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(authority).await.ok()?;
    let mut head = format!(
        "{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.extend(["host: ", authority, "\r\n"]);
    }
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut raw = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut raw))
        .await
        .expect("an answer in time")
        .ok()?;
    let split = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = raw.split_at(split + 4);
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let answer = Answer {
        status,
        headers,
        body: body.to_vec(),
    };
    let promised = answer
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok());
    let whole = method == "HEAD" || promised.is_none_or(|length| length == answer.body.len());
    whole.then_some(answer)
}

/// A server under test as its clients know it, whoever started it.
#[derive(Clone, Debug)]
pub struct Site {
    pub authority: String,
    pub prefix: String,
    pub account: i64,
    pub admin_token: String,
    pub agent_token: String,
    pub inbox: String,
}

impl Site {
    /// From the line that `--json` prints.
    pub fn new(line: &Value) -> Self {
        let text = |name: &str| line.get(name).and_then(Value::as_str).expect("a text").to_owned();
        let base = text("base");
        let rest = base.strip_prefix("http://").expect("http");
        let (authority, prefix) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        Self {
            authority: authority.to_owned(),
            prefix: prefix.to_owned(),
            account: line.get("account").and_then(Value::as_i64).expect("a number"),
            admin_token: text("admin_token"),
            agent_token: text("agent_token"),
            inbox: text("inbox_identifier"),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        let target = format!("{}{path}", self.prefix);
        send(&self.authority, "GET", &target, &[], b"")
            .await
            .expect("an answer")
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, &[], body).await.expect("an answer")
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Option<Answer> {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        let target = format!("{}{path}", self.prefix);
        send(
            &self.authority,
            method,
            &target,
            &all,
            body.to_string().as_bytes(),
        )
        .await
    }

    /// A call of the application API below the account.
    pub async fn agent(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let path = format!("/api/v1/accounts/{}{path}", self.account);
        self.call(method, &path, &[("api_access_token", token)], body)
            .await
            .expect("an answer")
    }

    pub fn client(&self) -> String {
        format!("/public/api/v1/inboxes/{}", self.inbox)
    }

    /// A visitor with a conversation.
    pub async fn visitor(&self) -> Visitor {
        let contact = self
            .post(&format!("{}/contacts", self.client()), &json!({"name": "Kim"}))
            .await
            .json();
        let source = contact["source_id"].as_str().unwrap().to_owned();
        let conversations = format!("{}/contacts/{source}/conversations", self.client());
        let conversation = self.post(&conversations, &json!({})).await.json()["id"]
            .as_i64()
            .unwrap();
        Visitor {
            token: contact["pubsub_token"].as_str().unwrap().to_owned(),
            path: format!("{conversations}/{conversation}"),
            source,
            conversation,
        }
    }
}

/// A visitor's session.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub source: String,
    pub token: String,
    pub conversation: i64,
    /// Path of the conversation.
    pub path: String,
}

impl Visitor {
    pub fn messages(&self) -> String {
        format!("{}/messages", self.path)
    }
}

/// A socket on the cable.
pub struct Cable(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Cable {
    pub async fn open(site: &Site) -> Self {
        let address = format!("ws://{}{}/cable", site.authority, site.prefix);
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert(
            "sec-websocket-protocol",
            "actioncable-v1-json, actioncable-unsupported".parse().unwrap(),
        );
        let (stream, response) = tokio_tungstenite::connect_async(request).await.expect("a socket");
        assert_eq!(
            response.headers()["sec-websocket-protocol"],
            "actioncable-v1-json"
        );
        let mut cable = Self(stream);
        assert_eq!(cable.next().await.unwrap(), json!({"type": "welcome"}));
        cable
    }

    pub async fn send(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Subscribes and waits for the confirmation.
    pub async fn subscribe(&mut self, identifier: &Value) {
        let identifier = identifier.to_string();
        self.send(&json!({"command": "subscribe", "identifier": identifier}))
            .await;
        loop {
            let frame = self.next().await.expect("a frame");
            if frame["type"] == "confirm_subscription" {
                assert_eq!(frame["identifier"], identifier.as_str());
                return;
            }
        }
    }

    pub async fn of_visitor(site: &Site, visitor: &Visitor) -> Self {
        let mut cable = Self::open(site).await;
        cable
            .subscribe(&json!({"channel": "RoomChannel", "pubsub_token": visitor.token}))
            .await;
        cable
    }

    /// The next frame that is no ping; None when the server closed.
    pub async fn next(&mut self) -> Option<Value> {
        timeout(PATIENCE, self.frame()).await.expect("a frame in time")
    }

    async fn frame(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["type"] != "ping" {
                        return Some(frame);
                    }
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Reads on to the end; whether a close frame came before it.
    pub async fn closes_with_a_frame(&mut self) -> bool {
        let end = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(_))) => return true,
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return false,
                }
            }
        };
        timeout(PATIENCE, end).await.expect("an end in time")
    }

    /// The data of the next event of that name; other events are passed over and returned too.
    pub async fn event(&mut self, name: &str) -> (Value, Vec<String>) {
        let mut passed = Vec::new();
        loop {
            let frame = self.next().await.expect("an event");
            let event = frame["message"]["event"].as_str().unwrap_or_default().to_owned();
            if event == name {
                return (frame["message"]["data"].clone(), passed);
            }
            passed.push(event);
        }
    }
}
