//! Delivery reports: what a provider reports about a message after it accepted it.
//!
//! Promises: a report holds no address, and its text has a maximum length. Never decides what follows from it: `chain`
//! does.

use super::Error;
use super::claims::LeaseToken;
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::keyword::Keyword;
use crate::model::message::Message;
use crate::model::notice::StepState;
use crate::model::report::ReceiptStatus;
use crate::model::subscriber::SubscriberId;

/// The part of a [`Ledger`](super::Ledger) that records delivery receipts.
pub trait Receipts {
    /// Records a delivery report, and lets the step it is about hear of it: enough of the news ends it, bad news
    /// makes the next of the chain pending, and what was given up is delivered after all. What is known of a
    /// step never goes back, and the same report counts once.
    fn report(&mut self, report: &DeliveryReceipt) -> Result<ReceiptOutcome, Error>;

    /// The steps that ended in doubt, or wait for a report, of which nobody knows whether the provider accepted them; handed off since
    /// then, oldest first, and without any that a report is about.
    fn doubted(&mut self, since: Moment, most: usize) -> Result<Vec<DoubtedStep>, Error>;

    /// What providers took for an address about one incident (by its origin), with the references they gave, oldest first:
    /// by them later news edits, threads or resolves what was posted before.
    fn postings(&mut self, endpoint: &Endpoint, incident: &IncidentId) -> Result<Vec<Posting>, Error>;

    /// Obeys a text of a subscriber: STOP ends handoffs to its number at once, START ends what STOP began, HELP and STATUS wait for an
    /// answer, other words for a person.
    fn receive_text(&mut self, text: &InboundText) -> Result<OptOut, Error>;
}

/// A text that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundText {
    /// The provider's name in the plan.
    pub provider: String,
    /// The provider's id of the text.
    pub reference: String,
    /// The number it came from.
    pub from: Endpoint,
    /// What it asks for, if it is a keyword.
    pub keyword: Option<Keyword>,
    /// The text of the message.
    pub words: String,
    /// When it came in.
    pub at: Moment,
}

/// The effect of a text on what its number gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptOut {
    /// The number gets nothing more.
    Stopped,
    /// The number gets messages again.
    Started,
    /// None: the number is unknown, was so before, or the text came in before.
    Unchanged,
}

/// A step of which nobody knows whether a provider accepted it.
#[derive(Clone, Debug)]
pub struct DoubtedStep {
    /// The right under which it was handed off.
    pub hold: LeaseToken,
    /// Whom it is for.
    pub subscriber: SubscriberId,
    /// The incident it reports, by its origin.
    pub incident: IncidentId,
    /// The address.
    pub endpoint: Endpoint,
    /// The message.
    pub message: Message,
    /// The provider's name in the plan; empty if a worker died during its call.
    pub provider: String,
    /// When the handoff began.
    pub started_at: Moment,
}

/// One delivery report. Holds no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReceipt {
    /// The provider's name in the plan.
    pub provider: String,
    /// Which message: the step's id, where the provider hands ours back, or the id it gave the message itself.
    pub reference: String,
    /// The status that the receipt states.
    pub status: ReceiptStatus,
    /// The provider's own words for that, at most 300 characters.
    pub words: String,
    /// When it came in.
    pub at: Moment,
}

/// What happened to a report. It is on record in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptOutcome {
    /// No message has that reference. When one turns out to, it hears of the report.
    Unknown,
    /// The same was said before.
    Repeated,
    /// It changed nothing: the ledger knew more, it came too late, or the message was never sent.
    Recorded,
    /// It told something new of the step.
    Applied {
        /// Where the step stands now.
        state: StepState,
        /// The channel that takes over.
        next: Option<Channel>,
        /// Whether the step had been given up: it was delivered after all.
        late: bool,
    },
}

/// A report as the history of a step tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRecord {
    /// The provider's name in the plan.
    pub provider: String,
    /// The status that the receipt states.
    pub status: ReceiptStatus,
    /// Its own words for that.
    pub words: String,
    /// When it came in.
    pub at: Moment,
}

/// A message that a provider took and gave a reference for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The provider's name in the plan.
    pub provider: String,
    /// The provider's own id of the message.
    pub reference: String,
    /// The change it reports.
    pub change: ChangeId,
    /// When the provider accepted it.
    pub at: Moment,
}
