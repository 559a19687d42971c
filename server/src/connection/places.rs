//! How many connections one address may have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of all addresses.
#[derive(Clone, Debug)]
pub struct Places {
    each: Option<usize>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection's place; free again when dropped.
#[derive(Debug)]
pub struct Place(Option<(IpAddr, Places)>);

impl Places {
    /// So many for each address; None: any number. This machine itself is never limited.
    pub fn new(each: Option<usize>) -> Self {
        Self {
            each,
            taken: Arc::default(),
        }
    }

    /// A place for a connection from there, if one is left.
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let Some(most) = self.each.filter(|_| !address.is_loopback()) else {
            return Some(Place(None));
        };
        let mut taken = self.lock();
        let count = taken.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place(Some((address, self.clone()))))
    }

    fn free(&self, address: IpAddr) {
        if let Entry::Occupied(mut entry) = self.lock().entry(address) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Nothing panics while it is held.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((address, places)) = &self.0 {
            places.free(*address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let places = Places::new(Some(2));
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert!(places.take(one).is_none());
        let elsewhere = places.take(other).unwrap();
        drop(first);
        let _third = places.take(one).unwrap();
        assert!(places.take(one).is_none());
        drop(elsewhere);
        assert_eq!(places.lock().len(), 1);
    }

    #[test]
    fn this_machine_is_never_limited() {
        let places = Places::new(Some(1));
        let here = IpAddr::from([127, 0, 0, 1]);
        assert!(
            places
                .take(here)
                .is_some_and(|_first| places.take(here).is_some())
        );
        assert!(Places::new(None).take(IpAddr::from([192, 0, 2, 1])).is_some());
    }
}
