//! Rules on markdown that is costly to show: nested too deep, or too much for the time a page has.

use super::inspection::{Finding, Inspection};
use crate::model::incident::Incident;
use crate::model::localized::{Language, Localized};
use crate::model::nesting::{self, DEPTH_MAX};
use crate::model::problem::SourceSpan;
use crate::theme::markdown::{COST_MAX, cost};

pub(super) fn deep_nesting(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let deep = |text: &Localized| variants(text).any(|(_, text)| !nesting::excess(text).is_empty());
    let texts = texts(inspection, incident).into_iter().filter(|(text, _)| deep(text));
    let message =
        format!("quotes and lists nest deeper than {DEPTH_MAX} levels; deeper levels are shown flat");
    let hint = "remove the superfluous `>`, `-` or numbers at the beginning of the line";
    texts.map(|(_, place)| Finding::warning(place, message.clone()).hint(hint)).collect()
}

pub(super) fn costly_text(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let texts = texts(inspection, incident);
    let languages = std::iter::once(None).chain(inspection.site.page.languages.iter().map(Some));
    languages.filter_map(|language| costly_file(&texts, language)).collect()
}

/// What to say of the texts in one language, which come from one file; `None` represents the main file.
fn costly_file(texts: &[(&Localized, Option<SourceSpan>)], language: Option<&Language>) -> Option<Finding> {
    let in_language = |text: &Localized| {
        variants(text).filter(|(of, _)| *of == language).map(|(_, text)| cost(text)).sum::<usize>()
    };
    let costs: Vec<usize> = texts.iter().map(|(text, _)| in_language(text)).collect();
    if costs.iter().sum::<usize>() <= COST_MAX {
        return None;
    }
    let costliest = costs.iter().enumerate().max_by_key(|(_, cost)| **cost).map(|(index, _)| index)?;
    let of = language.map(|language| format!(" in `{language}`")).unwrap_or_default();
    let message = format!("the text{of} takes too long to show: its markup costs more than {COST_MAX} steps");
    let place = texts.get(costliest).and_then(|(_, place)| place.clone());
    Some(Finding::error(place, message).hint("shorten its quotes, lists and tables, or show them as code"))
}

/// The text in the page's first language, and its translations.
fn variants(text: &Localized) -> impl Iterator<Item = (Option<&Language>, &String)> {
    let translations = text.translations.iter().map(|(language, text)| (Some(language), text));
    std::iter::once((None, &text.default)).chain(translations)
}

/// Everything that is written as markdown, with its place.
fn texts<'a>(
    inspection: &Inspection<'_>,
    incident: &'a Incident,
) -> Vec<(&'a Localized, Option<SourceSpan>)> {
    let fields = [("impact", incident.impact.as_ref()), ("workaround", incident.workaround.as_ref())];
    let fields = fields.into_iter().filter_map(|(key, text)| Some((text?, inspection.key(incident, &[key]))));
    let updates = incident.updates.iter().map(|update| (&update.body, inspection.heading(incident, update)));
    fields.chain(updates).collect()
}
