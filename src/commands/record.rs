//! Finds an incident by its name, in the files and in the ledger.
//!
//! Promises: a name that neither the files nor the ledger know is a usage error.

use std::sync::Arc;

use crate::ledger::Ledger;
use crate::load;
use crate::model::incident::{Incident, IncidentId};

use crate::cli::exit::{Failure, before_release};
use crate::cli::print::{self, WARN, styled};
use crate::workspace::root::Root;

/// The incidents of the files. Files with problems do not keep anyone from reading the record.
pub(crate) fn incidents(root: &Root) -> Vec<Arc<Incident>> {
    let (page, _, _) = root.read_page();
    let site = page.map(|page| load::read_site(&root.path, page, None).site);
    let site = match root.audience_name() {
        Some(name) => site.map(|site| site.as_read_by(name)),
        None => site,
    };
    site.map(|site| site.incidents).unwrap_or_default()
}

/// Says that the brake is on, if it is: then nothing of what is pending leaves.
pub(crate) fn say_brake(ledger: &mut dyn Ledger) -> Result<(), Failure> {
    if let Some(brake) = ledger.brake()? {
        print::say(&format!("{} {brake}; {}", styled(WARN, "nothing is sent:"), before_release(&brake)));
    }
    Ok(())
}

/// Refuses an incident that is neither in the files nor in the ledger.
pub(crate) fn require(root: &Root, ledger: &mut dyn Ledger, asked: &IncidentId) -> Result<(), Failure> {
    let is_known = !ledger.summary(Some(asked))?.is_empty()
        || incidents(root).iter().any(|incident| incident.id == *asked);
    if is_known {
        return Ok(());
    }
    Err(Failure::Usage(format!("no incident `{asked}` in the files or in the ledger")))
}
