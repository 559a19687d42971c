//! A herd: thousands of clients lose one server at once, and how hard they press on it when it answers again.
//!
//! Each client is a real session that leads its only tab and has written one message. Behind one door, which takes so
//! many handshakes, subscriptions and calls a second, makes the others wait in line and refuses whoever would wait too
//! long, each has a server of its own: the model.

mod client;
mod crowd;

use client::Door;
use crowd::Crowd;

/// Milliseconds in which everybody arrives, writes, and comes to rest.
const BEFORE: u64 = 60_000;
/// Milliseconds for which they are looked at from the server's return on.
const AFTER: u64 = 120_000;
/// Accepted connections are counted for so long from the server's return on.
const CONNECTIONS_WITHIN: u64 = 30_000;
const MINUTE: u64 = 60_000;

/// How the server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Connections are reset, new ones refused.
    Reset,
    /// The same, after the server said that it restarts.
    Restart,
    /// Nothing comes through any more, and nobody is told.
    Silence,
}

/// One play.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How many there are.
    pub clients: usize,
    /// How they lose the server.
    pub loss: Loss,
    /// For how long, in milliseconds.
    pub outage: u64,
    /// For so many milliseconds from its return on whoever subscribes is cut off: what stands before the server is back
    /// sooner than the server.
    pub warming: u64,
    /// Handshakes, subscriptions and calls that the server takes in a second.
    pub capacity: u64,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// What it came to, for each client.
#[derive(Clone, Debug, Default)]
pub struct Toll {
    /// Connections that the server accepted in the 30 s from its return on.
    pub connections: Vec<usize>,
    /// Calls in the busiest minute since the loss, answered or not.
    pub calls: Vec<usize>,
    /// Milliseconds from the server's return to a confirmed subscription; none for who had none in the end.
    pub back: Vec<u64>,
}

/// Plays it.
pub fn herd(terms: &Terms) -> Toll {
    let mut crowd = Crowd::new(terms);
    for client in 0..terms.clients {
        crowd.arrive(client, BEFORE / 4);
    }
    crowd.run_until(BEFORE);
    crowd.lose(terms.loss);
    let back = BEFORE.saturating_add(terms.outage);
    crowd.run_until(back);
    crowd.regain(Door::new(terms.capacity, back, terms.warming));
    crowd.run_until(back.saturating_add(AFTER));
    let mut toll = Toll::default();
    for client in crowd.clients {
        let soon = |at: &&u64| **at >= back && **at < back.saturating_add(CONNECTIONS_WITHIN);
        toll.connections.push(client.accepted.iter().filter(soon).count());
        toll.calls.push(busiest(&client.calls));
        let confirmed = client.confirmed.iter().find(|at| **at >= back);
        toll.back.extend(confirmed.map(|at| at.saturating_sub(back)));
    }
    toll
}

/// The most within a minute, of ascending instants.
fn busiest(calls: &[u64]) -> usize {
    let within = |(first, at): (usize, &u64)| {
        let end = calls.partition_point(|other| *other < at.saturating_add(MINUTE));
        end.saturating_sub(first)
    };
    calls.iter().enumerate().map(within).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(loss: Loss, warming: u64, seed: u64) -> Toll {
        herd(&Terms {
            clients: 100,
            loss,
            outage: 20_000,
            warming,
            capacity: 20,
            seed,
        })
    }

    #[test]
    fn everybody_comes_back_and_presses_no_harder_than_allowed() {
        for loss in [Loss::Reset, Loss::Restart, Loss::Silence] {
            let toll = small(loss, 5_000, 1);
            assert_eq!(toll.back.len(), 100, "{loss:?}");
            assert!(
                toll.connections.iter().all(|count| *count <= 6),
                "{loss:?}: {:?}",
                toll.connections
            );
            assert!(toll.connections.iter().any(|count| *count > 0), "{loss:?}");
            assert!(toll.calls.iter().all(|count| *count <= 30), "{loss:?}");
        }
    }

    #[test]
    fn a_client_without_a_limit_of_connections_is_seen() {
        confab_session::bugs::plant(Some(confab_session::bugs::Bug::NoConnectionLimit));
        let tolls: Vec<Toll> = (1..=6).map(|seed| small(Loss::Reset, 25_000, seed)).collect();
        confab_session::bugs::plant(None);
        let too_many = |toll: &Toll| toll.connections.iter().any(|count| *count > 6);
        assert!(tolls.iter().any(too_many), "{tolls:?}");
    }

    #[test]
    fn the_busiest_minute_is_found_wherever_it_begins() {
        assert_eq!(busiest(&[]), 0);
        assert_eq!(busiest(&[0, 59_999, 60_000, 60_001]), 3);
    }
}
