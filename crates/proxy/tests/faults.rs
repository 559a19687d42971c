//! Every fault over real connections, to a target that sends back what it hears.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use confab_proxy::{Act, Command, Door, Proxy};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Long enough that silence means something, in a test that passes.
const SILENCE: Duration = Duration::from_millis(200);

/// A proxy before a target that sends everything back.
async fn echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    proxy
}

async fn client(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

async fn heard(stream: &mut TcpStream, text: &str) {
    let mut bytes = vec![0; text.len()];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(bytes, text.as_bytes());
}

async fn round(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    heard(stream, text).await;
}

async fn silent(stream: &mut TcpStream) {
    let mut byte = [0];
    assert!(
        timeout(SILENCE, stream.read(&mut byte)).await.is_err(),
        "nothing is heard"
    );
}

#[tokio::test]
async fn without_a_fault_everything_passes_and_is_counted() {
    let proxy = echo().await;
    let mut stream = client(&proxy).await;
    round(&mut stream, "hello").await;
    let many = "x".repeat(1_000_000);
    let (mut from, mut to) = stream.split();
    let mut back = vec![0; many.len()];
    let (sent, got) = tokio::join!(to.write_all(many.as_bytes()), from.read_exact(&mut back));
    sent.unwrap();
    got.unwrap();
    assert_eq!(back, many.as_bytes());
    to.shutdown().await.unwrap();
    assert_eq!(
        from.read(&mut back).await.unwrap(),
        0,
        "an end is passed on, both ways"
    );
    let counts = proxy.counts();
    assert_eq!(
        (counts.accepted, counts.up, counts.down),
        (1, 1_000_005, 1_000_005)
    );
}

#[tokio::test]
async fn running_connections_are_reset_and_new_ones_pass() {
    let proxy = echo().await;
    let mut stream = client(&proxy).await;
    round(&mut stream, "hello").await;
    proxy.obey(Command::Running(Act::Reset)).await;
    let error = stream.read(&mut [0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    round(&mut client(&proxy).await, "again").await;
}

#[tokio::test]
async fn running_connections_are_closed() {
    let proxy = echo().await;
    let mut stream = client(&proxy).await;
    round(&mut stream, "hello").await;
    proxy.obey(Command::Running(Act::Close)).await;
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_frozen_connection_says_nothing_and_loses_nothing() {
    let proxy = echo().await;
    let mut stream = client(&proxy).await;
    round(&mut stream, "hello").await;
    proxy.obey(Command::Running(Act::Freeze)).await;
    stream.write_all(b"are you there").await.unwrap();
    silent(&mut stream).await;
    proxy.obey(Command::Running(Act::Thaw)).await;
    heard(&mut stream, "are you there").await;
}

#[tokio::test]
async fn a_black_hole_accepts_and_says_nothing_until_it_opens() {
    let proxy = echo().await;
    proxy.obey(Command::Door(Door::Blackhole)).await;
    let mut stream = client(&proxy).await;
    stream.write_all(b"hello").await.unwrap();
    silent(&mut stream).await;
    proxy.obey(Command::Heal).await;
    heard(&mut stream, "hello").await;
}

#[tokio::test]
async fn a_door_refuses_or_resets_and_opens_on_the_same_port() {
    let proxy = echo().await;
    let mut running = client(&proxy).await;
    round(&mut running, "hello").await;
    proxy.obey(Command::Door(Door::Refuse)).await;
    let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    round(&mut running, "those inside stay").await;

    proxy.obey(Command::Door(Door::Reset)).await;
    let mut stream = client(&proxy).await;
    let error = stream.read(&mut [0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    proxy.obey(Command::Door(Door::Open)).await;
    round(&mut client(&proxy).await, "open").await;
}

#[tokio::test]
async fn half_closed_the_client_hears_the_end_and_is_still_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap()).unwrap();
    let mut stream = client(&proxy).await;
    let (mut target, _) = listener.accept().await.unwrap();
    stream.write_all(b"one").await.unwrap();
    heard(&mut target, "one").await;
    proxy.obey(Command::Running(Act::HalfClose)).await;
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    target.write_all(b"not heard").await.unwrap();
    stream.write_all(b"two").await.unwrap();
    heard(&mut target, "two").await;
}

#[tokio::test]
async fn a_connection_ends_after_as_many_bytes_as_it_may_have() {
    let proxy = echo().await;
    proxy.obey(Command::Limit(7)).await;
    let mut stream = client(&proxy).await;
    stream.write_all(b"0123456789").await.unwrap();
    let mut all = Vec::new();
    // Closed with bytes unread in the proxy, the end may be a reset; what came before it is what counts.
    let _ = stream.read_to_end(&mut all).await;
    assert_eq!(all, b"0123456");
}

#[tokio::test(start_paused = true)]
async fn latency_bandwidth_and_slices_take_their_time() {
    let proxy = echo().await;
    let mut stream = client(&proxy).await;
    proxy
        .obey(Command::Latency(Duration::from_secs(1), Duration::from_secs(1)))
        .await;
    let begun = tokio::time::Instant::now();
    round(&mut stream, "slow").await;
    let taken = begun.elapsed();
    assert!(
        taken >= Duration::from_secs(2) && taken < Duration::from_secs(5),
        "{taken:?}"
    );

    proxy.obey(Command::Heal).await;
    proxy.obey(Command::Bandwidth(10)).await;
    let begun = tokio::time::Instant::now();
    round(&mut stream, "0123456789").await;
    round(&mut stream, "x").await;
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());

    proxy.obey(Command::Heal).await;
    proxy.obey(Command::Slice(1, Duration::from_secs(1))).await;
    let mut one = [0; 16];
    stream.write_all(b"abc").await.unwrap();
    assert_eq!(stream.read(&mut one).await.unwrap(), 1, "piece by piece");
}
