//! The time limit of a call to a provider.
//!
//! Promises: an urgent message waits less for its first answer, and longer with every attempt, so that a slow provider is
//! abandoned early but still reached later; no call continues after the turn of its step, or more than [`GRACE`] after the
//! worker was stopped.

use std::time::Duration;

use tokio::sync::watch;

use crate::ledger::ClaimedStep;
use crate::model::Moment;
use crate::model::phase::Severity;

/// How long a call may continue once the worker was stopped.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// How often a call checks whether the worker was stopped.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// No limit is shorter, however little time remains for a step.
const LIMIT_MIN: Duration = Duration::from_secs(1);

/// The limits of a step's first call; each attempt doubles them, up to those of the provider.
struct First {
    /// Until the provider asks for the content.
    before_content: Duration,
    /// Until it answers to the content.
    answer: Duration,
}

impl First {
    fn of(severity: Severity) -> Option<Self> {
        let seconds = |before_content, answer| {
            Some(Self {
                before_content: Duration::from_secs(before_content),
                answer: Duration::from_secs(answer),
            })
        };
        match severity {
            Severity::Critical => seconds(15, 20),
            Severity::Major => seconds(30, 45),
            Severity::Minor | Severity::Notice => None,
        }
    }
}

/// For how long a provider that a step waits for may be silent on all its connections before it is skipped.
pub(super) fn silence_limit(severity: Severity) -> Duration {
    match severity {
        Severity::Critical | Severity::Major => Duration::from_secs(10),
        Severity::Minor | Severity::Notice => Duration::from_secs(30),
    }
}

/// The limits of one call.
pub(super) struct Patience {
    severity: Severity,
    attempts: u32,
    /// The remaining time of the step.
    left: Duration,
    stop: watch::Receiver<bool>,
}

/// Why something was not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It took that long.
    Late(Duration),
    /// The worker was stopped.
    Stopped,
}

impl Patience {
    /// The limits of a call for that step that begins now.
    pub(super) fn with(step: &ClaimedStep, now: Moment, stop: watch::Receiver<bool>) -> Self {
        let left = (step.expires_at - now).to_std().unwrap_or_default();
        Self { severity: step.severity, attempts: step.attempts, left, stop }
    }

    /// No limits but the provider's.
    #[cfg(test)]
    pub(super) fn endless() -> Self {
        Self { severity: Severity::Notice, attempts: 0, left: Duration::MAX, stop: watch::channel(false).1 }
    }

    /// Waits for what comes before the content leaves.
    pub(super) async fn before_content<T>(
        &self,
        most: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Cut> {
        self.within(self.limit(First::of(self.severity).map(|first| first.before_content), most), work).await
    }

    /// Waits for the answer to the content.
    pub(super) async fn answer<T>(&self, most: Duration, work: impl Future<Output = T>) -> Result<T, Cut> {
        self.within(self.answer_limit(most), work).await
    }

    /// How long the answer to the content is waited for, where the provider may take that long at most.
    pub(super) fn answer_limit(&self, most: Duration) -> Duration {
        self.limit(First::of(self.severity).map(|first| first.answer), most)
    }

    fn limit(&self, first: Option<Duration>, most: Duration) -> Duration {
        let doubled = first.map_or(most, |first| first.saturating_mul(1 << self.attempts.min(16)));
        doubled.min(self.left.max(LIMIT_MIN)).min(most)
    }

    /// Waits for what has a limit of its own, unless the worker is stopped.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Cut> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = stopped(&self.stop) => Err(Cut::Stopped),
        }
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Cut> {
        let limited = tokio::time::timeout(limit, work);
        self.unless_stopped(limited).await?.map_err(|_| Cut::Late(limit))
    }
}

/// Waits until the worker was stopped and the grace is over. It looks again and again, because tasks that wait for the
/// word wake in a random order, and the same seed would not give the same run.
async fn stopped(stop: &watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    tokio::time::sleep(GRACE).await;
}

impl Cut {
    /// Why there is no answer, for people.
    pub(super) fn words(self) -> String {
        match self {
            Self::Late(limit) => format!("no answer within {} seconds", limit.as_secs()),
            Self::Stopped => "the worker was stopped before the provider answered".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_secs(100);

    fn patience(severity: Severity, attempts: u32, left: u64) -> Patience {
        Patience { severity, attempts, left: Duration::from_secs(left), stop: watch::channel(false).1 }
    }

    #[test]
    fn what_is_urgent_waits_less_and_longer_with_every_attempt() {
        let limit =
            |severity, attempts, left| patience(severity, attempts, left).answer_limit(MOST).as_secs();
        assert_eq!(
            [0, 1, 2, 3, 40].map(|attempts| limit(Severity::Critical, attempts, 3_600)),
            [20, 40, 80, 100, 100]
        );
        assert_eq!(limit(Severity::Major, 0, 3_600), 45);
        assert_eq!(limit(Severity::Notice, 0, 3_600), 100);
        assert_eq!(limit(Severity::Notice, 0, 7), 7, "no longer than the step has left");
        assert_eq!(limit(Severity::Critical, 0, 0), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_is_told_to_stop_waits_for_a_moment_and_no_longer() {
        let (stop, stopped) = watch::channel(false);
        let patience = Patience { stop: stopped, ..patience(Severity::Notice, 0, 3_600) };
        let begun = tokio::time::Instant::now();
        stop.send_replace(true);
        assert_eq!(patience.answer(MOST, std::future::pending::<()>()).await, Err(Cut::Stopped));
        assert_eq!(begun.elapsed(), GRACE);
        let soon = async { tokio::time::sleep(Duration::from_secs(1)).await };
        assert_eq!(patience.answer(MOST, soon).await, Ok(()), "what is answered by then counts");
        drop(stop);
    }
}
