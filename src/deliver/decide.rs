//! Decides what follows from a provider's answer: an end, the next provider, or a retry.
//!
//! Promises: pure; no retry begins at or after the end of the step's turn; the wait grows with the attempts (backoff), is
//! random over its whole length (full jitter) so that retries are spread out, and is never shorter than the provider asked
//! for, up to an hour.

use std::time::Duration;

use chrono::TimeDelta;

use crate::chain::{AttemptResult, DOUBTS_MAX};
use crate::config::plan::Retry;
use crate::model::Moment;
use crate::model::reply::{Reply, ReplyClass};

/// No provider makes us wait longer for a retry.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// No retry comes sooner, whatever chance says.
const WAIT_MIN: Duration = Duration::from_secs(1);

/// Where a step stands when a provider has answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct AttemptContext {
    /// Whether the step is handed off again when nobody knows whether a provider accepted it.
    pub(super) is_repeated: bool,
    /// How many attempts it has had, this one included.
    pub(super) attempts: u32,
    /// How many of them left nobody knowing whether it was taken, this one included.
    pub(super) doubts: u32,
    /// Whether the channel has a provider that was not called in this round.
    pub(super) another_provider: bool,
    /// When the step's turn is over.
    pub(super) expires_at: Moment,
    pub(super) now: Moment,
}

/// Decides. A round calls each provider of the channel at most once; between rounds the step waits.
pub(super) fn decide(
    situation: &AttemptContext,
    reply: &Reply,
    retry: &Retry,
    rng: &mut fastrand::Rng,
) -> AttemptResult {
    match reply.class {
        ReplyClass::Accepted => AttemptResult::Accepted,
        ReplyClass::AddressRejected | ReplyClass::ContentRejected => AttemptResult::Rejected,
        ReplyClass::Ambiguous if situation.is_repeated && situation.doubts < DOUBTS_MAX => {
            again(situation, reply, retry, rng)
        }
        ReplyClass::Ambiguous => AttemptResult::InDoubt,
        ReplyClass::Retryable | ReplyClass::AccountRejected
            if situation.another_provider && situation.attempts < retry.attempts_max =>
        {
            AttemptResult::NextProvider
        }
        ReplyClass::Retryable | ReplyClass::AccountRejected => again(situation, reply, retry, rng),
    }
}

fn again(situation: &AttemptContext, reply: &Reply, retry: &Retry, rng: &mut fastrand::Rng) -> AttemptResult {
    if situation.attempts >= retry.attempts_max {
        return AttemptResult::Dead;
    }
    let asked = reply.retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
    let wait = jitter(backoff(situation.attempts, retry), rng).max(asked);
    match TimeDelta::from_std(wait).ok().and_then(|wait| situation.now.checked_add_signed(wait)) {
        Some(at) if at < situation.expires_at => AttemptResult::Retry { at },
        at => AttemptResult::Expired { at: at.unwrap_or(Moment::MAX_UTC) },
    }
}

/// The longest wait after that many attempts: doubling from the first, up to the longest.
fn backoff(attempts: u32, retry: &Retry) -> Duration {
    let doublings = attempts.saturating_sub(1).min(31);
    retry.first.saturating_mul(1 << doublings).min(retry.longest)
}

