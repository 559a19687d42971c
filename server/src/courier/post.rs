//! One callback: resolve, look at every address, connect to exactly those, post, follow redirects the same way.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, Mac};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::address::is_public;
use super::tls::Tls;
use crate::rules::{Delivery, Receiver};
use crate::time::Clock;

const REDIRECTS: usize = 10;
/// Bots that are busy or broken are asked again this often in all.
const BOT_ATTEMPTS: usize = 3;
const BOT_PAUSE: Duration = Duration::from_secs(3);
const BOT_AGAIN: [u16; 2] = [429, 500];
const SLOW: &str = "Net::ReadTimeout with #<TCPSocket:(closed)>";
/// The same before 4.14.0.
const SLOW_BEFORE: &str = "Timed out reading data from server";

/// How callbacks are posted.
#[derive(Debug)]
pub struct Poster {
    /// Which addresses are called.
    callable: fn(IpAddr) -> bool,
    /// Whether private ones are, too.
    allow_private: bool,
    /// How long one attempt may take, redirects included.
    limit: Duration,
    /// Whether slow receivers are told of in the words of 4.14.0 and later.
    timeout_names_socket: bool,
    /// The time that signatures name.
    clock: Clock,
    tls: Tls,
}

/// Why an attempt failed: the status, where there was one, and the real server's words.
#[derive(Debug, PartialEq, Eq)]
struct Failure {
    status: Option<u16>,
    text: String,
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self { status: None, text }
    }
}

impl Poster {
    /// A poster that has called nobody yet.
    pub fn new(allow_private: bool, limit: Duration, timeout_names_socket: bool, clock: Clock) -> Self {
        Self {
            callable: if allow_private { |_| true } else { is_public },
            allow_private,
            limit,
            timeout_names_socket,
            clock,
            tls: Tls::default(),
        }
    }

    /// Posts a callback. An inbox's address is tried once, a bot that answers 429 or 500 three times.
    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), String> {
        let attempts = match delivery.receiver {
            Receiver::Inbox => 1,
            Receiver::Bot => BOT_ATTEMPTS,
        };
        for left in (0..attempts).rev() {
            match self.attempt(delivery).await {
                Ok(()) => return Ok(()),
                Err(failure) if left > 0 && failure.status.is_some_and(|code| BOT_AGAIN.contains(&code)) => {
                    tokio::time::sleep(BOT_PAUSE).await;
                }
                Err(failure) => return Err(failure.text),
            }
        }
        Ok(())
    }

    async fn attempt(&self, delivery: &Delivery) -> Result<(), Failure> {
        let deadline = Instant::now() + self.limit;
        let mut target = parse(&delivery.url)?;
        for _ in 0..=REDIRECTS {
            let (response, connection) = self.hop(&target, delivery, deadline).await?;
            let status = response.status();
            let location = response.headers().get(header::LOCATION);
            let location = location.and_then(|value| value.to_str().ok()).map(str::to_owned);
            if status.is_success() {
                finish(response, deadline).await;
                drop(connection);
                return Ok(());
            }
            match location.filter(|_| status.is_redirection()) {
                Some(location) => target = target.join(&location).map_err(|_| bad_address(&location))?,
                None => return Err(refusal(&response)),
            }
        }
        Err(format!("Got {REDIRECTS} redirects fetching {}", delivery.url).into())
    }

    async fn hop(
        &self,
        target: &Url,
        delivery: &Delivery,
        deadline: Instant,
    ) -> Result<(Response<Incoming>, Connection), Failure> {
        let stream = self.connect(target, deadline).await?;
        let request = self.request(target, delivery)?;
        let slow = || self.slow();
        if target.scheme() == "https" {
            let host = target.host_str().unwrap_or_default();
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let encrypted = in_time(deadline, self.tls.connect(host, stream), slow).await?;
            let text = |error| format!("SSL_connect returned=1 errno=0 state=error: {error}");
            in_time(deadline, exchange(encrypted.map_err(text)?, request), slow).await?
        } else {
            in_time(deadline, exchange(stream, request), slow).await?
        }
    }

    /// Connects to the first address that answers, of those that may be called.
    async fn connect(&self, target: &Url, deadline: Instant) -> Result<TcpStream, Failure> {
        if !matches!(target.scheme(), "http" | "https") {
            let scheme = target.scheme();
            return Err(format!("URI scheme '{scheme}' not in allowlist: [\"http\", \"https\"]").into());
        }
        let port = target.port_or_known_default().unwrap_or(80);
        let host = target.host_str().unwrap_or_default();
        let expired = || format!("Failed to open TCP connection to {host}:{port} (execution expired)");
        let found = in_time(deadline, self.resolve(target, port), expired).await??;
        let mut failed = expired();
        for address in found {
            match in_time(deadline, TcpStream::connect(address), expired).await? {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = not_opened(address, &error),
            }
        }
        Err(failed.into())
    }

    async fn resolve(&self, target: &Url, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let all: Vec<SocketAddr> = match target.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::from((address, port))],
            Some(Host::Ipv6(address)) => vec![SocketAddr::from((address, port))],
            Some(Host::Domain(name)) => match lookup_host((name, port)).await {
                Ok(found) => found.collect(),
                Err(_) if self.allow_private => {
                    let text = "getaddrinfo(3): Name or service not known";
                    return Err(format!("Failed to open TCP connection to {name}:{port} ({text})").into());
                }
                Err(_) => return Err(format!("Could not resolve hostname '{name}'").into()),
            },
            None => return Err(bad_address(target.as_str())),
        };
        let callable = |address: &SocketAddr| (self.callable)(address.ip());
        let callable: Vec<SocketAddr> = all.into_iter().filter(callable).collect();
        if callable.is_empty() {
            let host = target.host_str().unwrap_or_default();
            return Err(format!("Hostname '{host}' has no public ip addresses").into());
        }
        Ok(callable)
    }

    fn request(&self, target: &Url, delivery: &Delivery) -> Result<Request<Full<Bytes>>, Failure> {
        let authority = target.authority();
        // Names and passwords in an address are not for the Host header.
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let path = match target.query() {
            Some(query) => format!("{}?{query}", target.path()),
            None => target.path().to_owned(),
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(
                header::USER_AGENT,
                concat!("confab-server/", env!("CARGO_PKG_VERSION")),
            )
            .header(header::CONNECTION, "close");
        if let Some(signing) = &delivery.signing {
            let time = self.clock.now().seconds();
            request = request
                .header("X-Chatwoot-Delivery", signing.id.as_str())
                .header("X-Chatwoot-Timestamp", HeaderValue::from(time))
                .header(
                    "X-Chatwoot-Signature",
                    signature(&signing.secret, time, &delivery.body),
                );
        }
        request
            .body(Full::new(Bytes::from(delivery.body.clone())))
            .map_err(|_| bad_address(target.as_str()))
    }

    fn slow(&self) -> String {
        let words = if self.timeout_names_socket {
            SLOW
        } else {
            SLOW_BEFORE
        };
        words.to_owned()
    }
}

