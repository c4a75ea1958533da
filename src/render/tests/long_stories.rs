//! A story with very many updates hides nothing important on the same page.

use std::sync::Arc;

use super::*;

/// Ten updates, each with an estimate half an hour after the one before.
fn story() -> Site {
    let mut story = incident("cards", Severity::Major, &["checkout"], at(1, 0));
    for hour in 1..=10 {
        let eta = Some(Eta::At(at(10, 0) + TimeDelta::minutes(30 * i64::from(hour))));
        story = story.with(Update { eta, ..update(at(hour, 0), Phase::Identified) });
    }
    Site::of(page(), [story.but(|one| one.eta = Some(Eta::At(at(15, 0)))).0])
}

#[test]
fn of_many_estimates_the_newest_are_shown_and_all_are_counted() {
    let mut site = story();
    let struck = |site: &Site, path: &str| {
        let tree = tree_of(site);
        let page = text(&tree, path);
        (page.matches("<del>").count(), page.contains("<small>Changed 9 times</small>"))
    };
    assert_eq!(struck(&site, "index.html"), (1, true), "the index has little room");
    assert_eq!(struck(&site, "incidents/cards/index.html"), (3, true));
    let tree = tree_of(&site);
    assert_eq!(
        text(&tree, "incidents/cards/index.html").matches("Expected back to normal: ").count(),
        10,
        "all stand in the story"
    );

    let story = Arc::make_mut(&mut site.incidents[0]);
    story.updates.truncate(3);
    story.eta = story.updates[2].eta;
    let page = tree_of(&site);
    let page = text(&page, "incidents/cards/index.html");
    assert_eq!(
        (page.matches("<del>").count(), page.contains("Changed")),
        (2, false),
        "what is shown needs no count"
    );
}

#[test]
fn while_something_is_wrong_nobody_says_that_nothing_was() {
    let mut site = story();
    let said = |site: &Site| {
        let tree = tree_of(site);
        let index = text(&tree, "index.html");
        ["Nothing has gone wrong in the last 90 days.", "Nothing else has gone wrong in the last 90 days."]
            .map(|sentence| index.contains(sentence))
    };
    assert_eq!(said(&site), [false, true]);
    let window = TimeRange::between(at(10, 0), at(11, 0));
    site = Site::of(page(), [maintenance("work", &["search"], window).0]);
    assert_eq!(said(&site), [true, false], "planned work is nothing wrong");
    site.incidents.clear();
    assert_eq!(said(&site), [true, false]);
}

#[test]
fn work_that_was_called_off_never_started() {
    let window = TimeRange::between(at(8, 0), at(9, 0));
    let page_of = |phase| {
        let work = maintenance("work", &["search"], window).with(update(at(7, 0), phase));
        text(&tree_of(&Site::of(page(), [work.0])), "incidents/work/index.html").to_owned()
    };
    assert!(page_of(Phase::Scheduled).contains("<dt>Started</dt>"), "by the clock it is over now");
    let cancelled = page_of(Phase::Cancelled);
    assert!(cancelled.contains("<dt>Planned for</dt>") && !cancelled.contains("<dt>Started</dt>"));
}
