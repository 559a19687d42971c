//! A callback address in the test: notes what it is told and answers as the test wants.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::support::PATIENCE;

/// What a receiver does with a callback.
#[derive(Clone, Debug)]
pub enum Manner {
    /// Answers with these states in turn, then with 200.
    Statuses(Vec<u16>),
    /// Always the same.
    Always(u16),
    /// Takes it and never answers.
    Silent,
    /// Sends it on.
    Elsewhere(String),
}

/// One callback as it came.
#[derive(Debug)]
pub struct Call {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Whether the signature fits the bytes and the time.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(self.header("x-chatwoot-timestamp").unwrap().as_bytes());
        mac.update(b".");
        mac.update(&self.body);
        let mut digits = String::new();
        for byte in mac.finalize().into_bytes() {
            write!(digits, "{byte:02x}").unwrap();
        }
        self.header("x-chatwoot-signature") == Some(&format!("sha256={digits}"))
    }
}

/// A callback address.
#[derive(Debug)]
pub struct Receiver {
    pub url: String,
    pub port: u16,
    calls: mpsc::UnboundedReceiver<Call>,
}

impl Receiver {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, calls) = mpsc::unbounded_channel();
        let turns = match &manner {
            Manner::Statuses(statuses) => VecDeque::from(statuses.clone()),
            _ => VecDeque::new(),
        };
        let turns = Arc::new(Mutex::new(turns));
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (manner, turns, sender) = (manner.clone(), Arc::clone(&turns), sender.clone());
            async move {
                let call = Call {
                    method,
                    uri,
                    headers,
                    body,
                };
                // The test may have seen enough.
                let _ = sender.send(call);
                let turn = turns.lock().unwrap().pop_front();
                reply(&manner, turn).await
            }
        };
        tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
        Self {
            url: format!("http://127.0.0.1:{port}/callback?x=1"),
            port,
            calls,
        }
    }

    /// The next callback.
    pub async fn next(&mut self) -> Call {
        let call = timeout(PATIENCE, self.calls.recv()).await;
        call.expect("a callback in time").unwrap()
    }

    /// The next callback, which must be of that event.
    pub async fn event(&mut self, name: &str) -> Value {
        let document = self.next().await.json();
        assert_eq!(document["event"], name, "{document}");
        document
    }

    /// As many callbacks as there are names, of these events. They come in any order and are given in this one.
    pub async fn events<const N: usize>(&mut self, names: [&str; N]) -> [Value; N] {
        let mut came = Vec::new();
        for _ in names {
            came.push(self.next().await.json());
        }
        names.map(|name| {
            let found = came.iter().position(|document| document["event"] == name);
            came.remove(found.unwrap_or_else(|| panic!("no {name} in {came:?}")))
        })
    }

    /// Whether nothing has come.
    pub fn is_untouched(&mut self) -> bool {
        self.calls.try_recv().is_err()
    }
}

async fn reply(manner: &Manner, turn: Option<u16>) -> Response {
    let status = |code| StatusCode::from_u16(code).unwrap().into_response();
    match manner {
        Manner::Statuses(_) => status(turn.unwrap_or(200)),
        Manner::Always(code) => status(*code),
        Manner::Silent => std::future::pending().await,
        Manner::Elsewhere(url) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url.clone())]).into_response()
        }
    }
}
