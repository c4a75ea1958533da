//! Spreads work over all cores.
//!
//! Promises: the results are in the order of the items, whatever the number of cores; a panic of one item is a panic of the caller.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Makes something of each item, on all cores; the result is in the order of the items.
pub(super) fn on_every_core<P: Sync, T: Send>(items: &[P], make: impl Fn(&P) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        while let Some((place, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, items.get(place)?)))
        {
            made.push((place, make(item)));
        }
        made
    };
    let mut made = if items.len() < 2 || cores < 2 {
        work()
    } else {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            let joined =
                workers.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)));
            joined.flatten().collect()
        })
    };
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, made)| made).collect()
}
