//! Messages that are still queued, composed again from the files as they are now: a text that was corrected before it was sent is
//! never sent as it was.
//!
//! Promises: only incidents whose record differs from the files are composed again, unless a newer change supersedes all of
//! their queued messages anyway. A silent update adds nothing to a message. Never sends, never plans.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::cli::exit::Failure;
use crate::compose::{self, Audience, Known};
use crate::ledger::{ChangeRecord, Ledger};
use crate::model::Moment;
use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::author_mark::AuthorMark;
use crate::model::change::{Change, ChangeKind, Difference};
use crate::model::destination::Destination;
use crate::model::incident::{Incident, IncidentId};
use crate::model::notice::{Notice, Notices};
use crate::model::phase::Severity;
use crate::model::site::Site;
use crate::model::subscriber::{FeatureFilter, SubscriberId};
use crate::workspace::root::LoadedSite;

/// Composes again what is queued of the incidents that were edited. What is in no step of the ledger any more is
/// composed as well; the ledger ignores it.
pub(crate) fn compose(
    opened: &LoadedSite,
    ledger: &mut dyn Ledger,
    (base, difference, notices): (&Baseline, &Difference, &Notices),
    now: Moment,
) -> Result<Notices, Failure> {
    let mut edited = edited(base, difference);
    forget_superseded(ledger, &mut edited, (difference, notices))?;
    let nothing = Notices::default();
    if edited.is_empty() {
        return Ok(nothing);
    }
    let queued = ledger.queued_changes(&edited)?;
    let site = without_silent_updates(&opened.site, base, &edited);
    let record = |change: &ChangeRecord| difference.announced.incidents.get(&change.origin);
    let changes: Vec<Change> =
        queued.into_iter().filter_map(|change| Some(as_planned(record(&change)?, change))).collect();
    let changes: Vec<Change> =
        changes.into_iter().filter(|change| site.incident(&change.incident).is_some()).collect();
    if changes.is_empty() {
        return Ok(nothing);
    }
    let plan = opened.need_plan()?;
    let (everyone, followers) = (ledger.active_subscribers()?, ledger.followers(&edited)?);
    let known = Known { followers: Some(&followers), is_everyone: true, ..Known::default() };
    let audience = Audience { subscribers: &everyone, known };
    let places: Vec<Destination> = plan.destinations.iter().cloned().map(place_of_everything).collect();
    let written =
        compose::notices(&changes, &site, audience, plan, &opened.theme, now).and_then(|mut all| {
            compose::add_places(&mut all, &changes, &site, &places, &opened.theme, now)?;
            Ok(all)
        });
    match written {
        // What was news when it was queued is none by the files of now: it is sent as it was.
        Err(compose::Error::NothingToAnnounce(_)) => Ok(nothing),
        written => Ok(written?),
    }
}

/// Whether queued messages of an incident, by its ID of now, get another text, or may.
pub(crate) fn corrects(corrected: &Notices, announced: &Baseline, incident: &IncidentId) -> bool {
    let told = announced.incidents.iter().find(|(_, told)| told.id == *incident);
    told.is_some_and(|(origin, _)| corrected.notices.iter().any(|notice| notice.incident == *origin))
}

/// Removes the notices of corrections for those who never heard what is corrected, because it is still queued for them: it is sent
/// as it is now. Returns how many there are, by incident.
pub(crate) fn without_needless(
    ledger: &mut dyn Ledger,
    difference: &Difference,
    notices: &mut Notices,
) -> Result<BTreeMap<IncidentId, usize>, Failure> {
    let is_correction = |what: &ChangeKind| matches!(what, ChangeKind::Corrected { .. });
    let corrections = difference.changes.iter().filter(|change| change.what.iter().all(is_correction));
    let origins: BTreeSet<IncidentId> = corrections.map(|change| change.origin.clone()).collect();
    let mut needless = BTreeMap::new();
    if origins.is_empty() {
        return Ok(needless);
    }
    let (notified, awaiting) = (ledger.notified(&origins)?, ledger.awaiting(&origins)?);
    let is_in = |all: &BTreeMap<IncidentId, BTreeSet<SubscriberId>>, notice: &Notice| {
        all.get(&notice.incident).is_some_and(|people| people.contains(&notice.subscriber))
    };
    notices.notices.retain(|notice| {
        let is_needless = is_in(&awaiting, notice) && !is_in(&notified, notice);
        if is_needless {
            *needless.entry(notice.incident.clone()).or_default() += 1;
        }
        !is_needless
    });
    Ok(needless)
}

/// The incidents that differ from what was last seen of them.
fn edited(base: &Baseline, difference: &Difference) -> BTreeSet<IncidentId> {
    let differs = |(origin, after): &(&IncidentId, &BaselineIncident)| {
        base.incidents.get(*origin).is_some_and(|before| before != *after)
    };
    difference.announced.incidents.iter().filter(differs).map(|(origin, _)| origin.clone()).collect()
}

/// Leaves out the incidents of which everything that is queued is superseded by a change of this run.
fn forget_superseded(
    ledger: &mut dyn Ledger,
    edited: &mut BTreeSet<IncidentId>,
    (difference, notices): (&Difference, &Notices),
) -> Result<(), Failure> {
    let origins = difference.changes.iter().map(|change| change.origin.clone());
    let announced: BTreeSet<IncidentId> = origins.filter(|origin| edited.contains(origin)).collect();
    if announced.is_empty() {
        return Ok(());
    }
    let notified: HashSet<_> =
        notices.notices.iter().map(|notice| (&notice.incident, &notice.subscriber)).collect();
    for (origin, people) in ledger.awaiting(&announced)? {
        if people.iter().all(|one| notified.contains(&(&origin, one))) {
            edited.remove(&origin);
        }
    }
    Ok(())
}

/// A change that was planned before, of the incident by the name that it has now.
fn as_planned(record: &BaselineIncident, change: ChangeRecord) -> Change {
    Change {
        id: change.id,
        incident: record.id.clone(),
        origin: change.origin,
        revision: change.revision,
        what: change.what,
        touched: record.touched.clone(),
        peak_severity: record.peak_severity,
    }
}

/// The site without the updates of these incidents that are not announced.
fn without_silent_updates(site: &Site, base: &Baseline, edited: &BTreeSet<IncidentId>) -> Site {
    let mut site = site.clone();
    for record in edited.iter().filter_map(|origin| base.incidents.get(origin)) {
        for incident in site.incidents.iter_mut().filter(|incident| incident.id == record.id) {
            let was_announced = |at| record.updates.iter().any(|update| update.at == at);
            let mut told: Incident = (**incident).clone();
            told.updates
                .retain(|update| update.author_mark != Some(AuthorMark::Silent) || was_announced(update.at));
            *incident = Arc::new(told);
        }
    }
    site
}

fn place_of_everything(destination: Destination) -> Destination {
    Destination { follows: FeatureFilter::Everything, from_severity: Severity::Notice, ..destination }
}
