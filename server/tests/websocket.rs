//! The WebSocket protocol on the cable, frame by frame: what is refused, and with which code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::io::ErrorKind;

use confab_server::{Options, Server, start};
use serde_json::json;
use support::{Cable, PATIENCE, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const FINAL: u8 = 0x80;
const BROKEN: Option<u16> = Some(1002);
const NOT_TEXT: Option<u16> = Some(1007);
const REFUSED: Option<u16> = Some(1008);
const TOO_LARGE: Option<u16> = Some(1009);

async fn server() -> (Server, Site) {
    let options = Options {
        websocket_echo: true,
        ..Options::default()
    };
    let server = start(options).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        middle @ 126..65_536 => {
            bytes.push(0x80 | 0x7e);
            bytes.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 0x7f);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    let mask = [0x11, 0x22, 0x33, 0x44];
    bytes.extend(mask);
    bytes.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

/// A socket without a library in between.
struct Raw(TcpStream);

impl Raw {
    async fn open(site: &Site, path: &str) -> Self {
        let mut stream = TcpStream::connect(&site.authority).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            site.authority
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 101"), "{head}");
        // The answer that RFC 6455 gives for this key.
        assert!(
            head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="),
            "{head}"
        );
        Self(stream)
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next frame: its first byte and its payload. None: the connection ended.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(PATIENCE, self.read()).await.expect("a frame in time")
    }

    async fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = match self.0.read_u8().await {
            Ok(first) => first,
            Err(error) => {
                assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
                    ),
                    "{error}"
                );
                return None;
            }
        };
        let length = match self.0.read_u8().await.unwrap() {
            126 => u64::from(self.0.read_u16().await.unwrap()),
            127 => self.0.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await.unwrap();
        Some((first, payload))
    }

    /// The code with which the server closes, and that it then ends the connection.
    async fn closing(&mut self) -> Option<u16> {
        // The pings of a socket that is never closed would go on for ever.
        timeout(PATIENCE, self.until_closed())
            .await
            .expect("a close in time")
    }

    async fn until_closed(&mut self) -> Option<u16> {
        loop {
            let (first, payload) = self.next().await.expect("a close frame");
            if first == FINAL | CLOSE {
                assert!(self.next().await.is_none(), "more after the close frame");
                return payload.first_chunk().map(|code| u16::from_be_bytes(*code));
            }
        }
    }
}

/// What the server closes with after these bytes.
async fn closed_after(site: &Site, path: &str, bytes: &[u8]) -> Option<u16> {
    let mut socket = Raw::open(site, path).await;
    socket.send(bytes).await;
    socket.closing().await
}

#[tokio::test]
async fn broken_frames_are_refused_with_1002() {
    let (_server, site) = server().await;
    let mut unmasked = frame(FINAL | TEXT, b"hi");
    unmasked[1] &= 0x7f;
    let broken = [
        ("unmasked", unmasked),
        ("first reserved bit", frame(FINAL | 0x40 | TEXT, b"hi")),
        ("third reserved bit of a ping", frame(FINAL | 0x10 | PING, b"hi")),
        ("reserved data opcode", frame(FINAL | 0x3, b"hi")),
        ("reserved control opcode", frame(FINAL | 0xb, b"hi")),
        ("control frame in fragments", frame(PING, b"hi")),
        ("control frame too long", frame(FINAL | PING, &[b'x'; 126])),
        ("nothing to continue", frame(FINAL, b"hi")),
        (
            "a new message inside of another",
            [frame(TEXT, b"a"), frame(FINAL | TEXT, b"b")].concat(),
        ),
        (
            "a length longer than need be",
            vec![FINAL | TEXT, 0xfe, 0, 5, 0, 0, 0, 0],
        ),
        (
            "a negative length",
            [&[FINAL | BINARY, 0xff, 0x80][..], &[0; 7]].concat(),
        ),
        ("half a code", frame(FINAL | CLOSE, &[3])),
        (
            "a code for nobody to send",
            frame(FINAL | CLOSE, &1005_u16.to_be_bytes()),
        ),
        ("a code of nobody", frame(FINAL | CLOSE, &2999_u16.to_be_bytes())),
    ];
    for (what, bytes) in broken {
        assert_eq!(closed_after(&site, "/cable", &bytes).await, BROKEN, "{what}");
    }
}

#[tokio::test]
async fn text_that_is_none_is_refused_with_1007_before_its_end() {
    let (_server, site) = server().await;
    let wrong = [
        frame(FINAL | TEXT, b"\xff"),
        frame(FINAL | TEXT, b"\xc3"),
        frame(FINAL | TEXT, b"\xed\xa0\x80"),
        frame(TEXT, b"ok\xf4\x90"),
        [frame(TEXT, b"\xe2\x82"), frame(FINAL, b"x")].concat(),
        frame(FINAL | CLOSE, b"\x03\xe8\xff"),
        // Only the beginning of a longer frame has come.
        frame(FINAL | TEXT, b"\xc0\xc0 and more that never comes")[..9].to_vec(),
    ];
    for (number, bytes) in wrong.iter().enumerate() {
        assert_eq!(closed_after(&site, "/cable", bytes).await, NOT_TEXT, "{number}");
    }
}

