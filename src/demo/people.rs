//! The demo's subscribers: each is notified of the outage in another way, and one is not.

use std::collections::BTreeSet;

use crate::model::endpoint::Endpoint;
use crate::model::feature::FeatureId;
use crate::model::localized::Language;
use crate::model::phase::Severity;
use crate::model::subscriber::{FeatureFilter, Subscription};

/// Someone in the demo.
pub(super) struct Person {
    /// What the demo calls them.
    pub(super) name: &'static str,
    /// What to know of them.
    pub(super) about: &'static str,
    addresses: &'static [&'static str],
    language: &'static str,
    follows: &'static [&'static str],
}

/// The demo's subscribers.
pub(super) const PEOPLE: [Person; 4] = [
    Person {
        name: "Ana",
        about: "everything, by email, in English",
        addresses: &["ana@demo.test"],
        language: "en",
        follows: &[],
    },
    Person {
        name: "Bruno",
        about: "sign-in, by email and then by SMS, in Spanish",
        addresses: &["bruno@demo.test", "+34600000002"],
        language: "es",
        follows: &["sign-in"],
    },
    Person {
        name: "Clara",
        about: "everything, by SMS, in German",
        addresses: &["+491510000003"],
        language: "de",
        follows: &[],
    },
    Person {
        name: "Dev",
        about: "only returns, by email, in English",
        addresses: &["dev@demo.test"],
        language: "en",
        follows: &["returns"],
    },
];

impl Person {
    /// What they asked for.
    pub(super) fn subscription(&self) -> Option<Subscription> {
        let features: BTreeSet<_> = self.follows.iter().filter_map(|id| FeatureId::new(id)).collect();
        Some(Subscription {
            follows: if features.is_empty() {
                FeatureFilter::Everything
            } else {
                FeatureFilter::Features(features)
            },
            from_severity: Severity::Notice,
            language: Language::new(self.language)?,
            time_zone: "Europe/Madrid".to_owned(),
            endpoints: self.addresses.iter().filter_map(|address| Endpoint::read(address)).collect(),
            fields: Default::default(),
        })
    }

    /// Whether an address, whole or masked, is theirs.
    pub(super) fn has(&self, address: &str) -> bool {
        self.addresses
            .iter()
            .any(|own| *own == address || Endpoint::read(own).is_some_and(|own| own.to_string() == address))
    }
}

/// Whose address it is.
pub(super) fn owner(address: &str) -> &'static str {
    PEOPLE.iter().find(|person| person.has(address)).map_or("somebody", |person| person.name)
}
