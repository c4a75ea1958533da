//! The ledger's interface for planning: the baseline, the request to plan changes, and its result.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::record::ChangeRecord;
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::approval::Approval;
use crate::model::change::Difference;
use crate::model::clearance::Clearance;
use crate::model::destination::Destination;
use crate::model::incident::IncidentId;
use crate::model::notice::Notices;
use crate::model::subscriber::{Followers, SubscriberId};

/// The part of a [`Ledger`](super::Ledger) that knows what was announced and plans what is announced next.
pub trait Planner {
    /// The baseline. `None` means that nothing was ever adopted: then nothing may be planned.
    fn announced(&mut self) -> Result<Option<Baseline>, Error>;

    /// Ends what waits of an incident that was reported in error; what its workers hold is not tried again. Until its next
    /// change is planned, [`withdrawn`](Self::withdrawn) names it. Says how many messages do not leave.
    fn withdraw(&mut self, origin: &IncidentId, now: Moment) -> Result<u64, Error>;

    /// The incidents that were withdrawn, each with those who heard of it or may have: only they are notified.
    fn withdrawn(&mut self) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, Error>;

    /// Whether an incident was withdrawn, and at most its end was planned since.
    fn is_withdrawn(&mut self, origin: &IncidentId) -> Result<bool, Error>;

    /// The changes of these incidents, by origin, of which something is still queued or in a worker's hands.
    fn queued_changes(&mut self, origins: &BTreeSet<IncidentId>) -> Result<Vec<ChangeRecord>, Error>;

    /// Those for whom something of each of these incidents is queued and in nobody's hands.
    fn awaiting(
        &mut self,
        origins: &BTreeSet<IncidentId>,
    ) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, Error>;

    /// Those who heard of each of these incidents, or may have.
    fn notified(
        &mut self,
        origins: &BTreeSet<IncidentId>,
    ) -> Result<BTreeMap<IncidentId, BTreeSet<SubscriberId>>, Error>;

    /// Those who asked about each of these incidents alone and have not left, with when that ended: at its end.
    fn followers(&mut self, origins: &BTreeSet<IncidentId>) -> Result<Followers, Error>;

    /// Adds an approval; `false` if it is there already.
    fn approve(&mut self, approval: &Approval) -> Result<bool, Error>;

    /// Every approval, oldest first. One that was edited in the database is none.
    fn approvals(&mut self) -> Result<Vec<Approval>, Error>;

    /// Takes `announced` as what people already know, whatever was there before. Sends nothing.
    fn adopt(&mut self, announced: &Baseline, now: Moment) -> Result<(), Error>;

    /// Writes changes, messages, notices and steps and moves the baseline. The first step of each chain is
    /// pending, the others wait; older steps of the same subscriber and incident that are not being handed
    /// off are superseded. Durable when it returns.
    ///
    /// Fails with [`Error::ControlChanged`] where someone changed a record of control that the clearance goes by, and then nothing is
    /// written.
    ///
    /// Refused with [`Error::BrakeEngaged`] while the brake is on, and when there are more changes than allowed: that
    /// pulls it.
    fn plan(&mut self, request: &PlanRequest<'_>, now: Moment) -> Result<Planning, Error>;
}

/// The changes of one run with their notices, and the limits that hold for it.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// The baseline the difference was made against.
    pub base: &'a Baseline,
    /// The changes, and the baseline once they are planned.
    pub difference: &'a Difference,
    /// The notices of those changes, with their words.
    pub notices: &'a Notices,
    /// The messages that are to replace those that are queued of changes planned before, by their change, subscriber and
    /// channel.
    pub corrected: Option<&'a Notices>,
    /// Every destination of the plan: whatever waits for another one is suppressed when it comes to be claimed. `None` leaves
    /// the destinations as they are.
    pub destinations: Option<&'a [Destination]>,
    /// More changes than this pull the brake. `None` when the operator looked at them and wants them all.
    pub changes_max: Option<usize>,
    /// The permission of the gate. A person's order to announce is kept with each change that is new, and so are the approvals and the records of control.
    pub clearance: &'a Clearance,
}

impl<'a> PlanRequest<'a> {
    /// The whole difference, whatever the number of its changes.
    pub fn new(
        base: &'a Baseline,
        difference: &'a Difference,
        notices: &'a Notices,
        clearance: &'a Clearance,
    ) -> Self {
        Self { base, difference, notices, corrected: None, destinations: None, changes_max: None, clearance }
    }
}

/// What planning came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planning {
    /// The change is recorded with its notices.
    Planned(Planned),
    /// The baseline is no longer the one the difference was made against: another run was faster. Nothing
    /// was written; read the baseline again.
    Conflict,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// Changes that were new.
    pub changes: u64,
    /// Notices that were new.
    pub notices: u64,
    /// Steps that were new.
    pub steps: u64,
    /// Older steps that will not be sent any more.
    pub superseded: u64,
    /// Queued steps that have another message now.
    pub corrected: u64,
}
