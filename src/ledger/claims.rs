//! The ledger's interface for workers: claim steps, start handoffs, record results.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::{AttemptResult, ClockReading, Error, LedgerOp, LedgerOpResult};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::destination::Repeats;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::message::Message;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::Reply;
use crate::model::subscriber::SubscriberId;

/// The part of a [`Ledger`](super::Ledger) that workers take steps from: an outbox with leases.
pub trait Queue {
    /// Takes due steps under a lease: urgent ones first, then the oldest; none whose older change is
    /// unfinished for that subscriber and incident. What must not leave any more is ended here. Durable
    /// when it returns.
    ///
    /// Refused with [`Error::BrakeEngaged`] while the brake is on, and pulls it when a step was accepted before. A step whose
    /// address had too many handoffs in an hour waits, unless its change opens or ends something.
    fn claim(&mut self, request: &ClaimRequest<'_>, now: Moment) -> Result<Claim, Error>;

    /// Marks that a handoff begins, and holds the step for a whole lease from now. `false` when nothing may be handed
    /// off: the hold is lost (its lease ran out, or another worker took the step), the brake was pulled, or the
    /// step's time ran out. Called again before each further provider.
    fn start(&mut self, hold: &LeaseToken, lease: TimeDelta, now: Moment) -> Result<bool, Error>;

    /// Appends an attempt and does what the verdict says: ends the step, watches for its report, or makes it due
    /// again. Success ends the later steps of the chain, failure makes the next one pending; a refused recipient
    /// suppresses the address. A hold that was lost changes no state, except that a step that was accepted after
    /// all is not handed off again, no matter who holds it now.
    fn record_result(
        &mut self,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
    ) -> Result<Settled, Error>;

    /// Gives a claimed step back, whose handoff did not begin; it is due again at `due`.
    fn give_back(&mut self, hold: &LeaseToken, due: Moment, now: Moment) -> Result<(), Error>;

    /// Makes several moves, each as the method of its name would, in their order and in one transaction.
    fn make_all(&mut self, moves: &[LedgerOp]) -> Result<Vec<LedgerOpResult>, Error>;

    /// The workers that hold steps, alive or not.
    fn lease_holders(&mut self) -> Result<Vec<String>, Error>;

    /// Ends the leases of a worker that the caller knows to be dead, so that the next recovery frees its steps at
    /// once instead of when the lease runs out. Says how many.
    fn expire_leases_of(&mut self, worker: &str, now: Moment) -> Result<u64, Error>;

    /// Frees the steps whose lease ran out. One whose handoff had not begun is pending again. Where it had, nobody
    /// knows whether the provider accepted it: mail is pending again; text is watched where a report may tell, and
    /// else ends in doubt and the next step of the chain becomes pending, because reaching the person matters more
    /// than a repeat on another channel would hurt.
    fn recover(&mut self, now: Moment) -> Result<Recovered, Error>;

    /// Keeps how a machine's clocks stand. Where its clock was set since the last reading, says by how much: what waits then
    /// keeps its remaining time.
    fn keep_clock(&mut self, reading: &ClockReading) -> Result<Option<TimeDelta>, Error>;

    /// How many steps are not finished.
    fn unfinished(&mut self) -> Result<u64, Error>;
}

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct ClaimRequest<'a> {
    /// Who asks; shown in the history of a step.
    pub worker: &'a str,
    /// How many steps of each channel at most. A channel that is not named is not claimed.
    pub steps_max: BTreeMap<Channel, usize>,
    /// The channels whose steps are handed off so soon that the claim is the start of the handoff ([`Queue::start`]), if they
    /// may be handed off again in doubt.
    pub at_once: BTreeSet<Channel>,
    /// How long the steps are held; at least ten times the time limit of one handoff.
    pub lease: TimeDelta,
    /// Counts a worker's claims. Where a claim is too small for every change and every retry to have its share,
    /// the next one continues with those that had none.
    pub turn: u64,
    /// The budget of each channel that has one. Steps beyond it are held.
    pub budgets: BTreeMap<Channel, Budget>,
    /// More handoffs than this to one address within an hour wait.
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
    pub held: Vec<StepsOnHold>,
}

