//! Hostile words in every field a file can fill.

use std::sync::Arc;

use super::*;

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "[x](javascript:alert(1))",
    "[x](&#x6a;avascript:alert(1))",
    "<javascript:alert(1)>",
    "![x](data:text/html;base64,PHNjcmlwdD4=)",
    "]]><script>alert(1)</script>",
    "</style></title></textarea><script>alert(1)</script>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "{{ 7*7 }}{% include \"layout.html\" %}${7*7}",
    "\u{0}\u{b}\u{fffe}<b>\u{202e}",
    "--><script>",
    "&lt;script&gt;",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil;X=\"1\",\\n",
    "\",\"level\":\"none\",\"x\":\"",
    "\u{200f}\u{2066}rtl\u{2028}\u{2029}\u{7f}\u{85}\u{feff}",
];

fn hostile_site(words: &str) -> Site {
    let text = || Localized::plain(words);
    let mut site = full_site();
    site.page.name = text();
    site.page.description = Some(text());
    site.page.support_url = Some(format!("javascript:{words}"));
    for group in &mut site.page.groups {
        group.name = text();
        for feature in &mut group.features {
            feature.name = text();
            feature.description = Some(text());
        }
    }
    for incident in site.incidents.iter_mut().map(Arc::make_mut) {
        (incident.title, incident.impact, incident.workaround) = (text(), Some(text()), Some(text()));
        incident.updates.iter_mut().for_each(|update| update.body = text());
    }
    site
}

/// The markup of a page: what stands between `<` and `>`.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|part| part.split_once('>').map_or(part, |(tag, _)| tag))
}

/// A tag without the values of its attributes.
fn without_values(tag: &str) -> String {
    tag.split('"').step_by(2).collect()
}

#[test]
fn no_page_gains_an_element_an_attribute_or_an_address() {
    let clean = tree_of(&full_site());
    let known: std::collections::BTreeSet<String> = clean
        .files
        .keys()
        .filter(|path| path.ends_with(".html"))
        .flat_map(|path| tags(text(&clean, path)).map(without_values).collect::<Vec<_>>())
        .collect();
    for words in HOSTILE {
        let tree = tree_of(&hostile_site(words));
        for path in tree.files.keys().filter(|path| path.ends_with(".html")) {
            let html = text(&tree, path);
            for tag in tags(html).map(without_values) {
                let bare = tag.trim_end_matches('/').trim();
                let name = bare.split(' ').next().unwrap();
                assert!(
                    known.contains(&tag) || name == bare && name != "script",
                    "{words:?}: <{tag}> in {path}"
                );
            }
            for address in addresses(html) {
                let scheme = address.trim_start().to_ascii_lowercase();
                let drawn =
                    scheme.starts_with("data:image/svg+xml,%3csvg%20xmlns='http://www.w3.org/2000/svg'");
                assert!(
                    drawn || !["javascript:", "data:", "vbscript:"].iter().any(|bad| scheme.starts_with(bad)),
                    "{words:?}: {address} in {path}"
                );
            }
            assert!(!html.contains("49"), "{words:?} was run as a template in {path}");
        }
    }
}

#[test]
fn every_feed_stays_well_formed() {
    for words in HOSTILE {
        let tree = tree_of(&hostile_site(words));
        for path in ["history.atom", "es/history.atom"] {
            let feed = atom_syndication::Feed::read_from(tree.files[path].as_ref()).unwrap();
            assert_eq!(feed.entries().len(), 3, "{words:?}");
            assert!(!text(&tree, path).chars().any(|c| c.is_control() && c != '\n'), "{words:?}");
            for entry in feed.entries() {
                let content = entry.content().unwrap().value().unwrap();
                assert!(
                    tags(content).all(|tag| !tag.starts_with("script") && !tag.contains("onerror")),
                    "{words:?}"
                );
            }
        }
    }
}

#[test]
fn no_file_for_machines_loses_its_form() {
    let expected = tree_of(&hostile_site("Plain words."));
    for words in HOSTILE {
        let tree = tree_of(&hostile_site(words));
        assert!(tree.files.keys().eq(expected.files.keys()), "{words:?}");
        for (path, bytes) in tree.files.iter().filter(|(path, _)| !path.ends_with(".html")) {
            let text = std::str::from_utf8(bytes).unwrap();
            let count = |what: &str| text.matches(what).count();
            match path.rsplit_once('.').unwrap().1 {
                "json" => drop(serde_json::from_str::<serde_json::Value>(text).unwrap()),
                "xml" | "svg" => {
                    assert_eq!(
                        elements_of(text),
                        elements_of(self::text(&expected, path)),
                        "{words:?}: {path}"
                    )
                }
                "rss" => drop(rss::Channel::read_from(bytes.as_ref()).unwrap()),
                "ics" => {
                    let lines = text.split("\r\n").filter(|line| line.starts_with("BEGIN:VEVENT"));
                    assert_eq!(lines.count(), usize::from(count("UID:2026/move@") > 0), "{words:?}: {path}");
                    let calendar: icalendar::Calendar = text.parse().unwrap();
                    assert!(calendar.events().count() <= 1, "{words:?}: {path}");
                }
                _ => {}
            }
            let forbidden = |c: char| c.is_control() && !"\n\r\t".contains(c);
            assert!(!text.contains(forbidden), "{words:?}: {path}");
        }
    }
}

/// How many elements an XML text has, counted by a parser that checks that each is closed.
fn elements_of(xml: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut count = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Start(_) => count += 1,
            quick_xml::events::Event::Eof => return count,
            _ => {}
        }
    }
}
