//! Features: business functions a customer would name, and their status.

use std::fmt;

use super::Moment;
use super::localized::Localized;

/// A feature's short name in files and URLs: lower-case letters, digits and hyphens, such as `checkout`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureId(String);

impl FeatureId {
    /// Takes 1 to 64 lower-case ASCII letters, digits and inner hyphens; `None` for anything else.
    pub fn new(id: &str) -> Option<Self> {
        let shaped = (1..=64).contains(&id.len())
            && !id.starts_with('-')
            && !id.ends_with('-')
            && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        shaped.then(|| Self(id.to_owned()))
    }

    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A business function, never a host or a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Feature {
    /// The name in files and URLs.
    pub id: FeatureId,
    /// The name readers see.
    pub name: Localized,
    /// One sentence on what it does, if the name is not enough.
    pub description: Option<Localized>,
    /// From when to when it exists.
    pub life: Life,
    /// The ids it had before: files and followers may still use them.
    pub was: Vec<FeatureId>,
}

impl Feature {
    /// A feature of which no more than its name is known.
    pub fn named(id: FeatureId, name: Localized) -> Self {
        Self { id, name, description: None, life: Life::default(), was: Vec::new() }
    }
}

/// From when to when a feature exists; without limits unless its operator gives some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Life {
    /// Start of the feature's life; uptime counts from here.
    pub since: Option<Moment>,
    /// The moment after its last: its name and history stay.
    pub until: Option<Moment>,
}

impl Life {
    /// Whether it has no limits.
    pub fn is_unlimited(self) -> bool {
        self == Self::default()
    }

    /// Whether it exists at a moment.
    pub fn holds_at(self, at: Moment) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    /// The part of the time between two moments in which it exists; its end is not after its start if there is none.
    pub fn within(self, from: Moment, to: Moment) -> (Moment, Moment) {
        (self.since.map_or(from, |since| since.max(from)), self.until.map_or(to, |until| until.min(to)))
    }
}

/// Features shown together, in the operator's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// What represents all of its features in files and subscriptions, if it has a name for that.
    pub id: Option<FeatureId>,
    /// The name readers see.
    pub name: Localized,
    /// In the order of the file.
    pub features: Vec<Feature>,
}

impl Group {
    /// The features that exist at a moment.
    pub fn features_at(&self, at: Moment) -> impl Iterator<Item = &Feature> {
        self.features.iter().filter(move |feature| feature.life.holds_at(at))
    }
}

/// How a feature is doing, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The feature works.
    Operational,
    /// Planned work is in progress.
    Maintenance,
    /// Slow, or now and then failing.
    Degraded,
    /// The feature fails for some people or some requests.
    PartialOutage,
    /// The feature fails for everyone.
    MajorOutage,
}

impl Status {
    /// Every status, from best to worst.
    pub const ALL: [Self; 5] =
        [Self::Operational, Self::Maintenance, Self::Degraded, Self::PartialOutage, Self::MajorOutage];

    /// The word in files: `partial_outage`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Maintenance => "maintenance",
            Self::Degraded => "degraded",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
        }
    }

    /// The status a word in a file names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> Moment {
        format!("2026-11-20T{hour:02}:00:00Z").parse().unwrap()
    }

    #[test]
    fn an_id_has_only_characters_that_are_safe_in_a_url() {
        let (longest, longer) = ("a".repeat(64), "a".repeat(65));
        for (id, is_one) in [
            ("checkout", true),
            ("7", true),
            ("card-payments-2", true),
            ("a--b", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("-checkout", false),
            ("checkout-", false),
            ("Checkout", false),
            ("check_out", false),
            ("caf\u{e9}", false),
            ("a/b", false),
            ("a b", false),
        ] {
            assert_eq!(FeatureId::new(id).is_some(), is_one, "{id}");
        }
    }

    #[test]
    fn a_feature_exists_from_its_first_moment_up_to_the_one_after_its_last() {
        let life =
            |since: Option<u32>, until: Option<u32>| Life { since: since.map(at), until: until.map(at) };
        for (life, hours, within) in [
            (life(None, None), [true, true, true], (8, 12)),
            (life(Some(10), None), [false, true, true], (10, 12)),
            (life(None, Some(10)), [true, false, false], (8, 10)),
            (life(Some(9), Some(11)), [true, true, false], (9, 11)),
            (life(Some(6), Some(23)), [true, true, true], (8, 12)),
        ] {
            assert_eq!([9, 10, 11].map(|hour| life.holds_at(at(hour))), hours, "{life:?}");
            assert_eq!(life.within(at(8), at(12)), (at(within.0), at(within.1)), "{life:?}");
            assert_eq!(life.is_unlimited(), life.since.is_none() && life.until.is_none());
        }
        let gone = life(None, Some(7)).within(at(8), at(12));
        assert!(gone.1 <= gone.0, "a feature that ended before has no part of the time: {gone:?}");
    }
}
