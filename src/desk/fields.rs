//! The fields of a form, and the subscription that they ask for.
//!
//! Promises: a request is complete or is refused with a reason; only what a form offers can be asked for: features and
//! languages of the page, and time zones that exist.

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::parse_page;

    const PAGE: &str = "name = 'Acme'\nurl = 'https://status.acme.test'\nlanguages = ['en', 'es']\ntime_zone = 'Europe/Madrid'\n\
        [[groups]]\nid = 'shop'\nname = 'Shop'\n[[groups.features]]\nid = 'checkout'\nname = 'Checkout'\n\
        [[groups.features]]\nid = 'search'\nname = 'Search'\n";

    fn page() -> Page {
        parse_page(PAGE).0.unwrap()
    }

    #[test]
    fn a_form_asks_for_what_it_offers() {
        let features = |ids: &[&str]| {
            FeatureFilter::Features(ids.iter().map(|id| FeatureId::new(id).unwrap()).collect())
        };
        let all = FeatureFilter::Everything;
        for (body, follows, language, zone) in [
            ("", Ok(all.clone()), "en", "Europe/Madrid"),
            ("language=es&zone=UTC&feature=search", Ok(all.clone()), "es", "UTC"),
            (
                "follow=some&feature=search&feature=shop&feature=none",
                Ok(features(&["search", "shop"])),
                "en",
                "Europe/Madrid",
            ),
            ("follow=some&follow=all&feature=search", Ok(features(&["search"])), "en", "Europe/Madrid"),
            ("follow=some&feature=%73earch&language=%FF", Ok(features(&["search"])), "en", "Europe/Madrid"),
            ("follow=some&feature=../search&feature=SEARCH", Err("desk.wrong_follow"), "", ""),
            ("follow=some", Err("desk.wrong_follow"), "", ""),
            ("zone=../../etc/localtime", Err("desk.wrong_zone"), "", ""),
            ("zone=%00", Err("desk.wrong_zone"), "", ""),
        ] {
            let wish = Fields::read(body).preferences(&page());
            let found = wish.map(|wish| (wish.follows, wish.language.to_string(), wish.time_zone));
            assert_eq!(
                found,
                follows.map(|follows| (follows, language.to_owned(), zone.to_owned())),
                "{body}"
            );
        }
    }

    #[test]
    fn a_form_has_no_more_fields_than_ours() {
        let body = format!("{}address=late@example.org", "a=b&".repeat(FIELDS_MAX));
        assert_eq!(Fields::read(&body).one("address"), "");
        assert_eq!(Fields::read(&body).all("a").count(), FIELDS_MAX);
    }

    proptest! {
        #[test]
        fn whatever_is_sent_asks_for_nothing_that_is_not_offered(
            pairs in proptest::collection::vec((
                proptest::sample::select(&["follow", "feature", "language", "zone", "severity", "address", "x"][..]),
                prop_oneof!["\\PC*", proptest::sample::select(&["some", "search", "shop", "es", "UTC", "%", "&", "\0"][..]).prop_map(str::to_owned)],
            ), 0..12),
            rest in "\\PC*",
        ) {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let page = page();
            for body in [format!("{body}{rest}"), rest] {
                let Ok(wish) = Fields::read(&body).preferences(&page) else { continue };
                prop_assert!(page.languages.contains(&wish.language));
                prop_assert!(Zone::named(&wish.time_zone).is_some());
                if let FeatureFilter::Features(ids) = wish.follows {
                    let known: BTreeSet<&FeatureId> = can_be_followed(&page).collect();
                    prop_assert!(!ids.is_empty() && ids.iter().all(|id| known.contains(id)));
                }
            }
        }
    }
}
