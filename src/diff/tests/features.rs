//! A feature that got another id is the same feature: its followers stay, and the change is not announced.

use super::build::{feature, incident, minutes, now, site, update};
use crate::diff::{baseline, difference};
use crate::model::change::ChangeKind;
use crate::model::incident::Incident;
use crate::model::phase::Phase;
use crate::model::site::Site;

/// The site once `checkout` is called `paying`, as its files are then read.
fn renamed(story: Incident) -> Site {
    let mut site = site([story]);
    let checkout = &mut site.page.groups[0].features[0];
    checkout.was = vec![std::mem::replace(&mut checkout.id, feature("paying"))];
    for incident in &mut site.incidents {
        let affected = site.page.by_feature(&incident.affected);
        std::sync::Arc::make_mut(incident).affected = affected;
    }
    site
}

#[test]
fn a_renamed_feature_is_told_to_nobody_and_keeps_its_followers() {
    let told = baseline(&site([incident("cards")]), now());
    let silent = difference(&told, &renamed(incident("cards")), now());
    assert_eq!(silent.changes, []);
    let mut over = incident("cards");
    over.updates.push(update(minutes(45), Phase::Resolved, "Cards work again."));
    let site = renamed(over);
    let end = difference(&silent.announced, &site, minutes(50)).changes;
    assert_eq!(end[0].what, [ChangeKind::Resolved, ChangeKind::UpdatePosted { at: minutes(45) }]);
    assert!(end[0].touched.contains(&feature("paying")) && !end[0].touched.contains(&feature("checkout")));
    assert!(
        site.page.with_groups(&end[0].touched).contains(&feature("checkout")),
        "followers of the old id are asked"
    );
}
