//! Clients that dawdle are cut, those that are merely slow are not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::time::Duration;

use confab_server::{Options, Server, start};
use support::{PATIENCE, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

async fn server() -> (Server, Site) {
    let server = start(Options::default()).await.unwrap();
    let site = Site::new(&server.addresses().json());
    (server, site)
}

/// Sends a few bytes every quarter of a second, until the connection ends; how long it lived, and what came back.
async fn dawdle(site: Site, beginning: String, more: &'static [u8]) -> (Duration, String) {
    let mut stream = TcpStream::connect(&site.authority).await.unwrap();
    let begun = Instant::now();
    stream.write_all(beginning.as_bytes()).await.unwrap();
    let (mut from, mut to) = stream.split();
    let mut answer = Vec::new();
    let writing = async {
        while to.write_all(more).await.is_ok() {
            sleep(Duration::from_millis(250)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        // A connection that is reset has ended too.
        _ = timeout(PATIENCE, from.read_to_end(&mut answer)) => {}
        () = writing => {}
    }
    (begun.elapsed(), String::from_utf8_lossy(&answer).into_owned())
}

fn upload(length: usize) -> String {
    format!(
        "POST /public/api/v1/inboxes/x/contacts HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unfinished_headers_silence_and_a_trickling_body_are_cut_after_ten_seconds() {
    let (_server, site) = server().await;
    let again = "GET /none HTTP/1.1\r\nhost: x\r\n\r\nGET /".to_owned();
    let form = upload(100_000).replace("application/json", "multipart/form-data; boundary=b");
    let dawdlers = [
        (
            "headers",
            dawdle(site.clone(), "GET / HTTP/1.1\r\nx: ".to_owned(), b"x"),
        ),
        ("nothing", dawdle(site.clone(), String::new(), b"")),
        ("the second request's headers", dawdle(site.clone(), again, b"x")),
        (
            "a body of 400 bytes a second",
            dawdle(site.clone(), upload(100_000), &[b' '; 100]),
        ),
        (
            "a form of 400 bytes a second, its body",
            dawdle(site.clone(), form, &[b' '; 100]),
        ),
    ]
    .map(|(what, client)| (what, tokio::spawn(client)));
    for (what, client) in dawdlers {
        let (lived, answer) = client.await.unwrap();
        let says_so = !what.contains("body") || answer.starts_with("HTTP/1.1 408");
        assert!(
            says_so && lived > Duration::from_secs(9) && lived < PATIENCE,
            "{what}: {lived:?} {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_steady_body_and_a_connection_between_requests_are_not_cut() {
    let (_server, site) = server().await;
    // 2 kB a second, for longer than dawdlers live.
    let steady = tokio::spawn(dawdle(site.clone(), upload(30_000), &[b' '; 500]));
    let mut idle = TcpStream::connect(&site.authority).await.unwrap();
    for wait in [14, 0] {
        idle.write_all(b"GET /none HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        let mut beginning = [0; 12];
        idle.read_exact(&mut beginning).await.unwrap();
        assert_eq!(&beginning, b"HTTP/1.1 404");
        let mut rest = vec![0; 65_536];
        assert!(idle.read(&mut rest).await.unwrap() > 0);
        sleep(Duration::from_secs(wait)).await;
    }
    let (lived, answer) = steady.await.unwrap();
    assert!(lived > Duration::from_secs(13), "{lived:?}");
    // Read to its end, and found to be no JSON.
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}
