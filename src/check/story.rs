//! Rules on the updates: their order, and the front matter that sums them up.

use super::inspection::{Finding, Inspection, iso, said};
use crate::model::author_mark::AuthorMark;
use crate::model::incident::{Incident, Update};
use crate::model::phase::Phase;

pub(super) fn story_order(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before: Option<Phase> = None;
    for (update, phase) in phases(incident) {
        if let Some(message) = out_of_order(before, phase) {
            findings.push(Finding::warning(inspection.heading(incident, update), message));
        }
        before = Some(phase);
    }
    findings
}

/// What is wrong with a phase after another. An incident may be reopened after it was resolved.
fn out_of_order(before: Option<Phase>, phase: Phase) -> Option<String> {
    match (before, phase) {
        (Some(Phase::Resolved | Phase::Postmortem), Phase::Postmortem) => None,
        (_, Phase::Postmortem) => Some("the post-mortem comes before `resolved`".to_owned()),
        (Some(Phase::Postmortem), after) => Some(format!("`{}` comes after the post-mortem", after.word())),
        (Some(over @ (Phase::Completed | Phase::Cancelled)), after) if after != over => {
            Some(format!("`{}` comes after `{}`", after.word(), over.word()))
        }
        _ => None,
    }
}

pub(super) fn front_matter_behind_story(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if !inspection.is_open(incident) {
        return Vec::new();
    }
    let newest = || incident.updates.iter().rev().filter(|update| update.at <= inspection.now);
    let mut findings = Vec::new();
    let mut compare = |key: &str, front: Option<String>, told: Option<(&Update, String)>| {
        let (Some(front), Some((update, told))) = (front, told) else { return };
        if front != told {
            let place = inspection.key(incident, &[key, "title"]);
            let at = iso(update.at);
            let message = format!(
                "the front matter says `{key}` is {front}, but the newest update that sets it ({at}) says \
                 {told}"
            );
            findings.push(Finding::warning(place, message).hint("set the key to the current value"));
        }
    };
    let eta = newest().find_map(|update| Some((update, said(update.eta?))));
    compare("eta", incident.eta.map(said), eta);
    let severity = newest().find_map(|update| Some((update, update.severity?.word().to_owned())));
    compare("severity", Some(incident.severity.word().to_owned()), severity);
    for (feature, status) in &incident.affected {
        let told =
            newest().find_map(|update| Some((update, update.statuses.get(feature)?.word().to_owned())));
        compare(&format!("affected.{feature}"), Some(status.word().to_owned()), told);
    }
    findings
}

pub(super) fn silent_incident(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let is_public = incident.public_updates().next().is_some() || incident.updates.is_empty();
    if incident.author_mark != Some(AuthorMark::Silent) || !is_public || !inspection.is_open(incident) {
        return Vec::new();
    }
    let message = "`notify = \"silent\"`: subscribers are notified of nothing in this incident, except that it ended if they were notified of it before";
    let hint = "remove the line, unless that is what you intend; what a `notify` finds while it is there is never announced";
    vec![Finding::warning(inspection.key(incident, &["notify", "title"]), message).hint(hint)]
}

fn phases(incident: &Incident) -> impl Iterator<Item = (&Update, Phase)> {
    incident.updates.iter().filter_map(|update| Some((update, update.phase?)))
}
