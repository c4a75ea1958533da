//! The public texts of an incident, in every language, and the place of each word in its files.
//!
//! Promises: a word of an update is found in its line, one of a key at the key; a translation's in the translation's file.

use std::ops::Range;

use super::inspection::{Finding, Inspection};
use crate::model::announced::{AnnouncedText, BaselineIncident, Explained};
use crate::model::incident::{Incident, Update};
use crate::model::localized::{Language, Localized};
use crate::model::problem::SourceSpan;

/// One text in one language.
pub(super) struct Passage<'a> {
    pub(super) text: &'a str,
    pub(super) language: Option<&'a Language>,
    incident: &'a Incident,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Key(&'static str),
    Update(&'a Update),
}

/// The title, the impact, the workaround and the public updates.
pub(super) fn all(incident: &Incident) -> Vec<Passage<'_>> {
    let fields = [("impact", incident.impact.as_ref()), ("workaround", incident.workaround.as_ref())];
    let fields = fields.into_iter().filter_map(|(key, text)| Some((Part::Key(key), text?)));
    let updates = incident.public_updates().map(|update| (Part::Update(update), &update.body));
    let parts = std::iter::once((Part::Key("title"), &incident.title)).chain(fields).chain(updates);
    parts.flat_map(|(part, text)| languages(incident, part, text)).collect()
}

/// The title alone.
pub(super) fn title(incident: &Incident) -> Vec<Passage<'_>> {
    languages(incident, Part::Key("title"), &incident.title)
}

fn languages<'a>(incident: &'a Incident, part: Part<'a>, text: &'a Localized) -> Vec<Passage<'a>> {
    let translations = text.translations.iter().map(|(language, text)| (Some(language), text));
    let all = std::iter::once((None, &text.default)).chain(translations);
    all.map(|(language, text)| Passage { text, language, incident, part }).collect()
}

impl Passage<'_> {
    /// A finding about a part of the text, made for its place.
    pub(super) fn finding(
        &self,
        inspection: &Inspection<'_>,
        words: &str,
        finding: impl FnOnce(Option<SourceSpan>) -> Finding,
    ) -> Finding {
        let bytes = self.bytes(words);
        let file = self.language.map(|language| self.incident.translation_file(language));
        match file.and_then(|file| Some((self.place(inspection, &file, bytes.clone())?, file))) {
            Some((place, file)) => finding(Some(place)).within(file),
            None => finding(self.place(inspection, &self.incident.file, bytes)),
        }
    }

    fn place(&self, inspection: &Inspection<'_>, file: &str, bytes: Range<usize>) -> Option<SourceSpan> {
        let is_main = file == self.incident.file;
        match self.part {
            Part::Key(key) => inspection.key_in(file, key),
            // The lines of a translation are not those of the main file.
            Part::Update(update) if is_main == self.language.is_none() => inspection
                .line(file, update.at, self.text, bytes)
                .or_else(|| inspection.heading_in(file, update)),
            Part::Update(update) => inspection.heading_in(file, update),
        }
    }

    /// Whether readers were sent these words in this part of the incident. What an older version announced without keeping it
    /// counts as sent.
    pub(super) fn was_announced(&self, told: &BaselineIncident, words: &str) -> bool {
        let has_words = |text: &AnnouncedText| {
            let Localized { default, translations } = &text.announced;
            let own = match self.language {
                Some(language) => translations.get(language),
                None => Some(default),
            };
            own.is_some_and(|own| own.contains(words))
        };
        let explained = |part: fn(&Explained) -> Option<&AnnouncedText>| match &told.explained {
            Some(explained) => part(explained).is_some_and(has_words),
            None => true,
        };
        match self.part {
            Part::Key("title") => has_words(&told.title),
            Part::Key("impact") => explained(|explained| explained.impact.as_ref()),
            Part::Key(_) => explained(|explained| explained.workaround.as_ref()),
            Part::Update(update) => {
                told.updates.iter().any(|known| known.at == update.at && has_words(&known.body))
            }
        }
    }

    /// The bytes of a part that was cut out of the text.
    fn bytes(&self, words: &str) -> Range<usize> {
        let start = words.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let start = if start <= self.text.len() { start } else { 0 };
        start..(start + words.len()).min(self.text.len())
    }
}
