//! The wild cases, each in a few lines.

mod bodies;
mod dates;
mod days;
mod survival;
mod work;

use crate::import::{Imported, cstate_files};
use crate::model::Moment;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Eta, Incident};
use crate::model::phase::{IncidentKind, Phase, Severity};

const CONFIG: &str = "title: Shop Status
baseURL: https://status.shop.example/
languageCode: en
params:
  description: We say what works.
  categories:
    - name: Store
    - name: Empty
  systems:
    - name: Checkout
      category: Store
      description: Paying.
    - name: API
";

fn import(path: &str, text: &str) -> Imported {
    let path = format!("content/issues/{path}");
    import_all(&[("config.yml", CONFIG), (&path, text)])
}

fn import_all(files: &[(&str, &str)]) -> Imported {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    cstate_files(&files.collect(), None)
}

/// An issue of 1 May 2023 with more front matter and a body.
fn issue(front: &str, body: &str) -> Imported {
    let text =
        format!("---\ntitle: Checkout fails\ndate: 2023-05-01T10:00:00Z\nsection: issue\n{front}---\n{body}");
    import("2023-05-01-checkout.md", &text)
}

/// An issue that is over at noon.
fn resolved(body: &str) -> Imported {
    issue("severity: down\nresolved: true\nresolvedWhen: 2023-05-01T12:00:00-00:00\n", body)
}

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn only(imported: &Imported) -> &Incident {
    assert_eq!(imported.incidents.len(), 1, "{:?}", imported.notes);
    &imported.incidents[0]
}

fn rules(imported: &Imported) -> Vec<&str> {
    let own = imported.notes.iter().filter(|note| note.file.starts_with("content/"));
    own.map(|note| note.rule).collect()
}

/// The story as `HH:MM phase: text`.
fn story(imported: &Imported) -> Vec<String> {
    let line = |update: &crate::model::incident::Update| {
        let phase = update.phase.map_or("-", Phase::word);
        format!("{} {phase}: {}", update.at.format("%H:%M"), update.body.default)
    };
    only(imported).updates.iter().map(line).collect()
}

#[test]
fn the_page_comes_from_the_configuration() {
    let page = import_all(&[("config.yml", CONFIG)]).page;
    assert_eq!(
        (page.name.default.as_str(), page.url.as_str()),
        ("Shop Status", "https://status.shop.example")
    );
    let groups: Vec<_> = page.groups.iter().map(|group| group.name.default.as_str()).collect();
    assert_eq!(groups, ["Store", "Services"]);
    assert_eq!(page.features().map(|feature| feature.id.as_str()).collect::<Vec<_>>(), ["checkout", "api"]);
}

#[test]
fn toml_and_bare_configurations_are_read() {
    let toml = "title = \"T\"\nbaseURL = \"http://t.example.org\"\n[params]\nsystems = [{ name = \"A\", displayName \
                = \"Ay\" }]\n";
    let imported = import_all(&[("config.toml", toml)]);
    assert_eq!(imported.page.url, "https://t.example.org");
    assert_eq!(imported.page.groups[0].features[0].name.default, "Ay");
    assert_eq!(imported.notes[0].rule, "insecure-url");
    let bare = import_all(&[("content/issues/a.md", "")]);
    assert_eq!(bare.notes.iter().filter(|note| note.rule == "missing-config").count(), 1);
}

#[test]
fn a_page_without_systems_has_one_feature_for_all() {
    let issue = "---\ntitle: Down\ndate: 2023-05-01\nseverity: down\nresolved: true\nsection: issue\n---\nx";
    let imported = import_all(&[("config.yml", "title: Shop\n"), ("content/issues/a.md", issue)]);
    assert_eq!(imported.page.features().map(|feature| feature.id.as_str()).collect::<Vec<_>>(), ["shop"]);
    assert_eq!(only(&imported).affected[&FeatureId::new("shop").unwrap()], Status::MajorOutage);
}

