//! The day on which everything is out: what happened stands before the names of all that it happened to.

use super::*;

/// A page of sixty features, all of them out because of one incident.
fn site_of_sixty_features_out() -> Site {
    let mut page = page();
    let one = |number: usize| {
        Feature::named(feature(&format!("f{number}")), Localized::plain(format!("Feature {number:02}")))
    };
    page.groups = (0..6)
        .map(|group| Group {
            id: None,
            name: Localized::plain(format!("Group {group}")),
            features: (group * 10..group * 10 + 10).map(one).collect(),
        })
        .collect();
    let ids: Vec<String> = (0..60).map(|number| format!("f{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let power = incident("power", Severity::Critical, &ids, at(9, 0))
        .with(update(at(9, 10), Phase::Investigating))
        .but(|incident| incident.eta = Some(Eta::At(at(12, 0))));
    Site::of(page, [power.0])
}

#[test]
fn six_features_are_named_before_the_first_incident_and_the_rest_is_counted() {
    let tree = tree_of(&site_of_sixty_features_out());
    let index = words(text(&tree, "index.html"));
    let (above, below) = index.split_once("Happening now").unwrap();
    assert_eq!(above.matches("Feature ").count(), 6, "{above}");
    assert!(above.contains("and 54 more"), "{above}");
    let (card, list) = below.split_once("Each feature now").unwrap();
    assert_eq!(card.matches("Feature ").count(), 6, "{card}");
    assert!(card.contains("and 54 more"), "{card}");
    assert!((0..60).all(|number| list.contains(&format!("Feature {number:02}"))), "every one is listed");
    let own = words(text(&tree, "incidents/power/index.html"));
    assert!(
        (0..60).all(|number| own.contains(&format!("Feature {number:02}"))),
        "its own page names them all"
    );
}

#[test]
fn a_page_of_sixty_features_has_at_most_fifteen_hundred_nodes() {
    let tree = tree_of(&site_of_sixty_features_out());
    let index = text(&tree, "index.html");
    let opens = |part: &&str| part.starts_with(|c: char| c.is_ascii_alphabetic());
    let nodes = index.rsplit_once("<script>").unwrap().0.split('<').skip(1).filter(opens).count();
    assert!(nodes <= 1_500, "{nodes} nodes");
}

#[test]
fn the_worst_are_named_first_where_not_all_can_be() {
    let mut site = site_of_sixty_features_out();
    let incident = std::sync::Arc::make_mut(&mut site.incidents[0]);
    for (place, status) in incident.affected.values_mut().enumerate() {
        *status = if place < 57 { Status::Degraded } else { Status::MajorOutage };
    }
    let worst: Vec<String> =
        incident.affected.keys().skip(57).map(|id| id.as_str()[1..].to_owned()).collect();
    let tree = tree_of(&site);
    let index = words(text(&tree, "index.html"));
    let above = index.split("Happening now").next().unwrap();
    for number in worst {
        assert!(above.contains(&format!("Feature {number:0>2} : Not working")), "{number}: {above}");
    }
}

#[test]
fn a_preview_of_a_link_says_what_it_is_about() {
    let tree = tree_of(&full_site());
    let of = |path: &str, property: &str| {
        let html = text(&tree, path);
        let meta = html.split(&format!("property=\"{property}\" content=\"")).nth(1).unwrap_or_default();
        meta.split('"').next().unwrap().to_owned()
    };
    let page = "incidents/2026/cards/index.html";
    assert_eq!(of(page, "og:description"), "Major problem: Cause found. Half of all payments.");
    assert_eq!(of(page, "og:type"), "article");
    assert_eq!(of(page, "og:url"), "https://status.example.org/shop/incidents/2026/cards/");
    assert_eq!(of("index.html", "og:type"), "website");
    assert_eq!(of("index.html", "og:site_name"), "Example status");
    let sixty = tree_of(&site_of_sixty_features_out());
    assert!(text(&sixty, "index.html").contains("Feature 05 and 54 more\""));
}
