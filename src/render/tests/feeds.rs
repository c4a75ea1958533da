//! The feeds, read back by a parser.

use std::sync::Arc;

use atom_syndication::Feed;

use super::*;

/// The feeds of every format that lie in one folder.
fn all_formats(tree: &SiteFiles, folder: &str) -> (Feed, rss::Channel, serde_json::Value) {
    let bytes = |end: &str| tree.files[&format!("{folder}history.{end}")].as_ref();
    (
        Feed::read_from(bytes("atom")).unwrap(),
        rss::Channel::read_from(bytes("rss")).unwrap(),
        serde_json::from_slice(bytes("json")).unwrap(),
    )
}

fn feed(site: &Site, path: &str) -> Feed {
    let tree = tree_of(site);
    Feed::read_from(tree.files[path].as_ref()).unwrap()
}

#[test]
fn an_entry_carries_every_update_and_the_date_of_the_last() {
    let feed = feed(&full_site(), "history.atom");
    let entry = feed.entries().iter().find(|entry| entry.title.value == "Cards fail").unwrap();
    let content = entry.content().unwrap().value().unwrap();
    let places = ["Half of <strong>all", "Back by", "Said at 09:20"].map(|said| content.find(said).unwrap());
    assert!(places.is_sorted());
    assert!(content.contains("<a href=\"https://status.example.org/shop/history/\">help</a>"), "{content}");
    let estimate =
        "<p>Expected back to normal: <time datetime=\"2026-11-20T11:30:00Z\">20 Nov 2026, 12:30 CET</time>";
    assert!(content.contains(estimate), "{content}");
    assert_eq!(entry.updated.to_rfc3339(), "2026-11-20T10:05:00+00:00");
    assert_eq!(entry.published.unwrap().to_rfc3339(), "2026-11-20T09:20:00+00:00");
    assert_eq!(entry.id, "tag:status.example.org,2026:incidents/2026/cards");
    assert_eq!(feed.updated, entry.updated, "the feed is as old as its newest words");
}

#[test]
fn the_newest_words_come_first() {
    let feed = feed(&full_site(), "es/history.atom");
    let titles: Vec<&str> = feed.entries().iter().map(|entry| entry.title.value.as_str()).collect();
    assert_eq!(titles, ["Fallan las tarjetas", "Title of 2026/move", "Title of 2026/old"]);
    assert_eq!(feed.lang(), Some("es"));
    assert_eq!(feed.entries()[1].title.lang.as_deref(), Some("en"));
}

#[test]
fn later_builds_of_the_same_history_leave_the_feed_alone() {
    let mut site = full_site();
    for incident in site.incidents.iter_mut().map(Arc::make_mut) {
        incident.updates.retain(|update| update.at <= now());
    }
    let later =
        super::super::site(&site, &Theme::built_in(), now() + TimeDelta::minutes(5), Audience::Public)
            .unwrap();
    assert_eq!(later.files["history.atom"], tree_of(&site).files["history.atom"]);
}

#[test]
fn every_format_tells_the_same() {
    let tree = tree_of(&full_site());
    for folder in ["", "es/", "features/checkout/", "es/features/sign-in/", "features/search/"] {
        let (atom, channel, json) = all_formats(&tree, folder);
        let items = json["items"].as_array().unwrap();
        assert!(!items.is_empty(), "{folder}");
        assert_eq!((atom.entries.len(), channel.items.len()), (items.len(), items.len()));
        assert_eq!(json["feed_url"], format!("https://status.example.org/shop/{folder}history.json"));
        for ((entry, item), json) in atom.entries.iter().zip(&channel.items).zip(items) {
            let html = entry.content().unwrap().value().unwrap();
            assert_eq!((item.description(), json["content_html"].as_str()), (Some(html), Some(html)));
            assert_eq!(
                (item.guid().unwrap().value(), json["id"].as_str().unwrap()),
                (entry.id(), entry.id())
            );
            assert_eq!(item.pub_date(), Some(entry.updated.to_rfc2822().as_str()));
        }
    }
}

#[test]
fn a_features_feed_holds_what_touched_it() {
    let tree = tree_of(&full_site());
    let titles = |folder: &str| -> Vec<String> {
        all_formats(&tree, folder).1.items.into_iter().filter_map(|item| item.title).collect()
    };
    assert_eq!(titles("features/checkout/"), ["Cards fail"]);
    assert_eq!(titles("features/sign-in/"), ["Title of 2026/move"]);
    assert_eq!(
        all_formats(&tree, "features/checkout/").0.title.value,
        "Example status · Checkout: problems and planned work"
    );
}