#[test]
fn an_issue_becomes_an_incident_with_its_end() {
    let imported = resolved("Cards are declined.\n");
    let incident = only(&imported);
    assert_eq!(incident.id.as_str(), "2023-05-01-checkout");
    assert_eq!(incident.file, "incidents/2023-05-01-checkout.md");
    assert_eq!((incident.kind, incident.severity), (IncidentKind::Incident, Severity::Critical));
    assert_eq!(story(&imported), ["10:00 investigating: Cards are declined.", "12:00 resolved: "]);
    assert_eq!(incident.ended_at(at("2024-01-01T00:00:00Z")), Some(at("2023-05-01T12:00:00Z")));
    assert_eq!(rules(&imported), [""; 0]);
}

#[test]
fn severities_become_ours() {
    for (word, severity, status) in [
        ("down", Severity::Critical, Status::MajorOutage),
        ("disrupted", Severity::Major, Status::PartialOutage),
        ("dsirupted", Severity::Major, Status::PartialOutage),
        ("Notice", Severity::Notice, Status::Operational),
    ] {
        let imported = issue(&format!("severity: {word}\nresolved: no\naffected: [Checkout]\n"), "x");
        let incident = only(&imported);
        assert_eq!(incident.severity, severity, "{word}");
        assert_eq!(incident.affected[&FeatureId::new("checkout").unwrap()], status, "{word}");
    }
    assert!(rules(&issue("severity: purple\nresolved: yes\n", "x")).contains(&"unknown-severity"));
}

#[test]
fn truths_have_many_spellings() {
    for (word, over) in [("True", true), ("yes", true), ("no", false), ("FALSE", false)] {
        let imported = issue(&format!("severity: down\nresolved: {word}\n"), "x");
        let now = at("2023-06-01T00:00:00Z");
        assert_eq!(only(&imported).phase_at(now).is_over(), over, "{word}");
    }
}

#[test]
fn wild_times_are_read_and_bent_ones_are_said() {
    let started = |date: &str, name: &str| {
        let text = format!(
            "---\ntitle: x\ndate: {date}\nresolved: true\nresolvedWhen: {date}\nseverity: down\nsection: issue\n---\nx"
        );
        let imported = import(name, &text);
        (only(&imported).started, rules(&imported).contains(&"bent-time"))
    };
    assert_eq!(started("2023-12-04T8:00:00-00:00", "a.md"), (at("2023-12-04T08:00:00Z"), false));
    assert_eq!(started("2021-05-03T011:00:00-00:00", "a.md"), (at("2021-05-03T11:00:00Z"), false));
    assert_eq!(started("2023-04-12:11:20-00:00", "a.md"), (at("2023-04-12T11:20:00Z"), false));
    assert_eq!(started("2023-02-03T16:00:00-05:00", "a.md"), (at("2023-02-03T21:00:00Z"), false));
    assert_eq!(started("2021-04-14 07:30:00 UTC", "a.md"), (at("2021-04-14T07:30:00Z"), false));
    assert_eq!(started("2024-09-24", "a.md"), (at("2024-09-24T00:00:00Z"), false));
    assert_eq!(started("2023-07-94T13:00:00Z", "2023-07-04-ci.md"), (at("2023-07-04T13:00:00Z"), true));
    assert_eq!(started("2023-02-30T25:00:00Z", "a.md"), (at("2023-02-28T23:00:00Z"), true));
}

#[test]
fn a_missing_date_is_taken_from_the_name() {
    let imported =
        import("2023-05-09-x.md", "---\ntitle: x\nseverity: down\nresolved: true\nsection: issue\n---\nx");
    assert_eq!(only(&imported).started, at("2023-05-09T00:00:00Z"));
    assert_eq!(rules(&imported), ["missing-date", "missing-end"]);
}

#[test]
fn an_end_before_the_start_is_mended() {
    let imported = issue("severity: down\nresolved: true\nresolvedWhen: 2023-03-18T12:35:00Z\n", "x");
    assert_eq!(story(&imported)[1], "12:35 resolved: ");
    assert_eq!(rules(&imported), ["end-before-start"]);
}

