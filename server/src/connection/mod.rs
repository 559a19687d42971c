//! Connections: how many, how slow, and when they end.

mod guarded;
mod pace;
mod places;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tower_service::Service;

pub use guarded::Guarded;
pub use pace::BodyError;
pub use places::{Place, Places};

use crate::faults;
use pace::Paced;

/// A connection that is kept open between requests, and asks nothing.
const IDLE: Duration = Duration::from_secs(75);
/// How long requests under way may go on after the end was asked for.
pub const FINISH_WITHIN: Duration = Duration::from_secs(5);
/// Data that the other machine does not acknowledge for so long end the connection: it is gone without a word.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(30);
/// What the system keeps for a client that reads slowly; more would only hide that it does.
const SEND_BUFFER: usize = 128 * 1024;

/// Serves until the end, then lets requests under way finish.
pub async fn serve(listener: TcpListener, router: Router, places: Places, mut ending: watch::Receiver<bool>) {
    // Every connection holds a sender, so the receiver hears when the last one is through.
    let (open, mut through) = mpsc::channel::<()>(1);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(guarded) = admit(stream, peer, &places) {
                        tokio::spawn(connection(guarded, router.clone(), ending.clone(), open.clone()));
                    }
                }
                // Out of file handles, mostly: others are about to be given back.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            _ = ending.changed() => break,
        }
    }
    drop((listener, router, open));
    // Who is still not through by then is cut off.
    let _ = tokio::time::timeout(FINISH_WITHIN, through.recv()).await;
}

/// None: its address has as many connections as it may have.
fn admit(stream: TcpStream, peer: SocketAddr, places: &Places) -> Option<Guarded> {
    let place = places.take(peer.ip())?;
    // Small frames matter here more than full packets; a socket that refuses any of these still works.
    let _ = stream.set_nodelay(true);
    let socket = socket2::SockRef::from(&stream);
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(ACKNOWLEDGED_WITHIN));
    Some(Guarded::new(stream, place))
}

async fn connection(
    guarded: Guarded,
    router: Router,
    mut ending: watch::Receiver<bool>,
    open: mpsc::Sender<()>,
) {
    let phase = guarded.phase();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        phase.begin_request();
        let (phase, mut router) = (phase.clone(), router.clone());
        async move {
            let Ok(answer) = router.call(request.map(|body| Body::new(Paced::new(body)))).await;
            phase.end_request();
            faults::http::let_through(answer)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        // Counted from the end of the last request; `Guarded` counts from the first byte of the next.
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(guarded), service)
        .with_upgrades();
    tokio::pin!(connection);
    // A connection that ends badly has nobody left to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(open);
}
