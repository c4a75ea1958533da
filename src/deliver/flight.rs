//! Counts the calls to one provider that are in progress, and measures how long it has not answered any.
//!
//! Promises: a provider counts as silent only while all of its connections wait for an answer; the time counts from its
//! last answer. Never ends a call.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;

/// The calls in progress.
#[derive(Debug, Default)]
pub(super) struct Flight(Mutex<Calls>);

#[derive(Debug, Default)]
struct Calls {
    /// When each began, by its number.
    begun: BTreeMap<u64, Instant>,
    next: u64,
    answered: Option<Instant>,
}

/// One call; it is over when this is dropped.
pub(super) struct Call<'f> {
    flight: &'f Flight,
    number: u64,
}

impl Flight {
    pub(super) fn begin(&self) -> Call<'_> {
        let mut calls = self.calls();
        calls.next += 1;
        let number = calls.next;
        calls.begun.insert(number, Instant::now());
        Call { flight: self, number }
    }

    /// For how long there was no answer, while `connections` calls wait for one; `None` while there are fewer.
    pub(super) fn silent_for(&self, connections: usize) -> Option<Duration> {
        let calls = self.calls();
        if calls.begun.len() < connections.max(1) {
            return None;
        }
        // Half of the calls must be as old as that: one that hangs among others that only began shows nothing.
        let begun = calls.begun.values().nth((calls.begun.len() - 1) / 2)?;
        let since = calls.answered.map_or(*begun, |answered| answered.max(*begun));
        Some(since.elapsed())
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.0.lock()
    }
}

impl Call<'_> {
    /// For how long it has been in progress.
    pub(super) fn lasted(&self) -> Duration {
        self.flight.calls().begun.get(&self.number).map(Instant::elapsed).unwrap_or_default()
    }

    /// The provider answered, whatever it said.
    pub(super) fn answered(&self) {
        self.flight.calls().answered = Some(Instant::now());
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.flight.calls().begun.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_last_answer_while_all_connections_wait() {
        let flight = Flight::default();
        let seconds = |connections| flight.silent_for(connections).map(|silent| silent.as_secs());
        assert_eq!(seconds(1), None, "nobody was asked");
        let (first, second) = (flight.begin(), flight.begin());
        pass(7).await;
        assert_eq!((seconds(2), seconds(3)), (Some(7), None), "a third connection is free");
        second.answered();
        drop(second);
        assert_eq!(seconds(2), None);
        let _third = flight.begin();
        pass(4).await;
        assert_eq!(seconds(2), Some(4));
        assert_eq!(first.lasted().as_secs(), 11);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_only_began_are_no_silence() {
        let flight = Flight::default();
        let _old = flight.begin();
        pass(60).await;
        let _young = [flight.begin(), flight.begin(), flight.begin()];
        pass(1).await;
        assert_eq!(flight.silent_for(4).map(|silent| silent.as_secs()), Some(1));
    }
}
