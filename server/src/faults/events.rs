//! The place between a committed event and the sockets: it may be lost, late, doubled or overtaken.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::kind::{Fault, Kind};
use super::{Faults, Set};
use crate::rules::Broadcast;
use crate::wire;

/// Events held back to be sent in reverse.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Counts the times it was sent, so that a timer knows whether it comes too late.
    round: u64,
    events: Vec<Event>,
}

#[derive(Clone, Debug)]
struct Event {
    streams: Vec<String>,
    text: Arc<str>,
    after: Duration,
}

impl Faults {
    /// Sends an event as the faults will have it. The database tells which stream is whose.
    pub fn publish(self: &Arc<Self>, db: &Connection, broadcast: &Broadcast) {
        let mut ready = vec![Event {
            streams: broadcast.streams.clone(),
            text: Arc::from(wire::event(broadcast.event, &broadcast.data)),
            after: Duration::ZERO,
        }];
        for set in &mut self.lock().set {
            if !is_about(&set.fault, broadcast.event) {
                continue;
            }
            let hit = hit_streams(&set.fault, db, &broadcast.streams);
            if hit.is_empty() || !set.strikes() {
                continue;
            }
            ready = self.strike_events(set, &hit, ready);
        }
        for event in ready {
            self.send(event);
        }
    }

    /// What becomes of events on some of their streams; on the others they go their way.
    fn strike_events(self: &Arc<Self>, set: &mut Set, hit: &[String], events: Vec<Event>) -> Vec<Event> {
        let mut ready = Vec::new();
        for event in events {
            let (struck, spared): (Vec<String>, Vec<String>) =
                event.streams.into_iter().partition(|stream| hit.contains(stream));
            let with = |streams: Vec<String>, after| Event {
                streams,
                text: Arc::clone(&event.text),
                after,
            };
            if !spared.is_empty() {
                ready.push(with(spared, event.after));
            }
            if struck.is_empty() {
                continue;
            }
            match set.fault.kind {
                Kind::DelayEvents { by } => ready.push(with(struck, event.after + by)),
                Kind::DuplicateEvents { copies } => {
                    ready.extend(std::iter::repeat_n(with(struck, event.after), copies + 1));
                }
                Kind::ReorderEvents { count, within } => {
                    set.gathered.events.push(with(struck, event.after));
                    if set.gathered.events.len() >= count {
                        set.gathered.round += 1;
                        ready.extend(std::mem::take(&mut set.gathered.events).into_iter().rev());
                    } else if set.gathered.events.len() == 1 {
                        self.send_in_time(set.id, set.gathered.round, within);
                    }
                }
                _ => {}
            }
        }
        ready
    }

    /// What was gathered waits no longer than that for more.
    fn send_in_time(self: &Arc<Self>, id: u64, round: u64, within: Duration) {
        let faults = Arc::clone(self);
        self.runtime.spawn(async move {
            faults.pause(within).await;
            let gathered = {
                let mut state = faults.lock();
                let set = state
                    .set
                    .iter_mut()
                    .find(|set| set.id == id && set.gathered.round == round);
                set.map(|set| {
                    set.gathered.round += 1;
                    Gathered {
                        round,
                        events: std::mem::take(&mut set.gathered.events),
                    }
                })
            };
            if let Some(gathered) = gathered {
                faults.send_gathered(gathered);
            }
        });
    }

    /// Sends what was held back, the last first.
    pub fn send_gathered(&self, gathered: Gathered) {
        for event in gathered.events.into_iter().rev() {
            self.send(event);
        }
    }

    fn send(&self, event: Event) {
        if event.after.is_zero() {
            self.hub.publish(&event.streams, &event.text);
            return;
        }
        let hub = Arc::clone(&self.hub);
        self.runtime.spawn(async move {
            tokio::time::sleep(event.after).await;
            hub.publish(&event.streams, &event.text);
        });
    }
}

fn is_about(fault: &Fault, event: &str) -> bool {
    let of_events = matches!(
        fault.kind,
        Kind::DropEvents
            | Kind::DelayEvents { .. }
            | Kind::DuplicateEvents { .. }
            | Kind::ReorderEvents { .. }
    );
    of_events && fault.event.as_deref().is_none_or(|wanted| wanted == event)
}

/// The streams of an event that the fault is about: all, or those of one contact's sessions.
fn hit_streams(fault: &Fault, db: &Connection, streams: &[String]) -> Vec<String> {
    let Some(contact) = &fault.contact else {
        return streams.to_vec();
    };
    // A database that cannot be read knows of none: the event goes out as it is.
    let own = streams_of(db, contact).unwrap_or_default();
    streams
        .iter()
        .filter(|stream| own.contains(stream))
        .cloned()
        .collect()
}

/// The streams of the sessions with a `source_id`.
pub fn streams_of(db: &Connection, source_id: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached("SELECT pubsub_token FROM contact_inboxes WHERE source_id = ?")?
        .query_map([source_id], |row| row.get(0))?
        .collect()
}
