//! Where control of the incidents is recorded: in the ledger, or as refs at the remote of the site's repository.
//!
//! Promises: a record is replaced only by who read it last, in either place. Never judges what a record says.

use crate::cli::exit::Failure;
use crate::config::plan::{ControlState, Plan};
use crate::ledger::{Controls as _, SqlLedger};
use crate::model::Moment;
use crate::model::control::ControlChange;
use crate::model::incident::IncidentId;
use crate::workspace::control_refs::{ControlRefs, RemoteError};
use crate::workspace::root::Root;

/// The records of control.
pub(crate) struct ControlStore<'l> {
    ledger: &'l mut SqlLedger,
    refs: Option<ControlRefs>,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It, or that there is none.
    Record(Option<String>),
    /// The remote cannot be asked, and this is the ledger's own record of a use of break-glass, if there is one.
    Unreachable {
        /// The reason.
        why: String,
        /// What the ledger has.
        own: Option<String>,
    },
}

impl<'l> ControlStore<'l> {
    /// The place that the plan names.
    pub(crate) fn of(root: &Root, plan: Option<&Plan>, ledger: &'l mut SqlLedger) -> Self {
        let refs = plan
            .is_some_and(|plan| plan.control.state == ControlState::Git)
            .then(|| ControlRefs::of(&root.path));
        Self { ledger, refs }
    }

    /// Whether the records are refs at a remote.
    pub(crate) fn is_remote(&self) -> bool {
        self.refs.is_some()
    }

    /// The remote, with what was read there.
    pub(crate) fn into_refs(self) -> Option<ControlRefs> {
        self.refs
    }

    /// Reads the record of an incident, as it was called when first announced.
    pub(crate) fn read(&mut self, incident: &IncidentId) -> Result<Found, Failure> {
        let Some(refs) = &mut self.refs else { return Ok(Found::Record(self.ledger.control(incident)?)) };
        match refs.read(incident) {
            Ok(record) => Ok(Found::Record(record)),
            Err(RemoteError(why)) => Ok(Found::Unreachable { why, own: self.ledger.control(incident)? }),
        }
    }

    /// Replaces a record, if it is still the one that the change was made from, and owes the alarm; `false` if it is not.
    pub(crate) fn write(
        &mut self,
        change: &ControlChange,
        alarm: Option<&str>,
        now: Moment,
    ) -> Result<bool, Failure> {
        let Some(refs) = &mut self.refs else {
            return Ok(self.ledger.change_control(change, alarm, now)?);
        };
        // Owed first: an alarm about a use that failed is better than a use without an alarm.
        let owed = alarm.map(|text| self.ledger.owe_alarm(text, now)).transpose()?;
        let written = refs.write(change);
        if let (Some(id), false) = (owed, matches!(written, Ok(true))) {
            self.ledger.settle_alarm(&id)?;
        }
        Ok(written.map_err(anyhow::Error::new)?)
    }

    /// Records a use of break-glass in the ledger, while the remote cannot be asked.
    pub(crate) fn write_own(
        &mut self,
        change: &ControlChange,
        alarm: Option<&str>,
        now: Moment,
    ) -> Result<bool, Failure> {
        Ok(self.ledger.change_control(change, alarm, now)?)
    }
}
