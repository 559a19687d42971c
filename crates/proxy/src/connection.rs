//! One connection: two pumps, until both are done or something is done to them.

use crate::command::{Act, Door};
use crate::pump::{Pump, Wire, carry};
use crate::state::{Acts, State};
use socket2::SockRef;
use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::broadcast::error::RecvError;

/// Passes bytes between the client and the target for as long as both and the faults allow.
pub async fn run(client: TcpStream, target: SocketAddr, state: Arc<State>, mut acts: Acts) {
    let met = tokio::select! {
        met = meet(target, &state) => met,
        act = ending(&mut acts, None) => {
            end(act, &client, None);
            return;
        }
    };
    let Some(server) = met else {
        reset(&client);
        return;
    };
    // Neither side waits for more bytes before it sends what it has: pieces arrive as they were sent.
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let wire = Wire::default();
    let pumps = async {
        let (client, server, state, wire) = (&client, &server, &*state, &wire);
        let up = Pump {
            from: client,
            to: server,
            to_client: false,
            state,
            wire,
        };
        let down = Pump {
            from: server,
            to: client,
            to_client: true,
            ..up
        };
        match tokio::try_join!(carry(up), carry(down)) {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Act::Reset,
            _ => Act::Close,
        }
    };
    let act = tokio::select! {
        act = pumps => act,
        act = ending(&mut acts, Some((&client, &wire))) => act,
    };
    end(act, &client, Some(&server));
}

/// A connection to the target, once the door lets it through.
async fn meet(target: SocketAddr, state: &State) -> Option<TcpStream> {
    let mut faults = state.watch();
    faults
        .wait_for(|faults| faults.door != Door::Blackhole)
        .await
        .ok()?;
    TcpStream::connect(target).await.ok()
}

/// Does what does not end the connection, and waits for what does.
async fn ending(acts: &mut Acts, running: Option<(&TcpStream, &Wire)>) -> Act {
    loop {
        match (acts.recv().await, running) {
            (Ok(act @ (Act::Reset | Act::Close)), _) => return act,
            (Ok(Act::HalfClose), Some((client, wire))) => {
                wire.half_closed.store(true, Ordering::Relaxed);
                // The client may be gone, which is no less than what was asked for.
                let _ = SockRef::from(client).shutdown(Shutdown::Write);
            }
            (Ok(Act::Freeze), Some((_, wire))) => wire.frozen.send_modify(|frozen| *frozen = true),
            (Ok(Act::Thaw), Some((_, wire))) => wire.frozen.send_modify(|frozen| *frozen = false),
            (Ok(Act::HalfClose | Act::Freeze | Act::Thaw) | Err(RecvError::Lagged(_)), _) => {}
            (Err(RecvError::Closed), _) => return Act::Reset,
        }
    }
}

fn end(act: Act, client: &TcpStream, server: Option<&TcpStream>) {
    if act == Act::Reset {
        reset(client);
        if let Some(server) = server {
            reset(server);
        }
    }
}

/// The stream will end with a reset when it is dropped.
pub fn reset(stream: &TcpStream) {
    // A stream of which this cannot be asked has ended already.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
