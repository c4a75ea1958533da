//! What holds for every site and every sequence of edits.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::{any_incident, any_site, minutes, now};
use super::cosmetic::{Cosmetic, IncidentEdit, any_cosmetic};
use super::semantic::{Semantic, any_semantic, still_open};
use crate::diff::{baseline, difference};
use crate::model::announced::Baseline;
use crate::model::change::Change;
use crate::model::change::ChangeKind;
use crate::model::edit::Part;
use crate::model::incident::Incident;
use crate::model::site::Site;

fn difference_at_rest(announced: &Baseline, site: &Site, at: i64) -> (Vec<Change>, Baseline) {
    let first = difference(announced, site, minutes(at));
    let again = difference(&first.announced, site, minutes(at));
    assert_eq!(again.changes, [], "comparing again found changes");
    assert_eq!(again.announced, first.announced, "comparing again moved the baseline");
    (first.changes, first.announced)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cosmetic_edits_are_silent(site in any_site(), edits in vec(any_cosmetic(), 1..8)) {
        let announced = baseline(&site, now());
        let mut edited = site.clone();
        edits.iter().for_each(|edit| edit.apply(&mut edited));
        let (changes, after) = difference_at_rest(&announced, &edited, 0);
        prop_assert_eq!(&changes, &[]);
        prop_assert_eq!(difference(&after, &site, now()).changes, [], "taking the edits back");
    }

    #[test]
    fn cosmetic_edits_one_by_one_are_silent(site in any_site(), edits in vec(any_cosmetic(), 1..8)) {
        let (mut announced, mut edited) = (baseline(&site, now()), site);
        for edit in edits {
            edit.apply(&mut edited);
            let (changes, after) = difference_at_rest(&announced, &edited, 0);
            prop_assert_eq!(changes, []);
            announced = after;
        }
    }

    #[test]
    fn a_semantic_edit_is_exactly_its_change(
        open in any_incident(), mut site in any_site(), edit in any_semantic(), dress in any_cosmetic(),
    ) {
        let id = crate::model::incident::IncidentId::new("open").unwrap();
        site.incidents.insert(0, Arc::new(Incident { id, ..still_open(open) }));
        let announced = baseline(&site, now());
        let expected = edit.apply(&mut site);
        // Deleting the file would take the news with it, and retiming its heading would date it again.
        // Renamed and under another title, an incident without a word is another one.
        let is_new_name = matches!((&edit, &dress), (Semantic::Retitle(_), Cosmetic::Edit(_, IncidentEdit::Rename)));
        if !is_new_name && !matches!(dress, Cosmetic::DeleteFile(_) | Cosmetic::Edit(_, IncidentEdit::Retime(..))) {
            dress.apply(&mut site);
        }
        let (changes, _) = difference_at_rest(&announced, &site, 0);
        let mut told: Vec<_> = changes.into_iter().flat_map(|change| change.what).collect();
        // With a typing error corrected in the same text, what is added to it may count as a correction.
        for what in &mut told {
            if let ChangeKind::Corrected { part: Part::Update { at }, language: None } = *what
                && expected.contains(&ChangeKind::UpdatePosted { at })
            {
                *what = ChangeKind::UpdatePosted { at };
            }
        }
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn everything_converges(
        site in any_site(), steps in vec((vec(any_edit(), 0..4), 0..600_i64), 1..6),
    ) {
        let (mut announced, mut site, mut at) = (Baseline::default(), site, 0);
        let mut ids = BTreeSet::new();
        for (edits, later) in steps {
            at += later;
            edits.iter().for_each(|edit| edit.apply(&mut site));
            let (changes, after) = difference_at_rest(&announced, &site, at);
            for change in changes {
                prop_assert!(ids.insert(change.id.clone()), "an id came twice");
                prop_assert!(!change.what.is_empty() && change.what.is_sorted());
                prop_assert_eq!(change.revision, after.incidents[&change.origin].revision);
                let before = announced.incidents.get(&change.origin).map_or(0, |before| before.revision);
                prop_assert_eq!(change.revision, before + 1);
            }
            prop_assert!(announced.incidents.keys().all(|origin| after.incidents.contains_key(origin)));
            announced = after;
        }
    }

    #[test]
    fn the_order_of_the_files_does_not_matter(before in any_site(), edits in vec(any_edit(), 0..6)) {
        let announced = baseline(&before, now() - TimeDelta::hours(6));
        let mut site = before;
        edits.iter().for_each(|edit| edit.apply(&mut site));
        let mut turned = site.clone();
        turned.incidents.reverse();
        prop_assert_eq!(difference(&announced, &site, now()), difference(&announced, &turned, now()));
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Cosmetic(Cosmetic),
    Semantic(Semantic),
}

impl Edit {
    fn apply(&self, site: &mut Site) {
        match self {
            Self::Cosmetic(edit) => edit.apply(site),
            Self::Semantic(edit) if !site.incidents.is_empty() => {
                edit.apply(site);
            }
            Self::Semantic(_) => {}
        }
    }
}

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![any_cosmetic().prop_map(Edit::Cosmetic), any_semantic().prop_map(Edit::Semantic)]
}
