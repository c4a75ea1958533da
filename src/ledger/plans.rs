//! What goes into planning and what comes out.

use super::record::Forced;
use crate::model::announced::Announced;
use crate::model::change::Difference;
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
    /// The order to tell them although no public page shows them; kept with each change that is new.
    pub forced: Option<&'a Forced>,
}

impl<'a> PlanRequest<'a> {
    /// All of it, however many changes there are, and nobody's order.
    pub fn of(base: &'a Announced, difference: &'a Difference, notices: &'a Notices) -> Self {
        Self { base, difference, notices, changes_max: None, forced: None }
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
