//! The events a worker reports while it works, for the terminal, the log and the demo.

use crate::ledger::{ClaimedStep, EndedStep, StepsOnHold};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::subscriber::SubscriberId;

/// One thing that happened to one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEvent {
    /// The time of the event.
    pub at: Moment,
    /// By the ID that `allclear why` and provider logs show.
    pub step: StepId,
    /// Whom it is for.
    pub subscriber: SubscriberId,
    /// The incident it reports, by its origin.
    pub incident: IncidentId,
    /// By which it is sent.
    pub channel: Channel,
    /// The recipient's address, masked.
    pub endpoint: String,
    /// With the facts of that kind of event.
    pub happened: EventKind,
}

/// What happens to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It is being handed to a provider.
    HandingOff {
        /// The provider's name in the plan.
        provider: String,
    },
    /// The provider accepted it.
    Accepted {
        /// The provider's name in the plan.
        provider: String,
    },
    /// The provider accepted it, or may have, and its report is awaited.
    AwaitingReceipt {
        /// The provider's name in the plan.
        provider: String,
    },
    /// The channel's next provider is called.
    NextProvider {
        /// The provider that failed.
        provider: String,
        /// What it said.
        why: String,
    },
    /// It is tried again then.
    Retry {
        /// The provider that failed.
        provider: String,
        /// What it said.
        why: String,
        /// The earliest time of the next attempt.
        at: Moment,
    },
    /// Its turn is over without success, and its chain continues with another channel. It may have another turn.
    GaveWay {
        /// The provider that failed.
        provider: String,
        /// What it said.
        why: String,
        /// The channel that has its turn.
        next: Option<Channel>,
    },
    /// It ended without being accepted.
    Ended {
        /// The final state.
        state: StepState,
        /// Why.
        why: String,
        /// Whether its person wished it: they left, or gave the address up.
        by_wish: bool,
        /// The channel that takes over.
        next: Option<Channel>,
    },
    /// It was returned without a handoff.
    GivenBack {
        /// Why.
        why: &'static str,
        /// When it is due again.
        at: Moment,
    },
    /// Its channel cannot be used for now, or its turn is over, and its chain continues with another one.
    PassedOver {
        /// Why.
        why: String,
        /// The channel that takes over.
        next: Option<Channel>,
    },
    /// It and others are held, because the plan's budget of text messages is used up.
    Held {
        /// Number of messages that wait.
        count: u64,
        /// Why.
        why: String,
    },
    /// The result of it was one failure too many: the providers of that owner are not called for now.
    CircuitOpened {
        /// By its name in the plan.
        owner: String,
        /// What was said last.
        why: String,
    },
    /// The result of it shows that the owner's providers are back.
    CircuitClosed {
        /// By its name in the plan.
        owner: String,
    },
    /// Another worker has it, or the lease ran out.
    LeaseLost,
}

impl DeliveryEvent {
    pub(super) fn of(step: &ClaimedStep, at: Moment, happened: EventKind) -> Self {
        Self {
            at,
            step: step.hold.step.clone(),
            subscriber: step.subscriber.clone(),
            incident: step.incident.clone(),
            channel: step.endpoint.channel(),
            endpoint: step.endpoint.to_string(),
            happened,
        }
    }

    pub(super) fn of_ended(step: EndedStep, at: Moment) -> Self {
        if step.state == StepState::Waiting {
            return Self::of_passed(step, at);
        }
        let happened = EventKind::Ended {
            state: step.state,
            why: step.reason.clone(),
            by_wish: step.by_wish,
            next: step.next,
        };
        Self::of_gone(step, at, happened)
    }

    pub(super) fn of_passed(step: EndedStep, at: Moment) -> Self {
        let happened = EventKind::PassedOver { why: step.reason.clone(), next: step.next };
        Self::of_gone(step, at, happened)
    }

    pub(super) fn of_held(held: StepsOnHold, at: Moment) -> Self {
        Self {
            at,
            step: held.step,
            subscriber: held.subscriber,
            incident: held.incident,
            channel: held.endpoint.channel(),
            endpoint: held.endpoint.to_string(),
            happened: EventKind::Held { count: held.count, why: held.reason },
        }
    }

    fn of_gone(step: EndedStep, at: Moment, happened: EventKind) -> Self {
        Self {
            at,
            step: step.step,
            subscriber: step.subscriber,
            incident: step.incident,
            channel: step.channel,
            endpoint: step.endpoint.map_or_else(|| "unreadable address".to_owned(), |one| one.to_string()),
            happened,
        }
    }
}
