//! What people see, whole: a page, a mail, a text, and what commands print. A change of any word shows here, for a person
//! to look at it.

use std::fs;

use allclear::model::incident::Audience;
use allclear::theme::Theme;
use allclear::{config, load, render};

use crate::fixtures::house::{House, repository};
use crate::fixtures::snapshot::{folder, is_accepting, is_as_before, session, steady};

const ANA: &str = "ana@example.org";
const BEN: &str = "+34600000001";

#[test]
fn the_sample_s_index_and_an_incident_of_it() {
    let (page, ..) = config::read_page(&repository());
    let site = load::read_site(&repository(), page.unwrap(), None).site;
    let (theme, _) = Theme::open(&repository(), &site.page.theme, &site.page.looks);
    let now = "2026-11-20T10:30:00Z".parse().unwrap();
    let tree = render::site(&site, &theme, now, Audience::Public).unwrap();
    for (name, path) in
        [("index.html", "index.html"), ("incident.html", "incidents/2026/card-payments/index.html")]
    {
        is_as_before(name, std::str::from_utf8(&tree.files[path]).unwrap());
    }
}

/// Runs a command and compares what it prints, and how it ends, with the snapshot of that name.
#[track_caller]
fn shows(house: House, name: &str, arguments: &[&str]) -> House {
    let house = house.run(arguments);
    is_as_before(name, &session(&house, arguments));
    house
}

/// Ana by mail and Ben by text, who are notified of an incident, and then what is asked about it.
#[test]
fn an_incident_from_check_to_report() {
    let house = House::new().subscriber(ANA).subscriber_with(&[BEN, "--language", "es"]).incident(
        "payments",
        "2026-03-01 10:00",
        "Investigating",
    );
    let house = shows(house, "check.txt", &["check"]);
    let house = shows(house, "notify-preview.txt", &["notify", "--dry-run"]);
    let house = shows(house, "notify.txt", &["notify", "--yes"]);
    is_as_before("mail.eml", &steady(&house.raw_mails()[0].1));
    is_as_before("text.txt", &(house.texts()[0].1.clone() + "\n"));
    let house = shows(house, "why.txt", &["why", ANA]);
    let house = shows(house.told_of_all(), "report.txt", &["report", "payments"]);
    let house = shows(house, "withdraw.txt", &["withdraw", "payments", "--yes"]);
    let broken = house.read("incidents/payments.md").replace("severity = \"major\"", "severity = \"huge\"");
    shows(house.file("incidents/payments.md", &broken), "check-problems.txt", &["check"]);
}

#[test]
fn a_run_that_engages_the_brake() {
    let names = ["api", "cards", "login", "mails", "search", "uploads"];
    let house = names.into_iter().fold(House::new().subscriber(ANA), |house, name| {
        house.incident(name, "2026-03-01 10:00", "Investigating")
    });
    let house = shows(house, "brake.txt", &["notify", "--yes"]);
    shows(house, "brake-why.txt", &["why", ANA]);
}

#[test]
fn the_help() {
    let house = House::new();
    shows(house, "help.txt", &["--help"]);
}

#[test]
fn every_snapshot_is_compared_with_something() {
    let mut sources = String::new();
    for entry in walkdir::WalkDir::new(repository().join("tests/all")).into_iter().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
    let mut count = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        if !sources.contains(&format!("\"{name}\"")) {
            assert!(is_accepting(), "no test compares anything with {}: run tests/accept", file.display());
            fs::remove_file(&file).unwrap();
        }
        count += 1;
    }
    assert!(count > 0, "there are no snapshots");
}