#[test]
fn what_ended_on_the_day_of_its_name_did_not_start_a_week_later() {
    let day = |date: &str| {
        let over = "severity: down\nresolved: true\nresolvedWhen: 2025-04-02 11:38:00\n";
        let text = format!("---\ntitle: x\ndate: {date}\nsection: issue\n{over}---\nThe database is away.");
        let imported = import("2025-04-02-database.md", &text);
        let incident = only(&imported);
        assert_eq!(incident.updates.last().unwrap().at, at("2025-04-02T11:38:00Z"));
        assert!(rules(&imported).contains(&"start-after-end"));
        incident.started
    };
    assert_eq!(day("2025-04-10"), at("2025-04-02T00:00:00Z"));
    assert_eq!(day("2025-04-10T10:07:00Z"), at("2025-04-02T10:07:00Z"));
}

#[test]
fn names_of_systems_are_found_guessed_or_kept() {
    let imported = issue(
        "severity: down\nresolved: true\nresolvedWhen: 2023-05-01T12:00:00Z\naffected:\n  - Chekout\n  - Mainframe\n",
        "x",
    );
    let affected: Vec<_> = only(&imported).affected.keys().map(FeatureId::as_str).collect();
    assert_eq!(affected, ["checkout", "mainframe"]);
    let other = imported.page.groups.last().unwrap();
    assert_eq!(
        (other.name.default.as_str(), other.features[0].name.default.as_str()),
        ("Other", "Mainframe")
    );
    assert_eq!(rules(&imported), ["near-system", "unknown-system"]);
    assert_eq!(
        imported.notes.iter().filter_map(|note| Some(note.place.as_ref()?.line)).collect::<Vec<_>>(),
        [9, 10]
    );
}

#[test]
fn nothing_is_promised_that_nobody_wrote() {
    let outage = issue("severity: down\nresolved: false\n", "We look.\n");
    assert_eq!((only(&outage).eta, only(&outage).next_update), (Some(Eta::Unknown), None));
    let over = issue("severity: down\nresolved: true\n", "Cards fail.\n");
    assert_eq!(only(&over).phase_at(at("2024-01-01T00:00:00Z")), Phase::Resolved);
    assert_eq!(only(&over).lasted_at(at("2024-01-01T00:00:00Z")), None);
    let undated = import("x.md", "---\ntitle: x\nresolved: true\nsection: issue\n---\nx");
    assert_eq!((undated.incidents.len(), rules(&undated).contains(&"missing-date")), (0, true));
}

#[test]
fn a_post_outside_the_folder_counts_when_it_says_that_it_is_an_issue() {
    let text = "---\ntitle: x\ndate: 2023-05-01\nresolved: true\nsection: issue\n---\nx";
    let imported =
        import_all(&[("content/2023-05-01-x.md", text), ("content/about.md", "---\ntitle: About\n---\n")]);
    assert_eq!(only(&imported).id.as_str(), "2023-05-01-x");
}

#[test]
fn times_without_a_zone_are_read_in_the_sites() {
    let text =
        "---\ntitle: x\ndate: 2023-05-01 10:00:00\nresolved: false\nseverity: down\nsection: issue\n---\nx";
    let config = format!("timeZone: Europe/Berlin\n{CONFIG}");
    let imported = import_all(&[("config.yml", &config), ("content/issues/a.md", text)]);
    assert_eq!(only(&imported).started, at("2023-05-01T08:00:00Z"));
    assert_eq!(imported.page.time_zone, "Europe/Berlin");
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.rule == "no-zone" && note.message.contains("1 time has no zone"))
    );
}

