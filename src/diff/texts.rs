//! Compares the texts of an incident with the announced ones: which edits are announced, and what counts as announced
//! afterwards.
//!
//! Promises: a text is compared with the version that was last announced, never with the one last seen, so that a change in
//! many small edits is announced like one in a single edit; each translation is compared with its own last version; an
//! added or removed translation is not announced.

use super::words;
use crate::model::announced::AnnouncedText;
use crate::model::author_mark::AuthorMark;
use crate::model::edit::{Edit, Part, TextEdit, Verdict};
use crate::model::incident::IncidentId;
use crate::model::localized::{Language, Localized};

/// What holds for all texts of an incident in one run.
pub(super) struct TextComparer<'a> {
    pub incident: &'a IncidentId,
    /// The language of the default texts.
    pub first: &'a Language,
    /// What the front matter says.
    pub author_mark: Option<AuthorMark>,
    /// Whether no edit is announced, because the incident has been over for long.
    pub is_history: bool,
}

impl TextComparer<'_> {
    /// Compares a text with what was announced, and adds the edits that were made since it was last seen. Gives the text to
    /// record.
    pub(super) fn compare(
        &self,
        part: Part,
        before: &AnnouncedText,
        now: &Localized,
        author_mark: Option<AuthorMark>,
        edits: &mut Vec<TextEdit>,
    ) -> AnnouncedText {
        if before.last() == now {
            return before.clone();
        }
        let mut announced = Localized { default: String::new(), translations: Default::default() };
        let (author_mark, is_own) = (author_mark.or(self.author_mark), author_mark.is_some());
        let mut edit = |old: &str, new: &str, language: Option<&Language>| {
            let found = self.judge(old, new, language, (author_mark, is_own));
            let keeps_old = found.as_ref().is_some_and(|edit| edit.verdict == Verdict::Silent)
                && author_mark != Some(AuthorMark::Silent)
                && !self.is_history;
            edits.extend(found.map(|edit| TextEdit {
                incident: self.incident.clone(),
                part,
                language: language.cloned(),
                edit,
            }));
            if keeps_old { old.to_owned() } else { new.to_owned() }
        };
        announced.default = edit(&before.announced.default, &now.default, None);
        for (language, text) in &now.translations {
            let old = before.announced.translations.get(language).unwrap_or(text);
            announced.translations.insert(language.clone(), edit(old, text, Some(language)));
        }
        let seen = (announced != *now).then(|| now.clone());
        AnnouncedText { announced, seen }
    }

    /// A text that was not there before, or is there no longer, as one edit.
    pub(super) fn came_or_went(
        &self,
        part: Part,
        before: Option<&Localized>,
        now: Option<&Localized>,
        edits: &mut Vec<TextEdit>,
    ) {
        let text =
            |text: Option<&Localized>| text.map(|text| text.default.trim().to_owned()).unwrap_or_default();
        let (before, after) = (text(before), text(now));
        if before.is_empty() && after.is_empty() {
            return;
        }
        let verdict = match self.author_mark {
            _ if self.is_history => Verdict::Silent,
            Some(AuthorMark::Silent) => Verdict::Silent,
            _ => Verdict::Tell,
        };
        let why = if before.is_empty() { "it was not there before" } else { "it is no longer there" };
        let edit = Edit { verdict, why, before, after };
        edits.push(TextEdit { incident: self.incident.clone(), part, language: None, edit });
    }

    fn judge(
        &self,
        old: &str,
        new: &str,
        language: Option<&Language>,
        (author_mark, is_own): (Option<AuthorMark>, bool),
    ) -> Option<Edit> {
        let mut edit = words::compare(old, new, language.unwrap_or(self.first))?;
        match author_mark {
            _ if self.is_history => {
                (edit.verdict, edit.why) = (Verdict::Silent, "it has been over for more than a day")
            }
            Some(AuthorMark::Silent) => {
                let why = if is_own { "marked `{silent}`" } else { "marked `notify = \"silent\"`" };
                (edit.verdict, edit.why) = (Verdict::Silent, why)
            }
            Some(AuthorMark::Tell) => {
                let why = if is_own { "marked `{tell}`" } else { "marked `notify = \"tell\"`" };
                (edit.verdict, edit.why) = (Verdict::Tell, why)
            }
            None => {}
        }
        Some(edit)
    }
}