/// Waits no longer than until the deadline, and then says so.
async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = T>,
    late: impl FnOnce() -> String,
) -> Result<T, Failure> {
    timeout_at(deadline, work).await.map_err(|_| late().into())
}

/// The task that moves an exchange's bytes; dropped, it closes the connection.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<(Response<Incoming>, Connection), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, moving) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    // How the connection ends shows in the answer, or its absence.
    let connection = Connection(tokio::spawn(async move {
        let _ = moving.await;
    }));
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| broken(&error))?;
    Ok((response, connection))
}

/// Takes the answer's body, so that a receiver that is still writing is not cut off; what it says does not matter.
async fn finish(response: Response<Incoming>, deadline: Instant) {
    let mut body = http_body_util::Limited::new(response.into_body(), 64 * 1024);
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = timeout_at(deadline, all).await;
}

fn parse(text: &str) -> Result<Url, Failure> {
    Url::parse(text.trim()).map_err(|_| bad_address(text))
}

fn bad_address(text: &str) -> Failure {
    format!("bad URI (is not URI?): {text:?}").into()
}

/// `500 Internal Server Error`, in the receiver's own words where it has some.
fn refusal(response: &Response<Incoming>) -> Failure {
    let status = response.status();
    let own = response.extensions().get::<hyper::ext::ReasonPhrase>();
    let own = own.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
    let reason = own.unwrap_or_else(|| status.canonical_reason().unwrap_or_default().to_owned());
    Failure {
        status: Some(status.as_u16()),
        text: format!("{} {reason}", status.as_u16()).trim_end().to_owned(),
    }
}

fn not_opened(address: SocketAddr, error: &io::Error) -> String {
    let (ip, port) = (address.ip(), address.port());
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    format!("Failed to open TCP connection to {ip}:{port} ({text} - connect(2) for \"{ip}\" port {port})")
}

fn broken(error: &hyper::Error) -> Failure {
    let text = if error.is_incomplete_message() {
        "end of file reached"
    } else if error.is_parse() {
        "wrong status line"
    } else {
        "Connection reset by peer"
    };
    text.to_owned().into()
}

/// `sha256=` and the hexadecimal HMAC of time, dot and body.
fn signature(secret: &str, time: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{time}.{body}").as_bytes());
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[test]
    fn a_signature_is_the_one_everybody_computes() {
        assert_eq!(
            signature("key", 1, "{}"),
            "sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224"
        );
    }

    /// Every hop is resolved and looked at anew: a public address cannot send us to a private one.
    #[tokio::test]
    async fn a_redirect_to_a_private_address_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hidden = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let hidden_port = hidden.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut some = [0_u8; 4096];
            assert!(stream.read(&mut some).await.unwrap() > 0);
            let answer = format!(
                "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:{hidden_port}/\r\ncontent-length: 0\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let poster = Poster {
            // For this test the first address of this machine is the whole internet.
            callable: |address| address == IpAddr::from(Ipv4Addr::LOCALHOST),
            ..Poster::new(false, Duration::from_secs(20), true, Clock::starting_at(None))
        };
        let delivery = Delivery {
            receiver: Receiver::Inbox,
            url: format!("http://127.0.0.1:{port}/"),
            signing: None,
            body: "{}".to_owned(),
            about: None,
        };
        assert_eq!(
            poster.deliver(&delivery).await,
            Err("Hostname '127.0.0.2' has no public ip addresses".to_owned())
        );
        let knocked = tokio::time::timeout(Duration::ZERO, hidden.accept()).await;
        assert!(knocked.is_err(), "nobody came");
    }
}
