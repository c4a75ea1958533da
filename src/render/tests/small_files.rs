//! Alerts, badges, the summary, the banner and the sitemap.

use serde_json::Value;

use super::*;

fn json(tree: &SiteFiles, path: &str) -> Value {
    serde_json::from_slice(&tree.files[path]).unwrap()
}

fn quiet_site(features: usize) -> Site {
    let mut page = page();
    let feature =
        |number: usize| Feature::named(feature(&format!("feature-{number}")), Localized::plain("A feature"));
    page.groups[0].features = (0..features).map(feature).collect();
    Site { page, incidents: Vec::new() }
}

/// What is in an element of an XML text, for each time it occurs.
fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).map(|rest| rest.split_once(&close).unwrap().0).collect()
}

#[test]
fn a_quiet_summary_stays_below_a_kilobyte() {
    let tree = tree_of(&quiet_site(300));
    assert!(tree.files["summary.json"].len() < 1_000);
    let summary = json(&tree, "summary.json");
    assert_eq!((&summary["status"], &summary["updated"]), (&Value::from("operational"), &Value::Null));
    assert_eq!(summary["features"].as_array().unwrap().len(), 0);
}

#[test]
fn the_summary_names_what_is_not_well() {
    let tree = tree_of(&full_site());
    let summary = json(&tree, "es/summary.json");
    assert_eq!(summary["features"][0]["id"], "checkout");
    let active = &summary["active"][0];
    assert_eq!(active["title"], "Fallan las tarjetas");
    assert_eq!((&active["level"], &active["phase"]), (&"major".into(), &"identified".into()));
    assert_eq!(active["eta"], "2026-11-20T11:30:00Z");
    assert_eq!(active["url"], "https://status.example.org/shop/es/incidents/2026/cards/");
    assert_eq!(summary["upcoming"][0]["ends"], "2026-11-22T10:30:00Z");
}

#[test]
fn a_banner_speaks_every_language_and_only_where_it_is_felt() {
    let tree = tree_of(&full_site());
    let banner = json(&tree, "features/checkout/banner.json");
    assert_eq!((&banner["level"], &banner["status"]), (&"major".into(), &"partial_outage".into()));
    assert_eq!(banner["texts"]["en"]["text"], "Cards fail");
    assert_eq!(banner["texts"]["en"]["eta"], "Expected back to normal: 20 Nov 2026, 12:30 CET");
    assert_eq!(banner["texts"]["es"]["text"], "Fallan las tarjetas");
    assert_eq!(banner["texts"]["en"]["workaround"], "See help (https://status.example.org/shop/history/).");
    assert_eq!(json(&tree, "banner.json")["incident"], "2026/cards");
    let elsewhere = json(&tree, "features/sign-in/banner.json");
    assert_eq!((&elsewhere["level"], &elsewhere["texts"]["en"]["text"]), (&"none".into(), &"Working".into()));
}

#[test]
fn a_banner_tells_of_the_worst_and_counts_the_others() {
    let story = |id, severity| {
        incident(id, severity, &["checkout"], at(9, 0)).with(update(at(9, 0), Phase::Identified)).0
    };
    let incidents =
        vec![story("a", Severity::Minor), story("b", Severity::Critical), story("c", Severity::Major)];
    let tree = tree_of(&Site::of(page(), incidents));
    let banner = json(&tree, "features/checkout/banner.json");
    assert_eq!((&banner["incident"], &banner["others"]), (&"b".into(), &2.into()));
}

