//! The text of pages for readers that ignore `hidden`: text browsers, extractors, search engines.

use serde_json::Value;

use crate::fixtures::house::House;

/// The text of a page as an extractor takes it: everything between the tags of the body, whatever they hide.
fn text_of(page: &str) -> String {
    let mut rest = page.split_once("<body").map_or(page, |(_, body)| body).to_owned();
    for element in ["script", "style", "template"] {
        while let Some(start) = rest.find(&format!("<{element}")) {
            let end = rest[start..].find(&format!("</{element}>")).map_or(rest.len(), |end| start + end);
            rest.replace_range(start..end, "");
        }
    }
    let mut text = String::new();
    for piece in rest.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn house() -> House {
    let text = "+++\ntitle = \"Search is slow\"\nseverity = \"major\"\naffected = [\"search\"]\n\
                started = 2026-03-01T10:00:00Z\neta = 2026-03-01T11:30:00Z\nnext_update = 2026-03-01T10:45:00Z\n\
                impact = \"Searching takes long.\"\n+++\n\n## 2026-03-01 10:00 UTC · Investigating\n\nPages are slow.\n";
    House::new().file("incidents/search.md", text).at("2026-03-01 10:10")
}

#[test]
fn the_state_is_once_in_the_text_of_the_index() {
    let house = house().run(&["build", "--out", "public"]).succeeded();
    let summary: Value = serde_json::from_str(&house.read("public/summary.json")).unwrap();
    let text = text_of(&house.read("public/index.html"));
    assert_eq!(text.matches(summary["sentence"].as_str().unwrap()).count(), 1, "{text}");
    assert_eq!(text.matches("Search is slow").count(), 1, "{text}");
}

#[test]
fn what_is_true_later_is_in_no_text_now() {
    let house = house().run(&["build", "--out", "public"]).succeeded();
    let pages = ["public/index.html", "public/incidents/search/index.html"];
    let now = pages.map(|page| text_of(&house.read(page)));
    let house = house.at("2026-03-01 11:40").run(&["build", "--out", "public"]).succeeded();
    for (page, now) in pages.iter().zip(now) {
        assert!(now.contains("We will post the next update by") || now.contains("Next update by"), "{now}");
        let later = text_of(&house.read(page));
        for late in ["late", "passed", "should have"] {
            assert!(!now.contains(late), "{page} has {late} before it is true: {now}");
        }
        assert_ne!(now, later, "{page}");
    }
}

/// The text of an error page of the product, with an incident of that severity.
fn error_page(severity: &str, page: &str, at: &str) -> String {
    let house = house();
    let text = house.read("incidents/search.md").replace("\"major\"", &format!("\"{severity}\""));
    let house =
        house.file("incidents/search.md", &text).at(at).run(&["build", "--out", "public"]).succeeded();
    let html = house.read(&format!("public/errors/{page}.html"));
    assert!(
        !html.contains(" hidden") && !html.contains("data-html"),
        "{page} holds what is not shown: {html}"
    );
    text_of(&html)
}

#[test]
fn an_error_page_says_each_thing_once_and_only_what_is_true_now() {
    for page in ["500", "502", "503", "504"] {
        let now = error_page("critical", page, "2026-03-01 10:10");
        for once in [
            "Search is slow",
            "Searching takes long.",
            "1 Mar 2026, 12:30 CET",
            "Next update: by 1 Mar 2026, 11:45 CET",
        ] {
            assert_eq!(now.matches(once).count(), 1, "{page}: {once}: {now}");
        }
        for later in ["late", "passed", "longer than", "Also known", "Resolved"] {
            assert!(!now.contains(later), "{page}: {later}: {now}");
        }
        let missed = error_page("critical", page, "2026-03-01 11:40");
        assert!(
            missed.contains("longer than we expected") && missed.contains("it is late"),
            "{page}: {missed}"
        );
        assert!(!missed.contains("Next update: by"), "{page}: {missed}");
    }
}

#[test]
fn an_error_page_names_what_it_cannot_explain_as_known_with_its_gravity() {
    let now = error_page("minor", "503", "2026-03-01 10:10");
    assert!(now.contains("So far we know of no wider problem."), "{now}");
    assert!(now.contains("Also known right now Search is slow (Minor problem)"), "{now}");
    assert_eq!(now.matches("Search is slow").count(), 1, "{now}");
    // The estimate of what explains nothing is none of the failure.
    assert!(!now.contains("12:30") && !now.contains("11:45"), "{now}");
    let work = error_page("critical", "maintenance", "2026-03-01 10:10");
    assert!(!work.contains("Search is slow"), "an outage is no planned work: {work}");
}

#[test]
fn the_page_for_a_missing_address_claims_nothing_of_the_state() {
    let house = house().run(&["build", "--out", "public"]).succeeded();
    let text = text_of(&house.read("public/404.html"));
    for state in ["Search is slow", "late", "Everything"] {
        assert!(!text.contains(state), "{state}: {text}");
    }
}