#[test]
fn pictures_are_brought_along_and_links_lead_to_the_new_addresses() {
    let body = "![Files](/images/a.png) See [the other](/issues/2023-04-01-Old/), \
                [old](https://status.shop.example/issues/2023-04-01-old), [gone](/issues/gone/) and \
                ![lost](/images/b.png).";
    let text = |body: &str| {
        format!(
            "---\ntitle: x\ndate: 2023-05-01\nresolved: true\nseverity: down\nsection: issue\n---\n{body}"
        )
    };
    let (old, new) = (text("x"), text(body));
    let imported = import_all(&[
        ("config.yml", CONFIG),
        ("content/issues/2023-04-01-old.md", &old),
        ("content/issues/new.md", &new),
        ("static/images/a.png", "picture"),
        ("static/images/unused.png", "picture"),
    ]);
    assert_eq!(imported.pictures.keys().collect::<Vec<_>>(), ["/images/a.png"]);
    let said = &imported.incidents[1].updates[0].body.default;
    assert_eq!(said.matches("](/incidents/2023-04-01-old/)").count(), 2, "{said}");
    let dead: Vec<&str> = imported
        .notes
        .iter()
        .filter(|note| note.rule == "dead-link")
        .map(|note| note.message.as_str())
        .collect();
    assert!(dead.len() == 2 && dead.iter().any(|message| message.contains("/issues/gone/")), "{dead:?}");
}

#[test]
fn languages_are_written_as_they_should_be() {
    let page = import_all(&[("config.yml", &CONFIG.replace("languageCode: en", "languageCode: en-us"))]).page;
    assert_eq!(page.languages[0].as_str(), "en-US");
}

#[test]
fn names_that_no_disk_can_hold_side_by_side_are_changed() {
    let text = "---\ntitle: x\ndate: 2023-05-01\nresolved: true\nsection: issue\n---\nx";
    let paths = ["Con.md", "A.md", "a.md", "Störung_ß.md"];
    let files: Vec<(String, &str)> =
        paths.iter().map(|path| (format!("content/issues/{path}"), text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let ids: Vec<String> =
        import_all(&files).incidents.iter().map(|incident| incident.id.to_string()).collect();
    assert_eq!(ids, ["A", "Con-issue", "Stoerung_ss", "a-2"]);
}

#[test]
fn the_fork_clearstatus_is_understood() {
    let imported = issue(
        "status: resolved\nresolved_on: 2023-05-01T11:00:00Z\nmax_severity: disrupted\npinned: top\nduration: 1h\n",
        "x",
    );
    assert_eq!(
        (only(&imported).severity, story(&imported)[1].as_str()),
        (Severity::Major, "11:00 resolved: ")
    );
    let imported = issue("status: scheduled\nduration: 3 hours\nmax_severity: maintenance\n", "x");
    assert_eq!(only(&imported).window.unwrap().ends, Some(at("2023-05-01T13:00:00Z")));
}

#[test]
fn names_with_dots_folders_and_blanks_keep_their_files() {
    let text = "---\ntitle: x\ndate: 2023-05-01\nresolved: true\nseverity: down\nsection: issue\n---\nx";
    let paths = ["a b.md", "a.b.md", "2023/a.md", "2023/bundle/index.md", "a-b.md"];
    let files: Vec<(String, &str)> =
        paths.iter().map(|path| (format!("content/issues/{path}"), text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let ids: Vec<String> =
        import_all(&files).incidents.iter().map(|incident| incident.id.to_string()).collect();
    assert_eq!(ids, ["2023/a", "2023/bundle", "a-b", "a-b-2", "a-b-3"]);
}

#[test]
fn what_cstate_does_not_show_stays_hidden_but_is_named() {
    let imported = issue("draft: true\n", "secret");
    assert_eq!((imported.incidents.len(), rules(&imported).contains(&"draft")), (0, true));
    let imported = import("_index.md", "x");
    assert_eq!((imported.incidents.len(), rules(&imported)), (0, vec!["not-an-issue"]));
    let text = "---\ntitle: x\ndate: 2023-05-01\nresolved: true\n---\nx";
    let imported = import_all(&[("content/fr/issues/a.md", text), ("content/en/issues/a.md", text)]);
    assert_eq!((imported.incidents.len(), rules(&imported).contains(&"translation")), (1, true));
}

#[test]
fn files_that_hugo_does_not_show_are_left_out_and_named() {
    for name in ["template-issue.txt", "search-latest.md.template", "2022-01-01-x", "2022-01-01-x.md1"] {
        let imported =
            import(name, "---\ntitle: x\ndate: 2022-01-01\nresolved: false\nsection: issue\n---\nx");
        assert_eq!((imported.incidents.len(), rules(&imported)), (0, vec!["not-an-issue"]), "{name}");
    }
}
