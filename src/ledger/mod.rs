//! The durable record of changes, notices, steps and attempts, and the promises of delivery.
//!
//! 1. **Complete.** Before any handoff of a change there is one row per (change, subscriber, channel, step). Each
//!    ends in exactly one explained state ([`StepState`](crate::model::notice::StepState)); [`Ledger::explain`] tells each one's story.
//! 2. **Never twice, except a stated window.** Without faults, no row is handed off twice. After a kill at most
//!    as many rows per worker as it has open connections; after power loss at most one claim window. When in
//!    doubt, mail is sent again and text is not.
//! 3. **In order** per subscriber and incident. A newer change supersedes the steps of an older one that are
//!    not being handed off.
//! 4. **The right people.** Opt-outs and refused addresses are checked inside the claim.
//! 5. **No replays.** Without a baseline nothing can be planned, and planning the same change twice inserts
//!    nothing: ids are derived, and the baseline moves in the same transaction.
//! 6. **A brake.** Too many changes in one run, too many messages to one address in an hour, or a row accepted
//!    twice: stop, keep state, say so. The stop survives a restart.
//! 7. **Fresh or not at all.** A step whose time to live ran out expires; no handoff begins after that.
//!
//! Two of the ten promises of the whole (nothing unpublished, one owner speaks) are kept by the callers that
//! decide when to plan; the last (the page outlives everything) needs no ledger at all.
//!
//! How: planning and claiming are fsynced, settling is not. A process that dies loses nothing it committed; a
//! power cut can forget the settles since the last claim, which is one claim window, because the next
//! claim's fsync carries every earlier settle with it.
//!
//! Never reads a clock, never calls a provider, and its errors hold no address.

mod claims;
mod limits;
mod moves;
mod people;
mod plans;
pub mod postgres;
mod record;
mod reports;
mod sql;
pub mod sqlite;
mod stored;
#[cfg(test)]
mod tests;

pub use crate::model::brake::Brake;
pub use claims::{
    Attempt, Budget, Claim, ClaimRequest, ClaimedStep, EndedStep, HeldSteps, Hold, Recovered, Settled,
};
pub use limits::{Due, Limits, Outlook};
pub use moves::{Move, Moved};
pub use people::{Added, Listed, People, UnreadableRow};
pub use plans::{PlanRequest, Planned, Planning};
pub use record::{ChangeRecord, ChangeSummary, Explained, ExplainedStep, Mark, Missed, Pace};
pub use reports::{Report, ReportRecord, Reported};
pub use sql::SqlLedger;

pub use crate::chain::Verdict;

use std::error::Error as StdError;

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::Announced;
use crate::model::change::ChangeId;
use crate::model::incident::IncidentId;
use crate::model::subscriber::SubscriberId;

/// A ledger. One value is one connection; several may share the store behind it.
///
/// Every method is one transaction: it happens as a whole or, when it returns an error, not at all.
pub trait Ledger: Limits + People + Send {
    /// What people were last told. `None` means that nothing was ever adopted: then nothing may be planned.
    fn announced(&mut self) -> Result<Option<Announced>, Error>;

    /// Takes `announced` as what people already know, whatever was there before. Sends nothing.
    fn adopt(&mut self, announced: &Announced, now: Moment) -> Result<(), Error>;

