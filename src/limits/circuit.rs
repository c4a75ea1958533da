//! The circuit breaker of an owner: while most handoffs to its providers fail, no worker calls them.
//!
//! Promises: pure, the time is an argument. It opens when more than half of at least [`HANDOFFS_MIN`] handoffs within
//! [`WINDOW`] failed, and at once when our account is refused or the owner is silent; half-open, it lets one probe at a
//! time through, and it closes after [`PROBES`] probes in a row succeeded.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta};

use crate::model::Moment;

/// Over how long handoffs are counted, and how long a failure is news.
pub const WINDOW: TimeDelta = TimeDelta::seconds(60);

/// Fewer handoffs than these show nothing.
pub const HANDOFFS_MIN: u64 = 20;

/// After a failure the next probe waits this long.
pub const PROBE_EVERY: TimeDelta = TimeDelta::seconds(15);

/// A probe that was not answered by then does not keep others from probing.
const PROBE_FOR: TimeDelta = TimeDelta::seconds(10);

/// Consecutive successful probes that close the breaker.
pub const PROBES: u32 = 3;

/// How finely the window is counted, in seconds.
const SLICE_SECONDS: i64 = 5;

/// What a number of handoffs came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// How many there were. Those that were refused because of the recipient or the text are not failures.
    pub handoffs: u64,
    /// How many of them failed.
    pub failures: u64,
    /// How many of them were probes and succeeded.
    pub probes: u64,
    /// Why nothing will pass there, if that was said: our account is refused, or every address is.
    pub account: Option<String>,
    /// How silent the owner was, if it was for too long.
    pub silence: Option<String>,
}

impl SendCounts {
    /// Counts one more handoff.
    pub fn count(&mut self, failed: bool, probe: bool) {
        self.handoffs += 1;
        self.failures += u64::from(failed);
        self.probes += u64::from(probe && !failed);
    }
}

/// The handoffs of the last minute, counted in slices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecentSends(BTreeMap<i64, (u64, u64)>);

impl RecentSends {
    fn add(&mut self, tally: &SendCounts, now: Moment) {
        let slice = now.timestamp().div_euclid(SLICE_SECONDS);
        let oldest = (now - WINDOW).timestamp().div_euclid(SLICE_SECONDS);
        let newest = (now + WINDOW).timestamp().div_euclid(SLICE_SECONDS);
        let (handoffs, failures) = self.0.entry(slice).or_default();
        *handoffs = handoffs.saturating_add(tally.handoffs);
        *failures = failures.saturating_add(tally.failures);
        self.0.retain(|slice, _| *slice > oldest && *slice <= newest);
    }

    fn sum(&self) -> (u64, u64) {
        self.0.values().fold((0, 0), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)))
    }

    /// As text: `slice:handoffs:failures`, parted by blanks.
    pub(crate) fn write(&self) -> String {
        let slices = self.0.iter().map(|(slice, (all, failed))| format!("{slice}:{all}:{failed}"));
        slices.collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`RecentSends::write`] wrote; `None` for anything else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let slices = text.split_ascii_whitespace().map(|slice| {
            let mut numbers = slice.splitn(3, ':');
            let slice = numbers.next()?.parse().ok()?;
            Some((slice, (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?)))
        });
        slices.collect::<Option<_>>().map(Self)
    }
}

/// The circuit breaker of the providers of one company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// What was handed off lately; empty while the circuit is open.
    pub window: RecentSends,
    /// Since when it is open and why, if it is.
    pub open: Option<Open>,
}

/// What is known of an open circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The time at which the circuit opened.
    pub since: Moment,
    /// The reason, for `report` and `/healthz`.
    pub because: String,
    /// The time of the last failure.
    pub failed_at: Moment,
    /// When the next probe may go through.
    pub probe_at: Moment,
    /// How many probes in a row succeeded.
    pub probes: u32,
}

/// What may be done with a step whose provider belongs to the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerDecision {
    /// It may be handed off.
    Go,
    /// It may be handed off to see whether the owner is back, by anyone who takes the probe first.
    Probe,
    /// It waits: failures are long ago, and a probe is on its way.
    Wait(Moment),
    /// Its channel is skipped; the next probe is due then.
    Skip(Moment),
}

/// What a report changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerTransition {
    /// The state is the same as before.
    None,
    /// From now on the owner is not called.
    Opened,
    /// Probes succeeded: the owner is called again.
    Closed,
}

impl CircuitBreaker {
    /// What may be done now.
    pub fn passage(&self, now: Moment) -> BreakerDecision {
        match &self.open {
            None => BreakerDecision::Go,
            Some(open) if open.is_probe_due(now) => BreakerDecision::Probe,
            Some(open) if now - open.failed_at > WINDOW => BreakerDecision::Wait(open.probe_at),
            Some(open) => BreakerDecision::Skip(open.probe_at),
        }
    }

    /// Takes the probe; `false` when there is none to take.
    pub fn take_probe(&mut self, now: Moment) -> bool {
        match &mut self.open {
            Some(open) if open.is_probe_due(now) => {
                open.probe_at = now + PROBE_FOR;
                true
            }
            _ => false,
        }
    }

