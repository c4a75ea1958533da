//! Rules on promises: the ETA, the end of work, and the next update.

use chrono::TimeDelta;

use super::inspection::{Finding, Inspection, iso, rough};
use crate::model::incident::{Eta, Incident};

const ETA_DAYS_MAX: i64 = 30;

pub(super) fn missing_eta(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if !inspection.is_open_incident(incident) || incident.eta.is_some() {
        return Vec::new();
    }
    let place = inspection.key(incident, &["severity", "title"]);
    let hint = "add `eta = …`, or `eta = \"unknown\"` and `next_update = …` while it is unknown";
    vec![Finding::error(place, "the incident is open and has no ETA").hint(hint)]
}

pub(super) fn unknown_eta_needs_next_update(
    inspection: &Inspection<'_>,
    incident: &Incident,
) -> Vec<Finding> {
    let is_unknown = incident.eta == Some(Eta::Unknown);
    if !inspection.is_open_incident(incident) || !is_unknown || incident.next_update.is_some() {
        return Vec::new();
    }
    let place = inspection.key(incident, &["eta", "title"]);
    let message = "the ETA is unknown and no next update is promised";
    let finding = match is_as_imported(incident) {
        true => Finding::warning(place, format!("{message} in the source of the import")),
        false => Finding::error(place, message),
    };
    vec![finding.hint("add `next_update = …` with a time that you can keep")]
}

/// Whether the import wrote all of its updates: an import must not promise for its operator.
fn is_as_imported(incident: &Incident) -> bool {
    let newest = incident.updates.last().map_or(incident.started, |update| update.at);
    incident.imported_through.is_some_and(|through| newest <= through)
}

pub(super) fn eta_passed(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    match incident.eta {
        Some(Eta::At(at)) if at < inspection.now && inspection.is_open_incident(incident) => {
            let place = inspection.key(incident, &["eta", "title"]);
            if at <= incident.started {
                let message =
                    format!("the ETA {} is before the incident starts, {}", iso(at), iso(incident.started));
                return vec![
                    Finding::error(place, message)
                        .hint("check the date and the zone: subscribers would read that it takes longer"),
                ];
            }
            let message = format!("the ETA {} passed {} ago", iso(at), rough(inspection.now - at));
            vec![Finding::warning(place, message).hint("post an update with a new `eta`, or resolve it")]
        }
        _ => Vec::new(),
    }
}

pub(super) fn eta_too_far(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    match incident.eta {
        Some(Eta::At(at))
            if at - inspection.now > TimeDelta::days(ETA_DAYS_MAX)
                && inspection.is_open_incident(incident) =>
        {
            let place = inspection.key(incident, &["eta", "title"]);
            let ahead = rough(at - inspection.now);
            let message = format!("the ETA {} is {ahead} ahead, more than {ETA_DAYS_MAX}", iso(at));
            vec![Finding::warning(place, message).hint("check the year and the month")]
        }
        _ => Vec::new(),
    }
}

pub(super) fn next_update_overdue(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    match incident.next_update {
        Some(at) if at < inspection.now && inspection.is_open_incident(incident) => {
            let place = inspection.key(incident, &["next_update", "title"]);
            let message =
                format!("an update was promised for {}, {} ago", iso(at), rough(inspection.now - at));
            vec![Finding::warning(place, message).hint("post it, with a new `next_update`")]
        }
        _ => Vec::new(),
    }
}

pub(super) fn work_overdue(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let Some(ends) = incident.window.and_then(|window| window.ends) else { return Vec::new() };
    if !incident.is_overdue_at(inspection.now) {
        return Vec::new();
    }
    let place = inspection.key(incident, &["ends", "title"]);
    let message =
        format!("the work was planned to end at {}, {} ago", iso(ends), rough(inspection.now - ends));
    vec![Finding::warning(place, message).hint("post an update that completes it, or move `ends`")]
}