fn jitter(longest: Duration, rng: &mut fastrand::Rng) -> Duration {
    let milliseconds = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(rng.u64(0..=milliseconds)).max(WAIT_MIN)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    const RETRY: Retry =
        Retry { attempts_max: 4, first: Duration::from_secs(10), longest: Duration::from_secs(60) };

    fn now() -> Moment {
        Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
    }

    fn mail() -> AttemptContext {
        AttemptContext {
            is_repeated: true,
            attempts: 1,
            doubts: 1,
            another_provider: false,
            expires_at: now() + TimeDelta::hours(24),
            now: now(),
        }
    }

    fn reply(class: ReplyClass) -> Reply {
        Reply { class, code: String::new(), words: String::new(), reference: None, retry_after: None }
    }

    fn verdict(situation: AttemptContext, class: ReplyClass) -> AttemptResult {
        decide(&situation, &reply(class), &RETRY, &mut fastrand::Rng::with_seed(7))
    }

    #[test]
    fn each_class_has_its_verdict() {
        use ReplyClass::{Accepted, AccountRejected, AddressRejected, Ambiguous, ContentRejected, Retryable};
        let text = AttemptContext { is_repeated: false, ..mail() };
        let with_another = AttemptContext { another_provider: true, ..mail() };
        for situation in [mail(), text, with_another] {
            assert_eq!(verdict(situation, Accepted), AttemptResult::Accepted);
            assert_eq!(verdict(situation, AddressRejected), AttemptResult::Rejected);
            assert_eq!(verdict(situation, ContentRejected), AttemptResult::Rejected);
        }
        assert_eq!(verdict(text, Ambiguous), AttemptResult::InDoubt);
        assert!(matches!(verdict(mail(), Ambiguous), AttemptResult::Retry { .. }));
        assert!(
            matches!(verdict(with_another, Ambiguous), AttemptResult::Retry { .. }),
            "another provider at once would be a second copy for certain"
        );
        let doubted = |doubts| verdict(AttemptContext { doubts, ..mail() }, Ambiguous);
        assert!(matches!(doubted(2), AttemptResult::Retry { .. }));
        assert_eq!(doubted(3), AttemptResult::InDoubt, "two further tries, and no more copies");
        for class in [Retryable, AccountRejected] {
            assert_eq!(verdict(with_another, class), AttemptResult::NextProvider);
            assert!(matches!(verdict(mail(), class), AttemptResult::Retry { .. }));
            let last = AttemptContext { attempts: 4, ..mail() };
            assert_eq!(verdict(last, class), AttemptResult::Dead);
            assert_eq!(
                verdict(AttemptContext { another_provider: true, ..last }, class),
                AttemptResult::Dead
            );
        }
    }

    #[test]
    fn waiting_is_as_long_as_the_provider_asks_up_to_an_hour() {
        let wait = |seconds| {
            let reply =
                Reply { retry_after: Some(Duration::from_secs(seconds)), ..reply(ReplyClass::Retryable) };
            decide(&mail(), &reply, &RETRY, &mut fastrand::Rng::with_seed(7))
        };
        assert_eq!(wait(300), AttemptResult::Retry { at: now() + TimeDelta::seconds(300) });
        assert_eq!(wait(u64::MAX), AttemptResult::Retry { at: now() + TimeDelta::hours(1) });
    }

    #[test]
    fn a_retry_that_would_come_too_late_is_not_waited_for() {
        let short = AttemptContext { expires_at: now() + TimeDelta::milliseconds(900), ..mail() };
        assert!(
            matches!(verdict(short, ReplyClass::Retryable), AttemptResult::Expired { at } if at >= short.expires_at)
        );
    }

    proptest! {
        #[test]
        fn waits_grow_and_stay_within_their_bounds(attempts in 1..u32::MAX, seed: u64, asked: Option<u64>) {
            let retry = Retry { attempts_max: u32::MAX, ..RETRY };
            let situation = AttemptContext { attempts: attempts.min(u32::MAX - 1), ..mail() };
            let reply = Reply { retry_after: asked.map(Duration::from_secs), ..reply(ReplyClass::Retryable) };
            let verdict = decide(&situation, &reply, &retry, &mut fastrand::Rng::with_seed(seed));
            let AttemptResult::Retry { at } = verdict else { panic!("{verdict:?}") };
            let wait = (at - now()).to_std().unwrap();
            let asked = Duration::from_secs(asked.unwrap_or(0)).min(RETRY_AFTER_MAX);
            prop_assert!(wait >= WAIT_MIN && wait >= asked);
            prop_assert!(wait <= backoff(attempts, &retry).max(asked));
            prop_assert!(backoff(attempts, &retry) <= retry.longest);
        }
    }
}
