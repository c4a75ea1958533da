//! The announced facts, with the present ID of each feature.
//!
//! Promises: a feature that got another id is the same feature, so no message says that one came and another went.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::feature::FeatureId;
use crate::model::page::Page;

/// The record with the ids that the page has now.
pub(super) fn as_called_now<'a>(announced: &'a Baseline, page: &Page) -> Cow<'a, Baseline> {
    let is_former = |id: &FeatureId| page.current_id(id) != id;
    let names_former = |one: &BaselineIncident| one.affected.keys().chain(&one.touched).any(is_former);
    if !page.has_renamed() || !announced.incidents.values().any(names_former) {
        return Cow::Borrowed(announced);
    }
    let mut renamed = announced.clone();
    for incident in renamed.incidents.values_mut().filter(|one| names_former(one)) {
        let current = |id: FeatureId| page.current_id(&id).clone();
        let mut affected = BTreeMap::new();
        for (id, status) in std::mem::take(&mut incident.affected) {
            let worst = affected.entry(current(id)).or_insert(status);
            *worst = status.max(*worst);
        }
        incident.affected = affected;
        incident.touched =
            std::mem::take(&mut incident.touched).into_iter().map(current).collect::<BTreeSet<_>>();
    }
    Cow::Owned(renamed)
}
