//! What the public does not read, or not yet: ends that are dated ahead, and updates for a narrower audience.

use std::sync::Arc;

use super::build::{incident, minutes, now, site, update};
use super::stories::heard;
use crate::diff::{baseline, compare, unannounced_hidden};
use crate::model::announced::Baseline;
use crate::model::change::ChangeKind;
use crate::model::edit::Reason;
use crate::model::incident::{Audience, Incident, Update};
use crate::model::phase::Phase;

#[test]
fn an_end_counts_half_an_hour_ahead_and_other_words_do_not() {
    let ended = |at| {
        heard(incident("a"), |it| it.updates.push(update(minutes(at), Phase::Resolved, "It is over now.")))
    };
    for (ahead, expected) in [(5, vec![ChangeKind::Resolved]), (30, vec![ChangeKind::Resolved]), (31, vec![])]
    {
        let told: Vec<ChangeKind> =
            ended(ahead).into_iter().filter(|what| what.word() == "resolved").collect();
        assert_eq!(told, expected, "an end {ahead} minutes ahead");
    }
    assert_eq!(ended(31), []);
    let words =
        |it: &mut Incident| it.updates.push(update(minutes(5), Phase::Identified, "The cause is known."));
    assert_eq!(heard(incident("a"), words), []);
}

/// Why what is for a narrower audience is not announced, of an incident with updates at these minutes for these audiences.
fn narrow(announced: &Baseline, updates: &[(&str, i64)]) -> Vec<Reason> {
    let mut noted = incident("a");
    for (audience, at) in updates {
        let audience = Audience::from_word(audience).unwrap();
        noted.updates.push(Update { audience, ..update(minutes(*at), None, "The disk is full.") });
    }
    noted.updates.sort_by_key(|update| update.at);
    let found = compare(announced, &site([noted]), now());
    let reasons = found.unannounced.into_iter().map(|unannounced| unannounced.reason);
    reasons.filter(|reason| matches!(reason, Reason::Internal { .. })).collect()
}

#[test]
fn words_for_a_narrower_audience_are_named_as_not_announced_for_a_day() {
    let announced = baseline(&site([incident("a")]), now());
    let (staff, partners) = (Audience::Internal, Audience::from_word("partners").unwrap());
    let reason = |audience, at| Reason::Internal { audience, update: Some(minutes(at)) };
    for (updates, expected) in [
        (&[("internal", -1)][..], vec![reason(staff, -1)]),
        (&[("partners", -1)], vec![reason(partners, -1)]),
        // Others are announced in the same run, before and after it.
        (&[("public", -3), ("internal", -2), ("public", -1)], vec![reason(staff, -2)]),
        (
            &[("internal", -3), ("partners", -2), ("internal", -1)],
            vec![reason(partners, -2), reason(staff, -1)],
        ),
        // What is older than the last announcement was named then; what is ahead is named when it is time.
        (&[("internal", -115)], vec![]),
        (&[("internal", 1)], vec![]),
    ] {
        assert_eq!(narrow(&announced, updates), expected, "{updates:?}");
    }
    let nothing = Baseline::default();
    assert_eq!(narrow(&nothing, &[("internal", -115)]), [reason(staff, -115)]);
    assert_eq!(narrow(&nothing, &[("internal", -25 * 60)]), []);
}

#[test]
fn an_incident_for_another_audience_is_named_for_a_day_after_its_last_words() {
    let hidden = |said: i64| {
        let updates = vec![update(minutes(said), Phase::Investigating, "The disk is full.")];
        let old =
            Incident { started: minutes(said - 10), updates, audience: Audience::Internal, ..incident("a") };
        unannounced_hidden(&[Arc::new(old)], now()).into_iter().map(|one| one.reason).collect::<Vec<_>>()
    };
    assert_eq!(hidden(-5), [Reason::Internal { audience: Audience::Internal, update: None }]);
    assert_eq!((hidden(-25 * 60), hidden(15)), (vec![], vec![]));
}

#[test]
fn an_imported_end_is_told_at_once_and_only_once_however_far_ahead_it_is_dated() {
    for hours in [1, 5, 23, 25, 24 * 30] {
        let end = minutes(hours * 60);
        let mut over = incident("a");
        over.updates.push(update(end, Phase::Resolved, "It is over now."));
        over.imported_through = Some(end);
        let adopted = baseline(&site([over.clone()]), now());
        assert_eq!(compare(&adopted, &site([over.clone()]), minutes(1)).difference.changes, []);
        let announced = baseline(&site([incident("a")]), now());
        let first = compare(&announced, &site([over.clone()]), now()).difference;
        let told: Vec<&str> =
            first.changes.iter().flat_map(|change| &change.what).map(ChangeKind::word).collect();
        assert_eq!(told, ["resolved", "update_posted"], "{hours} hours ahead");
        let later = [1, 29, 61, 26 * 60, hours * 60, hours * 60 + 1, hours * 60 + 1500].map(minutes);
        let mut announced = first.announced;
        for at in later {
            let next = compare(&announced, &site([over.clone()]), at).difference;
            assert_eq!(next.changes, [], "{hours} hours ahead, at {at}");
            announced = next.announced;
        }
        let mut corrected = incident("a");
        corrected.updates.push(update(minutes(-1), Phase::Resolved, "It is over now."));
        let corrected = compare(&announced, &site([corrected]), minutes(10)).difference;
        assert_eq!(corrected.changes, [], "{hours} hours ahead and then corrected");
        let mut restarted = over.clone();
        restarted.started = minutes(-1);
        restarted.updates[0].at = minutes(-1);
        let restarted = compare(&adopted, &site([restarted]), minutes(10)).difference;
        assert_eq!(restarted.changes, [], "{hours} hours ahead with another start");
    }
}
