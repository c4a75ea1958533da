//! Notices and steps as rows to insert.

use super::columns::{
    PENDING, WAITING, channel_number, evidence_number, milliseconds, repeats_number, severity_number,
};
use super::fault::LedgerFault;
use super::session::Session;
use crate::model::Moment;
use crate::model::notice::{Notice, PlannedStep};
use crate::model::phase::Severity;

/// A notice to write.
pub(in crate::ledger) struct NoticeRow<'a> {
    /// Row number.
    pub(in crate::ledger) number: i64,
    /// Row number of its change.
    pub(in crate::ledger) change: i64,
    /// Row number of its incident.
    pub(in crate::ledger) incident: i64,
    /// The notice that the row stores.
    pub(in crate::ledger) notice: &'a Notice,
}

/// A step to write.
pub(in crate::ledger) struct StepRow<'a> {
    /// Row number.
    pub(in crate::ledger) number: i64,
    /// The beginning of its id.
    pub(in crate::ledger) key: i64,
    /// Row number of its notice.
    pub(in crate::ledger) notice: i64,
    /// Row number of its change.
    pub(in crate::ledger) change: i64,
    /// Row number of its address.
    pub(in crate::ledger) endpoint: i64,
    /// Row number of its message.
    pub(in crate::ledger) message: i64,
    /// How urgent its notice is.
    pub(in crate::ledger) severity: Severity,
    /// The step that the row stores.
    pub(in crate::ledger) step: &'a PlannedStep,
}

impl StepRow<'_> {
    /// The columns `number, key, notice, position, channel, severity, endpoint, message, state, due_at, expires_at,
    /// success, change, repeats` of a step that is planned at `now`.
    pub(in crate::ledger) fn numbers(&self, now: Moment) -> [i64; 14] {
        let step = self.step;
        [
            self.number,
            self.key,
            self.notice,
            i64::from(step.position),
            channel_number(step.channel),
            severity_number(self.severity),
            self.endpoint,
            self.message,
            if step.position == 0 { PENDING } else { WAITING },
            milliseconds(step.earliest_send_at(now)),
            milliseconds(step.expires_at),
            evidence_number(step.success),
            self.change,
            repeats_number(step.repeats),
        ]
    }

    /// The column `try_for`.
    pub(in crate::ledger) fn try_for(&self) -> Option<i64> {
        self.step.try_for.map(|limit| limit.num_milliseconds())
    }

    /// The columns `quiet_from, quiet_until`.
    pub(in crate::ledger) fn quiet(&self) -> [Option<i64>; 2] {
        let quiet = self.step.quiet;
        [quiet.map(|quiet| milliseconds(quiet.starts)), quiet.map(|quiet| milliseconds(quiet.ends))]
    }
}

/// The numbers that the next notices and steps get. Good as long as nobody else plans.
pub(super) struct NextNumbers {
    notice: i64,
    step: i64,
}

impl NextNumbers {
    /// Counts on from what is there.
    pub(super) fn read(session: &mut Session<'_>) -> Result<Self, LedgerFault> {
        let notice = session.value("SELECT COALESCE(MAX(number), 0) FROM notice", &[])?;
        let step = session.value("SELECT COALESCE(MAX(number), 0) FROM step", &[])?;
        Ok(Self { notice, step })
    }

    pub(super) fn notice(&mut self) -> i64 {
        self.notice += 1;
        self.notice
    }

    pub(super) fn step(&mut self) -> i64 {
        self.step += 1;
        self.step
    }
}
