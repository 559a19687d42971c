//! Carries callbacks: takes them from the database thread without ever making it wait, posts them, brings failures back.
//!
//! Every address has a lane of its own, so that a dead receiver holds up nobody else's callbacks. Lanes are bounded: what
//! finds no room has failed at once. When the server ends, what still waits is dropped without a word.

mod address;
mod post;
mod tls;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub use post::Poster;

use crate::rules::{Delivery, Undelivered};
use crate::store::Store;

/// Callbacks under way to one address at a time.
const AT_ONCE: usize = 10;
/// Callbacks under way at a time.
const AT_ONCE_IN_ALL: usize = 200;
/// Callbacks that may wait for one address.
const WAITING: usize = 1000;
/// Bytes of bodies that may wait for all addresses together.
const WAITING_BYTES: usize = 32 * 1024 * 1024;
const NO_ROOM: &str = "Too many callbacks are waiting";

/// The database thread's side.
#[derive(Clone, Debug, Default)]
pub struct Courier(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lanes: Mutex<Lanes>,
    /// Rings when something was taken.
    taken: Notify,
}

#[derive(Debug, Default)]
struct Lanes {
    /// Only addresses with something waiting or under way.
    by_address: HashMap<String, Lane>,
    bytes: usize,
    under_way: usize,
    closed: bool,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Delivery>,
    under_way: usize,
}

impl Courier {
    /// Takes a callback, or says that it failed for want of room. Never waits.
    pub fn take(&self, delivery: Delivery) -> Option<Undelivered> {
        let mut lanes = self.0.lock();
        if lanes.closed {
            return None;
        }
        let bytes = lanes.bytes.saturating_add(delivery.body.len());
        let waiting = lanes.by_address.get(&delivery.url);
        if waiting.is_some_and(|lane| lane.waiting.len() >= WAITING) || bytes > WAITING_BYTES {
            return undelivered(&delivery, NO_ROOM.to_owned());
        }
        lanes.bytes = bytes;
        let lane = lanes.by_address.entry(delivery.url.clone()).or_default();
        lane.waiting.push_back(delivery);
        drop(lanes);
        self.0.taken.notify_one();
        None
    }

    /// Posts what is taken until the server ends.
    pub async fn run(self, poster: Poster, store: Store, mut ending: watch::Receiver<bool>) {
        let poster = Arc::new(poster);
        let mut under_way = JoinSet::new();
        while !*ending.borrow_and_update() {
            while let Some(delivery) = self.0.next() {
                let slot = Slot(Arc::clone(&self.0), delivery.url.clone());
                under_way.spawn(carry(Arc::clone(&poster), store.clone(), delivery, slot));
            }
            tokio::select! {
                () = self.0.taken.notified() => {}
                Some(_) = under_way.join_next() => {}
                _ = ending.changed() => {}
            }
        }
        let mut lanes = self.0.lock();
        lanes.closed = true;
        lanes.by_address.clear();
    }
}

async fn carry(poster: Arc<Poster>, store: Store, delivery: Delivery, slot: Slot) {
    if let Err(error) = poster.deliver(&delivery).await
        && let Some(undelivered) = undelivered(&delivery, error)
    {
        store.undelivered(undelivered).await;
    }
    drop(slot);
}

/// What to tell the database thread; nothing where nothing hangs on it.
fn undelivered(delivery: &Delivery, error: String) -> Option<Undelivered> {
    Some(Undelivered {
        receiver: delivery.receiver,
        about: delivery.about?,
        error,
    })
}

