//! Approvals, each kept as a setting of its own, so that no two of them overwrite each other.
//!
//! Promises: an approval is only ever added. Its name is derived from what it says, so one that was edited is not read as an
//! approval.

use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::stored::{read_approval, write_approval};
use crate::model::approval::Approval;
use crate::model::hash::derive;

/// What the names of the settings begin with.
const NAME: &str = "approval ";

/// Adds it; `false` if it is there already.
pub(super) fn add(session: &mut Session<'_>, approval: &Approval) -> Result<bool, LedgerFault> {
    let text = write_approval(approval);
    let added = session.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        &[&name(&text), &text.into_bytes()],
    )?;
    Ok(added > 0)
}

/// Every approval that is as it was added, oldest first.
pub(super) fn read(session: &mut Session<'_>) -> Result<Vec<Approval>, LedgerFault> {
    let text = format!("SELECT name, value FROM setting WHERE name LIKE '{NAME}%'");
    let mut approvals = Vec::new();
    let rows = session.rows(&text, &[], |row| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?)))?;
    for (found, value) in rows {
        let text = String::from_utf8(value).unwrap_or_default();
        if found == name(&text) {
            approvals.extend(read_approval(&text));
        }
    }
    approvals.sort_by(|one, other| (one.at, one).cmp(&(other.at, other)));
    Ok(approvals)
}

fn name(text: &str) -> String {
    format!("{NAME}{}", derive("approval", &[text]))
}
