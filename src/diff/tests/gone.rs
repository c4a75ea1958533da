//! What subscribers know as ongoing and no file tells any more.

use proptest::prelude::*;

use super::build::{any_site, any_words, feature, incident, minutes, now, site, update};
use super::stories::resolved_at;
use crate::diff::{Terms, baseline, compare, compare_with, departed};
use crate::model::announced::Baseline;
use crate::model::change::ChangeKind;
use crate::model::departed::Became;
use crate::model::edit::MaybeRenamed;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::phase::Phase;

#[test]
fn what_was_told_as_ongoing_does_not_leave_without_a_word() {
    let told = baseline(&site([incident("a")]), now());
    let gone_of = |incidents: Vec<Incident>| {
        compare(&told, &site(incidents), now()).gone.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(gone_of(vec![incident("a")]), [""; 0]);
    assert_eq!(gone_of(vec![incident("renamed")]), [""; 0]);
    assert_eq!(gone_of(vec![]), ["a"]);
    let mut hidden = incident("a");
    hidden.updates[0].audience = Audience::Internal;
    assert_eq!(gone_of(vec![hidden]), ["a"]);
    let ended = baseline(&site([resolved_at(minutes(-60))]), now());
    assert!(compare(&ended, &site([]), now()).gone.is_empty(), "what is over may go to the archive");
}

#[test]
fn a_file_that_another_incident_took_over_is_not_missed() {
    let told = baseline(&site([incident("latest")]), now());
    let mut next = incident("latest");
    next.started = minutes(60 * 72);
    next.updates[0].at = minutes(60 * 72 + 10);
    let later = minutes(60 * 73);
    let compared = compare(&told, &site([next.clone()]), later);
    assert_eq!(compared.difference.changes.len(), 1);
    assert!(compared.gone.is_empty());
    let after = compared.difference.announced;
    assert!(compare(&after, &site([next]), later).gone.is_empty());
}

#[test]
fn what_may_be_renamed_is_asked_about_and_paired_once_it_is_answered() {
    let told = baseline(&site([incident("a")]), now());
    let mut other = incident("b");
    other.title = Localized::plain("Checkout is broken");
    other.started = minutes(-60);
    other.updates = vec![update(minutes(-50), Phase::Investigating, "Orders end in an error page.")];
    let unsure = |incident: &Incident| compare(&told, &site([incident.clone()]), now()).unsure;
    let id = |id: &str| IncidentId::new(id).unwrap();
    assert_eq!(unsure(&other), [MaybeRenamed { incident: id("b"), announced: id("a") }]);
    assert_eq!(
        compare(&told, &site([other.clone()]), now()).difference.changes[0].what,
        [ChangeKind::Opened]
    );
    // With the file there, of another feature, or of another day it is another one.
    assert_eq!(compare(&told, &site([incident("a"), other.clone()]), now()).unsure, []);
    let of_search = Incident { affected: [(feature("search"), Status::Degraded)].into(), ..other.clone() };
    assert_eq!(unsure(&of_search), []);
    let old = Incident { started: minutes(-60 * 48), ..other.clone() };
    assert_eq!(unsure(&old), []);
    let terms = Terms { renamed: [(id("b"), id("a"))].into(), ..Terms::default() };
    let answered = compare_with(&told, &site([other]), &terms, now());
    assert_eq!((answered.unsure, answered.gone), (Vec::new(), Vec::new()));
    let change = &answered.difference.changes[0];
    assert_eq!(change.origin, id("a"));
    assert!(!change.what.contains(&ChangeKind::Opened), "{:?}", change.what);
}

proptest! {
    #[test]
    fn whatever_is_taken_away_no_open_incident_leaves_without_a_word(
        all in any_site(),
        kept in prop::collection::vec(any::<bool>(), 6),
        hidden in prop::collection::vec(any::<bool>(), 6),
    ) {
        let told = baseline(&all, now());
        let mut left: Vec<Incident> = all.incidents.iter().map(|incident| (**incident).clone()).collect();
        let mut number = 0;
        left.retain(|_| { number += 1; kept[number - 1] });
        for (incident, hides) in left.iter_mut().zip(&hidden) {
            incident.updates.iter_mut().filter(|_| *hides).for_each(|update| update.audience = Audience::Internal);
        }
        let compared = compare(&told, &site(left.clone()), now());
        let after = &compared.difference.announced;
        for told in told.incidents.values().filter(|told| !told.phase.is_over() && told.phase != Phase::Scheduled) {
            let is_shown = |incident: &Incident| {
                told.updates.is_empty() || incident.public_updates().next().is_some()
            };
            let names = after.incidents.values().map(|after| &after.id);
            let is_there = left.iter().any(|one| names.clone().any(|name| *name == one.id) && is_shown(one) && one.id == told.id);
            let is_renamed = left.iter().any(|one| one.id != told.id && !all.incidents.iter().any(|old| old.id == one.id));
            prop_assert!(is_there || is_renamed || compared.gone.contains(&told.id), "{}", told.id);
        }
    }

    #[test]
    fn a_renamed_file_with_corrected_times_is_neither_new_nor_back(
        body in any_words(),
        moved in -71 * 60..71 * 60_i64,
    ) {
        let mut open = incident("a");
        open.updates[0].body = Localized::plain(format!("Since this morning we see that {body} and more of it."));
        let told = baseline(&site([open.clone()]), now());
        let mut corrected = Incident { id: IncidentId::new("b").unwrap(), ..open };
        let by = chrono::TimeDelta::minutes(moved.min(100));
        corrected.started += by;
        corrected.updates[0].at += by;
        let compared = compare(&told, &site([corrected]), now());
        prop_assert_eq!(compared.gone, []);
        let what: Vec<_> = compared.difference.changes.into_iter().flat_map(|change| change.what).collect();
        prop_assert!(!what.iter().any(ChangeKind::opens_or_ends), "{:?}", what);
    }

    #[test]
    fn a_file_used_again_after_its_end_is_opened_again(gap in 1..60 * 24 * 90_i64, body in any_words()) {
        let ended = resolved_at(minutes(-60));
        let told = baseline(&site([ended.clone()]), now());
        let start = minutes(-60 + gap);
        let next = Incident {
            started: start,
            updates: vec![update(start, Phase::Investigating, &body)],
            ..ended
        };
        let changes = compare(&told, &site([next]), start).difference.changes;
        prop_assert_eq!(&changes[0].what, &[ChangeKind::Opened]);
    }
}

#[test]
fn an_address_that_was_told_says_what_became_of_its_incident() {
    let open = baseline(&site([incident("a")]), now());
    let ended = baseline(&site([resolved_at(minutes(-60))]), now());
    let of = |told: &Baseline, incidents: Vec<Incident>| {
        let departed = departed(told, &site(incidents), now());
        departed.into_iter().map(|one| (one.id.to_string(), one.became)).collect::<Vec<_>>()
    };
    let id = resolved_at(minutes(-60)).id.to_string();
    assert_eq!(of(&open, vec![incident("a")]), []);
    let moved = Became::Moved { to: IncidentId::new("archive/a").unwrap() };
    assert_eq!(of(&open, vec![incident("archive/a")]), [("a".to_owned(), moved)]);
    assert_eq!(of(&open, vec![]), [], "what is told as going on is held, and nothing takes its place");
    assert_eq!(of(&ended, vec![]), [(id, Became::TakenOff)]);
}
