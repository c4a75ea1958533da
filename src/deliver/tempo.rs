//! Measures how soon the steps of a claim are handed off, and decides whose claim counts as the start of the handoff.
//!
//! Promises: a claim counts as the start only for channels whose messages are sent again in doubt, only if a whole window of
//! the channel was handed off within [`FRESH`] lately, and only for handoffs that begin within [`FRESH`] of the claim: for
//! longer, no handoff begins without a look at the brake, the lease and newer changes. Pure but for the clock that cannot
//! be set.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::ledger::ClaimedStep;
use crate::model::Moment;
use crate::model::channel::Channel;

/// How long a claim counts as the start of a handoff.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// How many steps of each channel were done since its last claim.
#[derive(Debug, Default)]
pub(super) struct Tempo(BTreeMap<Channel, Lap>);

#[derive(Debug)]
struct Lap {
    began: Instant,
    done: u32,
}

impl Tempo {
    /// A step of the channel is done.
    pub(super) fn count(&mut self, channel: Channel) {
        if let Some(lap) = self.0.get_mut(&channel) {
            lap.done = lap.done.saturating_add(1);
        }
    }

    /// The channels whose steps are handed off soon enough after a claim of that many. Their count begins again.
    pub(super) fn at_once(&mut self, claims: &BTreeMap<Channel, usize>) -> BTreeSet<Channel> {
        let now = Instant::now();
        let mut soon = BTreeSet::new();
        for (channel, count) in claims {
            let lap = self.0.insert(*channel, Lap { began: now, done: 0 });
            let Some(lap) = lap.filter(|_| channel.facts().is_sent_again_in_doubt) else { continue };
            let count = u32::try_from(*count).unwrap_or(u32::MAX);
            // As long as that many took at the last pace.
            let takes = (now - lap.began).saturating_mul(count);
            if lap.done > 0 && takes <= FRESH.saturating_mul(lap.done) {
                soon.insert(*channel);
            }
        }
        soon
    }
}

/// A claim of a step, and when it was made by the clock that cannot be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClaimTime {
    /// By the machine's clock.
    pub(super) at: Moment,
    pub(super) instant: Instant,
}

impl ClaimTime {
    /// Whether the claim of the step still counts as the start of its handoff. A suspended machine shows in its clock alone.
    pub(super) fn starts(self, step: &ClaimedStep, now: Moment) -> bool {
        let since = now - self.at;
        let is_fresh = TimeDelta::zero() <= since && since.to_std().is_ok_and(|since| since <= FRESH);
        step.is_started && is_fresh && self.instant.elapsed() <= FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_window_that_is_done_within_a_second_is_started_at_once() {
        let claims: BTreeMap<_, _> = [(Channel::Mail, 100), (Channel::Text, 100)].into();
        let mut tempo = Tempo::default();
        assert_eq!(tempo.at_once(&claims), BTreeSet::new(), "nothing is known of its pace");
        pass(10).await;
        assert_eq!(tempo.at_once(&claims), BTreeSet::new(), "nothing was done");
        for (milliseconds, at_once) in [(500, true), (501, false)] {
            pass(milliseconds).await;
            for _ in 0..50 {
                tempo.count(Channel::Mail);
                tempo.count(Channel::Text);
            }
            let expected = if at_once { BTreeSet::from([Channel::Mail]) } else { BTreeSet::new() };
            assert_eq!(tempo.at_once(&claims), expected, "half a window in {milliseconds} ms");
        }
    }
}
