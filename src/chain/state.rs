//! The state of one subscriber's notice, over all of its steps.
//!
//! Promises: every notice has exactly one state, the first that fits one of its steps; so the counts of all states add up
//! to the notices that were planned.

use super::notice::FailoverChain;
use crate::model::notice::StepState;

/// Where a notice stands. All but [`NoticeState::Open`] are ends; only a proof that the person was reached after all
/// leaves one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeState {
    /// A step got through, as far as its channel can tell.
    Reached,
    /// None has yet, and one still may.
    Open,
    /// A newer change replaced it before every way was tried.
    Superseded,
    /// None is known to have got through; one may have.
    InDoubt,
    /// Its incident was reported in error before every way was tried.
    Withdrawn,
    /// Every step failed or came too late.
    NotReached,
    /// It must not be sent: they unsubscribed, or their addresses may not be used.
    Suppressed,
}

impl NoticeState {
    /// Every one, the first that fits a notice being the one it has.
    pub const ALL: [Self; 7] = [
        Self::Reached,
        Self::Open,
        Self::Superseded,
        Self::InDoubt,
        Self::Withdrawn,
        Self::NotReached,
        Self::Suppressed,
    ];

    /// The word in commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Open => "open",
            Self::Superseded => "superseded",
            Self::InDoubt => "in_doubt",
            Self::Withdrawn => "withdrawn",
            Self::NotReached => "not_reached",
            Self::Suppressed => "suppressed",
        }
    }

    /// Whether someone who should hear did not, as far as is known; what a newer change replaced, or a withdrawal ended, is
    /// not missed.
    pub fn is_missed(self) -> bool {
        !matches!(self, Self::Reached | Self::Superseded | Self::Withdrawn)
    }

    /// Whether one step in that state is enough for a notice of which nothing better can be said.
    pub fn fits(self, state: StepState) -> bool {
        match self {
            Self::Reached => state.is_success(),
            Self::Open => !state.is_end(),
            Self::Superseded => state == StepState::Superseded,
            Self::InDoubt => state == StepState::InDoubt,
            Self::Withdrawn => state == StepState::Withdrawn,
            Self::NotReached => {
                matches!(state, StepState::Rejected | StepState::Expired | StepState::Dead)
            }
            Self::Suppressed => state == StepState::Suppressed,
        }
    }
}

impl FailoverChain {
    /// Where the notice stands.
    pub fn state(&self) -> NoticeState {
        let fits = |state: &NoticeState| self.steps.iter().any(|step| state.fits(step.state));
        NoticeState::ALL.into_iter().find(fits).unwrap_or(NoticeState::Open)
    }

    /// Whether a step is live, nobody was reached yet, and no newer change replaced the notice.
    pub(super) fn is_in_progress(&self) -> bool {
        !self.replaced && self.live().is_some() && self.state() == NoticeState::Open
    }

    /// Whether nothing is in progress, nobody was or may have been reached, and no newer change replaced it.
    pub(super) fn is_over_unreached(&self) -> bool {
        !self.replaced && self.live().is_none() && self.state() == NoticeState::NotReached
    }
}