impl Shared {
    /// The next callback, of the address with the fewest under way.
    fn next(&self) -> Option<Delivery> {
        let mut lanes = self.lock();
        if lanes.under_way >= AT_ONCE_IN_ALL {
            return None;
        }
        let free = |lane: &&mut Lane| lane.under_way < AT_ONCE && !lane.waiting.is_empty();
        let all = lanes.by_address.values_mut();
        let lane = all.filter(free).min_by_key(|lane| lane.under_way)?;
        let delivery = lane.waiting.pop_front()?;
        lane.under_way += 1;
        lanes.under_way += 1;
        lanes.bytes = lanes.bytes.saturating_sub(delivery.body.len());
        Some(delivery)
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // No code can panic while it holds the lock, and lanes are whole after every step.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those under way to an address, given back when dropped.
struct Slot(Arc<Shared>, String);

impl Drop for Slot {
    fn drop(&mut self) {
        let mut lanes = self.0.lock();
        lanes.under_way = lanes.under_way.saturating_sub(1);
        if let Some(lane) = lanes.by_address.get_mut(&self.1) {
            lane.under_way = lane.under_way.saturating_sub(1);
            if lane.under_way == 0 && lane.waiting.is_empty() {
                lanes.by_address.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{About, Receiver};

    fn delivery(url: &str, message: i64, bytes: usize) -> Delivery {
        Delivery {
            receiver: Receiver::Inbox,
            url: url.to_owned(),
            signing: None,
            body: "x".repeat(bytes),
            about: Some(About {
                conversation: 1,
                message,
            }),
        }
    }

    #[test]
    fn a_full_lane_refuses_and_others_go_on() {
        let courier = Courier::default();
        for number in 0..1000 {
            assert_eq!(courier.take(delivery("a", number, 1)), None);
        }
        let refused = courier.take(delivery("a", 1000, 1)).unwrap();
        assert_eq!((refused.about.message, refused.error.as_str()), (1000, NO_ROOM));
        assert_eq!(courier.take(delivery("b", 0, 1)), None);
        let mut slots = Vec::new();
        while let Some(next) = courier.0.next() {
            slots.push(Slot(Arc::clone(&courier.0), next.url));
        }
        let to = |url: &str| slots.iter().filter(|slot| slot.1 == url).count();
        assert_eq!((to("a"), to("b")), (AT_ONCE, 1), "a lane has ten places");
        slots.clear();
        assert_eq!(courier.0.next().unwrap().about.unwrap().message, 10, "in order");
        assert!(
            !courier.0.lock().by_address.contains_key("b"),
            "an idle lane is gone"
        );
    }

    #[test]
    fn bodies_are_counted_over_all_lanes() {
        let courier = Courier::default();
        let half = WAITING_BYTES / 2;
        assert_eq!(courier.take(delivery("a", 1, half)), None);
        assert_eq!(courier.take(delivery("b", 2, half)), None);
        assert!(courier.take(delivery("c", 3, 1)).is_some());
        assert!(!courier.0.lock().by_address.contains_key("c"), "no trace of it");
        courier.0.next().unwrap();
        assert_eq!(courier.take(delivery("c", 3, 1)), None);
    }

    #[test]
    fn the_places_in_all_are_shared_out() {
        let courier = Courier::default();
        let addresses = AT_ONCE_IN_ALL / AT_ONCE * 2;
        for address in 0..addresses {
            for number in 0..10 {
                assert_eq!(courier.take(delivery(&address.to_string(), number, 1)), None);
            }
        }
        let mut slots = Vec::new();
        while let Some(next) = courier.0.next() {
            slots.push(Slot(Arc::clone(&courier.0), next.url));
        }
        assert_eq!(slots.len(), AT_ONCE_IN_ALL);
        let lanes = courier.0.lock();
        assert!(
            lanes
                .by_address
                .values()
                .all(|lane| lane.under_way == AT_ONCE / 2)
        );
        drop(lanes);
        slots.pop();
        assert!(courier.0.next().is_some());
    }

    #[test]
    fn what_nobody_waits_for_fails_in_silence() {
        let silent = Delivery {
            about: None,
            ..delivery("a", 0, WAITING_BYTES + 1)
        };
        assert_eq!(Courier::default().take(silent), None);
    }
}
