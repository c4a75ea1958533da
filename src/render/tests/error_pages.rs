//! The error pages of the operator's own product.

use std::sync::Arc;

use super::*;

/// The pages of a status with what they say, by their path.
fn pages(tree: &SiteFiles, kind: &str) -> Vec<(String, String)> {
    let folders = ["", "es/", "all-languages/"];
    let paths = folders.map(|folder| format!("errors/{folder}{kind}.html"));
    paths.into_iter().map(|path| (words(text(tree, &path)), path)).map(|(said, path)| (path, said)).collect()
}

fn of(site: &Site, now: Moment, path: &str) -> String {
    words(text(&super::super::site(site, &Theme::built_in(), now, Audience::Public).unwrap(), path))
}

/// The full site on a day on which its problem makes the product unavailable.
fn site_of_an_outage() -> Site {
    let mut site = full_site();
    for incident in site.incidents.iter_mut().map(Arc::make_mut).filter(|one| one.id.as_str() == "2026/cards")
    {
        incident.severity = Severity::Critical;
    }
    site
}

#[test]
fn every_status_in_every_language_says_why_until_when_and_what_to_do() {
    let tree = tree_of(&site_of_an_outage());
    for kind in ["500", "502", "503", "504"] {
        for (path, said) in pages(&tree, kind) {
            let both = path.contains("all-languages");
            if both || !path.contains("/es/") {
                for fact in
                    ["Why Cards fail", "Half of all payments.", "When it will be back 20 Nov 2026, 12:30 CET"]
                {
                    assert!(said.contains(fact), "{fact} is not in {path}: {said}");
                }
                assert!(said.contains("What you can do in the meantime See help"), "{path}: {said}");
                assert!(said.contains(&format!("Error {kind}")), "{path}: {said}");
            }
            if both || path.contains("/es/") {
                for fact in ["Por qué Fallan las tarjetas", "Cuándo se resolverá 20 nov 2026, 12:30 CET"] {
                    assert!(said.contains(fact), "{fact} is not in {path}: {said}");
                }
                assert!(said.contains("Qué hacer mientras tanto"), "{path}: {said}");
            }
        }
    }
}

#[test]
fn every_language_the_theme_speaks_has_its_own_words() {
    let quiet = Site { page: page(), incidents: Vec::new() };
    let theme = Theme::built_in();
    let english: Vec<String> =
        failure::KINDS.map(|kind| of(&quiet, now(), &format!("errors/{kind}.html"))).into();
    for tag in ["es", "de", "it", "pt", "fr", "ja", "ar"] {
        if !theme.speaks(&language(tag)) {
            continue;
        }
        let mut site = quiet.clone();
        site.page.languages = vec![language("en"), language(tag)];
        for (kind, english) in failure::KINDS.iter().zip(&english) {
            let said = of(&site, now(), &format!("errors/{tag}/{kind}.html"));
            for sentence in english.split(". ").filter(|sentence| sentence.contains(' ')) {
                assert!(!said.contains(sentence), "{tag} {kind}: {sentence}");
            }
        }
    }
}

#[test]
fn where_nothing_is_known_a_plain_sentence_says_so() {
    let tree = tree_of(&Site { page: page(), incidents: Vec::new() });
    for (path, said) in pages(&tree, "502").into_iter().filter(|(path, _)| !path.contains("/es/")) {
        for fact in ["We cannot be reached right now", "not yours", "within minutes", "try again"] {
            assert!(said.contains(fact), "{fact} is not in {path}: {said}");
        }
    }
    let closed = words(text(&tree, "errors/maintenance.html"));
    assert!(closed.contains("We are doing planned work") && !closed.contains("Error"), "{closed}");
}

#[test]
fn the_page_for_planned_work_tells_of_work_that_begins_within_a_day() {
    let site = full_site();
    let said = of(&site, now(), "errors/maintenance.html");
    assert!(said.contains("Title of 2026/move"), "{said}");
    assert!(said.contains("21 November 2026, 11:30 – 22 November 2026, 11:30 CET"), "{said}");
    let early = of(&site, now() - TimeDelta::hours(1), "errors/maintenance.html");
    assert!(!early.contains("Title of 2026/move"), "{early}");
}