    /// Learns what handoffs came to.
    pub fn learn(&mut self, tally: &SendCounts, now: Moment) -> BreakerTransition {
        let failed = tally.failures > 0 || tally.account.is_some() || tally.silence.is_some();
        match &mut self.open {
            Some(open) if failed => {
                open.probes = 0;
                open.failed_at = open.failed_at.max(now);
                open.probe_at = now + PROBE_EVERY;
                BreakerTransition::None
            }
            // What was in progress when it opened proves nothing.
            Some(_) if tally.probes == 0 => BreakerTransition::None,
            Some(open) => {
                let went_well = u32::try_from(tally.probes).unwrap_or(u32::MAX);
                open.probes = open.probes.saturating_add(went_well);
                open.probe_at = open.probe_at.min(now);
                if open.probes < PROBES {
                    return BreakerTransition::None;
                }
                *self = Self::default();
                BreakerTransition::Closed
            }
            None => self.watch(tally, now),
        }
    }

    fn watch(&mut self, tally: &SendCounts, now: Moment) -> BreakerTransition {
        self.window.add(tally, now);
        let (handoffs, failures) = self.window.sum();
        let because = match (&tally.account, &tally.silence) {
            (Some(words), _) | (None, Some(words)) => words.clone(),
            (None, None) if handoffs >= HANDOFFS_MIN && failures > handoffs / 2 => {
                format!("{failures} of {handoffs} sends failed within a minute")
            }
            (None, None) => return BreakerTransition::None,
        };
        let (since, probe_at) = (now, now + PROBE_EVERY);
        *self = Self {
            window: RecentSends::default(),
            open: Some(Open { since, because, failed_at: now, probe_at, probes: 0 }),
        };
        BreakerTransition::Opened
    }
}

impl Open {
    /// A probe that is further away than any can be was written by a clock that was wrong.
    fn is_probe_due(&self, now: Moment) -> bool {
        self.probe_at <= now || self.probe_at - now > PROBE_EVERY
    }

