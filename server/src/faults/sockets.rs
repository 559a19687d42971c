//! The place in every socket: it may be cut, with or without a last word, or find the database frozen.

use std::future::pending;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::kind::{Farewell, Kind};
use super::{Faults, Set};

/// A socket's ear for cuts; without faults it hears nothing.
#[derive(Debug, Default)]
pub struct Cuts(Option<broadcast::Receiver<u64>>);

/// How a socket is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The connection just ends.
    Silent,
    /// A disconnect frame comes first.
    Farewell(Farewell),
}

impl Cuts {
    /// Waits for the number of the next cut; for ever where there can be none.
    pub async fn next(&mut self) -> u64 {
        let Some(receiver) = &mut self.0 else {
            return pending().await;
        };
        loop {
            match receiver.recv().await {
                Ok(id) => return id,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
        self.0 = None;
        pending().await
    }
}

impl Faults {
    /// For a socket that has just been opened.
    pub fn cuts(&self) -> Cuts {
        Cuts(Some(self.cuts.subscribe()))
    }

    /// Whether a cut strikes a socket that listens to these streams.
    pub fn cuts_socket(&self, id: u64, streams: &[String]) -> Option<Cut> {
        let mut state = self.lock();
        let set = state.set.iter_mut().find(|set| set.id == id)?;
        let Kind::CutSockets { farewell } = set.fault.kind else {
            return None;
        };
        let meant =
            set.fault.contact.is_none() || streams.iter().any(|stream| set.fault.streams.contains(stream));
        (meant && set.strikes()).then(|| farewell.map_or(Cut::Silent, Cut::Farewell))
    }

    /// Tells the sockets that are open now, once the fault is in the list.
    pub(super) fn announce(&self, set: &Set) {
        if matches!(set.fault.kind, Kind::CutSockets { .. }) {
            // Without sockets there is nothing to cut.
            let _ = self.cuts.send(set.id);
        }
    }
}

impl Cut {
    /// The frame to send first.
    pub fn frame(self) -> Option<String> {
        match self {
            Self::Silent => None,
            Self::Farewell(Farewell { reason, reconnect }) => Some(format!(
                "{{\"type\":\"disconnect\",\"reason\":\"{reason}\",\"reconnect\":{reconnect}}}"
            )),
        }
    }
}
