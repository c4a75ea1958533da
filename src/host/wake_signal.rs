//! A signal that wakes a waiting part; a signal during its work is kept until it waits again.
//!
//! Promises: no signal is lost, and several before a wait count as one. Never runs the part itself.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};

/// What wakes one part.
#[derive(Debug, Default)]
pub(super) struct WakeSignal {
    is_rung: Mutex<bool>,
    ring: Condvar,
}

impl WakeSignal {
    /// Wakes the part, or keeps it from its next rest.
    pub(super) fn wake(&self) {
        *self.is_rung.lock() = true;
        self.ring.notify_all();
    }

    /// Rests until it is rung, and at most that long; says whether it was rung.
    pub(super) fn rest(&self, at_most: Duration) -> bool {
        let mut is_rung = self.is_rung.lock();
        let _timed_out = self.ring.wait_while_for(&mut is_rung, |is_rung| !*is_rung, at_most);
        std::mem::take(&mut *is_rung)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_once_also_by_who_did_not_rest_yet() {
        let bell = WakeSignal::default();
        bell.wake();
        bell.wake();
        // A test that rests for an hour would be noticed.
        assert!(bell.rest(Duration::from_secs(3600)));
        assert!(!bell.rest(Duration::from_millis(1)));
        std::thread::scope(|scope| {
            scope.spawn(|| assert!(bell.rest(Duration::from_secs(3600))));
            bell.wake();
        });
    }
}