#[test]
fn what_is_worst_explains_and_a_notice_never_does() {
    let mut site = full_site();
    site.incidents.push(incident("loud", Severity::Critical, &["search"], at(10, 0)).0.into());
    assert!(of(&site, now(), "errors/503.html").contains("Why Title of loud"));
    site.incidents = vec![incident("quiet", Severity::Notice, &["search"], at(10, 0)).0.into()];
    assert!(!of(&site, now(), "errors/503.html").contains("Title of quiet"));
}

#[test]
fn a_problem_that_leaves_the_product_available_is_known_and_not_the_cause() {
    let mut site = full_site();
    site.incidents.push(incident("slow", Severity::Minor, &["search"], at(10, 0)).0.into());
    let said = of(&site, now(), "errors/503.html");
    assert!(said.contains("Why The fault is on our side, not yours."), "{said}");
    assert!(
        said.contains("Also known right now Cards fail (Major problem) Title of slow (Minor problem)"),
        "{said}"
    );
    assert!(said.contains("When it will be back It is often over within minutes."), "{said}");
    assert!(!said.contains("12:30"), "no estimate of another problem: {said}");
    let closed = of(&site, now(), "errors/maintenance.html");
    assert!(!closed.contains("Also known"), "{closed}");
}

#[test]
fn what_stops_most_features_explains_whatever_its_severity() {
    let mut site = full_site();
    let work = TimeRange::between(at(10, 0), at(11, 0));
    site.incidents = vec![maintenance("move", &["search", "sign-in"], work).0.into()];
    assert!(of(&site, now(), "errors/503.html").contains("Why Title of move"));
    site.incidents = vec![maintenance("move", &["search"], work).0.into()];
    assert!(of(&site, now(), "errors/503.html").contains("Also known right now Title of move"));
}

#[test]
fn an_estimate_that_has_passed_is_not_told_as_if_it_held() {
    let said = of(&site_of_an_outage(), at(12, 0), "errors/503.html");
    assert!(said.contains("This is taking longer than we expected."), "{said}");
    let mut site = site_of_an_outage();
    for incident in site.incidents.iter_mut().map(Arc::make_mut) {
        incident.eta = None;
        incident.updates.iter_mut().for_each(|update| update.eta = None);
    }
    assert!(of(&site, now(), "errors/503.html").contains("When it will be back No estimate yet"));
}

#[test]
fn each_is_one_file_that_needs_no_other_wherever_it_is_shown() {
    let tree = tree_of(&full_site());
    for (path, bytes) in tree.files.iter().filter(|(path, _)| path.starts_with("errors/")) {
        let html = std::str::from_utf8(bytes).unwrap();
        for address in addresses(html) {
            let absolute = address.starts_with("https://") || address.starts_with("data:image/svg+xml");
            assert!(absolute, "{path}: {address}");
        }
        assert!(!html.contains("src="), "{path}");
        assert!(bytes.len() < 40_000, "{path} has {} bytes", bytes.len());
    }
}

#[test]
fn its_elements_are_closed_in_order() {
    let tree = tree_of(&full_site());
    let pages = |path: &&String| path.starts_with("errors/") && path.ends_with(".html");
    for path in tree.files.keys().filter(pages) {
        let mut open = Vec::new();
        for part in text(&tree, path).split('<').skip(1) {
            let tag = part.split('>').next().unwrap();
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
            match tag {
                _ if ["!DOCTYPE", "meta", "link"].contains(&name) || tag.ends_with('/') => {}
                _ if tag.starts_with('/') => assert_eq!(open.pop(), Some(name), "{path}"),
                _ => open.push(name),
            }
        }
        assert!(open.is_empty(), "{path}: {open:?}");
    }
}
