//! The Statuspage API, held to every field and every word of the original.

use serde_json::Value;

use super::*;

/// Every field of each object, as Statuspage has them, in alphabetical order.
const FIELDS: &[(&str, &str)] = &[
    ("page", "id name time_zone updated_at url"),
    ("status", "description indicator"),
    (
        "component",
        "created_at description group group_id id name only_show_if_degraded page_id position showcase \
         start_date status updated_at",
    ),
    (
        "group",
        "components created_at description group group_id id name only_show_if_degraded page_id position \
         showcase start_date status updated_at",
    ),
    (
        "incident",
        "components created_at id impact incident_updates monitoring_at name page_id reminder_intervals \
         resolved_at shortlink started_at status updated_at",
    ),
    (
        "maintenance",
        "components created_at id impact incident_updates monitoring_at name page_id reminder_intervals \
         resolved_at scheduled_for scheduled_until shortlink started_at status updated_at",
    ),
    (
        "update",
        "affected_components body created_at custom_tweet deliver_notifications display_at id incident_id \
         status tweet_id updated_at",
    ),
    ("affected", "code name new_status old_status"),
];

const COMPONENT_STATUSES: &[&str] =
    &["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"];
const INCIDENT_STATUSES: &[&str] = &["investigating", "identified", "monitoring", "resolved", "postmortem"];
const MAINTENANCE_STATUSES: &[&str] = &["scheduled", "in_progress", "verifying", "completed"];

fn document(tree: &SiteFiles, name: &str) -> Value {
    serde_json::from_slice(&tree.files[&format!("api/v2/{name}.json")]).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is no list in {value}"))
}

fn has_fields(value: &Value, object: &str) {
    let mut found: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    found.sort_unstable();
    let wanted = FIELDS.iter().find(|(name, _)| *name == object).unwrap().1;
    assert_eq!(found, wanted.split_whitespace().collect::<Vec<_>>(), "{object}");
    for (name, value) in value.as_object().unwrap() {
        if name.ends_with("_at") || name.starts_with("scheduled_") {
            let is_time = |text: &str| text.len() == 24 && text.ends_with('Z') && text.contains('.');
            let optional = ["monitoring_at", "resolved_at"].contains(&name.as_str());
            assert!(value.as_str().is_some_and(is_time) || optional && value.is_null(), "{name}: {value}");
        }
        if name == "id" || name.ends_with("_id") && !["group_id", "tweet_id"].contains(&name.as_str()) {
            let id = value.as_str().unwrap();
            assert!(
                id.len() == 12 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
                "{id}"
            );
        }
    }
}

fn is_one_of(value: &Value, words: &[&str]) {
    assert!(value.as_str().is_some_and(|word| words.contains(&word)), "{value} is none of {words:?}");
}

fn check_component(component: &Value) {
    has_fields(component, if component["group"] == true { "group" } else { "component" });
    is_one_of(&component["status"], COMPONENT_STATUSES);
    assert!((1..=255).contains(&component["position"].as_u64().unwrap()));
}

fn check_incident(incident: &Value, object: &str) {
    let statuses = if object == "incident" { INCIDENT_STATUSES } else { MAINTENANCE_STATUSES };
    has_fields(incident, object);
    is_one_of(&incident["status"], statuses);
    is_one_of(
        &incident["impact"],
        if object == "incident" { &["none", "minor", "major", "critical"] } else { &["maintenance"] },
    );
    list(incident, "components").iter().for_each(check_component);
    let updates = list(incident, "incident_updates");
    assert!(!updates.is_empty(), "clients read the first one without a look");
    assert!(updates.is_sorted_by(|a, b| a["created_at"].as_str() > b["created_at"].as_str()), "newest first");
    for update in updates {
        has_fields(update, "update");
        is_one_of(&update["status"], statuses);
        assert_eq!(update["incident_id"], incident["id"]);
        for affected in update["affected_components"].as_array().unwrap_or(&Vec::new()) {
            has_fields(affected, "affected");
            is_one_of(&affected["old_status"], COMPONENT_STATUSES);
            is_one_of(&affected["new_status"], COMPONENT_STATUSES);
        }
    }
}

