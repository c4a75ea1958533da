//! The facts that an update changed, as short sentences.

use super::edition::LanguageEdition;
use super::key::severity_key;
use crate::model::incident::{Eta, Update};
use crate::theme::markdown::escape;

/// What an update changed in addition to its words.
pub(super) fn changes_html(edition: &LanguageEdition<'_>, update: &Update) -> Vec<String> {
    let words = edition.words;
    let said = |key, values: &[(&str, &str)]| escape(&words.say_with(key, values));
    let severity = update
        .severity
        .map(|severity| said("incident.severity_now", &[("severity", words.say(severity_key(severity)))]));
    let eta = update.eta.map(|eta| match eta {
        Eta::At(moment) => edition.phrase_html("incident.eta_now", &edition.short_time(moment)),
        Eta::Unknown => said("incident.eta_now", &[("time", words.say("incident.eta_unknown"))]),
    });
    let statuses = update.statuses.iter().map(|(feature, status)| {
        let status = edition.mark(*status).word;
        escape(&words.labelled(&words.isolated(edition.name(feature)), &status))
    });
    severity.into_iter().chain(eta).chain(statuses).collect()
}
