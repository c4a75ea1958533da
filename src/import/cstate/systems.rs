//! Finds the feature for the name of a system in an incident.
//!
//! A close misspelling counts as that system, with a note; an unknown name becomes a feature of its own, so that no
//! incident loses what it affected.

use std::collections::{BTreeMap, BTreeSet};

use super::super::words::plain_letters;
use crate::model::feature::{Feature, FeatureId};
use crate::model::hash::derive;
use crate::model::localized::Localized;

/// Longer names are compared as they are: what a typing error costs to find grows with the square of the length.
const NEAR_BYTES_MAX: usize = 200;

/// The features of the configuration, to be found by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Systems {
    ids: BTreeMap<String, FeatureId>,
    taken: BTreeSet<FeatureId>,
    /// The number that the next system gets whose name becomes this id.
    numbers: BTreeMap<FeatureId, u32>,
    whole: Option<FeatureId>,
}

/// What a name in `affected` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A system of the configuration, by its name.
    Known(FeatureId),
    /// Almost the name of a system: the name it has.
    Near(FeatureId, String),
    /// No system of the configuration: the feature it becomes.
    Unknown(FeatureId),
}

impl Systems {
    /// Takes in a system and gives it an id of its own.
    pub(super) fn add(&mut self, name: &str) -> FeatureId {
        let number = self.numbers.entry(slug(name)).or_insert(1);
        let free = (*number..).map(|number| (number, numbered(name, number)));
        let (taken, id) =
            free.into_iter().find(|(_, id)| !self.taken.contains(id)).unwrap_or((1, slug(name)));
        *number = taken + 1;
        self.taken.insert(id.clone());
        self.ids.insert(name.to_owned(), id.clone());
        id
    }

    /// Takes in the one feature of a page that has none: what names no system affects it.
    pub(super) fn add_whole(&mut self, name: &str) -> FeatureId {
        let id = self.add(name);
        self.whole = Some(id.clone());
        id
    }

    /// The feature that represents the whole page, if there is no other.
    pub(super) fn whole(&self) -> Option<&FeatureId> {
        self.whole.as_ref()
    }

    /// Whether a system of that exact name was taken in.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.ids.contains_key(name)
    }

    /// Finds the feature a name means.
    pub(super) fn find(&self, name: &str) -> Meaning {
        if let Some(id) = self.ids.get(name) {
            return Meaning::Known(id.clone());
        }
        let near = self.ids.iter().filter_map(|(known, id)| Some((distance(name, known)?, known, id)));
        match near.min() {
            Some((_, known, id)) => Meaning::Near(id.clone(), known.clone()),
            None => Meaning::Unknown(slug(name)),
        }
    }
}

/// A feature without a description.
pub(super) fn feature(id: FeatureId, name: &str) -> Feature {
    Feature::named(id, Localized::plain(name))
}

/// How far a name is from a known one; `None` when they are different names. Digits must agree: `cluster-1` and
/// `cluster-2` are two systems, not a typing error.
fn distance(name: &str, known: &str) -> Option<usize> {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (name, known) = (plain(name), plain(known));
    if name == known {
        return (!name.is_empty()).then_some(0);
    }
    let allowed = match known.chars().count() {
        0..=5 => 0,
        6..=13 => 1,
        _ => 2,
    };
    // Every letter more is a step, so names of other lengths need no comparison.
    if name.chars().count().abs_diff(known.chars().count()) > allowed || known.len() > NEAR_BYTES_MAX {
        return None;
    }
    let far = strsim::osa_distance(&name, &known);
    (far <= allowed && digits(&name) == digits(&known)).then_some(far)
}

fn numbered(name: &str, number: u32) -> FeatureId {
    let id = slug(name);
    if number == 1 {
        return id;
    }
    let stem: String = id.as_str().chars().take(56).collect();
    FeatureId::new(&format!("{}-{number}", stem.trim_end_matches('-'))).unwrap_or(id)
}

/// The id a name becomes: its letters and digits in lower case with hyphens between; a name without any
/// becomes a short hash.
fn slug(name: &str) -> FeatureId {
    let spaced: String = plain_letters(&name.to_lowercase())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(64).collect();
    let hashed = || {
        let hash: String = derive("feature", &[name]).chars().take(10).collect();
        FeatureId::new(&format!("feature-{hash}"))
    };
    FeatureId::new(cut.trim_end_matches('-')).or_else(hashed).unwrap_or_else(|| slug("feature"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn systems(names: &[&str]) -> Systems {
        let mut systems = Systems::default();
        for name in names {
            systems.add(name);
        }
        systems
    }

    fn id(text: &str) -> FeatureId {
        FeatureId::new(text).unwrap()
    }

    #[test]
    fn ids_are_unique_and_shaped() {
        let mut systems = Systems::default();
        assert_eq!(systems.add("Card payments (EU)"), id("card-payments-eu"));
        assert_eq!(systems.add("card payments EU"), id("card-payments-eu-2"));
        assert!(systems.add("支払い").as_str().starts_with("feature-"));
        assert!(systems.add(&"long ".repeat(50)).as_str().len() <= 64);
    }

    #[test]
    fn typing_errors_are_near_and_neighbours_are_not() {
        let systems = systems(&["repo.jenkins-ci.org", "www.jenkins.io", "agents-cluster-2", "API"]);
        let near = |name, known: &str, known_id| {
            assert_eq!(systems.find(name), Meaning::Near(id(known_id), known.to_owned()));
        };
        near("repo-jenkins-ci.org", "repo.jenkins-ci.org", "repo-jenkins-ci-org");
        near("repo.jenkin-ci.org", "repo.jenkins-ci.org", "repo-jenkins-ci-org");
        near("api", "API", "api");
        for other in ["vpn.jenkins.io", "agents-cluster-1", "app", ""] {
            assert!(matches!(systems.find(other), Meaning::Unknown(_)), "{other}");
        }
    }
}
