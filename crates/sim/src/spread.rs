//! Many seeds on all processors.

use std::sync::atomic::{AtomicU64, Ordering};

/// Plays `count` seeds from `first` on, on all processors, until one play says to stop.
pub fn spread(first: u64, count: u64, play: impl Fn(u64) -> bool + Sync) {
    let next = AtomicU64::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count || !play(first.saturating_add(at)) {
                next.store(count, Ordering::Relaxed);
                return;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
}
