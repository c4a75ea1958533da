//! What commands read from the ledger: the history of notices, sums over changes, the brake and the high-water mark.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::claims::Attempt;
use super::reports::ReportRecord;
use crate::chain::NoticeState;
use crate::model::Moment;
use crate::model::brake::Brake;
use crate::model::change::{ChangeId, ChangeKind};
use crate::model::channel::Channel;
use crate::model::clearance::PublishOverride;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::Evidence;
use crate::model::subscriber::SubscriberId;

/// The part of a [`Ledger`](super::Ledger) that reports what happened to everything.
pub trait Story {
    /// Everything that was planned for one subscriber, of one incident (by its origin or the name it had then) or
    /// of all, oldest first.
    fn explain(&mut self, who: &SubscriberId, what: Option<&IncidentId>)
    -> Result<Vec<NoticeHistory>, Error>;

    /// What earlier plans left that a worker can hand off, by incident and channel. Steps whose turn did not come are not
    /// among them.
    fn lined_up(&mut self, until: Moment) -> Result<Vec<LinedUp>, Error>;

    /// Why pending steps wait that are not on hold for a budget; those that wait for a retry, or for their turn, have no reason.
    fn waits(&mut self) -> Result<Vec<Wait>, Error>;

    /// What happened to every change, of one incident (by its origin or the name it had then) or of all, oldest
    /// first.
    fn summary(&mut self, what: Option<&IncidentId>) -> Result<Vec<ChangeSummary>, Error>;

    /// Whom a change has not reached, and no newer one replaced it; up to a maximum number, ordered by subscriber.
    fn missed(&mut self, change: &ChangeId, most: usize) -> Result<Vec<UnreachedSubscriber>, Error>;

    /// Every destination there ever was, by name.
    fn destinations(&mut self) -> Result<Vec<Enrolled>, Error>;
}

/// The steps of an incident on a channel that are live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinedUp {
    /// The incident, by the ID it was first announced with.
    pub origin: IncidentId,
    /// By which it is sent.
    pub channel: Channel,
    /// Those that are due by the moment asked for.
    pub due: u64,
    /// Those that are due after it.
    pub later: u64,
    /// Those of the later ones that [`retry_now`](super::SharedProviderState::retry_now) makes due.
    pub retries: u64,
    /// Those that are held, because a budget is used up.
    pub held: u64,
    /// Those in a worker's hands, or waiting for a report.
    pub under_way: u64,
}

/// Pending steps that wait for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Why, such as the pace of their address.
    pub reason: String,
    /// Number of messages that wait.
    pub count: u64,
    /// When the first of them is due.
    pub first_due_at: Moment,
}

/// The part of a [`Ledger`](super::Ledger) that stops everything.
pub trait Brakes {
    /// The brake, when it is on.
    fn brake(&mut self) -> Result<Option<Brake>, Error>;

    /// The changes that were too many for one run and that an operator released: they no longer count toward its limit.
    fn released_changes(&mut self) -> Result<BTreeSet<String>, Error>;

    /// Stops all planning and all handoffs until the brake is released. A brake that is on keeps its first reason.
    fn engage_brake(&mut self, reason: &str, now: Moment) -> Result<(), Error>;

    /// Lets planning and handoffs continue; `false` when the brake was not on. The same cause does not set it again.
    fn release_brake(&mut self, now: Moment) -> Result<bool, Error>;
}

/// A change as it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRecord {
    /// The change's ID.
    pub id: ChangeId,
    /// The incident by the name it had then.
    pub incident: IncidentId,
    /// The incident as it was called when first announced.
    pub origin: IncidentId,
    /// Which change of the incident it was, from 1.
    pub revision: u32,
    /// The differences that the change tells.
    pub what: Vec<ChangeKind>,
    /// When it was planned.
    pub planned_at: Moment,
    /// By whose order it was announced although no public page showed it.
    pub forced: Option<PublishOverride>,
}