#[test]
fn every_file_has_its_objects_and_they_every_field() {
    let tree = tree_of(&full_site());
    let files = [
        ("summary", "components incidents page scheduled_maintenances status"),
        ("status", "page status"),
        ("components", "components page"),
        ("incidents", "incidents page"),
        ("incidents/unresolved", "incidents page"),
        ("scheduled-maintenances", "page scheduled_maintenances"),
        ("scheduled-maintenances/upcoming", "page scheduled_maintenances"),
        ("scheduled-maintenances/active", "page scheduled_maintenances"),
    ];
    for (name, wanted) in files {
        let document = document(&tree, name);
        let mut found: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found.join(" "), wanted, "{name}");
        has_fields(&document["page"], "page");
        for (key, value) in document.as_object().unwrap() {
            match key.as_str() {
                "status" => has_fields(value, "status"),
                "components" => value.as_array().unwrap().iter().for_each(check_component),
                "incidents" => {
                    value.as_array().unwrap().iter().for_each(|one| check_incident(one, "incident"))
                }
                "scheduled_maintenances" => {
                    value.as_array().unwrap().iter().for_each(|one| check_incident(one, "maintenance"));
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_lists_hold_what_their_names_say() {
    let tree = tree_of(&full_site());
    let titles = |file: &str, key: &str| -> Vec<String> {
        let document = document(&tree, file);
        list(&document, key).iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles("incidents", "incidents"), ["Cards fail", "Title of 2026/old"]);
    assert_eq!(titles("incidents/unresolved", "incidents"), ["Cards fail"]);
    assert_eq!(titles("summary", "incidents"), ["Cards fail"]);
    assert_eq!(titles("scheduled-maintenances/upcoming", "scheduled_maintenances"), ["Title of 2026/move"]);
    assert!(titles("scheduled-maintenances/active", "scheduled_maintenances").is_empty());
    let names = titles("components", "components");
    assert_eq!(names, ["Shopping", "Checkout", "Search", "Account", "Sign-in"]);
}

#[test]
fn the_worst_component_makes_the_indicator() {
    let now = now();
    for (severity, indicator, status) in [
        (Severity::Notice, "none", "operational"),
        (Severity::Minor, "minor", "degraded_performance"),
        (Severity::Major, "major", "partial_outage"),
        (Severity::Critical, "critical", "major_outage"),
    ] {
        let story =
            incident("a", severity, &["checkout"], at(9, 0)).with(update(at(9, 0), Phase::Identified));
        let tree = tree_of(&Site::of(page(), [story.0]));
        assert_eq!(document(&tree, "status")["status"]["indicator"], indicator);
        assert_eq!(list(&document(&tree, "components"), "components")[1]["status"], status);
    }
    let window = TimeRange::between(now - TimeDelta::hours(1), now + TimeDelta::hours(1));
    let tree = tree_of(&Site::of(page(), [maintenance("m", &["checkout"], window).0]));
    let status = document(&tree, "status");
    assert_eq!(status["status"]["indicator"], "none", "strict clients know no `maintenance`");
    assert_eq!(status["status"]["description"], "Service Under Maintenance");
}

#[test]
fn an_update_says_what_it_did_to_each_component() {
    let tree = tree_of(&full_site());
    let old = list(&document(&tree, "incidents"), "incidents")[1].clone();
    let moves: Vec<_> = list(&old, "incident_updates")
        .iter()
        .map(|update| &update["affected_components"][0])
        .map(|affected| (affected["old_status"].as_str().unwrap(), affected["new_status"].as_str().unwrap()))
        .collect();
    assert_eq!(moves, [("major_outage", "operational"), ("operational", "major_outage")]);
    assert_eq!(old["resolved_at"], "2026-11-15T12:35:00.000Z");
    assert_eq!(old["shortlink"], "https://status.example.org/shop/incidents/2026/old/");
}

#[test]
fn the_first_update_brings_a_component_from_operational_however_late_it_comes() {
    let late = incident("late", Severity::Minor, &["search"], at(9, 0))
        .with(update(at(9, 30), Phase::Investigating))
        .with(update(at(9, 40), Phase::Identified));
    let tree = tree_of(&Site::of(page(), [late.0]));
    let incident = list(&document(&tree, "incidents"), "incidents")[0].clone();
    let before = |update: &Value| update["affected_components"][0]["old_status"].clone();
    let before: Vec<Value> = list(&incident, "incident_updates").iter().map(before).collect();
    assert_eq!(before, ["degraded_performance", "operational"]);
}

#[test]
fn what_nobody_wrote_of_says_what_it_means() {
    let window = TimeRange::between(now() + TimeDelta::hours(1), now() + TimeDelta::hours(2));
    let plan = |text: Option<Localized>| {
        let story = maintenance("m", &["checkout"], window).but(|plan| plan.impact = text);
        let tree = tree_of(&Site::of(page(), [story.0]));
        let document = document(&tree, "scheduled-maintenances/upcoming");
        let plan = &list(&document, "scheduled_maintenances")[0];
        check_incident(plan, "maintenance");
        plan["incident_updates"][0]["body"].as_str().unwrap().to_owned()
    };
    assert_eq!(plan(Some(Localized::plain("Cards *wait*."))), "Cards wait.");
    assert_eq!(plan(None), "Title of m");
}

#[test]
fn a_page_of_a_thousand_features_keeps_positions_in_a_byte() {
    let mut page = page();
    let feature = |number: usize| Feature::named(feature(&format!("f{number}")), Localized::plain("F"));
    page.groups[0].features = (0..1000).map(feature).collect();
    let tree = tree_of(&Site { page, incidents: Vec::new() });
    let document = document(&tree, "components");
    list(&document, "components").iter().for_each(check_component);
}

#[test]
fn groups_of_the_same_name_have_ids_of_their_own() {
    let mut page = page();
    page.groups[1].name = page.groups[0].name.clone();
    let tree = tree_of(&Site { page, incidents: Vec::new() });
    let document = document(&tree, "components");
    let ids: std::collections::BTreeSet<&str> =
        list(&document, "components").iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 5);
}
