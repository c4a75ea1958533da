//! Writing notices and steps in the way that is fastest in each database.

use super::fault::LedgerFault;
use super::rows::{NoticeRow, StepRow};
use super::session::Session;
use super::{file, server};
use crate::model::Moment;

/// Writes notices and their steps, in the way that is fastest where they go. A notice for a subscriber that is
/// not there is unfounded.
pub(super) fn insert(
    session: &mut Session<'_>,
    notices: &[NoticeRow<'_>],
    steps: &[StepRow<'_>],
    now: Moment,
) -> Result<(), LedgerFault> {
    match session {
        Session::Sqlite(transaction) => file::insert::insert(transaction, notices, steps, now),
        Session::Postgres { transaction, .. } => server::insert::insert(transaction, notices, steps, now),
    }
}
