//! Writes notices and steps row by row: a local file needs no round trip for each.

use rusqlite::{Transaction, params};

use super::checksum;
use crate::ledger::sql::fault::LedgerFault;
use crate::ledger::sql::rows::{NoticeRow, StepRow};
use crate::model::Moment;

pub(in crate::ledger) fn insert(
    transaction: &Transaction<'_>,
    notices: &[NoticeRow<'_>],
    steps: &[StepRow<'_>],
    now: Moment,
) -> Result<(), LedgerFault> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO notice (number, change, incident, subscriber)
         SELECT ?1, ?2, ?3, number FROM subscriber WHERE id = ?4",
    )?;
    for row in notices {
        let subscriber = row.notice.subscriber.as_str();
        if statement.execute(params![row.number, row.change, row.incident, subscriber])? == 0 {
            return Err(LedgerFault::Unfounded(format!(
                "notice {} is for an unknown subscriber",
                row.notice.id()
            )));
        }
    }
    let mut statement = transaction.prepare_cached(
        "INSERT INTO step (number, key, notice, position, channel, severity, endpoint, message, state, due_at,
             expires_at, success, change, repeats, try_for, quiet_from, quiet_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    for row in steps {
        let [quiet_from, quiet_until] = row.quiet();
        statement.raw_bind_parameter(17, quiet_until)?;
        statement.raw_bind_parameter(16, quiet_from)?;
        statement.raw_bind_parameter(15, row.try_for())?;
        for (column, number) in (1..).zip(row.numbers(now)) {
            statement.raw_bind_parameter(column, number)?;
        }
        statement.raw_execute()?;
    }
    // Their numbers are higher than those of all steps before.
    if let Some(first) = steps.first() {
        checksum::add_steps(transaction, first.number)?;
    }
    Ok(())
}