/// Steps that are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepsOnHold {
    /// The ID of one of the steps.
    pub step: StepId,
    /// Whom that one is for.
    pub subscriber: SubscriberId,
    /// The incident that one reports, by its origin.
    pub incident: IncidentId,
    /// The recipient's channel and address.
    pub endpoint: Endpoint,
    /// How many there are.
    pub count: u64,
    /// The reason, in words for `why` and `report`.
    pub reason: String,
}

/// The right to hand off a step. It is lost when the step is claimed again: that raises the epoch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseToken {
    /// By its ID, which providers get as the idempotency key.
    pub step: StepId,
    /// The step's number in the ledger, by which it is found again.
    pub(crate) number: i64,
    /// Which claim of the step this is, from 1.
    pub epoch: u32,
    /// Whether the message must not be sent twice: then the handoff begins only once its start is on the disk, and on a
    /// synchronous standby.
    pub(crate) once: bool,
}

/// A step with everything that is needed to hand it off.
#[derive(Clone, Debug)]
pub struct ClaimedStep {
    /// The right to hand it off.
    pub hold: LeaseToken,
    /// Whom it is for.
    pub subscriber: SubscriberId,
    /// The incident it reports, by its origin.
    pub incident: IncidentId,
    /// Its place in the chain, from 0.
    pub position: u8,
    /// The recipient's channel and address.
    pub endpoint: Endpoint,
    /// Whether a handoff that may have been heard is made again.
    pub repeats: Repeats,
    /// The reference that the provider gave last for what it was handed about the incident; only of places.
    pub thread: Option<String>,
    /// The message; shared by every step of the claim with the same text.
    pub message: Arc<Message>,
    /// How many attempts were made before.
    pub attempts: u32,
    /// How many of them left no one knowing whether the provider accepted it.
    pub doubts: u32,
    /// The provider of the last of those.
    pub doubted: Option<String>,
    /// How urgent it is.
    pub severity: Severity,
    /// After this it gives way to another step, or expires: its limit counts from its first claim.
    pub expires_at: Moment,
    /// Until when a provider may try it: for its whole time to live, if no other step waits for its first turn.
    pub provider_until: Moment,
    /// Whether its claim is the start of the handoff: then it may be handed off without [`Queue::start`], if that is at once.
    pub is_started: bool,
}

impl ClaimedStep {
    /// Whether it is handed off again when no one knows whether the provider accepted it. `begins_again`: what was posted
    /// before turned out to be gone.
    pub fn is_repeated(&self, begins_again: bool) -> bool {
        self.repeats.holds(self.endpoint.channel(), self.thread.is_some() && !begins_again)
    }
}

/// A step that a claim or a recovery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedStep {
    /// By its ID, which providers get as the idempotency key.
    pub step: StepId,
    /// Whom it was for.
    pub subscriber: SubscriberId,
    /// The incident it reports, by its origin.
    pub incident: IncidentId,
    /// By which it would have been sent.
    pub channel: Channel,
    /// The address; `None` where the stored one cannot be read.
    pub endpoint: Option<Endpoint>,
    /// An end: never a state that a worker waits for.
    pub state: StepState,
    /// The reason, in words for `why` and `report`.
    pub reason: String,
    /// Whether its person wished it: they left, or gave the address up.
    pub by_wish: bool,
    /// The channel of the step that is pending now in its place.
    pub next: Option<Channel>,
}

/// One call of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The provider's name in the plan.
    pub provider: String,
    /// The provider's answer.
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
    /// Steps that are in doubt or failed now, because a second handoff could repeat a message.
    pub ended: Vec<EndedStep>,
}
