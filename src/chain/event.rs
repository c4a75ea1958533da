//! The events of a step, and the actions that follow from them.
//!
//! Promises: only these events change a step, and each carries everything but the time that its effect depends on. Never
//! decides the effect: [`FailoverChain::apply`](super::FailoverChain::apply) does.

use crate::model::Moment;
use crate::model::reply::ReplyClass;
use crate::model::report::ReceiptStatus;

/// Something that happened to one step. A hold is named by its epoch: anyone who lost it changes nothing, except
/// by the news that the message was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A worker accepted it.
    Claimed {
        /// How long it is the worker's.
        lease_until: Moment,
    },
    /// A worker hands the step to a provider.
    Started {
        /// Number of the claim that the worker holds.
        epoch: u32,
        /// How long it is the worker's from now on.
        lease_until: Moment,
    },
    /// A provider answered, or the answer was given up.
    Answered {
        /// Number of the claim that the worker holds.
        epoch: u32,
        /// The class of the provider's answer.
        class: ReplyClass,
        /// What that means for the step.
        verdict: AttemptResult,
    },
    /// The worker releases it without a handoff.
    LeaseReleased {
        /// Number of the claim that the worker holds.
        epoch: u32,
        /// When it is due again.
        due: Moment,
    },
    /// The worker's lease ran out.
    LeaseEnded,
    /// A delivery report came in.
    Reported(ReceiptStatus),
    /// A limit passed.
    DeadlineReached,
    /// The person left, or the address may not be used.
    Suppressed,
    /// Those who could carry it are known to fail: the next channel does not wait for its limit. If none can take
    /// over, the step waits for them.
    ChannelUnavailable,
    /// It must not leave before then. What the chain set aside does not wait for it.
    PutOff {
        /// When it is due again.
        until: Moment,
    },
    /// The address was refused by a provider that refuses every address: that says nothing of the address.
    TakenBack,
    /// A newer change of the same incident was planned for the person. Of all steps at once.
    Superseded,
    /// The incident was reported in error. Of all steps at once.
    Withdrawn,
}

/// What an attempt means for its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// The provider accepted it: an end, or the beginning of the watch for its report.
    Accepted,
    /// It ends: refused for good.
    Rejected,
    /// It ends: every retry failed.
    Dead,
    /// No retry fits into its turn: the chain continues, and comes back to it if it is still worth sending.
    Expired {
        /// When it would be due again.
        at: Moment,
    },
    /// Nobody knows, and it must not be sent again: an end, unless a report may tell.
    InDoubt,
    /// It is due again then.
    Retry {
        /// The earliest time of the next attempt.
        at: Moment,
    },
    /// The same worker calls the channel's next provider now.
    NextProvider,
}

impl AttemptResult {
    /// When it would be due again.
    pub fn due_at(self) -> Option<Moment> {
        match self {
            Self::Retry { at } | Self::Expired { at } => Some(at),
            _ => None,
        }
    }
}

/// What the caller does next to storing the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing is handed to this step's address any more.
    SuppressAddress,
    /// The step was accepted twice: stop everything.
    EngageBrake,
}

/// What an event came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transition {
    /// Whether the event was for the step as it is. `false`: the hold was lost, or nothing of the kind can happen
    /// where the step stands; what it brought to light counts anyway.
    pub applied: bool,
    /// The step that may be claimed now instead, by its place in the chain.
    pub next: Option<usize>,
    /// What else there is to do.
    pub actions: Vec<Action>,
}