#[tokio::test]
async fn messages_over_64_kib_are_refused_with_1009_whole_or_in_parts() {
    let (_server, site) = server().await;
    let limit = 64 * 1024;
    assert_eq!(
        closed_after(
            &site,
            "/cable",
            &frame(FINAL | TEXT, &vec![b' '; limit + 1])[..10]
        )
        .await,
        TOO_LARGE
    );
    let parts = [frame(TEXT, &vec![b' '; limit]), frame(FINAL, b" ")].concat();
    assert_eq!(closed_after(&site, "/cable", &parts).await, TOO_LARGE);
    let mut fits = Raw::open(&site, "/cable").await;
    fits.send(&[frame(FINAL | TEXT, &vec![b' '; limit]), frame(FINAL | PING, b"?")].concat())
        .await;
    loop {
        match fits.next().await {
            Some((first, payload)) if first == FINAL | PONG => break assert_eq!(payload, b"?"),
            Some((first, _)) => assert_eq!(first, FINAL | TEXT),
            None => panic!("it was closed"),
        }
    }
}

#[tokio::test]
async fn fragments_come_together_and_control_frames_may_come_between() {
    let (_server, site) = server().await;
    let mut socket = Raw::open(&site, "/echo").await;
    let parts = [
        frame(TEXT, b"\xe2\x82"),
        frame(FINAL | PING, b"between"),
        frame(0, b""),
        frame(FINAL | PONG, b"unasked"),
        frame(FINAL, b"\xac!"),
    ];
    // Byte by byte: nothing depends on what arrives together.
    for byte in parts.concat() {
        socket.send(&[byte]).await;
    }
    assert_eq!(socket.next().await, Some((FINAL | PONG, b"between".to_vec())));
    assert_eq!(socket.next().await, Some((FINAL | TEXT, "€!".into())));
    for length in [0, 125, 126, 127, 65_535, 65_536, 1_000_000] {
        let payload: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        socket.send(&frame(FINAL | BINARY, &payload)).await;
        let (first, echoed) = socket.next().await.unwrap();
        assert!(first == FINAL | BINARY && echoed == payload, "{length}");
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_code_and_ends_the_connection() {
    let (_server, site) = server().await;
    for code in [1000, 1001, 1003, 1011, 1014, 3000, 4999] {
        let payload = [&u16::to_be_bytes(code)[..], b"bye"].concat();
        // What comes after it is not looked at any more.
        let bytes = [frame(FINAL | CLOSE, &payload), frame(FINAL | PING, b"late")].concat();
        assert_eq!(closed_after(&site, "/cable", &bytes).await, Some(code));
    }
    assert_eq!(
        closed_after(&site, "/cable", &frame(FINAL | CLOSE, b"")).await,
        None
    );
}

#[tokio::test]
async fn a_flood_of_commands_pings_or_subscriptions_is_refused_with_1008() {
    let (_server, site) = server().await;
    let commands = frame(FINAL | TEXT, b"{}").repeat(1000);
    assert_eq!(closed_after(&site, "/cable", &commands).await, REFUSED);
    let pings = frame(FINAL | PING, b"").repeat(1000);
    assert_eq!(closed_after(&site, "/cable", &pings).await, REFUSED);
    let fragments = [frame(TEXT, b""), frame(0, b"").repeat(1000)].concat();
    assert_eq!(closed_after(&site, "/cable", &fragments).await, REFUSED);
    let subscriptions: Vec<u8> = (0..100)
        .flat_map(|number| {
            let identifier = json!({"channel": "RoomChannel", "pubsub_token": number.to_string()});
            let command = json!({"command": "subscribe", "identifier": identifier.to_string()});
            frame(FINAL | TEXT, command.to_string().as_bytes())
        })
        .collect();
    assert_eq!(closed_after(&site, "/cable", &subscriptions).await, REFUSED);
}

#[tokio::test]
async fn who_does_not_read_is_cut_and_keeps_nobody_waiting() {
    let (_server, site) = server().await;
    let visitor = site.visitor().await;
    let identifier = json!({"channel": "RoomChannel", "pubsub_token": visitor.token}).to_string();
    let command = json!({"command": "subscribe", "identifier": identifier}).to_string();
    let mut deaf = Raw::open(&site, "/cable").await;
    deaf.send(&frame(FINAL | TEXT, command.as_bytes())).await;
    let mut other = Cable::of_visitor(&site, &visitor).await;
    let content = "x".repeat(100_000);
    for _ in 0..60 {
        let sent = site.post(&visitor.messages(), &json!({"content": content})).await;
        assert_eq!(sent.status, 200);
        other.event("message.created").await;
    }
    // Its end is there before all that was sent to it: the rest was not kept.
    let mut taken = 0;
    let mut buffer = vec![0; 65_536];
    loop {
        match timeout(PATIENCE, deaf.0.read(&mut buffer)).await.expect("an end") {
            Ok(0) | Err(_) => break,
            Ok(length) => taken += length,
        }
    }
    assert!(taken < 60 * content.len(), "it got all {taken} bytes");
}

#[tokio::test]
async fn what_is_no_handshake_gets_a_page() {
    let (_server, site) = server().await;
    for headers in [
        &[][..],
        &[("connection", "Upgrade"), ("upgrade", "websocket")][..],
        &[
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "8"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ][..],
    ] {
        let answer = support::send(&site.authority, "GET", "/cable", headers, b"")
            .await
            .unwrap();
        assert_eq!(answer.status, 404);
    }
}

#[tokio::test]
async fn a_client_that_does_not_close_its_side_hardly_delays_the_end_of_the_server() {
    let (server, site) = server().await;
    let mut client = TcpStream::connect(&site.authority).await.unwrap();
    let handshake = "GET /cable HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    client.write_all(handshake.as_bytes()).await.unwrap();
    let mut some = [0; 4];
    client.read_exact(&mut some).await.unwrap();
    // Half of what other sockets are given for their goodbye.
    assert!(
        timeout(std::time::Duration::from_secs(1), server.stop())
            .await
            .is_ok()
    );
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("server_restart"));
}
