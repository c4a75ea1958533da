//! Lists of subscribers: the values for each, and how they change an existing subscriber.
//!
//! Promises: a value that the list omits does not change. A list adds addresses, and removes one only with `--replace`.

use std::collections::BTreeMap;

use super::endpoint::Endpoint;
use super::localized::Language;
use super::phase::Severity;
use super::subscriber::{FeatureFilter, Subscription};

/// What a row of a list says of a subscriber. `None` leaves what is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedSubscriber {
    /// Their addresses, in their order of preference; at least one.
    pub endpoints: Vec<Endpoint>,
    /// Of which features and groups messages are wanted.
    pub follows: Option<FeatureFilter>,
    /// The least severity wanted.
    pub from_severity: Option<Severity>,
    /// The language to write in.
    pub language: Option<Language>,
    /// The IANA zone to write times in.
    pub time_zone: Option<String>,
    /// What else the operator keeps about them, by column; an empty text removes it.
    pub fields: BTreeMap<String, String>,
}

/// A list of subscribers, and how it is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriberList {
    /// What it says of each.
    pub rows: Vec<ListedSubscriber>,
    /// What a new subscriber has where the list is silent. Has no address.
    pub defaults: Subscription,
    /// Whether a subscriber has the addresses of the list and no others afterwards.
    pub replaces_addresses: bool,
}

impl ListedSubscriber {
    /// The subscription that `before` is after this row.
    pub fn applied_to(&self, before: &Subscription, replaces_addresses: bool) -> Subscription {
        let mut fields = before.fields.clone();
        fields.extend(self.fields.clone());
        fields.retain(|_, value| !value.is_empty());
        Subscription {
            follows: self.follows.clone().unwrap_or_else(|| before.follows.clone()),
            from_severity: self.from_severity.unwrap_or(before.from_severity),
            language: self.language.clone().unwrap_or_else(|| before.language.clone()),
            time_zone: self.time_zone.clone().unwrap_or_else(|| before.time_zone.clone()),
            endpoints: if replaces_addresses {
                self.endpoints.clone()
            } else {
                self.added_to(&before.endpoints)
            },
            fields,
        }
    }

    /// The addresses of before in their order, then the new ones. A row that has them all sets the order.
    fn added_to(&self, before: &[Endpoint]) -> Vec<Endpoint> {
        let has = |all: &[Endpoint], one: &Endpoint| all.iter().any(|other| other.is_same(one));
        if before.iter().all(|one| has(&self.endpoints, one)) {
            return self.endpoints.clone();
        }
        // The last spelling is the one that messages go to.
        let spelled =
            |one: &Endpoint| self.endpoints.iter().find(|new| new.is_same(one)).unwrap_or(one).clone();
        let new = self.endpoints.iter().filter(|new| !has(before, new)).cloned();
        before.iter().map(spelled).chain(new).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feature::FeatureId;
    use crate::model::sample::subscription;

    fn addresses(before: &[&str], row: &[&str], replaces: bool) -> Vec<String> {
        let row = ListedSubscriber { endpoints: subscription(row).endpoints, ..ListedSubscriber::default() };
        let after = row.applied_to(&subscription(before), replaces);
        after.endpoints.iter().map(|one| one.expose().to_owned()).collect()
    }

    #[test]
    fn a_list_adds_addresses_and_removes_one_only_if_it_replaces_them() {
        let (mail, new, phone) = ("ana@example.org", "new@example.org", "+34600000001");
        assert_eq!(addresses(&[phone, mail], &[mail], false), [phone, mail]);
        assert_eq!(addresses(&[phone, mail], &[mail, new], false), [phone, mail, new]);
        assert_eq!(
            addresses(&[phone, mail], &[mail, phone, new], false),
            [mail, phone, new],
            "sets the order"
        );
        assert_eq!(addresses(&[mail, phone], &["Ana@example.org"], false), ["Ana@example.org", phone]);
        assert_eq!(addresses(&[phone, mail], &[mail], true), [mail]);
    }

    #[test]
    fn what_a_list_does_not_say_stays_as_it_is() {
        let features = FeatureFilter::Features([FeatureId::new("checkout").unwrap()].into());
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut before = subscription(&["ana@example.org"]);
        before.follows = features;
        before.from_severity = Severity::Critical;
        before.fields = [field("plan", "pro"), field("region", "eu")].into();
        let silent = ListedSubscriber { endpoints: before.endpoints.clone(), ..ListedSubscriber::default() };
        assert_eq!(silent.applied_to(&before, false), before);
        let row = ListedSubscriber {
            follows: Some(FeatureFilter::Everything),
            fields: [field("plan", ""), field("tier", "1")].into(),
            ..silent
        };
        let after = row.applied_to(&before, false);
        assert_eq!((after.follows, after.from_severity), (FeatureFilter::Everything, Severity::Critical));
        assert_eq!(after.fields, [field("region", "eu"), field("tier", "1")].into());
    }
}
