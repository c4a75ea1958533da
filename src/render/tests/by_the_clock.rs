//! What the clock changes after a build travels in the page as data, which no reader takes for text before its time comes.

use chrono::TimeDelta;

use super::*;
use crate::model::incident::Completes;

/// The pieces of a page that hold from or until some moment: from, until, whether they are data only, and their words.
fn pieces(html: &str) -> Vec<(String, String, bool, String)> {
    let marked = |tag: &str| tag.contains(" data-from=") || tag.contains(" data-until=");
    let value = |tag: &str, name: &str| {
        let rest = tag.split_once(&format!(" {name}=\"")).map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default().replace("2026-11-", "").replace(":00Z", "")
    };
    let html = html.rsplit_once("<script>").map_or(html, |(before, _)| before);
    let mut found = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        if !marked(tag) {
            continue;
        }
        let element = tag.split(' ').next().unwrap();
        let start = part.as_ptr() as usize - html.as_ptr() as usize + tag.len() + 1;
        let inner = html[start..].split(&format!("</{element}>")).next().unwrap();
        let later = tag.split_once(" data-html=\"").map(|(_, html)| unescaped(html.trim_end_matches('"')));
        assert_eq!(later.is_some(), tag.contains(" hidden"), "<{tag}>");
        assert!(later.is_none() || inner.is_empty(), "text that does not hold yet: {inner}");
        let words = super::words(&format!("<body>{}", later.as_deref().unwrap_or(inner)));
        found.push((value(tag, "data-from"), value(tag, "data-until"), later.is_some(), words));
    }
    found
}

/// The value of an attribute.
fn unescaped(value: &str) -> String {
    let plain = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    plain.replace("&#x27;", "'").replace("&#x2F;", "/").replace("&amp;", "&")
}

#[track_caller]
fn assert_pieces(html: &str, expected: &[(&str, &str, bool, &str)]) {
    let pieces = pieces(html);
    let found: Vec<(&str, &str, bool, &str)> =
        pieces.iter().map(|(from, until, hidden, words)| (&**from, &**until, *hidden, &**words)).collect();
    assert_eq!(found, expected);
}

const MISSED: &str = "This is taking longer than we expected. A new estimate follows.";

#[test]
fn an_estimate_and_a_promise_know_when_they_are_overdue() {
    let tree = tree_of(&full_site());
    assert_pieces(
        text(&tree, "incidents/2026/cards/index.html"),
        &[
            ("20T11:30", "", true, MISSED),
            (
                "20T10:00",
                "",
                false,
                "We promised an update by 20 Nov 2026, 11:00 CET and it is late. We are sorry.",
            ),
        ],
    );
    let late = super::super::site(&full_site(), &Theme::built_in(), at(12, 0), Audience::Public).unwrap();
    assert!(!pieces(text(&late, "incidents/2026/cards/index.html"))[0].2, "the build shows it by itself");
    assert_pieces(text(&late, "incidents/2026/old/index.html"), &[]);
}

#[test]
fn a_promise_that_holds_brings_its_apology_as_data() {
    let tree = super::super::site(&full_site(), &Theme::built_in(), at(9, 55), Audience::Public).unwrap();
    let html = text(&tree, "incidents/2026/cards/index.html");
    let promise = ("", "20T10:00", false, "by 20 Nov 2026, 11:00 CET");
    let apology = "We promised an update by 20 Nov 2026, 11:00 CET and it is late. We are sorry.";
    assert_pieces(html, &[("20T11:30", "", true, MISSED), promise, ("20T10:00", "", true, apology)]);
    assert!(!words(html).contains("it is late"));
}

#[test]
fn planned_work_begins_and_ends_by_the_clock_wherever_it_shows() {
    let mut site = full_site();
    site.incidents.retain(|incident| incident.kind == IncidentKind::Maintenance);
    let tree = tree_of(&site);
    let turns = ("21T10:30", "22T10:30");
    let state = |calm: &str, planned: &str| {
        [("", turns.0, false, calm), (turns.0, turns.1, true, planned), (turns.1, "", true, calm)]
            .map(|(from, until, hidden, words)| (from.to_owned(), until.to_owned(), hidden, words.to_owned()))
    };
    let found = pieces(text(&tree, "index.html"));
    let calm = "Everything is working We post here as soon as anything changes.";
    let overall = state(calm, "Planned work is under way Sign-in : Planned work");
    let phases = [
        ("", turns.0, false, "Planned"),
        (turns.0, turns.1, true, "In progress"),
        (turns.1, "", true, "Completed"),
    ]
    .map(|(from, until, hidden, words)| (from.to_owned(), until.to_owned(), hidden, words.to_owned()));
    let feature = state("Working", "Planned work");
    assert_eq!(found, [overall, phases, feature.clone()].concat());
    assert_eq!(pieces(text(&tree, "features/sign-in/index.html")), feature);
    assert_eq!(pieces(text(&tree, "features/search/index.html")), []);
    let own = pieces(text(&tree, "incidents/2026/move/index.html"));
    let words: Vec<&str> = own.iter().map(|piece| piece.3.as_str()).collect();
    assert!(
        words[0].ends_with("Planned")
            && words[1].ends_with("In progress")
            && words[2].starts_with("Completed")
    );
}

#[test]
fn work_past_its_end_says_that_it_should_be_finished() {
    let hour = TimeDelta::hours(1);
    let said = |window: TimeRange| {
        let tree = tree_of(&Site::of(page(), [maintenance("move", &["sign-in"], window).0]));
        let page = text(&tree, "incidents/move/index.html").to_owned();
        (page.contains("should be finished by now"), page.contains("end open"))
    };
    let ends = Some(now() - hour);
    let overdue = TimeRange::new(now() - hour * 2, ends, Some(Completes::ByWord));
    assert_eq!(said(overdue), (true, false));
    assert_eq!(said(TimeRange { completes: None, ..overdue }), (false, false));
    assert_eq!(said(TimeRange { ends: None, ..overdue }), (false, true));
}

#[test]
fn what_is_written_for_later_decides_nothing_before() {
    let day = TimeDelta::days(1);
    let window = TimeRange::between(now() + day, now() + day * 2);
    let moved = maintenance("move", &["sign-in"], window)
        .with(update(now() - day, Phase::Scheduled))
        .with(update(now() + TimeDelta::hours(1), Phase::Cancelled));
    let tree = tree_of(&Site::of(page(), [moved.0]));
    let index = text(&tree, "index.html");
    let later: Vec<String> = pieces(index).into_iter().map(|piece| piece.3).collect();
    assert!(!index.contains("Cancelled") && later.contains(&"In progress".to_owned()), "{later:?}");
    assert!(!words(index).contains("In progress"), "only what is true now is text");
}
