//! The fields of a form, and what they ask for.
//!
//! Promises: a wish is complete or is refused with the word of what is wrong; what a form does not offer cannot be asked
//! for: only features and languages of the page, only zones that exist.

use std::collections::BTreeSet;

use crate::ledger::Preferences;
use crate::model::feature::FeatureId;
use crate::model::localized::Language;
use crate::model::page::Page;
use crate::model::phase::Severity;
use crate::model::subscriber::FeatureFilter;
use crate::theme::calendar::Zone;

/// None of the desk's forms has more fields.
const FIELDS_MAX: usize = 600;

/// The fields of a form as they were sent.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(body: &str) -> Self {
        Self(form_urlencoded::parse(body.as_bytes()).into_owned().take(FIELDS_MAX).collect())
    }

    /// The first value of a field, without blanks around it; empty if it was not sent.
    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// What is asked for.
    ///
    /// # Errors
    ///
    /// The key of the text that says what is wrong.
    pub(super) fn preferences(&self, page: &Page) -> Result<Preferences, &'static str> {
        let severity = Severity::from_word(self.one("severity")).unwrap_or(Severity::Notice);
        let tag = self.one("language");
        let language = page.languages.iter().find(|language| language.as_str() == tag);
        let zone = if self.one("zone").is_empty() { &page.time_zone } else { self.one("zone") };
        Zone::named(zone).ok_or("desk.wrong_zone")?;
        Ok(Preferences {
            follows: self.follows(page)?,
            from_severity: severity,
            language: language.unwrap_or_else(|| page.first_language()).clone(),
            time_zone: zone.to_owned(),
        })
    }

    fn follows(&self, page: &Page) -> Result<FeatureFilter, &'static str> {
        if self.one("follow") != "some" {
            return Ok(FeatureFilter::Everything);
        }
        let known: BTreeSet<&FeatureId> = can_be_followed(page).collect();
        let chosen = self.all("feature").filter_map(FeatureId::new).filter(|id| known.contains(id));
        let chosen: BTreeSet<FeatureId> = chosen.collect();
        if chosen.is_empty() { Err("desk.wrong_follow") } else { Ok(FeatureFilter::Features(chosen)) }
    }
}

/// The features and the groups that have an id.
pub(super) fn can_be_followed(page: &Page) -> impl Iterator<Item = &FeatureId> {
    let groups = page.groups.iter().filter_map(|group| group.id.as_ref());
    groups.chain(page.features().map(|feature| &feature.id))
}

/// A form's language that nobody chose yet.
pub(super) fn fresh(page: &Page, language: &Language) -> Preferences {
    Preferences {
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: language.clone(),
        time_zone: page.time_zone.clone(),
    }
}
