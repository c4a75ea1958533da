//! A chain with a clock, so that a test reads like a story.

use chrono::{TimeDelta, TimeZone, Utc};

use crate::chain::{Action, AttemptResult, Event, FailoverChain, StepRecord, Transition};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};

/// How long a step's turn lasts, if there are several.
pub(super) const TRY_FOR: TimeDelta = TimeDelta::minutes(5);
pub(super) const LIFE: TimeDelta = TimeDelta::hours(1);
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);

pub(super) struct Story {
    pub(super) chain: FailoverChain,
    pub(super) now: Moment,
}

pub(super) fn start() -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

/// Steps of these channels with what is enough for each; the first is pending.
pub(super) fn chain(steps: &[(Channel, Evidence)]) -> FailoverChain {
    let step = |(place, (channel, success)): (usize, &(Channel, Evidence))| StepRecord {
        channel: *channel,
        is_repeated: channel.facts().is_sent_again_in_doubt,
        state: if place == 0 { StepState::Pending } else { StepState::Waiting },
        success: *success,
        evidence: None,
        taken_at: None,
        epoch: 0,
        attempts: 0,
        doubts: 0,
        due_at: start(),
        expires_at: start() + LIFE * i32::try_from(place + 1).unwrap(),
        try_for: (steps.len() > 1).then_some(TRY_FOR),
        spare: None,
        lease_until: None,
        started_at: None,
        ended_at: None,
        reason: None,
    };
    FailoverChain { steps: steps.iter().enumerate().map(step).collect(), replaced: false }
}

impl Story {
    pub(super) fn of(steps: &[(Channel, Evidence)]) -> Self {
        Self { chain: chain(steps), now: start() }
    }

    /// Mail, then text, where acceptance is enough.
    pub(super) fn plain() -> Self {
        Self::of(&[(Channel::Mail, Evidence::Accepted), (Channel::Text, Evidence::Accepted)])
    }

    /// Text, then mail, where the text has to be delivered.
    pub(super) fn watched() -> Self {
        Self::of(&[(Channel::Text, Evidence::Delivered), (Channel::Mail, Evidence::Accepted)])
    }

    pub(super) fn pass(&mut self, time: TimeDelta) -> &mut Self {
        self.now += time;
        self
    }

    pub(super) fn happen(&mut self, at: usize, event: Event) -> Transition {
        self.chain.apply(at, &event, self.now)
    }

    /// A worker takes the step and begins; its hold's epoch.
    pub(super) fn begin(&mut self, at: usize) -> u32 {
        let lease_until = self.now + LEASE;
        assert!(self.happen(at, Event::Claimed { lease_until }).applied, "{:?}", self.chain);
        let epoch = self.chain.steps[at].epoch;
        assert!(self.happen(at, Event::Started { epoch, lease_until }).applied, "{:?}", self.chain);
        epoch
    }

    pub(super) fn answer(
        &mut self,
        at: usize,
        epoch: u32,
        class: ReplyClass,
        verdict: AttemptResult,
    ) -> Transition {
        self.happen(at, Event::Answered { epoch, class, verdict })
    }

    pub(super) fn accept(&mut self, at: usize, epoch: u32) -> Transition {
        self.answer(at, epoch, ReplyClass::Accepted, AttemptResult::Accepted)
    }

    pub(super) fn report(&mut self, at: usize, status: ReceiptStatus) -> Transition {
        self.happen(at, Event::Reported(status))
    }

    pub(super) fn states(&self) -> Vec<StepState> {
        self.chain.steps.iter().map(|step| step.state).collect()
    }
}

pub(super) fn brakes(moved: &Transition) -> bool {
    moved.actions.contains(&Action::EngageBrake)
}
