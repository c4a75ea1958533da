//! The token bucket of a provider's rate limit.
//!
//! Promises: pure, the time is an argument; in any period, by the latest clock that the bucket has seen, no more tokens are
//! given than the burst plus what the rate allows for that period. Clocks of workers may differ by up to a minute; a bucket
//! that was filled by a clock further ahead starts again, empty.

use std::time::Duration;

/// How far ahead places are given, so that a high rate does not need a question for each handoff.
const AHEAD: i64 = 100_000;

/// A bucket whose last use seems to lie further in the future was filled by a clock that went wrong.
const CLOCKS_DIFFER_MAX: i64 = 60_000_000;

/// The longest time between two places: a day.
const INTERVAL_MAX: i64 = 86_400_000_000;

/// A provider's rate limit: tokens per second and burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenBucketRate {
    /// The time between two places, in microseconds; rounded up, so that the rate is never exceeded.
    interval: i64,
    /// How many may leave at once after a quiet time; at least one.
    burst: u32,
}

impl TokenBucketRate {
    /// Takes the time from one handoff to the next, and how many may leave at once after a quiet time. None of the two
    /// can be nothing: the least is a microsecond, and one.
    pub fn every(interval: Duration, burst: u32) -> Self {
        let interval = i64::try_from(interval.as_nanos().div_ceil(1_000)).unwrap_or(INTERVAL_MAX);
        Self { interval: interval.clamp(1, INTERVAL_MAX), burst: burst.max(1) }
    }

    /// The time between two places.
    pub fn interval(&self) -> Duration {
        microseconds(self.interval)
    }

    /// How many places come up within a time, one at least.
    pub fn within(&self, time: Duration) -> usize {
        let places = time.as_micros() / u128::from(self.interval.unsigned_abs().max(1));
        usize::try_from(places).unwrap_or(usize::MAX).max(1)
    }

    /// By how much a full bucket is ahead of an empty one.
    fn head_start(&self) -> i64 {
        self.interval.saturating_mul(i64::from(self.burst) - 1)
    }
}

/// What a worker that asked for places was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenReservation {
    /// That many. The first may be used after `wait`, each further one an interval later; none before.
    Given {
        /// From the moment of asking to the first.
        wait: Duration,
        /// How many; at least one.
        count: u32,
        /// Between two of them. The first few of a burst may be used together, so it is zero for those.
        apart: Duration,
    },
    /// None before this time has passed.
    Wait(Duration),
}

/// Where a provider's bucket stands. All times are microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenBucket {
    /// When the next place comes up.
    pub(crate) next: i64,
    /// The latest clock that was shown.
    pub(crate) seen: i64,
}

impl TokenBucket {
    /// Takes up to `wanted` places.
    pub(crate) fn take(&mut self, rate: &TokenBucketRate, wanted: u32, now: i64) -> TokenReservation {
        if self.seen.saturating_sub(now) > CLOCKS_DIFFER_MAX {
            *self = Self { next: now.saturating_add(rate.interval), seen: now };
        }
        self.seen = self.seen.max(now);
        let first = self.next.max(self.seen.saturating_sub(rate.head_start()));
        let wanted = i64::from(wanted.max(1));
        // Those that have come up already are given together, later ones at their times.
        let (count, apart) = if first <= self.seen {
            (((self.seen - first) / rate.interval).saturating_add(1).min(wanted), 0)
        } else {
            let ahead = self.seen.saturating_add(AHEAD).saturating_sub(first);
            if ahead < 0 {
                return TokenReservation::Wait(microseconds(first - self.seen));
            }
            ((ahead / rate.interval).saturating_add(1).min(wanted), rate.interval)
        };
        self.next = first.saturating_add(rate.interval.saturating_mul(count));
        TokenReservation::Given {
            wait: microseconds((first - self.seen).max(0)),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            apart: microseconds(apart),
        }
    }
}

