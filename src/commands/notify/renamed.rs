//! Asks whether a new incident is an announced one under another name, if the comparison is not sure.
//!
//! Promises: asks on a terminal only, and before anything is shown or planned; if there is no answer, the incident is new, so
//! that every outage is announced.

use crate::cli::arguments::Notify;
use crate::cli::choice::Choice;
use crate::cli::exit::Failure;
use crate::cli::print;
use crate::flow::notify::PendingAnnouncement;

/// Adds what the operator answers to the choice; whether there is a yes.
pub(super) fn ask(
    options: &Notify,
    prepared: &PendingAnnouncement,
    choice: &mut Choice,
) -> Result<bool, Failure> {
    if options.yes || options.dry_run || !print::is_interactive() {
        return Ok(false);
    }
    let before = choice.renamed.len();
    for unsure in &prepared.unsure {
        let (new, old) = (&unsure.incident, &unsure.announced);
        if print::answers_yes(&format!(
            "`{old}` was announced as open and its file is gone. Is `{new}` the same incident? [y/N]"
        ))? {
            choice.renamed.insert(new.clone(), old.clone());
        }
    }
    Ok(choice.renamed.len() > before)
}
