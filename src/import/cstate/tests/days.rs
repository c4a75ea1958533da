//! Dates without a time of day.

use super::*;

fn of(front: &str, body: &str) -> Imported {
    let text = format!("---\ntitle: Checkout\nsection: issue\nseverity: down\n{front}\n---\n{body}");
    let config = format!("{CONFIG}timeZone: Europe/Madrid\n");
    import_all(&[("config.yml", &config), ("content/issues/one.md", &text)])
}

fn days(imported: &Imported) -> Vec<String> {
    only(imported).day_only.times().map(|at| at.format("%m-%d %H:%M:%S").to_string()).collect()
}

fn is_length_known(imported: &Imported) -> bool {
    only(imported).lasted_at(at("2030-01-01T00:00:00Z")).is_some()
}

#[test]
fn a_date_without_a_time_is_a_day_and_gives_no_length() {
    let both = of("date: 2026-11-20\nresolved: true\nresolvedWhen: 2026-11-22", "We look.");
    assert_eq!(days(&both), ["11-19 23:00:00", "11-21 23:00:00"]);
    assert!(!is_length_known(&both));
    let same = of("date: 2026-11-20\nresolved: true\nresolvedWhen: 2026-11-20", "We look.");
    assert_eq!(days(&same), ["11-19 23:00:00", "11-19 23:00:01"]);
    let start = of("date: 2026-11-20\nresolved: true\nresolvedWhen: 2026-11-20 15:00", "We look.");
    assert_eq!(days(&start), ["11-19 23:00:00"]);
    assert!(!is_length_known(&start));
    let end = of("date: 2026-11-20 09:00\nresolved: true\nresolvedWhen: 2026-11-20", "We look.");
    assert_eq!((days(&end), rules(&end)), (vec!["11-20 08:00:01".to_owned()], vec![""; 0]));
    assert!(!is_length_known(&end));
    let neither = of("date: 2026-11-20 09:00\nresolved: true\nresolvedWhen: 2026-11-20 10:00", "We look.");
    assert_eq!(days(&neither), [""; 0]);
    assert!(is_length_known(&neither));
}

#[test]
fn entries_take_after_the_day_they_follow() {
    let body = "**Update 21.11.2026:** A day.\n\n**Update 21.11.2026 10:15:** A time.";
    let imported = of("date: 2026-11-20\nresolved: false", &format!("We look.\n\n{body}"));
    assert_eq!(days(&imported), ["11-19 23:00:00", "11-20 23:00:00"]);
    assert_eq!(only(&imported).updates.len(), 3);
}

#[test]
fn work_of_a_day_has_the_times_of_its_text_or_none() {
    let front = "date: 2026-12-24\ninformational: true\nresolved: false";
    let stated = of(front, "Maintenance: the shop will be down between 18:00 and 20:00.");
    let window = only(&stated).window.unwrap();
    assert_eq!((window.starts, window.ends), (at("2026-12-24T17:00:00Z"), Some(at("2026-12-24T19:00:00Z"))));
    assert_eq!(days(&stated), [""; 0]);
    let length = of(front, "Maintenance: the shop will be down for up to 8 hours.");
    assert_eq!(
        (only(&length).window.unwrap().ends, days(&length)),
        (None, vec!["12-23 23:00:00".to_owned()])
    );
    let to_a_day = of(&format!("{front}\nresolvedWhen: 2026-12-26"), "Maintenance: the shop will be down.");
    assert_eq!(days(&to_a_day), ["12-23 23:00:00", "12-25 23:00:00"]);
}
