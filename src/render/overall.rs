//! The state of the page as a whole, in a sentence.

use std::collections::BTreeMap;

use super::edition::LanguageEdition;
use crate::model::feature::{FeatureId, Status};

/// The overall state in a customer's words.
pub(super) fn sentence<'a>(edition: &LanguageEdition<'a>) -> &'a str {
    sentence_of(edition, &edition.snapshot.statuses, edition.snapshot.overall)
}

/// The same for other states of the features.
pub(super) fn sentence_of<'a>(
    edition: &LanguageEdition<'a>,
    statuses: &BTreeMap<&FeatureId, Status>,
    overall: Status,
) -> &'a str {
    let all_down = !statuses.is_empty() && statuses.values().all(|status| *status == Status::MajorOutage);
    edition.words.say(match overall {
        Status::Operational => "overall.operational",
        Status::Maintenance => "overall.maintenance",
        Status::Degraded => "overall.degraded",
        Status::PartialOutage => "overall.partial_outage",
        Status::MajorOutage if all_down => "overall.all_down",
        Status::MajorOutage => "overall.major_outage",
    })
}
