//! Thousands of clients that come back to a server at once: whether none presses harder than promised.

use confab_sim::herd::{Loss, Terms, herd};

/// Clients of a herd.
const HERD: usize = 10_000;
/// How the herd loses the server, for how many milliseconds, for how many it cuts off who subscribes when it is back,
/// and what it takes in a second then.
const HERDS: [(Loss, u64, u64, u64); 5] = [
    (Loss::Restart, 5_000, 0, 2_000),
    (Loss::Reset, 10_000, 25_000, 20_000),
    (Loss::Reset, 300_000, 0, 300),
    (Loss::Silence, 60_000, 5_000, 1_000),
    (Loss::Silence, 600_000, 0, 100),
];
/// The most connections that one client may have accepted in the 30 s after the return, and calls in a minute.
const CONNECTIONS: usize = 6;
const CALLS: usize = 30;

/// Whether no client of a herd presses harder than promised, however the server went.
pub fn herds(clients: usize, seed: u64) -> bool {
    let clients = if clients == 0 { HERD } else { clients };
    let mut over = 0_usize;
    for (loss, outage, warming, capacity) in HERDS {
        let toll = herd(&Terms {
            clients,
            loss,
            outage,
            warming,
            capacity,
            seed,
        });
        let broken = |counts: &[usize], most: usize| counts.iter().filter(|count| **count > most).count();
        over = over
            .saturating_add(broken(&toll.connections, CONNECTIONS))
            .saturating_add(broken(&toll.calls, CALLS));
        println!(
            "{clients} clients, {loss:?} for {} s, cut off for {} s more, {capacity} a second:\n    connections in 30 s {} (at most {CONNECTIONS} \
             each)\n    calls in a minute   {} (at most {CALLS} each)\n    confirmed after     {} ms, {} of {clients}",
            outage / 1_000,
            warming / 1_000,
            spread_of(toll.connections),
            spread_of(toll.calls),
            spread_of(toll.back.clone()),
            toll.back.len(),
        );
    }
    println!("{} herds of {clients}: {over} over a limit", HERDS.len());
    over == 0
}

/// The middle, the 99th of a hundred and the largest, in words.
fn spread_of<N: Copy + Ord + Default + std::fmt::Display>(mut all: Vec<N>) -> String {
    all.sort_unstable();
    let at = |percent: usize| {
        let index = all.len().saturating_mul(percent) / 100;
        let found = all.get(index).or_else(|| all.last());
        found.copied().unwrap_or_default()
    };
    format!("p50 {}, p99 {}, most {}", at(50), at(99), at(100))
}