    /// Writes changes, messages, notices and steps and moves the baseline. The first step of each chain is
    /// pending, the others wait; older steps of the same subscriber and incident that are not being handed
    /// off are superseded. Durable when it returns.
    ///
    /// Refused with [`Error::Braked`] while the brake is on, and when there are more changes than allowed: that
    /// pulls it.
    fn plan(&mut self, request: &PlanRequest<'_>, now: Moment) -> Result<Planning, Error>;

    /// Takes due steps under a lease: urgent ones first, then the oldest; none whose older change is
    /// unfinished for that subscriber and incident. What must not leave any more is ended here. Durable
    /// when it returns.
    ///
    /// Refused with [`Error::Braked`] while the brake is on, and pulls it when an address had too many
    /// handoffs in an hour, or a step was accepted before.
    fn claim(&mut self, request: &ClaimRequest<'_>, now: Moment) -> Result<Claim, Error>;

    /// Marks that a handoff begins, and holds the step for a whole lease from now. `false` when nothing may be handed
    /// off: the hold is lost (its lease ran out, or another worker took the step), the brake was pulled, or the
    /// step's time ran out. Called again before each further provider.
    fn start(&mut self, hold: &Hold, lease: TimeDelta, now: Moment) -> Result<bool, Error>;

    /// Appends an attempt and does what the verdict says: ends the step, watches for its report, or makes it due
    /// again. Success ends the later steps of the chain, failure makes the next one pending; a refused recipient
    /// suppresses the address. A hold that was lost changes no state, except that a step that was accepted
    /// after all is not handed off again, whoever has it now.
    fn settle(&mut self, hold: &Hold, attempt: &Attempt, verdict: Verdict) -> Result<Settled, Error>;

    /// Gives a claimed step back, whose handoff did not begin; it is due again at `due`. One that is put off
    /// counts as tried from now on, so that the next channel's turn comes in time.
    fn give_back(&mut self, hold: &Hold, due: Moment, now: Moment) -> Result<(), Error>;

    /// Makes several moves, each as the method of its name would, in their order and in one transaction.
    fn make_all(&mut self, moves: &[Move]) -> Result<Vec<Moved>, Error>;

    /// Records a delivery report, and lets the step it is about hear of it: enough of the news ends it, bad news
    /// makes the next of the chain pending, and what was given up is delivered after all. What is known of a
    /// step never goes back, and the same report counts once.
    fn report(&mut self, report: &Report) -> Result<Reported, Error>;

    /// The workers that hold steps, alive or not.
    fn holders(&mut self) -> Result<Vec<String>, Error>;

    /// Ends the leases of a worker that the caller knows to be dead, so that the next recovery frees its steps at
    /// once instead of when the lease runs out. Says how many.
    fn abandon(&mut self, worker: &str, now: Moment) -> Result<u64, Error>;

    /// Frees the steps whose lease ran out. One whose handoff had not begun is pending again. Where it had, nobody
    /// knows whether the provider took it: mail is pending again; text is watched where a report may tell, and
    /// else ends in doubt and the next step of the chain becomes pending, because reaching the person matters more
    /// than a repeat on another channel would hurt.
    fn recover(&mut self, now: Moment) -> Result<Recovered, Error>;

    /// The brake, when it is on.
    fn brake(&mut self) -> Result<Option<Brake>, Error>;

    /// Stops all planning and all handoffs until the brake is released. A brake that is on keeps its first reason.
    fn pull_brake(&mut self, reason: &str, now: Moment) -> Result<(), Error>;

    /// Lets planning and handoffs go on; `false` when the brake was not on.
    fn release_brake(&mut self) -> Result<bool, Error>;

    /// Everything that was planned for one subscriber, of one incident (by its origin or the name it had then) or
    /// of all, oldest first.
    fn explain(&mut self, who: &SubscriberId, what: Option<&IncidentId>) -> Result<Vec<Explained>, Error>;

    /// What became of every change, of one incident (by its origin or the name it had then) or of all, oldest first.
    fn summary(&mut self, what: Option<&IncidentId>) -> Result<Vec<ChangeSummary>, Error>;

    /// Whom a change has not reached, and no newer one took its place; at most so many, ordered by subscriber.
    fn missed(&mut self, change: &ChangeId, most: usize) -> Result<Vec<Missed>, Error>;

    /// When something can be done next: the earliest due step or the earliest end of a lease.
    fn next_due(&mut self) -> Result<Option<Moment>, Error> {
        Ok(self.due()?.earliest())
    }

    /// How many steps are not at an end.
    fn unfinished(&mut self) -> Result<u64, Error>;
}

/// Why a ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there and cannot be opened, or cannot be made.
    #[error("failed to open the ledger {ledger}")]
    Open {
        /// The store.
        ledger: String,
        /// What the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The file is a database of something else.
    #[error("{ledger} is not a ledger of allclear")]
    Foreign {
        /// The store.
        ledger: String,
    },
    /// The server is a standby, or was told to only read.
    #[error("the ledger {ledger} can only be read there: use the address of the primary server")]
    ReadOnly {
        /// The store.
        ledger: String,
    },
    /// A newer allclear wrote it.
    #[error(
        "the ledger {ledger} has schema {found}, and this allclear knows {known}: use the newer allclear"
    )]
    Newer {
        /// The store.
        ledger: String,
        /// Its schema.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// What is in it cannot be trusted.
    #[error("the ledger {ledger} is damaged ({what}): nothing is sent until it is restored from a backup")]
    Damaged {
        /// The store.
        ledger: String,
        /// What was found.
        what: String,
    },
    /// The database failed: disk full, locked too long, connection gone.
    #[error("failed to {doing} in the ledger {ledger}")]
    Database {
        /// The store.
        ledger: String,
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server cannot be reached, or takes no writes for the moment. What was asked for last may have happened.
    #[error("failed to {doing}: the server of the ledger {ledger} is away")]
    Away {
        /// The store.
        ledger: String,
        /// What was being done.
        doing: &'static str,
        /// What the connection said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The caller named something that is not there.
    #[error("failed to {doing} in the ledger {ledger}: {what}")]
    Unfounded {
        /// The store.
        ledger: String,
        /// What was being done.
        doing: &'static str,
        /// What is not there.
        what: String,
    },
    /// The brake is on.
    #[error("nothing can be planned or handed off")]
    Braked(#[source] Brake),
}
