//! A TCP proxy that does harm on demand: it knows bytes and connections, nothing of what is said in them.
//!
//! [`Command`] is what can be asked for, as a value or as a line of text; [`Proxy`] listens and does it.

mod command;
mod connection;
mod pump;
mod state;

pub use command::{Act, Command, Door, Quality};
pub use state::Counts;

use state::{Acts, State};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// As many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A proxy that listens until it is dropped. It has to be made and kept inside a runtime.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and passes everything on to `target`.
    ///
    /// # Errors
    /// When the system gives no port.
    pub fn start(target: SocketAddr) -> io::Result<Self> {
        // Bound and never listening: it keeps the port ours while the door refuses.
        let reserve = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = reserve.local_addr()?;
        let listener = bound(address)?.listen(BACKLOG)?;
        let state = Arc::new(State::new());
        let listening = tokio::spawn(listen(reserve, listener, target, Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            listening,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does what is asked. A door is in force when this returns; the connections there are hear of it at once after.
    pub async fn obey(&self, command: Command) {
        self.state.obey(command);
        let door = self.state.door();
        // An error says that nobody listens any more, so nothing is left to wait for.
        let _ = self.state.in_force.subscribe().wait_for(|now| *now == door).await;
    }

    /// What has passed so far.
    pub fn counts(&self) -> Counts {
        self.state.counts()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.state.obey(Command::Running(Act::Reset));
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn listen(reserve: TcpSocket, first: TcpListener, target: SocketAddr, state: Arc<State>) {
    let mut listener = Some(first);
    let mut faults = state.watch();
    loop {
        let door = faults.borrow_and_update().door;
        if door == Door::Refuse {
            listener = None;
        } else if listener.is_none() {
            listener = reserve
                .local_addr()
                .and_then(bound)
                .and_then(|socket| socket.listen(BACKLOG))
                .ok();
        }
        state.in_force.send_replace(door);
        tokio::select! {
            biased;
            changed = faults.changed() => if changed.is_err() { return },
            Some(client) = accept(listener.as_ref()) => welcome(client, door, target, &state),
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

fn welcome(client: TcpStream, door: Door, target: SocketAddr, state: &Arc<State>) {
    if door == Door::Reset {
        connection::reset(&client);
        return;
    }
    // What happens to running connections from now on happens to this one, even before the target has answered.
    let acts: Acts = state.accepted();
    tokio::spawn(connection::run(client, target, Arc::clone(state), acts));
}
