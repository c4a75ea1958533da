//! The rule on one outage in two files: a forgotten copy, or a translation without a language in its name.
//!
//! Promises: of two files the one with the later ID is named. Looks only at incidents of the same start, so that a long
//! history costs no more than a short one.

use super::inspection::{Finding, Inspection};
use crate::model::incident::Incident;

pub(super) fn same_story(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    // The newest start comes first, then the smaller ID.
    let incidents = &inspection.site.incidents;
    let from = incidents.partition_point(|other| other.started > incident.started);
    let mut before = incidents.iter().skip(from).take_while(|other| other.id != incident.id);
    let Some(twin) = before.find(|other| is_same(other, incident)) else { return Vec::new() };
    let place = inspection.key(incident, &["title"]);
    let message =
        format!("{} describes the same incident, so subscribers would be notified of it twice", twin.file);
    let stem = |file: &str| file.trim_end_matches(".md").to_owned();
    let hint = match stem(&incident.file).strip_prefix(&format!("{}.", stem(&twin.file))) {
        Some(word) => format!(
            "for a translation, end the name with a language tag of the page, such as `.pt-BR.md`; `{word}` is not one"
        ),
        None => "delete one of the two files, or say in the title how they differ".to_owned(),
    };
    vec![Finding::warning(place, message).hint(hint)]
}

fn is_same(one: &Incident, other: &Incident) -> bool {
    one.started == other.started
        && one.kind == other.kind
        && one.title.default == other.title.default
        && one.affected == other.affected
}
