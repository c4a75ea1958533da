//! One step as the simulation knows it, whatever the ledger says.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::ledger::{Attempt, ClaimedStep, LeaseToken};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::{Notice, NoticeId, PlannedStep, StepState};
use crate::model::report::{Evidence, ReceiptStatus};
use crate::model::subscriber::SubscriberId;

/// A step.
pub(super) struct Fact {
    pub(super) notice: NoticeId,
    pub(super) subscriber: SubscriberId,
    pub(super) incident: IncidentId,
    /// Which change of all it reports.
    pub(super) order: u32,
    /// Whether that opened or ended something.
    pub(super) opens_or_ends: bool,
    pub(super) channel: Channel,
    pub(super) planned_at: Moment,
    /// After this nothing may be handed off, until the next claim says otherwise.
    pub(super) expires_at: Moment,
    /// After this nothing may be handed off for good.
    pub(super) lives_until: Moment,
    pub(super) try_for: Option<TimeDelta>,
    /// What has to be known for the person to count as reached.
    pub(super) success: Evidence,
    /// What reports said.
    pub(super) reports: BTreeSet<ReceiptStatus>,
    /// A hold under which a report was faster than the answer.
    pub(super) outrun: Option<Held>,
    /// It was taken, or may have been, and the chain went on because no report said that this was enough.
    pub(super) gave_way: bool,
    pub(super) held: Option<Held>,
    /// The address, once it was claimed.
    pub(super) endpoint: Option<Endpoint>,
    pub(super) epoch: u32,
    /// How often a provider really accepted it.
    pub(super) taken: u32,
    /// How many acceptances were settled.
    pub(super) accepted: u32,
    /// Crashes, freezes, jumps and lost replies that hit it while it was being handed off.
    pub(super) faults: u32,
    /// Nobody knows, and it may not be sent again.
    pub(super) in_doubt: bool,
    /// How many handoffs left nobody knowing whether it was taken.
    pub(super) doubts: u32,
    /// A provider said no for good.
    pub(super) refused: bool,
    /// That was in a storm, and says nothing of it.
    pub(super) taken_back: bool,
    /// Until when the pace of its address holds it.
    pub(super) held_back_until: Option<Moment>,
    pub(super) asked_to_wait: bool,
    /// When a retry would be due that its last settle asked for.
    pub(super) due_at: Option<Moment>,
    /// The state seen last.
    pub(super) state: Option<StepState>,
    /// The attempts seen last.
    pub(super) attempts: Vec<Attempt>,
}

/// Who may hand a step off.
pub(super) struct Held {
    pub(super) worker: String,
    pub(super) epoch: u32,
    pub(super) until: Moment,
    pub(super) started: bool,
    pub(super) left_since: bool,
}

impl Held {
    pub(super) fn new(worker: &str, step: &ClaimedStep, until: Moment) -> Self {
        let (worker, epoch, started) = (worker.to_owned(), step.hold.epoch, step.is_started);
        Self { worker, epoch, until, started, left_since: false }
    }
}

impl Fact {
    pub(super) fn new(notice: &Notice, step: &PlannedStep, order: u32, planned_at: Moment) -> Self {
        Self {
            notice: notice.id(),
            subscriber: notice.subscriber.clone(),
            incident: notice.incident.clone(),
            order,
            opens_or_ends: false,
            channel: step.channel,
            planned_at,
            expires_at: step.expires_at,
            lives_until: step.expires_at,
            try_for: step.try_for,
            success: step.success,
            reports: BTreeSet::new(),
            outrun: None,
            gave_way: false,
            held: None,
            endpoint: None,
            epoch: 0,
            taken: 0,
            accepted: 0,
            faults: 0,
            in_doubt: false,
            doubts: 0,
            refused: false,
            taken_back: false,
            held_back_until: None,
            asked_to_wait: false,
            due_at: None,
            state: None,
            attempts: Vec::new(),
        }
    }

    /// Whether the time until which a claim allows a handoff is right: not after the message's life, and within a turn.
    pub(super) fn begin_trying(&mut self, until: Moment, now: Moment) -> bool {
        self.expires_at = until;
        until <= self.lives_until && self.try_for.is_none_or(|limit| until <= now + limit)
    }

    pub(super) fn is_held(&self, worker: &str, hold: &LeaseToken) -> bool {
        self.held.as_ref().is_some_and(|held| held.is(worker, hold))
    }

    pub(super) fn is_about(&self, subscriber: &SubscriberId, incident: &IncidentId) -> bool {
        self.subscriber == *subscriber && self.incident == *incident
    }
}

impl Held {
    pub(super) fn is(&self, worker: &str, hold: &LeaseToken) -> bool {
        self.worker == worker && self.epoch == hold.epoch
    }
}
