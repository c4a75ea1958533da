//! The durable record of changes, notices, steps and attempts, and the promises of delivery.
//!
//! 1. **Complete.** Before any handoff of a change there is one row per (change, subscriber, channel, step). Each ends in exactly one
//!    explained state ([`StepState`](crate::model::notice::StepState)); [`Story::explain`] says how each got there.
//! 2. **No duplicates, within a stated limit.** Without a failure, no message is sent twice. After a kill, at most
//!    one message per open connection of the worker is sent again; after power loss at most one claim window. If
//!    it is unknown whether a message was sent, email is sent again and SMS is not.
//! 3. **In order** per subscriber and incident. A newer change supersedes the steps of an older one that are
//!    not being handed off.
//! 4. **The right people.** Opt-outs and refused addresses are checked inside the claim.
//! 5. **No replays.** Without a baseline nothing can be planned, and planning the same change twice inserts
//!    nothing: ids are derived, and the baseline moves in the same transaction.
//! 6. **A brake.** Too many changes in one run, or a row accepted twice: all sending stops until an operator releases it.
//!    The stop survives a restart, and what a person released does not set it again. Too many messages to one address in
//!    an hour hold only that address's messages, and never an opening or an end.
//! 7. **Nothing stale.** A step whose time to live ran out expires; no handoff begins after that.
//!
//! Two more promises of the README need no ledger: `gate` keeps that nothing is announced before it is published, and
//! the page has no dependencies.
//!
//! How: planning and claiming are fsynced, settling is not. A process that dies loses nothing it committed; a
//! power cut can forget the settles since the last claim, which is one claim window, because the next
//! claim's fsync carries every earlier settle with it.
//!
//! Never reads a clock, never calls a provider, and its errors hold no address.

mod claims;
mod clock;
mod controls;
mod limits;
mod moves;
mod people;
mod plans;
pub mod postgres;
mod questions;
mod record;
mod reports;
mod sign_ups;
mod sql;
pub mod sqlite;
mod stored;
#[cfg(test)]
mod tests;

pub use crate::model::brake::Brake;
pub use claims::{
    Attempt, Budget, Claim, ClaimRequest, ClaimedStep, EndedStep, LeaseToken, Queue, Recovered, Settled,
    StepsOnHold,
};
pub use clock::{BootTime, ClockReading};
pub use controls::{Controls, OwedAlarm};
pub use limits::{Due, HeldTexts, ProviderStates, SharedProviderState, Spending, Spent};
pub use moves::{LedgerOp, LedgerOpResult};
pub use people::{Added, PAGE, People, SubscriberPage, SubscriberRecord, UnreadableRow};
pub use plans::{PlanRequest, Planned, Planner, Planning};
pub use questions::{Ask, Questions, REPLIES_MAX, REPLY_CHARACTERS_MAX, TextQuestion, TextReply};
pub use record::{
    Brakes, ChangeRecord, ChangeSummary, Enrolled, ExplainedStep, HighWaterMark, LinedUp, NoticeHistory,
    SendTimes, Story, UnreachedSubscriber, Wait,
};
pub use reports::{
    DeliveryReceipt, DoubtedStep, InboundText, OptOut, Posting, ReceiptOutcome, Receipts, ReportRecord,
};
pub use sign_ups::{Asked, Preferences, SignUp, SignUpLimit, SignUps};
pub use sql::SqlLedger;

pub use crate::chain::AttemptResult;

use std::error::Error as StdError;

use crate::model::incident::IncidentId;

/// A ledger: all its roles. One value is one connection; several may share the store behind it.
///
/// Every method of a role is one transaction: it happens as a whole or, when it returns an error, not at all.
pub trait Ledger: Brakes + SharedProviderState + People + Planner + Queue + Receipts + Story + Send {}

impl<T: Brakes + SharedProviderState + People + Planner + Queue + Receipts + Story + Send> Ledger for T {}

/// What the desk needs of a ledger.
pub trait Register: People + Questions + SignUps + Send {}

impl<T: People + Questions + SignUps + Send> Register for T {}

/// Why a ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there and cannot be opened, or cannot be made.
    #[error("failed to open the ledger {ledger}")]
    Open {
        /// Path or masked URL of the ledger.
        ledger: String,
        /// What the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The file is a database of something else.
    #[error("{ledger} is not an allclear ledger")]
    NotALedger {
        /// Path or masked URL of the ledger.
        ledger: String,
    },
    /// The server is a standby, or read-only.
    #[error("the ledger {ledger} is read-only: use the address of the primary server")]
    ReadOnly {
        /// Path or masked URL of the ledger.
        ledger: String,
    },
    /// A newer allclear wrote it.
    #[error(
        "the ledger {ledger} has schema version {found}, but this version of allclear supports only {known}: \
         use a newer allclear"
    )]
    Newer {
        /// Path or masked URL of the ledger.
        ledger: String,
        /// The ledger's schema version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// What is in it cannot be trusted.
    #[error("the ledger {ledger} is damaged ({what}); nothing is sent until you restore it from a backup")]
    Damaged {
        /// Path or masked URL of the ledger.
        ledger: String,
        /// The damage, in words.
        what: String,
    },
    /// The database failed: disk full, locked too long, connection gone.
    #[error("failed to {doing} in the ledger {ledger}")]
    Database {
        /// Path or masked URL of the ledger.
        ledger: String,
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The server cannot be reached, or takes no writes for the moment. What was asked for last may have happened.
    #[error("failed to {doing}: cannot reach the server of the ledger {ledger}")]
    ServerUnreachable {
        /// Path or masked URL of the ledger.
        ledger: String,
        /// What was being done.
        doing: &'static str,
        /// What the connection said.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The caller named something that does not exist.
    #[error("failed to {doing} in the ledger {ledger}: {what}")]
    NotFound {
        /// Path or masked URL of the ledger.
        ledger: String,
        /// What was being done.
        doing: &'static str,
        /// What does not exist.
        what: String,
    },
    /// Someone changed who controls an incident since it was read: nothing was written.
    #[error("someone else changed who controls {incident}")]
    ControlChanged {
        /// As it was called when first announced.
        incident: IncidentId,
    },
    /// Nothing is planned or claimed until an operator releases the brake.
    #[error("nothing can be queued or sent")]
    BrakeEngaged(#[source] Brake),
}
