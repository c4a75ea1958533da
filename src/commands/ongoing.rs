//! The open incidents when a new ledger begins, and whether they were announced.
//!
//! Promises: no open incident is silenced unless a person names it or answers for it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::model::Moment;
use crate::model::incident::{Incident, IncidentId};
use crate::model::phase::IncidentKind;
use crate::model::site::Site;

use crate::cli::arguments::Adopt;
use crate::cli::exit::Failure;
use crate::cli::named;
use crate::cli::print::{self, STRONG, styled};

/// Names every open incident.
const ALL: &str = "all";

/// The open incidents that were not announced yet.
pub(super) fn not_announced_yet(
    site: &Site,
    within: &Path,
    options: &Adopt,
    now: Moment,
) -> Result<BTreeSet<IncidentId>, Failure> {
    let ongoing: Vec<&Incident> = site
        .incidents
        .iter()
        .map(AsRef::as_ref)
        .filter(|incident: &&Incident| incident.kind == IncidentKind::Incident && incident.is_active_at(now))
        .collect();
    let mut known = BTreeSet::new();
    for name in options.known.iter().filter(|name| *name != ALL) {
        let incident = named::incident(site, within, name)?;
        if !ongoing.iter().any(|one| one.id == incident.id) {
            return Err(Failure::Usage(format!("`{name}` is not an open incident")));
        }
        known.insert(&incident.id);
    }
    let all = options.known.iter().any(|name| name == ALL);
    let is_known = |incident: &&Incident| all || known.contains(&incident.id);
    let doubtful: Vec<&Incident> = ongoing.into_iter().filter(|incident| !is_known(incident)).collect();
    if doubtful.is_empty() || options.announces_others() {
        return Ok(doubtful.into_iter().map(|incident| incident.id.clone()).collect());
    }
    for incident in &doubtful {
        print::say(&format!("{}  is open: {}", styled(STRONG, incident.id.as_str()), incident.title.default));
    }
    if !print::is_interactive() {
        return Err(refusal(&doubtful));
    }
    let mut unannounced = BTreeSet::new();
    for incident in doubtful {
        if !print::answers_yes(&format!(
            "Were subscribers already notified of {}? If not, the next `allclear notify` sends it to them [y/N]",
            incident.id
        ))? {
            unannounced.insert(incident.id.clone());
        }
    }
    Ok(unannounced)
}

fn refusal(doubtful: &[&Incident]) -> Failure {
    let names: Vec<&str> = doubtful.iter().map(|incident| incident.id.as_str()).collect();
    Failure::Refused {
        why: format!("unknown whether this open incident was announced: {}", names.join(", ")),
        hint:
            "if subscribers were notified of it, name it with `--known ID`: it is then not announced again. For all \
               others add `--announce-others`: the next `allclear notify` announces them"
                .to_owned(),
    }
}
