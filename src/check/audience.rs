//! The rule on audiences: a text must be for an audience that exists.

use std::collections::BTreeSet;

use super::inspection::{Finding, Inspection};
use crate::located::suggestion;
use crate::model::incident::{Audience, Incident};
use crate::model::problem::SourceSpan;

pub(super) fn unknown_audience(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let page = &inspection.site.page;
    let is_unknown =
        |audience: Audience| matches!(audience, Audience::Named(name) if page.audience(name).is_none());
    let narrow: BTreeSet<Audience> = incident.narrow.audiences().filter(|one| is_unknown(*one)).collect();
    let facts = narrow.into_iter().map(|audience| {
        let [title, impact, workaround] =
            ["title", "impact", "workaround"].map(|key| format!("{key}.{}", audience.word()));
        let place = inspection.key(incident, &[&title, &impact, &workaround, "impact", "workaround"]);
        not_on_the_page(inspection, incident, audience, place)
    });
    let whole = Some(incident.audience).filter(|one| is_unknown(*one)).map(|audience| {
        not_on_the_page(inspection, incident, audience, inspection.key(incident, &["audience"]))
    });
    let updates = incident.updates.iter().filter(|update| is_unknown(update.audience));
    let updates = updates.map(|update| {
        not_on_the_page(inspection, incident, update.audience, inspection.heading(incident, update))
    });
    whole.into_iter().chain(facts).chain(updates).collect()
}

/// An audience may be given up while history still names it, so only what is open is held back.
fn not_on_the_page(
    inspection: &Inspection<'_>,
    incident: &Incident,
    audience: Audience,
    place: Option<SourceSpan>,
) -> Finding {
    let message = format!("the page has no audience `{}`", audience.word());
    let is_open = inspection.is_open(incident);
    let finding = if is_open { Finding::error(place, message) } else { Finding::warning(place, message) };
    let known = inspection.site.page.audiences.iter().map(|audience| audience.name.as_str());
    let known: Vec<&str> = known.chain(Audience::ALL.iter().map(Audience::word)).collect();
    let hint = suggestion(audience.word(), &known);
    finding.hint(hint.unwrap_or_else(|| "add it to `[audiences]` of site/page.toml".to_owned()))
}
