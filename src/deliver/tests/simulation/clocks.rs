//! The machine's clock in the simulation: who sets it, who looks at it, and what must follow.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;

use super::layer::Layer;
use super::promises::Promises;
use super::town;
use super::watch::Watch;
use crate::deliver::LEASE;
use crate::ledger::{ClockReading, Queue};
use crate::model::Moment;
use crate::model::subscriber::SubscriberId;

impl Layer<Watch> {
    /// The planner looks at the clock before it writes by it.
    pub(super) fn look_at_the_clock(&mut self, now: Moment, since_boot: Duration) {
        let (boot, worker) = (town::BOOT.to_owned(), "planner".to_owned());
        self.keep_clock(&ClockReading { boot, now, since_boot, worker, lease: LEASE }).unwrap();
    }
}

impl Promises {
    /// All subscribers of planned notices.
    pub(super) fn people(&self) -> BTreeSet<SubscriberId> {
        self.facts.values().map(|fact| fact.subscriber.clone()).collect()
    }

    /// The machine's clock is set.
    pub(super) fn clock_set(&mut self, by: TimeDelta) {
        if self.looked.is_some() {
            self.unnoticed += by;
        }
        self.struck(None);
    }

    /// The clocks were looked at: what waits keeps its remaining time.
    pub(super) fn clock_kept(&mut self, reading: &ClockReading, step: Option<TimeDelta>) {
        let by = std::mem::take(&mut self.unnoticed);
        let looked = self.looked.replace(reading.since_boot).unwrap_or(reading.since_boot);
        // A process that was behind the others reads both clocks as they were.
        let unseen = reading.since_boot.saturating_sub(looked);
        let noticed = step.unwrap_or_default();
        self.hold((noticed - by).abs() < TimeDelta::seconds(1), || {
            format!("the clock was set by {by}, and {noticed} was noticed")
        });
        if step.is_none() {
            return;
        }
        self.trace.note(format!("{} notices that the clock was set by {noticed}", reading.worker));
        self.reach(if noticed < TimeDelta::zero() {
            "a clock was set back"
        } else {
            "a clock was set forward"
        });
        let since = reading.now - TimeDelta::from_std(unseen).unwrap();
        for fact in self.facts.values_mut() {
            let is_live = fact.state.is_none_or(|state| !state.is_end());
            if is_live && !(since..=reading.now).contains(&fact.planned_at) {
                fact.expires_at += noticed;
                fact.lives_until += noticed;
                fact.due_at =
                    fact.due_at.map(|due| if noticed < TimeDelta::zero() { due + noticed } else { due });
                if let Some(held) = &mut fact.held {
                    held.until = (held.until + noticed).min(reading.now + reading.lease);
                }
            }
        }
    }
}
