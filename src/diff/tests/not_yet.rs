//! What the public does not read, or not yet: ends that are dated ahead, and updates for a narrower audience.

use super::build::{incident, minutes, now, site, update};
use super::stories::heard;
use crate::diff::{baseline, compare};
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

#[test]
fn words_for_a_narrower_audience_are_named_as_not_announced_for_a_day() {
    let announced = baseline(&site([incident("a")]), now());
    for (audience, at, expected) in [
        (Audience::Internal, minutes(-1), vec![Reason::Internal]),
        (Audience::from_word("partners").unwrap(), minutes(-1), vec![Reason::Internal]),
        (Audience::Internal, minutes(-25 * 60), vec![]),
    ] {
        let mut noted = incident("a");
        noted.updates.push(Update { audience, ..update(at, None, "The disk is full.") });
        noted.updates.sort_by_key(|update| update.at);
        let found = compare(&announced, &site([noted]), now());
        let reasons: Vec<Reason> =
            found.unannounced.into_iter().map(|unannounced| unannounced.reason).collect();
        assert_eq!((found.difference.changes, reasons), (vec![], expected));
    }
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
