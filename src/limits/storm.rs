//! A refusal storm: a provider that refuses nearly every address is at fault itself, so no address is suppressed for it.
//!
//! Promises: pure. One bad address, or a list with some of them, is never a storm.

use chrono::TimeDelta;

/// The age up to which refusals are counted together.
pub const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Minimum number of refusals in a storm.
pub const REFUSALS_MIN: u64 = 10;

/// Minimum share of refusals in a storm, in percent of what the provider accepted or refused.
pub const SHARE_MIN: u64 = 90;

/// What a provider did with the latest messages it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// Messages it refused because of the address, or because of our account.
    pub refused: u64,
    /// Messages it accepted.
    pub accepted: u64,
}

impl Refusals {
    /// Whether the provider is at fault, and not the addresses.
    pub fn is_storm(self) -> bool {
        let judged = self.refused.saturating_add(self.accepted);
        self.refused >= REFUSALS_MIN && self.refused.saturating_mul(100) >= judged.saturating_mul(SHARE_MIN)
    }

    /// These numbers as a sentence for people.
    pub fn sentence(self) -> String {
        let judged = self.refused.saturating_add(self.accepted);
        let minutes = WINDOW.num_minutes();
        format!("it refused {} of {judged} addresses within {minutes} minutes", self.refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_needs_a_number_and_a_share() {
        let is_storm = |refused, accepted| Refusals { refused, accepted }.is_storm();
        assert!(!is_storm(9, 0), "too few to tell");
        assert!(is_storm(10, 0) && is_storm(10, 1) && is_storm(90, 10));
        assert!(!is_storm(10, 2) && !is_storm(89, 11), "a stale list is no storm");
    }
}
