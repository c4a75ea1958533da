//! How many files a new incident changes: each is an object that is uploaded, and a copy that a CDN must drop.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fixtures::disk::below;
use crate::fixtures::house::House;

/// Every file of the site that differs after one more incident, and how many there are in all.
fn changed_by(text: &str) -> (BTreeSet<String>, usize) {
    let mut house = House::new();
    // One language: each other one would add its own pages and feeds.
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &page.replace(", \"es\"", "").replace(", es = \"Pago\"", ""));
    for number in 0..30 {
        house.write(&format!("incidents/old-{number}.md"), &over(number));
    }
    let house = house.run(&["build"]).succeeded();
    let files = |house: &House| below(&house.path().join("public"));
    let before = files(&house);
    let house = house.file("incidents/new.md", text).run(&["build"]).succeeded();
    let after = files(&house);
    let is_new = |(path, bytes): &(&_, &_)| before.get(*path) != Some(*bytes);
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let changed = after.iter().filter(is_new).map(|(path, _)| name(path));
    (changed.filter(|path| path != ".allclear-build").collect(), after.len())
}

fn over(number: usize) -> String {
    format!(
        "+++\ntitle = \"Old {number}\"\nseverity = \"major\"\naffected = [\"checkout\"]\nimpact = \"Some fail.\"\n\
         started = 2026-01-{day}T10:00:00Z\n+++\n\n## 2026-01-{day} 11:00 UTC · Resolved\n\nIt works again.\n",
        day = number % 9 + 10
    )
}

#[test]
fn a_new_incident_changes_the_files_that_speak_of_it_and_no_others() {
    let (changed, all) = changed_by(
        "+++\ntitle = \"Cards fail\"\nseverity = \"major\"\naffected = [\"checkout\"]\nimpact = \"Some fail.\"\n\
         started = 2026-03-01T09:20:00Z\neta = 2026-03-01T14:00:00Z\n+++\n\n\
         ## 2026-03-01 09:25 UTC · Investigating\n\nWe look into it.\n",
    );
    let of = |part: &str| changed.iter().filter(|path| path.contains(part)).count();
    for untouched in ["404.html", "subscribe/", "scheduled-maintenances", "maintenance.ics", "incidents/old-"]
    {
        assert_eq!(of(untouched), 0, "{untouched}: {changed:?}");
    }
    // Its own page and alert; the feeds in three formats and both badges of the page and of its feature; the Statuspage
    // API; the pages and bodies of the errors, and those configurations of web servers that hold its ETA.
    assert_eq!((of("incidents/new/"), of("history."), of("badge.")), (2, 6, 4), "{changed:?}");
    assert_eq!((of("api/v2/"), of("errors/")), (5, 20), "{changed:?}");
    assert!(changed.len() <= 44, "{} of {all}: {changed:?}", changed.len());
}

#[test]
fn planned_work_changes_no_badge_and_no_error_page_of_today() {
    let (changed, all) = changed_by(
        "+++\ntitle = \"We move\"\nkind = \"maintenance\"\naffected = [\"checkout\"]\nimpact = \"Some fail.\"\n\
         starts = 2026-03-09T10:00:00Z\nends = 2026-03-09T12:00:00Z\n+++\n",
    );
    let of = |part: &str| changed.iter().filter(|path| path.contains(part)).count();
    for untouched in ["404.html", "subscribe/", "badge.", "errors/", "incidents/old-"] {
        assert_eq!(of(untouched), 0, "{untouched}: {changed:?}");
    }
    assert!(changed.len() <= 30, "{} of {all}: {changed:?}", changed.len());
}
