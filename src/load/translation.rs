//! Translations: `NAME.es.md` next to `NAME.md`.
//!
//! Promises: a translation never adds or changes a fact; it only has texts for facts of the main file, matched by the
//! updates' times. If a text is missing, the main text is used.

use std::collections::BTreeMap;

use crate::model::Moment;
use crate::model::audience::{self, Audience, Versions};
use crate::model::incident::Incident;
use crate::model::localized::{Language, Localized};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};

use super::front_matter::{self, NarrowFrontMatter, TranslatedFrontMatter};
use super::incident::story_document;
use super::outline::outline;
use super::split::split_loosely;
use super::story::{self, Story, TranslatedEntry};

/// The texts of one translation.
#[derive(Clone, Debug)]
pub(super) struct Translation {
    file: String,
    language: Language,
    front: TranslatedFrontMatter,
    story: Story<TranslatedEntry>,
}

/// What was read from one translation.
#[derive(Clone, Debug, Default)]
pub(super) struct ParsedTranslation {
    /// `None` exactly where a problem is an error.
    pub(super) translation: Option<Translation>,
    pub(super) problems: Vec<Problem>,
    pub(super) places: SourceMap,
}

/// Reads the text of a translation.
pub(super) fn parse(file: &str, text: &str, language: &Language) -> ParsedTranslation {
    let mut parsed = ParsedTranslation::default();
    let translation = read(file, text, language, &mut parsed);
    parsed.problems.sort();
    let usable = parsed.problems.iter().all(|problem| problem.level == ProblemLevel::Warning);
    parsed.translation = translation.filter(|_| usable);
    parsed
}

fn read(file: &str, text: &str, language: &Language, parsed: &mut ParsedTranslation) -> Option<Translation> {
    let document = story_document(file, text);
    let translation = match split_loosely(text) {
        Err(fault) => {
            fault.report(&document);
            None
        }
        Ok(parts) => {
            let front_document = front_matter::document(file, text, &parts);
            let front = front_matter::read_translated(&front_document);
            let (problems, places) = front_document.into_parts();
            parsed.problems.extend(problems);
            parsed.places.extend(places);
            let outline = outline(text, parts.body);
            let story = story::read_translated(&document, text, &outline, &mut parsed.places);
            Some(Translation { file: file.to_owned(), language: language.clone(), front, story })
        }
    };
    parsed.problems.extend(document.into_parts().0);
    translation
}

impl Translation {
    /// What in it has no partner in the main file. `places` are the translation's own.
    pub(super) fn misfits(&self, incident: &Incident, places: &SourceMap) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |spot: Option<SourceKey>, rule, message: String, hint: String| {
            problems.push(Problem {
                file: self.file.clone(),
                place: spot.and_then(|spot| places.find(&self.file, spot)),
                level: ProblemLevel::Error,
                rule,
                message,
                hint: Some(hint),
            });
        };
        let sides = [
            ("impact", self.front.impact.is_some(), incident.impact.is_some()),
            ("workaround", self.front.workaround.is_some(), incident.workaround.is_some()),
        ];
        let (own, theirs) = (&self.front.narrow, &incident.narrow);
        let alone = |key, texts: &BTreeMap<Audience, String>, others: &Versions| -> Vec<String> {
            let alone = texts.keys().filter(|audience| !others.contains_key(audience));
            alone.map(|audience| format!("{key}.{}", audience.word())).collect()
        };
        let narrow = alone("title", &own.title, &theirs.title);
        let narrow = narrow.into_iter().chain(alone("impact", &own.impact, &theirs.impact));
        for key in narrow.chain(alone("workaround", &own.workaround, &theirs.workaround)) {
            let message = format!("the main file has no `{key}` to translate");
            let hint = format!("add `{key}` to {}", incident.file);
            problem(Some(SourceKey::Key(key)), "nothing-to-translate", message, hint);
        }
        for (key, _, _) in sides.into_iter().filter(|(_, here, there)| *here && !there) {
            let message = format!("the main file has no `{key}` to translate");
            problem(
                Some(SourceKey::Key(key.to_owned())),
                "nothing-to-translate",
                message,
                format!("add `{key}` to {}", incident.file),
            );
        }
        match &self.story {
            Story::Text(text) if !text.is_empty() && incident.updates.len() != 1 => {
                let message =
                    format!("the text belongs to no update: the main file has {}", incident.updates.len());
                let hint = "put each update's heading above its text, with the time of the main file";
                problem(None, "unpaired-update", message, hint.to_owned());
            }
            Story::Text(_) => {}
            Story::Entries(entries) => {
                for entry in entries.iter().filter(|entry| !has_update(incident, entry.at)) {
                    let message = format!("the main file has no update at {}", shown(entry.at));
                    problem(
                        Some(SourceKey::Update(entry.at)),
                        "unpaired-update",
                        message,
                        nearest(incident, entry.at),
                    );
                }
            }
        }
        problems
    }

    /// Puts the translated texts next to the main file's. Those without a partner are left out.
    pub(super) fn apply(&self, incident: &mut Incident) {
        let put = |to: Option<&mut Localized>, text: &Option<String>| {
            if let (Some(to), Some(text)) = (to, text) {
                to.translations.insert(self.language.clone(), text.clone());
            }
        };
        put(Some(&mut incident.title), &self.front.title);
        put(incident.impact.as_mut(), &self.front.impact);
        put(incident.workaround.as_mut(), &self.front.workaround);
        let NarrowFrontMatter { title, impact, workaround } = &self.front.narrow;
        audience::translate(&mut incident.narrow.title, &self.language, title);
        audience::translate(&mut incident.narrow.impact, &self.language, impact);
        audience::translate(&mut incident.narrow.workaround, &self.language, workaround);
        match &self.story {
            Story::Text(text) => {
                if let ([update], false) = (incident.updates.as_mut_slice(), text.is_empty()) {
                    put(Some(&mut update.body), &Some(text.clone()));
                }
            }
            Story::Entries(entries) => {
                for entry in entries.iter().filter(|entry| !entry.body.is_empty()) {
                    let update = incident.updates.iter_mut().find(|update| update.at == entry.at);
                    put(update.map(|update| &mut update.body), &Some(entry.body.clone()));
                }
            }
        }
    }
}

fn has_update(incident: &Incident, at: Moment) -> bool {
    incident.updates.iter().any(|update| update.at == at)
}

fn nearest(incident: &Incident, at: Moment) -> String {
    let times = incident.updates.iter().map(|update| update.at);
    match times.min_by_key(|time| (*time - at).abs()) {
        Some(time) => format!("the nearest is at {}", shown(time)),
        None => format!("{} has no updates", incident.file),
    }
}

/// A moment as a heading writes it.
fn shown(at: Moment) -> String {
    super::write::heading_time(at)
}