    /// Takes what the ledger holds, in milliseconds since 1970; `None` when a moment is not one.
    pub(crate) fn read(numbers: [i64; 4], because: String) -> Option<Self> {
        let [since, failed_at, probe_at, probes] = numbers;
        Some(Self {
            since: DateTime::from_timestamp_millis(since)?,
            because,
            failed_at: DateTime::from_timestamp_millis(failed_at)?,
            probe_at: DateTime::from_timestamp_millis(probe_at)?,
            probes: u32::try_from(probes).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn start() -> Moment {
        Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
    }

    fn at(seconds: i64) -> Moment {
        start() + TimeDelta::seconds(seconds)
    }

    fn tally(handoffs: u64, failures: u64) -> SendCounts {
        SendCounts { handoffs, failures, ..SendCounts::default() }
    }

    fn probe() -> SendCounts {
        SendCounts { probes: 1, ..tally(1, 0) }
    }

    fn refused() -> SendCounts {
        SendCounts { account: Some("535 no".to_owned()), ..tally(1, 1) }
    }

    #[test]
    fn it_opens_above_half_of_twenty_within_a_minute_and_not_before() {
        let mut circuit = CircuitBreaker::default();
        assert_eq!(circuit.learn(&tally(19, 19), at(0)), BreakerTransition::None, "too few to tell");
        assert_eq!(circuit.learn(&tally(19, 0), at(1)), BreakerTransition::None, "half failed, not more");
        assert_eq!(circuit.passage(at(1)), BreakerDecision::Go);
        assert_eq!(circuit.learn(&tally(1, 1), at(2)), BreakerTransition::Opened);
        assert_eq!(circuit.open.unwrap().because, "20 of 39 sends failed within a minute");
    }

    #[test]
    fn what_is_older_than_a_minute_does_not_count() {
        let mut circuit = CircuitBreaker::default();
        circuit.learn(&tally(19, 19), at(0));
        assert_eq!(circuit.learn(&tally(1, 1), at(66)), BreakerTransition::None);
        assert_eq!(circuit.learn(&tally(19, 19), at(70)), BreakerTransition::Opened);
    }

    #[test]
    fn a_refused_account_opens_it_at_once() {
        let mut circuit = CircuitBreaker::default();
        assert_eq!(circuit.learn(&refused(), at(0)), BreakerTransition::Opened);
        assert_eq!(circuit.passage(at(1)), BreakerDecision::Skip(at(15)));
    }

    #[test]
    fn silence_opens_it_at_once_and_keeps_it_open() {
        let mut circuit = CircuitBreaker::default();
        let silence =
            SendCounts { silence: Some("8 calls did not answer for 10 s".to_owned()), ..tally(0, 0) };
        assert_eq!(circuit.learn(&silence, at(0)), BreakerTransition::Opened);
        assert_eq!(circuit.passage(at(1)), BreakerDecision::Skip(at(15)));
        circuit.learn(&silence, at(10));
        let open = circuit.open.unwrap();
        assert_eq!((open.because.as_str(), open.probe_at), ("8 calls did not answer for 10 s", at(25)));
    }

    #[test]
    fn one_probe_at_a_time_and_three_that_go_well_close_it() {
        let mut circuit = CircuitBreaker::default();
        circuit.learn(&refused(), at(0));
        assert!(!circuit.take_probe(at(14)));
        assert_eq!(circuit.passage(at(15)), BreakerDecision::Probe);
        assert!(circuit.take_probe(at(15)) && !circuit.take_probe(at(15)), "only one takes it");
        assert_eq!(
            circuit.passage(at(16)),
            BreakerDecision::Skip(at(25)),
            "others do not wait for the answer"
        );
        circuit.learn(&tally(1, 1), at(16));
        assert_eq!(circuit.passage(at(30)), BreakerDecision::Skip(at(31)));
        for second in 31..33 {
            assert!(circuit.take_probe(at(second)));
            assert_eq!(circuit.learn(&probe(), at(second)), BreakerTransition::None);
            assert_eq!(
                circuit.learn(&tally(9, 0), at(second)),
                BreakerTransition::None,
                "begun before it opened"
            );
        }
        assert!(circuit.take_probe(at(33)));
        assert_eq!(circuit.learn(&probe(), at(33)), BreakerTransition::Closed);
        assert_eq!(circuit, CircuitBreaker::default());
    }

    #[test]
    fn when_failures_are_long_ago_steps_wait_for_the_probe() {
        let mut circuit = CircuitBreaker::default();
        circuit.learn(&refused(), at(0));
        assert_eq!(circuit.passage(at(7_200)), BreakerDecision::Probe);
        assert!(circuit.take_probe(at(7_200)));
        assert_eq!(circuit.passage(at(7_200)), BreakerDecision::Wait(at(7_210)));
        circuit.learn(&tally(1, 1), at(7_201));
        assert_eq!(circuit.passage(at(7_202)), BreakerDecision::Skip(at(7_216)));
    }

    #[test]
    fn a_probe_whose_worker_died_is_given_again() {
        let mut circuit = CircuitBreaker::default();
        circuit.learn(&refused(), at(0));
        assert!(circuit.take_probe(at(20)));
        assert!(!circuit.take_probe(at(29)));
        assert!(circuit.take_probe(at(30)));
    }

    #[test]
    fn the_window_is_read_as_it_was_written() {
        let mut window = RecentSends::default();
        window.add(&tally(7, 3), at(0));
        window.add(&tally(5, 0), at(6));
        assert_eq!(RecentSends::read(&window.write()), Some(window));
        assert_eq!(RecentSends::read(""), Some(RecentSends::default()));
        assert!(RecentSends::read("1:2").is_none() && RecentSends::read("1:2:x").is_none());
    }

    proptest! {
        /// Results in any order: what the circuit says follows from them.
        #[test]
        fn any_history_keeps_the_rules(told in prop::collection::vec((0..20_i64, 0..30_u64, 0..=10_u64, 0..30_u8), 1..200)) {
            let (mut circuit, mut now, mut lately) = (CircuitBreaker::default(), start(), Vec::new());
            for (passed, handoffs, tenths, account) in told {
                now += TimeDelta::seconds(passed);
                let mut tally = tally(handoffs, handoffs * tenths / 10);
                tally.account = (account == 0).then(|| "refused".to_owned());
                let was_open = circuit.open.is_some();
                let probed = circuit.take_probe(now);
                tally.probes = u64::from(probed && tally.failures < tally.handoffs);
                prop_assert!(!probed || !circuit.take_probe(now), "two probes at once");
                let turn = circuit.learn(&tally, now);
                lately.push((now, tally.clone()));
                let within = || lately.iter().filter(|(at, _)| now - *at < WINDOW + TimeDelta::seconds(SLICE_SECONDS));
                let failures: u64 = within().map(|(_, tally)| tally.failures).sum();
                let handoffs: u64 = within().map(|(_, tally)| tally.handoffs).sum();
                match turn {
                    BreakerTransition::Opened => {
                        prop_assert!(!was_open);
                        prop_assert!(tally.account.is_some() || (handoffs >= HANDOFFS_MIN && failures > 10));
                        prop_assert!(!matches!(circuit.passage(now), BreakerDecision::Go));
                    }
                    BreakerTransition::Closed => {
                        prop_assert!(was_open && tally.failures == 0 && tally.account.is_none());
                        prop_assert_eq!(circuit.passage(now), BreakerDecision::Go);
                        lately.clear();
                    }
                    BreakerTransition::None => prop_assert_eq!(was_open, circuit.open.is_some()),
                }
                if let Some(open) = &circuit.open {
                    prop_assert!(open.probe_at <= now + PROBE_EVERY, "the next probe is never far");
                    prop_assert!(open.since <= now && open.failed_at <= now && open.probes < PROBES);
                }
                if tally.account.is_some() {
                    prop_assert!(circuit.open.is_some(), "a refused account leaves it open");
                }
            }
        }
    }
}