#[test]
fn the_script_is_small_and_keeps_to_text() {
    let tree = tree_of(&full_site());
    let script = text(&tree, "banner.js");
    assert!(script.len() < 3_000, "{}", script.len());
    assert!(script.is_ascii(), "it is read in the letters of a page of others");
    for forbidden in [
        "innerHTML",
        "outerHTML",
        "cookie =",
        "document.write",
        "localStorage",
        "eval(",
        "setAttribute('style",
    ] {
        assert!(!script.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn badges_say_the_state_in_words() {
    let tree = tree_of(&full_site());
    let endpoint = json(&tree, "features/checkout/badge.json");
    assert_eq!(endpoint["schemaVersion"], 1);
    assert_eq!(
        (&endpoint["label"], &endpoint["message"]),
        (&"Checkout".into(), &"Not working for some customers".into())
    );
    assert!(
        text(&tree, "features/checkout/badge.svg")
            .contains("aria-label=\"Checkout: Not working for some customers\"")
    );
    assert!(text(&tree, "es/badge.svg").contains("Example status"));
}

#[test]
fn an_alert_refers_to_all_before_it() {
    let tree = tree_of(&full_site());
    let alert = text(&tree, "incidents/2026/cards/cap.xml");
    assert_eq!(elements(alert, "identifier"), ["incidents/2026/cards/20261120T100500Z"]);
    assert_eq!(elements(alert, "sent"), ["2026-11-20T10:05:00-00:00"]);
    assert_eq!(elements(alert, "msgType"), ["Update"]);
    let first = "status.example.org,incidents/2026/cards/20261120T092000Z,2026-11-20T09:20:00-00:00";
    assert_eq!(elements(alert, "references"), [first]);
    assert_eq!(elements(alert, "language"), ["en", "es"]);
    assert_eq!(elements(alert, "headline"), ["Cards fail", "Fallan las tarjetas"]);
    assert_eq!(elements(alert, "instruction")[0], "See help (https://status.example.org/shop/history/).");
    let over = text(&tree, "incidents/2026/old/cap.xml");
    assert_eq!(
        (elements(over, "msgType"), elements(over, "urgency")),
        (vec!["Cancel"], vec!["Past", "Past"])
    );
    let planned = text(&tree, "incidents/2026/move/cap.xml");
    assert_eq!((elements(planned, "msgType"), elements(planned, "certainty")[0]), (vec!["Alert"], "Likely"));
    assert!(!planned.contains("<references>"));
}

#[test]
fn an_alert_and_the_link_to_it_leave_ninety_days_after_the_end() {
    let mut memory = RenderCache::default();
    let site = full_site();
    let over = site.incidents.iter().find(|incident| incident.id.as_str() == "2026/old").unwrap();
    let leaves = over.ended_at(now()).unwrap() + TimeDelta::days(90);
    let mut at =
        |at| super::super::site_again(&site, &Theme::built_in(), at, Audience::Public, &mut memory).unwrap();
    for (moment, is_there) in [(leaves - TimeDelta::seconds(1), true), (leaves, false)] {
        let tree = at(moment);
        assert_eq!(tree.files.contains_key("incidents/2026/old/cap.xml"), is_there);
        assert_eq!(text(&tree, "incidents/2026/old/index.html").contains("cap.xml"), is_there);
    }
    assert!(next_turn(&site, leaves - TimeDelta::milliseconds(1), Audience::Public).unwrap() <= leaves);
}

#[test]
fn an_alert_keeps_the_order_of_the_standard() {
    let order = "language category event responseType urgency severity certainty onset expires senderName headline \
                 description instruction web parameter area";
    let tree = tree_of(&full_site());
    for (path, xml) in tree.files.iter().filter(|(path, _)| path.ends_with("cap.xml")) {
        let xml = std::str::from_utf8(xml).unwrap();
        for info in elements(xml, "info") {
            let places: Vec<usize> =
                order.split_whitespace().filter_map(|name| info.find(&format!("<{name}>"))).collect();
            assert!(places.is_sorted() && places.len() >= 12, "{path}: {places:?}");
        }
    }
}

#[test]
fn every_page_is_on_the_map_once() {
    let tree = tree_of(&full_site());
    let addresses = elements(text(&tree, "sitemap.xml"), "loc");
    let pages = tree.files.keys().filter(|path| path.ends_with("index.html"));
    let expected: Vec<String> = pages
        .map(|path| format!("https://status.example.org/shop/{}", path.trim_end_matches("index.html")))
        .collect();
    assert_eq!(addresses, expected);
    assert!(text(&tree, "sitemap.xml").contains("/2026/old/</loc><lastmod>2026-11-15T12:35:00Z</lastmod>"));
}

#[test]
fn every_address_of_the_description_is_a_file() {
    let tree = tree_of(&full_site());
    let description = json(&tree, "openapi.json");
    for path in description["paths"].as_object().unwrap().keys() {
        let story = if path.ends_with(".ics") { "2026/move" } else { "2026/cards" };
        let file =
            path.replace("{feature}", "checkout").replace("{incident}", story).replace("{status}", "503");
        assert!(tree.files.contains_key(file.trim_start_matches('/')), "{path}");
    }
    let described = text(&tree, "openapi.json");
    for schema in described.split("\"./").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap()) {
        assert!(tree.files.contains_key(schema), "{schema}");
    }
}

/// Every address within the site that a file for machines names.
fn own_addresses(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || "\"'<>)\\&".contains(c);
    text.split("https://status.example.org/shop/").skip(1).map(move |rest| rest.split(ends).next().unwrap())
}

#[test]
fn every_address_in_a_file_for_machines_leads_to_a_file() {
    let tree = tree_of(&full_site());
    let mut followed = 0;
    for (path, bytes) in tree.files.iter().filter(|(path, _)| !path.ends_with(".html")) {
        let unfolded = String::from_utf8_lossy(bytes).replace("\r\n ", "");
        for address in own_addresses(&unfolded) {
            let mut target = address.to_owned();
            if target.is_empty() || target.ends_with('/') {
                target.push_str("index.html");
            }
            assert!(tree.files.contains_key(&target), "{path}: {address}");
            followed += 1;
        }
    }
    assert!(followed > 100, "only {followed} addresses were followed");
}