/// One change for one subscriber, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeHistory {
    /// As it was planned.
    pub change: ChangeRecord,
    /// How urgent it was.
    pub severity: Severity,
    /// The chain, in order.
    pub steps: Vec<ExplainedStep>,
}

/// A step with its attempts and receipts, for `why`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedStep {
    /// The step's ID.
    pub id: StepId,
    /// By which it is sent.
    pub channel: Channel,
    /// The address, which prints masked; `None` where the stored one cannot be read.
    pub endpoint: Option<Endpoint>,
    /// The step's state.
    pub state: StepState,
    /// Why it is in that state, if the state and the attempts do not show it.
    pub reason: Option<String>,
    /// When it may be claimed; meaningful while it is pending.
    pub due_at: Moment,
    /// What has to be known of it for the person to count as reached.
    pub success: Evidence,
    /// Until when it is held for quiet hours, if it is.
    pub held_until: Option<Moment>,
    /// When it becomes worthless.
    pub expires_at: Moment,
    /// The time of the final state; none while the step is live.
    pub ended_at: Option<Moment>,
    /// The worker that holds it.
    pub worker: Option<String>,
    /// Every call of a provider, oldest first.
    pub attempts: Vec<Attempt>,
    /// Every delivery report, oldest first.
    pub reports: Vec<ReportRecord>,
}

/// How far a change has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSummary {
    /// As it was planned.
    pub change: ChangeRecord,
    /// The people it was planned for, by what happened to their notice. Everyone is counted once, so the sum is
    /// how many notices were planned.
    pub people: BTreeMap<NoticeState, u64>,
    /// The destinations it was planned for, by name, and what happened to the notice of each.
    pub places: Vec<(String, NoticeState)>,
    /// Its steps by channel and state; what has no step is absent.
    pub steps: BTreeMap<(Channel, StepState), u64>,
    /// The pending steps that are held, by the reason: a budget, the pace of their address.
    pub held: BTreeMap<String, u64>,
    /// The calls of providers, by the provider's name and what it said. A worker that died during a call left one
    /// without a name.
    pub calls: BTreeMap<(String, ReplyClass), u64>,
    /// When providers took its steps for people; `None` before the first.
    pub pace: Option<SendTimes>,
}

impl ChangeSummary {
    /// How many people it was planned for.
    pub fn planned(&self) -> u64 {
        self.people.values().sum()
    }

    /// How many of its steps are in that state, whatever their channel.
    pub fn steps_in(&self, state: StepState) -> u64 {
        self.steps.iter().filter(|((_, known), _)| *known == state).map(|(_, number)| number).sum()
    }

    /// How many recipients reached that end.
    pub fn people_at(&self, state: NoticeState) -> u64 {
        self.people.get(&state).copied().unwrap_or(0)
    }
}

/// When providers took the steps of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendTimes {
    /// The first handoff.
    pub first: Moment,
    /// Half of them were sent by then.
    pub half: Moment,
    /// Ninety-five in a hundred had.
    pub most: Moment,
    /// The last one so far.
    pub last: Moment,
}

/// Someone a change did not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreachedSubscriber {
    /// The subscriber whom no message reached.
    pub subscriber: SubscriberId,
    /// What happened to it: open, in doubt, not reached or suppressed.
    pub state: NoticeState,
}

/// How far a ledger has come: two marks of one ledger say which copy is the older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HighWaterMark {
    /// Drawn when the ledger was made: another ledger has another one, an older copy the same.
    pub ledger: String,
    /// The highest number of a change.
    pub changes: u64,
    /// The highest number of an attempt.
    pub attempts: u64,
}

/// A destination on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// By its name in `plan.toml`.
    pub name: String,
    /// Its place; `None` where the stored one cannot be read.
    pub place: Option<Endpoint>,
    /// Why nothing is handed to the place, where its provider wants no more.
    pub suppressed: Option<String>,
    /// Whether the plan named it at the last look.
    pub is_in_plan: bool,
    /// The destination that has its place now, if it was renamed.
    pub renamed_to: Option<String>,
}
