//! The rule about languages of the page that the theme does not speak.
//!
//! Promises: a warning; the page is built, with English labels.

use crate::config::page::PAGE_FILE;
use crate::model::localized::Language;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::theme::Theme;

/// The languages of the page that the theme does not have.
pub(super) fn missing_translations(page: &Page, theme: &Theme, places: &SourceMap) -> Vec<Problem> {
    let unspoken = page.languages.iter().filter(|language| !theme.speaks(language));
    let problem = |language: &Language| Problem {
        file: PAGE_FILE.to_owned(),
        place: places.find(PAGE_FILE, SourceKey::Key("languages".to_owned())),
        level: ProblemLevel::Warning,
        rule: "unspoken-language",
        message: format!("no translation of the theme for `{language}`: labels on its pages are in English"),
        hint: Some(format!("add themes/{}/words/{language}.toml; see themes/README.md", page.theme)),
    };
    unspoken.map(problem).collect()
}
