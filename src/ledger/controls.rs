//! The ledger's interface for control: who may announce updates of each incident, and the uses of break-glass that are still to be
//! announced to the operator's own people.
//!
//! The records are opaque here; `crate::control` writes and reads them.

use super::Error;
use crate::model::Moment;
use crate::model::approval::Approval;
use crate::model::control::ControlChange;
use crate::model::incident::IncidentId;

/// That the operator's own people have not yet heard of a use of break-glass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedAlarm {
    /// Names it in the ledger.
    pub id: String,
    /// The text of the alarm.
    pub words: String,
}

/// The part of a ledger that keeps who controls each incident. [`Planner::plan`](super::Planner::plan) moves such records too.
pub trait Controls {
    /// The record of an incident, as it was called when first announced; `None` if nobody ever controlled it.
    fn control(&mut self, incident: &IncidentId) -> Result<Option<String>, Error>;

    /// Every record, by incident.
    fn controls(&mut self) -> Result<Vec<String>, Error>;

    /// Replaces a record, if it is still the one that the change was made from; `false` if it is not, and then nothing is
    /// written. `alarm` is owed from then on.
    fn change_control(
        &mut self,
        change: &ControlChange,
        alarm: Option<&str>,
        now: Moment,
    ) -> Result<bool, Error>;

    /// Adds an approval of someone who used break-glass, and owes the alarm.
    fn approve_by_exception(&mut self, approval: &Approval, alarm: &str) -> Result<(), Error>;

    /// Owes an alarm; its name in the ledger.
    fn owe_alarm(&mut self, words: &str, now: Moment) -> Result<String, Error>;

    /// The alarms that are owed.
    fn owed_alarms(&mut self) -> Result<Vec<OwedAlarm>, Error>;

    /// Says that an alarm was sent.
    fn settle_alarm(&mut self, id: &str) -> Result<(), Error>;
}
