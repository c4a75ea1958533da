//! The worst day on a phone: of sixty features all are out, and the first incident is on the first screen.
//!
//! Needs what tests/install brings; a machine without npm skips it.

use std::fmt::Write as _;

use crate::fixtures::house::House;
use crate::fixtures::judge::{there_is, told};

/// A page of sixty features in six groups, all of them out because of one incident.
fn house(features: usize) -> House {
    let mut page =
        "name = \"Acme status\"\nurl = \"https://status.acme.test\"\nlanguages = [\"en\", \"de\"]\n"
            .to_owned();
    let mut names = Vec::new();
    for number in 0..features {
        if number % 10 == 0 {
            write!(page, "\n[[groups]]\nname = \"Group {}\"\n", number / 10).unwrap();
        }
        write!(page, "\n[[groups.features]]\nid = \"f{number}\"\nname = \"Feature number {number}\"\n")
            .unwrap();
        names.push(format!("\"f{number}\""));
    }
    let incident = format!(
        "+++\ntitle = \"The power is out\"\nseverity = \"critical\"\naffected = [{}]\nstarted = 2026-03-01T10:00:00Z\n\
         eta = 2026-03-01T11:30:00Z\nimpact = \"Nothing works.\"\n+++\n\n## 2026-03-01 10:00 UTC · Investigating\n\nWe look.\n",
        names.join(", ")
    );
    House::new().file("site/page.toml", &page).file("incidents/power.md", &incident).at("2026-03-01 10:10")
}

#[test]
fn with_sixty_features_out_the_first_incident_is_on_the_first_screen_of_a_phone() {
    if !there_is("npm") {
        return;
    }
    let house = house(60).run(&["build", "--out", "public"]).succeeded();
    let pages = ["index.html", "de/index.html"].map(|page| house.path().join("public").join(page));
    let seen = told("looks/first.js", &[], &pages);
    for page in seen["pages"].as_array().unwrap() {
        let figure = |name: &str| page[name].as_f64().unwrap();
        assert!(figure("top") > 0.0 && figure("bottom") <= figure("screen"), "{page}");
        assert!(figure("nodes") <= 1_500.0, "{page}");
    }

    // It can find what is too far down.
    let spoiled = &pages[0];
    let html = std::fs::read_to_string(spoiled).unwrap().replacen(
        "<main",
        "<div style=\"height:900px\"></div><main",
        1,
    );
    let html = html.replace("http-equiv=\"Content-Security-Policy\"", "name=\"no-policy\"");
    std::fs::write(spoiled, html).unwrap();
    let seen = told("looks/first.js", &[], std::slice::from_ref(spoiled));
    assert!(seen["pages"][0]["bottom"].as_f64().unwrap() > 844.0, "{seen}");
}
