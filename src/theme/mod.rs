//! The looks of the page and of messages: templates, texts in every language, markdown.
//!
//! Promises: the files in `themes/default` are the built-in theme, and a folder of the operator's replaces any
//! of them one by one; text from incident files is only ever a value, never a template; nothing written here
//! refers to another host. Never decides what is shown: that is for the rooms that make the views.

mod bounded;
pub mod calendar;
pub mod looks;
pub mod markdown;
pub mod message_view;
pub mod words;

mod files;
mod open;
mod script;
mod sheets;
mod style;
mod watched;

pub use sheets::Asset;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Tera};

use bounded::Bounded;
use watched::Watch;

use crate::model::localized::Language;
use crate::model::looks::Branding;
use crate::model::problem::Problem;
use words::Translations;

/// Why a template could not be filled in. The author of the theme can fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to fill in {place}: {message}")]
pub struct Error {
    /// The template, with line and column where the engine knows them: `index.html:12:4`.
    pub place: String,
    /// What is wrong, one sentence.
    pub message: String,
}

/// A complete set of templates and words.
pub struct Theme {
    english: Voice,
    others: BTreeMap<Language, Voice>,
    fingerprint: String,
    assets: Vec<Asset>,
    /// What was wrong with the files it was made of.
    problems: Vec<Problem>,
}

/// The templates with the words of one language at hand.
struct Voice {
    words: Translations,
    templates: Arc<Tera>,
    /// For templates of the operator's; `None` if all are built in.
    watch: Option<Watch>,
}

impl Theme {
    /// The theme in the binary.
    pub fn built_in() -> Self {
        open::built_in()
    }

    /// The theme whose files lie in `root/themes/name` and, where a file is missing there, the built-in one, with the
    /// operator's looks over it.
    /// A file that cannot be used is a problem and its built-in version is in; a folder that does not
    /// exist is a problem too, unless its name is `default`.
    pub fn open(root: &Path, name: &str, looks: &Branding) -> (Self, Vec<Problem>) {
        open::open(root, name, looks)
    }

    /// The same, where `last` is returned if it was made of the same files.
    pub fn open_again(
        root: &Path,
        name: &str,
        looks: &Branding,
        last: Option<Arc<Self>>,
    ) -> (Arc<Self>, Vec<Problem>) {
        open::open_again(root, name, looks, last)
    }

    /// The files that pages of what is over link to.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// A digest of all that an operator can change in a theme: two themes of the same fill in the same bytes.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Fills in a template whose view brings all the words it shows, such as a letter's.
    pub fn render(&self, template: &str, view: &impl Serialize) -> Result<String, Error> {
        self.english.render(template, view)
    }

    /// Fills in a template with the words of a language at hand as `words`, next to the view's own fields.
    pub fn render_in(
        &self,
        language: &Language,
        template: &str,
        view: &impl Serialize,
    ) -> Result<String, Error> {
        self.voice(language).render(template, view)
    }

    /// The content security policy of a page with a form, as a header has it (CSP level 3).
    pub fn policy(&self) -> Result<String, Error> {
        Ok(self.render("policy.txt", &BTreeMap::<String, String>::new())?.trim().to_owned())
    }

    /// The translations of a language; those of its base language (`pt` for `pt-BR`) or English if it has none.
    pub fn words(&self, language: &Language) -> &Translations {
        &self.voice(language).words
    }

    /// Whether there are words for the language or its base language.
    pub fn speaks(&self, language: &Language) -> bool {
        let english = Language::english();
        *language == english
            || language.base().is_some_and(|base| base == english)
            || self.other_voice(language).is_some()
    }

    fn voice(&self, language: &Language) -> &Voice {
        self.other_voice(language).unwrap_or(&self.english)
    }

    fn other_voice(&self, language: &Language) -> Option<&Voice> {
        self.others.get(language).or_else(|| self.others.get(&language.base()?))
    }
}

impl Voice {
    fn render(&self, template: &str, view: &impl Serialize) -> Result<String, Error> {
        let context = Context::from_serialize(view).map_err(|error| open::fault(template, &error))?;
        let Some(watch) = &self.watch else { return fill(&self.templates, template, &context) };
        let (templates, name) = (Arc::clone(&self.templates), template.to_owned());
        watch.within(watched::TIME_MAX, template, move || fill(&templates, &name, &context))
    }
}

fn fill(templates: &Tera, template: &str, context: &Context) -> Result<String, Error> {
    let mut out = Bounded::default();
    match templates.render_to(template, context, &mut out) {
        Err(_) if out.is_full => {
            let message = format!("the template writes more than {} MB", bounded::BYTES_MAX >> 20);
            Err(Error { place: template.to_owned(), message })
        }
        Err(error) => Err(open::fault(template, &error)),
        Ok(()) => Ok(out.into_text()),
    }
}
