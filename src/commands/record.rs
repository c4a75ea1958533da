//! Finds an incident by its name, in the files and in the ledger.
//!
//! Promises: a name that neither the files nor the ledger know is a usage error.

use std::sync::Arc;

use crate::ledger::Ledger;
use crate::load;
use crate::model::Moment;
use crate::model::incident::{Incident, IncidentId};

use crate::cli::exit::{Failure, before_release};
use crate::cli::print::{self, WARN, styled};
use crate::flow::deliver::suspended;
use crate::workspace::root::Root;

/// The incidents of the files. Files with problems do not keep anyone from reading the record.
pub(crate) fn incidents(root: &Root) -> Vec<Arc<Incident>> {
    let (page, _, _) = root.read_page();
    let site = page.map(|page| load::read_site(&root.path, page, None).site);
    site.map(|site| site.as_read_by(root.audience).0.incidents).unwrap_or_default()
}

/// Says why nothing of what is pending is sent: the brake is on, or the circuit breaker of a provider is open.
pub(crate) fn say_what_stops(ledger: &mut dyn Ledger, now: Moment) -> Result<(), Failure> {
    if let Some(brake) = ledger.brake()? {
        print::say(&format!("{} {brake}; {}", styled(WARN, "nothing is sent:"), before_release(&brake)));
    }
    for (owner, circuit) in ledger.outlook(now)?.circuits {
        if let Some(words) = suspended::words(&owner, &circuit) {
            print::say(&format!("{} {words}", styled(WARN, "suspended:")));
        }
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
