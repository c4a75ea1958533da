//! What becomes of findings in the text of an incident: they hold it while it can still be announced, and an author may accept
//! them with a reason.
//!
//! Promises: a finding in what is over or was announced is a warning, so that words that readers have do not keep the end from
//! them; an acceptance of a rule that has none is a problem.

use chrono::TimeDelta;

use super::inspection::{Finding, Inspection};
use super::passage::Passage;
use crate::located::{quoted, suggestion};
use crate::model::incident::Incident;
use crate::model::problem::SourceSpan;

/// The rules whose findings an author may accept.
pub(super) const ACCEPTABLE: &[&str] = &["denied-word", "secret", "technical-detail"];

/// News that is older is not announced.
const NEWS: TimeDelta = TimeDelta::days(1);

/// A finding in words of a passage, which keeps the incident from being announced if it still can be.
pub(super) fn holding(
    inspection: &Inspection<'_>,
    (incident, passage, words): (&Incident, &Passage<'_>, &str),
    place: Option<SourceSpan>,
    message: String,
) -> Finding {
    if inspection.announced(&incident.id).is_some_and(|told| passage.was_announced(told, words)) {
        return Finding::warning(place, message);
    }
    let newest = incident.public_updates().map(|update| update.at).max();
    let is_news = newest.is_some_and(|newest| inspection.now - newest < NEWS);
    match inspection.is_open(incident) || is_news {
        true => Finding::error(place, message),
        false => Finding::warning(place, message),
    }
}

pub(super) fn unknown_acceptance(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let unknown = incident.accepted.keys().filter(|rule| !ACCEPTABLE.contains(&rule.as_str()));
    unknown
        .map(|rule| {
            let place = inspection.key(incident, &[&format!("accepted.{rule}"), "accepted", "title"]);
            let hint =
                suggestion(rule, ACCEPTABLE).unwrap_or_else(|| format!("one of {}", ACCEPTABLE.join(", ")));
            let message = format!("{} is not a rule whose findings can be accepted", quoted(rule));
            Finding::warning(place, message).hint(hint)
        })
        .collect()
}
