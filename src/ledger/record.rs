//! What the ledger tells people about itself.

use std::collections::BTreeMap;

use super::claims::Attempt;
use crate::model::Moment;
use crate::model::address::{Channel, Endpoint};
use crate::model::change::{ChangeId, What};
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::subscriber::{EndpointId, Subscriber};

/// The stop on all planning and all handoffs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brake {
    /// Why it was pulled.
    pub reason: String,
    /// When.
    pub since: Moment,
}

/// A subscriber and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Who, with every address, also the suppressed.
    pub subscriber: Subscriber,
    /// When it was first added.
    pub added_at: Moment,
    /// When it left.
    pub removed_at: Option<Moment>,
    /// Why addresses may not be used.
    pub suppressed: BTreeMap<EndpointId, String>,
}

/// A change as it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Who it is.
    pub id: ChangeId,
    /// The incident by the name it had then.
    pub incident: IncidentId,
    /// The incident as it was called when first announced.
    pub origin: IncidentId,
    /// Which change of the incident it was, from 1.
    pub revision: u32,
    /// What was different.
    pub what: Vec<What>,
    /// When it was planned.
    pub planned_at: Moment,
}

/// One change for one subscriber, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The change.
    pub change: ChangeRecord,
    /// How urgent it was.
    pub severity: Severity,
    /// The chain, in order.
    pub steps: Vec<ExplainedStep>,
}

/// One step's story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedStep {
    /// Who it is.
    pub id: StepId,
    /// The channel.
    pub channel: Channel,
    /// The address; prints masked.
    pub endpoint: Endpoint,
    /// Where it stands.
    pub state: StepState,
    /// Why it stands there, where the state and the attempts do not say it.
    pub reason: Option<String>,
    /// When it may be claimed; meaningful while it is pending.
    pub due_at: Moment,
    /// When it becomes worthless.
    pub expires_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// The worker that holds it.
    pub worker: Option<String>,
    /// Every call of a provider, oldest first.
    pub attempts: Vec<Attempt>,
}

/// How far a change has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSummary {
    /// The change.
    pub change: ChangeRecord,
    /// How many people it was planned for.
    pub notices: u64,
    /// How many people one of its steps reached.
    pub reached: u64,
    /// Its steps by state; states without a step are absent.
    pub steps: BTreeMap<StepState, u64>,
    /// When its first step was accepted.
    pub first_handoff: Option<Moment>,
    /// When its last step was accepted.
    pub last_handoff: Option<Moment>,
}
