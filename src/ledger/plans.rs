//! What goes into planning and what comes out.

use crate::model::announced::Announced;
use crate::model::change::Difference;
use crate::model::clearance::Clearance;
use crate::model::notice::Notices;

/// What to plan.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// The baseline the difference was made against.
    pub base: &'a Announced,
    /// The changes, and the baseline once they are planned.
    pub difference: &'a Difference,
    /// The notices of those changes, with their words.
    pub notices: &'a Notices,
    /// More changes than this pull the brake. `None` when the operator looked at them and wants them all.
    pub changes_max: Option<usize>,
    /// The permission of the gate. A person's order to announce is kept with each change that is new.
    pub clearance: &'a Clearance,
}

impl<'a> PlanRequest<'a> {
    /// The whole difference, whatever the number of its changes.
    pub fn new(
        base: &'a Announced,
        difference: &'a Difference,
        notices: &'a Notices,
        clearance: &'a Clearance,
    ) -> Self {
        Self { base, difference, notices, changes_max: None, clearance }
    }
}

/// What planning came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planning {
    /// It is written.
    Planned(Planned),
    /// The baseline is no longer the one the difference was made against: another run was faster. Nothing
    /// was written; read the baseline again.
    Overtaken,
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
}
