//! The moves of a worker on its steps (start, settle, return) as values, so that several fit into one transaction.
//!
//! Promises: a move has the same effect alone and together with others; each is one method of the ledger. Decides nothing.

use chrono::TimeDelta;

use super::{Attempt, AttemptResult, Error, LeaseToken, Ledger, Settled};
use crate::model::Moment;

/// One thing done with a held step, by the method of the ledger that has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerOp {
    /// [`Queue::start`](super::Queue::start).
    Start {
        /// The claim of the step.
        hold: LeaseToken,
        /// For how long it is held from now on.
        lease: TimeDelta,
        /// The time of the handoff.
        now: Moment,
    },
    /// [`Queue::record_result`](super::Queue::record_result).
    Settle {
        /// The claim of the step.
        hold: LeaseToken,
        /// The attempt with the provider's answer.
        attempt: Attempt,
        /// What follows from the answer.
        verdict: AttemptResult,
    },
    /// [`Queue::give_back`](super::Queue::give_back).
    GiveBack {
        /// The claim of the step.
        hold: LeaseToken,
        /// When it is due again.
        due: Moment,
        /// When it is returned.
        now: Moment,
    },
}

/// What a move came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerOpResult {
    /// Whether the handoff may begin.
    Started(bool),
    /// What the settle came to.
    Settled(Settled),
    /// The step is in the queue again.
    GivenBack,
}

impl LedgerOp {
    /// The step.
    pub(super) fn hold(&self) -> &LeaseToken {
        let (Self::Start { hold, .. } | Self::Settle { hold, .. } | Self::GiveBack { hold, .. }) = self;
        hold
    }

    /// Whether someone may claim the step again afterwards.
    pub(super) fn may_leave_pending(&self) -> bool {
        match self {
            Self::GiveBack { .. } => true,
            Self::Settle { verdict, .. } => verdict.due_at().is_some(),
            Self::Start { .. } => false,
        }
    }

    /// Makes this move alone.
    ///
    /// # Errors
    ///
    /// Those of the method of its name.
    pub fn apply(&self, ledger: &mut dyn Ledger) -> Result<LedgerOpResult, Error> {
        match self {
            Self::Start { hold, lease, now } => ledger.start(hold, *lease, *now).map(LedgerOpResult::Started),
            Self::Settle { hold, attempt, verdict } => {
                ledger.record_result(hold, attempt, *verdict).map(LedgerOpResult::Settled)
            }
            Self::GiveBack { hold, due, now } => {
                ledger.give_back(hold, *due, *now).map(|()| LedgerOpResult::GivenBack)
            }
        }
    }
}
