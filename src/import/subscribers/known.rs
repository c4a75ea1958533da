//! Errors about features and languages that the page does not have.

use crate::model::feature::FeatureId;
use crate::model::localized::Language;
use crate::model::page::Page;

/// The feature of that id, or a sentence that says which there are.
pub fn known_feature(page: &Page, id: &str) -> Result<FeatureId, String> {
    let groups = page.groups.iter().filter_map(|group| group.id.as_ref());
    let known: Vec<&FeatureId> = page.features().map(|feature| &feature.id).chain(groups).collect();
    let current = FeatureId::new(id).map(|id| page.current_id(&id).clone());
    if let Some(current) = current.filter(|current| known.contains(&current)) {
        return Ok(current);
    }
    let all: Vec<&str> = known.iter().map(|known| known.as_str()).collect();
    Err(format!("no feature `{id}`; choose one of {}", all.join(", ")))
}

/// Whether the page has the language; a sentence that says which it has, if not.
pub fn known_language(page: &Page, language: &Language) -> Result<(), String> {
    if page.languages.contains(language) {
        return Ok(());
    }
    let all: Vec<&str> = page.languages.iter().map(Language::as_str).collect();
    Err(format!("the page has no language `{language}`; choose one of {}", all.join(", ")))
}
