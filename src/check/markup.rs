//! Rules on markdown that is costly to show: nested too deep, or too much for the time a page has.

use super::inspection::{Finding, Inspection};
use crate::model::incident::{Incident, Update};
use crate::model::localized::{Language, Localized};
use crate::model::nesting::{self, DEPTH_MAX};
use crate::model::problem::SourceSpan;
use crate::theme::markdown::{COST_MAX, cost};

pub(super) fn deep_nesting(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let deep = |text: &Localized| variants(text).any(|(_, text)| !nesting::excess(text).is_empty());
    let texts = texts(incident).into_iter().filter(|(text, _)| deep(text));
    let message =
        format!("quotes and lists nest deeper than {DEPTH_MAX} levels; deeper levels are shown flat");
    let hint = "remove the superfluous `>`, `-` or numbers at the beginning of the line";
    let place = |spot: Spot<'_>| spot.place(inspection, incident);
    texts.map(|(_, spot)| Finding::warning(place(spot), message.clone()).hint(hint)).collect()
}

pub(super) fn costly_text(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let texts = texts(incident);
    let languages = std::iter::once(None).chain(inspection.site.page.languages.iter().map(Some));
    let costly = languages.filter_map(|language| Some((language, costliest(&texts, language)?)));
    costly.map(|(language, spot)| too_costly(language, spot.place(inspection, incident))).collect()
}

/// Where the costliest text in one language is, if all of them together cost too much; `None` is the main file's language.
fn costliest<'a>(texts: &[(&Localized, Spot<'a>)], language: Option<&Language>) -> Option<Spot<'a>> {
    let in_language = |text: &Localized| {
        variants(text).filter(|(of, _)| *of == language).map(|(_, text)| cost(text)).sum::<usize>()
    };
    let costs: Vec<usize> = texts.iter().map(|(text, _)| in_language(text)).collect();
    if costs.iter().sum::<usize>() <= COST_MAX {
        return None;
    }
    let costliest = costs.iter().enumerate().max_by_key(|(_, cost)| **cost).map(|(index, _)| index)?;
    texts.get(costliest).map(|(_, spot)| *spot)
}

fn too_costly(language: Option<&Language>, place: Option<SourceSpan>) -> Finding {
    let of = language.map(|language| format!(" in `{language}`")).unwrap_or_default();
    let message = format!("the text{of} takes too long to show: its markup costs more than {COST_MAX} steps");
    Finding::error(place, message).hint("shorten its quotes, lists and tables, or show them as code")
}

/// The text in the page's first language, and its translations.
fn variants(text: &Localized) -> impl Iterator<Item = (Option<&Language>, &String)> {
    let translations = text.translations.iter().map(|(language, text)| (Some(language), text));
    std::iter::once((None, &text.default)).chain(translations)
}

/// What a text belongs to. Its place is looked up only for a finding.
#[derive(Clone, Copy)]
enum Spot<'a> {
    Key(&'static str),
    Update(&'a Update),
}

impl Spot<'_> {
    fn place(self, inspection: &Inspection<'_>, incident: &Incident) -> Option<SourceSpan> {
        match self {
            Self::Key(key) => inspection.key(incident, &[key]),
            Self::Update(update) => inspection.heading(incident, update),
        }
    }
}

/// Everything that is written as markdown.
fn texts(incident: &Incident) -> Vec<(&Localized, Spot<'_>)> {
    let fields = [("impact", incident.impact.as_ref()), ("workaround", incident.workaround.as_ref())];
    let fields = fields.into_iter().filter_map(|(key, text)| Some((text?, Spot::Key(key))));
    let updates = incident.updates.iter().map(|update| (&update.body, Spot::Update(update)));
    fields.chain(updates).collect()
}
