//! What passes between the ledger and a worker: claims, attempts, what came of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::message::Message;
use crate::model::notice::{StepId, StepState};
use crate::model::reply::Reply;
use crate::model::subscriber::SubscriberId;

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct ClaimRequest<'a> {
    /// Who asks; shown in the story of a step.
    pub worker: &'a str,
    /// How many steps of each channel at most. A channel that is not named is not claimed.
    pub steps_max: BTreeMap<Channel, usize>,
    /// How long the steps are held; at least ten times the time limit of one handoff.
    pub lease: TimeDelta,
    /// Counts a worker's claims. Where a claim is too small for every change and every retry to have its share,
    /// the next one goes on with those that had none.
    pub turn: u64,
    /// The budget of each channel that has one. Steps beyond it are held.
    pub budgets: BTreeMap<Channel, Budget>,
    /// More handoffs than this to one address within an hour pull the brake.
    pub handoffs_per_hour_max: u32,
}

/// Maximum numbers of messages on a channel whose messages cost money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// For one incident, as long as it lasts; `None` for no limit.
    pub per_incident: Option<u32>,
    /// Within 24 hours; `None` for no limit.
    pub per_day: Option<u32>,
}

/// What a claim gave.
#[derive(Clone, Debug, Default)]
pub struct Claim {
    /// The steps to hand off, in that order.
    pub steps: Vec<ClaimedStep>,
    /// Steps that were due and must not leave any more.
    pub ended: Vec<EndedStep>,
    /// Steps that were due and are held, because the budget is used up.
    pub held: Vec<HeldSteps>,
}

/// Steps that are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSteps {
    /// One of them.
    pub step: StepId,
    /// Whom that one is for.
    pub subscriber: SubscriberId,
    /// Its address.
    pub endpoint: Endpoint,
    /// How many there are.
    pub count: u64,
    /// Why.
    pub reason: String,
}

/// The right to hand off a step. It is lost when the step is claimed again: that raises the epoch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hold {
    /// The step.
    pub step: StepId,
    /// The step's number in the ledger, by which it is found again.
    pub(crate) number: i64,
    /// Which claim of the step this is, from 1.
    pub epoch: u32,
}

/// A step with everything that is needed to hand it off.
#[derive(Clone, Debug)]
pub struct ClaimedStep {
    /// The right to hand it off.
    pub hold: Hold,
    /// Whom it is for.
    pub subscriber: SubscriberId,
    /// The incident it tells of, by its origin.
    pub incident: IncidentId,
    /// Its place in the chain, from 0.
    pub position: u8,
    /// The address.
    pub endpoint: Endpoint,
    /// The words; shared by every step of the claim that says the same.
    pub message: Arc<Message>,
    /// How many attempts were made before.
    pub attempts: u32,
    /// After this the step is worthless.
    pub expires_at: Moment,
    /// How long it may be tried from now on before the next step takes over, on its first handoff.
    pub try_for: Option<TimeDelta>,
}

impl ClaimedStep {
    /// When it gives way to the next step, if its handoff begins at `started_at`: when it is worthless, or when it was
    /// tried for as long as it may be.
    pub fn gives_way_at(&self, started_at: Moment) -> Moment {
        let tried = self.try_for.and_then(|limit| started_at.checked_add_signed(limit));
        tried.map_or(self.expires_at, |tried| tried.min(self.expires_at))
    }
}

/// A step that a claim or a recovery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedStep {
    /// The step.
    pub step: StepId,
    /// Whom it was for.
    pub subscriber: SubscriberId,
    /// The channel.
    pub channel: Channel,
    /// The address; `None` where the stored one cannot be read.
    pub endpoint: Option<Endpoint>,
    /// How it ended.
    pub state: StepState,
    /// Why.
    pub reason: String,
    /// The channel of the step that is pending now in its place.
    pub next: Option<Channel>,
}

/// One call of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The provider's name in the plan.
    pub provider: String,
    /// What it answered.
    pub reply: Reply,
    /// When the handoff began.
    pub started_at: Moment,
    /// When the answer was there, or was given up.
    pub ended_at: Moment,
}

/// What a settle came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The verdict holds.
    Stands {
        /// The step's state now. A retry of a step that a newer change replaced is superseded instead.
        state: StepState,
        /// The channel of the step that is pending now in its place.
        next: Option<Channel>,
    },
    /// The hold was lost before. The attempt is recorded.
    Stale,
}

/// What a recovery freed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Steps whose handoff had not begun, pending again.
    pub untouched: u64,
    /// Steps that may have been handed off, pending again.
    pub again: u64,
    /// Steps that may have been handed off, and whose report will tell.
    pub watched: u64,
    /// Steps that ended.
    pub ended: Vec<EndedStep>,
}
