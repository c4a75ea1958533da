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

/// The signals of all parts but the targets, which have their own.
#[derive(Debug, Default)]
pub(super) struct WakeSignals {
    pub(super) files: WakeSignal,
    pub(super) pull: WakeSignal,
    pub(super) page: WakeSignal,
    pub(super) notify: WakeSignal,
    pub(super) deliver: WakeSignal,
    pub(super) ledger: WakeSignal,
    pub(super) hook: WakeSignal,
    pub(super) health: WakeSignal,
    pub(super) alarm: WakeSignal,
}

impl WakeSignals {
    /// Wakes the parts that bring news to readers.
    pub(super) fn wake_work(&self) {
        let Self { pull, page, notify, deliver, .. } = self;
        for signal in [pull, page, notify, deliver] {
            signal.wake();
        }
    }

    /// Wakes every part.
    pub(super) fn wake_all(&self) {
        let Self { files, ledger, hook, health, alarm, .. } = self;
        self.wake_work();
        for signal in [files, ledger, hook, health, alarm] {
            signal.wake();
        }
    }
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
