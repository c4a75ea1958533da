//! What is shown of a feature and of a group: the page, the days, the figures.

use super::*;

#[test]
fn a_feature_has_a_page_with_its_days_its_incidents_and_its_feeds() {
    let tree = tree_of(&full_site());
    let index = text(&tree, "index.html");
    assert!(index.contains("<a href=\"features/search/index.html\">Search</a>"));
    assert!(index.contains("<a href=\"features/search/index.html#days\">"));
    let page = text(&tree, "features/search/index.html");
    assert!(page.contains("<th scope=\"rowgroup\" colspan=\"2\">November 2026</th>"));
    assert!(page.contains("<th scope=\"row\">15 November</th>"));
    assert_eq!(page.matches("<th scope=\"row\">").count(), 1);
    assert!(page.contains("../../incidents/2026/old/index.html") && !page.contains("incidents/2026/cards"));
    for feed in ["history.atom", "history.rss", "history.json", "maintenance.ics"] {
        assert!(page.contains(&format!("<a href=\"{feed}\">")), "{feed}");
    }
    let spanish = text(&tree, "es/features/checkout/index.html");
    assert!(spanish.contains("<th scope=\"row\">20 de noviembre</th>"));
    assert!(!text(&tree, "features/sign-in/index.html").contains("<details>"));
}

#[test]
fn a_feature_is_counted_by_whole_months_and_a_group_as_one() {
    let mut site = full_site();
    // Six hours of October, of two features at the same time, and a day of 2024, from before the months that are
    // announced.
    let outage = |id: &str, affected: &[&str], started: Moment, hours: i64| {
        incident(id, Severity::Critical, affected, started)
            .with(update(started, Phase::Investigating))
            .with(update(started + TimeDelta::hours(hours), Phase::Resolved))
            .0
            .into()
    };
    let october = Utc.with_ymd_and_hms(2026, 10, 5, 6, 0, 0).unwrap();
    let long_ago = Utc.with_ymd_and_hms(2024, 3, 5, 6, 0, 0).unwrap();
    site.incidents = vec![
        outage("october", &["checkout", "search"], october, 6),
        outage("long-ago", &["checkout"], long_ago, 24),
    ];
    let tree = tree_of(&site);
    let page = text(&tree, "features/checkout/index.html");
    // Of the 745 hours of October in Madrid.
    assert!(page.contains("<div><dt>October 2026</dt><dd>99.19%</dd></div>"), "{page}");
    assert!(page.contains("<div><dt>November 2025</dt><dd>100.00%</dd></div>"));
    assert_eq!(page.matches("%</dd>").count(), 12, "twelve whole months");
    let index = text(&tree, "index.html");
    let said: Vec<&str> =
        index.split("<small>everything available ").skip(1).map(|rest| &rest[..6]).collect();
    // Six hours of the 89 days and 11.5 hours since midnight of 23 August, for one feature as for the group.
    assert_eq!(said, ["99.72%"]);
    assert!(index.contains(">99.72% available<"));

    site.incidents.truncate(1);
    let page = text(&tree_of(&site), "features/checkout/index.html").to_owned();
    assert_eq!(page.matches("%</dd>").count(), 1, "before its oldest incident a page knows nothing");
}
