//! The permission to plan: no notice can be written into a ledger without one.
//!
//! Promises: only the room `gate` grants one (a test holds that), so no code announces what the gate has not checked. A
//! clearance for silent edits cannot carry a change.

use super::approval::Approval;
use super::control::ControlChange;

/// Permission to plan one difference, and on what ground and with whose approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    ground: Ground,
    approvals: Vec<Approval>,
    controls: Vec<ControlChange>,
}

/// Why something may be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A public page shows it.
    Shown,
    /// The page names no target, so there was nothing to look at.
    NoTarget,
    /// A person ordered it although no public page shows it.
    Forced(PublishOverride),
    /// The difference holds no change: only the baseline moves.
    Silent,
    /// The caller makes the page and shows it at the same moment, as the demo does.
    OwnPage,
}

/// An order to announce what no public page shows yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishOverride {
    /// The person who gave it: `ana@laptop`.
    pub who: String,
    /// The hash of what the site tells, which no page had.
    pub site: String,
}

impl Clearance {
    /// Grants it. For the room `gate` and for tests.
    pub fn grant(ground: Ground) -> Self {
        Self { ground, approvals: Vec::new(), controls: Vec::new() }
    }

    /// The same, with the approvals that the plan asks for.
    pub fn with_approvals(self, approvals: Vec<Approval>) -> Self {
        Self { approvals, ..self }
    }

    /// The same, with the records of control that it is given by.
    pub fn with_controls(self, controls: Vec<ControlChange>) -> Self {
        Self { controls, ..self }
    }

    /// The records of control of what is announced: each is written with the announcement, or nothing is.
    pub fn controls(&self) -> &[ControlChange] {
        &self.controls
    }

    /// The approvals of what is announced.
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// On what ground it was granted.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// The order, where a person forced it.
    pub fn forced(&self) -> Option<&PublishOverride> {
        match &self.ground {
            Ground::Forced(forced) => Some(forced),
            _ => None,
        }
    }
}
