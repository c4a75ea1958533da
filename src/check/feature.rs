//! The rule on features: an incident can only affect what the page shows.

use super::inspection::{Finding, Inspection, iso};
use crate::located::suggestion;
use crate::model::feature::FeatureId;
use crate::model::incident::Incident;
use crate::model::problem::SourceSpan;

pub(super) fn unknown_feature(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let page = &inspection.site.page;
    let unknown = |feature: &&FeatureId| page.feature(feature).is_none();
    let mut findings: Vec<Finding> = incident
        .affected
        .keys()
        .filter(unknown)
        .map(|feature| {
            let place = inspection.key(incident, &[&format!("affected.{feature}"), "affected"]);
            not_on_the_page(inspection, incident, feature, place, String::new())
        })
        .collect();
    for update in &incident.updates {
        let unsaid = update.statuses.keys().filter(|feature| !incident.affected.contains_key(*feature));
        findings.extend(unsaid.filter(unknown).map(|feature| {
            let place = inspection.heading(incident, update);
            let within = format!(", which the update of {} names", iso(update.at));
            not_on_the_page(inspection, incident, feature, place, within)
        }));
    }
    findings
}

/// A feature may leave the page while history still names it, so only what is open is held back.
fn not_on_the_page(
    inspection: &Inspection<'_>,
    incident: &Incident,
    feature: &FeatureId,
    place: Option<SourceSpan>,
    within: String,
) -> Finding {
    let message = format!("the page has no feature `{feature}`{within}");
    let is_open = inspection.is_open(incident);
    let finding = if is_open { Finding::error(place, message) } else { Finding::warning(place, message) };
    let page = &inspection.site.page;
    let ids = page.groups.iter().filter_map(|group| group.id.as_ref());
    let ids = page.features().map(|feature| &feature.id).chain(ids);
    let known: Vec<&str> = ids.map(FeatureId::as_str).collect();
    match suggestion(feature.as_str(), &known) {
        Some(hint) => finding.hint(hint),
        None => finding.hint("see the IDs in site/page.toml"),
    }
}
