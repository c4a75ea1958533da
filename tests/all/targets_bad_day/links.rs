//! Hosts that find no `index.html` in a folder: links in messages lead to the file itself, and a setting that says otherwise is reported.

use super::house;
use crate::fixtures::site::Site;

#[test]
fn links_lead_to_files_where_the_host_only_knows_files() {
    let site = Site::of_files();
    let house = house(&site.target()).subscriber("ana@example.org");
    // As a page is linked by default, readers would not find it.
    let mut house = house.run(&["publish", "--wait", "1s"]).exited(1).said("answers 404");
    let page = house.read("site/page.toml");
    house.write(
        "site/page.toml",
        &format!("links = \"files\"\n{}", page.replace("https://status.acme.test", &site.url())),
    );
    let house = house.run(&["publish", "--wait", "9s"]).succeeded().said("verified: readers of");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["publish", "--wait", "9s"]).succeeded();
    let house = house.run(&["notify", "--yes", "--wait", "9s"]).succeeded();
    let address = format!("{}/incidents/payments/index.html", site.url());
    let house = house.mailed("ana@example.org", &address);
    let live = |path: &str| std::fs::read_to_string(site.live().join(path)).unwrap();
    assert!(live("history.atom").contains(&address), "{}", live("history.atom"));
    assert!(live("incidents/payments/index.html").contains(&format!("rel=\"canonical\" href=\"{address}\"")));
    assert!(live("sitemap.xml").contains(&format!("<loc>{address}</loc>")));
    drop(house);
}

#[test]
fn the_doctor_looks_at_what_people_are_sent() {
    let site = Site::of_files();
    let mut house = house(&site.target()).run(&["publish"]).succeeded();
    let looked = house.command(&["doctor", "--format", "json"]).output().unwrap();
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(said.contains("links = \\\"files\\\" in site/page.toml"), "{said}");
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &format!("links = \"files\"\n{page}"));
    let looked = house.command(&["doctor", "--format", "json"]).output().unwrap();
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(said.contains("as the links in messages do"), "{said}");
}