fn microseconds(number: i64) -> Duration {
    Duration::from_micros(number.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn given(places: TokenReservation) -> u32 {
        match places {
            TokenReservation::Given { count, .. } => count,
            TokenReservation::Wait(_) => 0,
        }
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_a_place_at_a_time() {
        let (rate, mut bucket) =
            (TokenBucketRate::every(Duration::from_millis(500), 3), TokenBucket::default());
        let now = 1_000 * SECOND;
        assert_eq!(given(bucket.take(&rate, 10, now)), 3);
        assert_eq!(bucket.take(&rate, 10, now), TokenReservation::Wait(Duration::from_millis(500)));
        assert_eq!(given(bucket.take(&rate, 10, now + SECOND / 2)), 1);
        assert_eq!(given(bucket.take(&rate, 10, now + 60 * SECOND)), 3, "it never holds more than the burst");
    }

    #[test]
    fn a_high_rate_gives_the_places_of_a_tenth_of_a_second_in_one_go() {
        let (rate, mut bucket) =
            (TokenBucketRate::every(Duration::from_millis(1), 1), TokenBucket::default());
        let now = 1_000 * SECOND;
        assert_eq!(given(bucket.take(&rate, 500, now)), 1);
        let ahead = bucket.take(&rate, 500, now);
        let millisecond = Duration::from_millis(1);
        assert_eq!(ahead, TokenReservation::Given { wait: millisecond, count: 100, apart: millisecond });
        assert!(matches!(bucket.take(&rate, 500, now), TokenReservation::Wait(_)));
    }

    #[test]
    fn a_clock_that_was_wrong_by_hours_does_not_close_the_bucket() {
        let (rate, mut bucket) = (TokenBucketRate::every(Duration::from_secs(1), 5), TokenBucket::default());
        let now = 1_000_000 * SECOND;
        bucket.take(&rate, 5, now + 7_200 * SECOND);
        assert_eq!(bucket.take(&rate, 5, now), TokenReservation::Wait(Duration::from_secs(1)));
        assert_eq!(given(bucket.take(&rate, 5, now + SECOND)), 1);
    }

    #[test]
    fn impossible_rates_become_possible_ones() {
        assert_eq!(
            TokenBucketRate::every(Duration::ZERO, 0),
            TokenBucketRate::every(Duration::from_micros(1), 1)
        );
        assert_eq!(
            TokenBucketRate::every(Duration::MAX, 1),
            TokenBucketRate::every(Duration::from_secs(86_400), 1)
        );
        let third = TokenBucketRate::every(Duration::from_secs(1) / 3, 1);
        assert_eq!(third.interval(), Duration::from_micros(333_334), "rounded against us");
        assert_eq!(TokenBucketRate::every(Duration::from_millis(20), 1).within(Duration::from_secs(2)), 100);
        assert_eq!(TokenBucketRate::every(Duration::from_secs(10), 1).within(Duration::from_secs(2)), 1);
    }

    proptest! {
        /// Workers whose clocks differ by up to half a minute ask at any time for any number of places.
        #[test]
        fn no_stretch_of_time_sees_more_than_the_rate_and_the_burst(
            interval in 500..2_000_000_u64,
            burst in 1..40_u32,
            asked in prop::collection::vec((0..2_000_000_i64, -30_000_000..30_000_000_i64, 1..300_u32), 1..80),
        ) {
            let (rate, mut bucket) = (TokenBucketRate::every(Duration::from_micros(interval), burst), TokenBucket::default());
            let (mut now, mut used) = (1_000_000 * SECOND, Vec::new());
            for (passed, off, wanted) in asked {
                now += passed;
                if let TokenReservation::Given { wait, count, apart } = bucket.take(&rate, wanted, now + off) {
                    prop_assert!(count >= 1 && count <= wanted);
                    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap();
                    used.extend((0..count).map(|n| bucket.seen + micros(wait) + i64::from(n) * micros(apart)));
                }
            }
            used.sort_unstable();
            for (from, start) in used.iter().enumerate() {
                for (upto, end) in used.iter().enumerate().skip(from) {
                    let allowed = (end - start) / rate.interval + i64::from(burst);
                    prop_assert!(i64::try_from(upto - from).unwrap() < allowed, "{start} to {end}");
                }
            }
        }
    }
}
