//! Histories that do not fit on one page, and what they cost.

use super::*;

/// This number of incidents, one every six hours back from now, newest first.
fn long_site(count: usize) -> Site {
    let incident = |number: usize| {
        let started = now() - TimeDelta::hours(6 * i64::try_from(number).unwrap() + 1);
        let body = "Some payments fail. **We are looking into it** and will write again by \
                    {time 2026-11-20T11:30Z}. Nothing was taken from your account for a payment that failed. \
                    You can pay by bank transfer meanwhile, see [how](/history/).";
        let said = |minutes, phase| Update {
            body: Localized::plain(body),
            ..update(started + TimeDelta::minutes(minutes), phase)
        };
        incident(&format!("{number:05}"), Severity::Major, &["checkout"], started)
            .with(said(5, Phase::Investigating))
            .with(said(15, Phase::Identified))
            .with(said(45, Phase::Resolved))
            .but(|incident| incident.impact = Some(Localized::plain("About half of all payments fail.")))
            .0
    };
    Site::of(Page { languages: vec![language("en")], ..page() }, (0..count).map(incident))
}

fn links_of_history(tree: &SiteFiles) -> usize {
    let pages = tree.files.keys().filter(|path| path.starts_with("history/"));
    pages.map(|path| text(tree, path).matches("incidents/").count()).sum()
}

#[test]
fn a_long_history_is_split_and_complete() {
    for (count, pages) in [(150, 1), (151, 2), (700, 6)] {
        let tree = tree_of(&long_site(count));
        let found = tree.files.keys().filter(|path| path.starts_with("history/")).count();
        assert_eq!((found >= pages, links_of_history(&tree)), (true, count), "{count} on {found} pages");
        assert!(tree.files.contains_key("history/index.html"));
    }
}

#[test]
fn each_page_of_the_history_names_the_others() {
    let tree = tree_of(&long_site(700));
    let pages: Vec<&String> = tree.files.keys().filter(|path| path.starts_with("history/")).collect();
    for page in &pages {
        let linked: Vec<String> = addresses(text(&tree, page))
            .filter(|address| !address.contains(':') && !address.starts_with('#'))
            .map(|address| resolve(page, address))
            .collect();
        assert!(pages.iter().all(|other| linked.contains(other)), "{page}");
        assert_eq!(text(&tree, page).matches("aria-current=\"page\"").count(), 2, "{page}");
    }
}

#[test]
fn the_feed_and_the_index_stay_small() {
    let tree = tree_of(&long_site(700));
    let feed = atom_syndication::Feed::read_from(tree.files["history.atom"].as_ref()).unwrap();
    assert_eq!(feed.entries().len(), 50);
    assert!(tree.files["index.html"].len() < 40_000);
}

/// Run by hand, in a release build: `cargo test --release --lib ten_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a check"]
fn ten_thousand_incidents() {
    let site = long_site(10_000);
    let theme = Theme::built_in();
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let tree = super::super::site(&site, &theme, now(), Audience::Public).unwrap();
        let bytes: usize = tree.files.values().map(bytes::Bytes::len).sum();
        println!("{} files, {bytes} bytes, {:?}", tree.files.len(), start.elapsed());
    }
}
