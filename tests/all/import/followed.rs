//! A cState site that is imported on every commit: what its subscribers are sent, and when.
//!
//! Each row is one post as its authors rewrite it, step by step. The steps are imported and announced by the binary.

use std::fs;
use std::process::Command;

use crate::fixtures::house::House;

const READER: &str = "ana@example.org";

/// A time, the front matter below the title, the body, and what the mail says; `None` if no mail is sent.
type Step<'a> = (&'a str, &'a str, &'a str, Option<&'a str>);

/// Imports and announces one post again and again.
fn follow(name: &str, title: &str, steps: &[Step<'_>]) -> Vec<String> {
    let mut house = House::new().subscriber(READER);
    for (at, front, body, told) in steps {
        let post = format!(
            "---\ntitle: {title}\nseverity: disrupted\naffected:\n  - Checkout\nsection: issue\n{front}\n---\n{body}\n"
        );
        house = imported(house.at(at), name, &post).run(&["notify", "--yes"]);
        let said = house.stderr();
        assert!(house.last_code() == Some(0), "{name} at {at}: {said}");
        house = match told {
            Some(words) => house.mailed(READER, words).mailed_nobody(),
            None => house.mailed_nobody(),
        };
    }
    house.mails().into_iter().map(|(_, mail)| mail).collect()
}

fn imported(mut house: House, name: &str, post: &str) -> House {
    let config =
        "title: Shop\nbaseURL: https://status.example.org\nparams:\n  systems:\n    - name: Checkout\n";
    house.write("old/config.yml", config).write(&format!("old/content/issues/{name}.md"), post);
    let new = house.path().join("new");
    let mut import = Command::new(env!("CARGO_BIN_EXE_allclear"));
    import.args(["import", "cstate"]).arg(house.path().join("old")).arg("--root").arg(&new);
    let done = import.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let file = format!("incidents/{name}.md");
    let text = fs::read_to_string(new.join(&file)).unwrap();
    fs::remove_dir_all(new).unwrap();
    house.file(&file, &text)
}

#[test]
fn an_incident_that_its_source_calls_resolved_is_over_whatever_its_end_says() {
    let open = "date: 2026-03-01 10:00:00\nresolved: false";
    for (what, end, corrected) in [
        ("in a zone two hours off", "2026-03-01 14:00:00", "2026-03-01 11:50:00"),
        ("the end of the day", "2026-03-01 23:59:59", "2026-03-01 11:55:00"),
        ("an hour that no day has", "2026-03-02T28:00:00", "2026-03-01 11:30:00"),
        ("a day late", "2026-03-02 13:00:00", "2026-03-01 11:59:00"),
        ("minutes ahead", "2026-03-01 12:20:00", "2026-03-01 12:00:00"),
    ] {
        let over = format!("date: 2026-03-01 10:00:00\nresolved: true\nresolvedWhen: {end}");
        let mended = format!("date: 2026-03-01 10:00:00\nresolved: true\nresolvedWhen: {corrected}");
        let text = "[Final Message]\nCards are accepted again.\n\n[Initial Message]\nCard payments fail.";
        let mails = follow(
            "2026-03-01-cards",
            "Card payments fail",
            &[
                ("2026-03-01 10:10", open, "Card payments fail.", Some("Card payments fail")),
                ("2026-03-01 12:00", &over, text, Some("Resolved")),
                ("2026-03-01 12:05", &over, text, None),
                ("2026-03-01 13:10", &over, text, None),
                ("2026-03-01 14:01", &mended, text, None),
                ("2026-03-03 10:00", &mended, text, None),
            ],
        );
        let told = &mails[1];
        let stated = end.get(11..16).unwrap();
        assert!(!told.contains(stated), "{what}: a time in the future\n{told}");
        assert!(
            told.contains("Resolved after 2 hours") || told.contains("Resolved after 1 h"),
            "{what}: {told}"
        );
    }
}

#[test]
fn an_end_ahead_that_nobody_corrects_is_told_once() {
    let over = "date: 2026-03-01 10:00:00\nresolved: true\nresolvedWhen: 2026-03-02 13:00:00";
    let text = "Card payments fail.";
    let silent = |at| (at, over, text, None);
    follow(
        "2026-03-01-cards",
        "Card payments fail",
        &[
            (
                "2026-03-01 10:10",
                "date: 2026-03-01 10:00:00\nresolved: false",
                text,
                Some("Card payments fail"),
            ),
            ("2026-03-01 12:00", over, text, Some("Resolved")),
            silent("2026-03-01 12:31"),
            silent("2026-03-02 12:40"),
            silent("2026-03-02 13:00"),
            silent("2026-03-02 13:01"),
            silent("2026-03-04 13:00"),
        ],
    );
}

#[test]
fn planned_work_that_comes_back_is_told_although_its_words_have_no_time() {
    let before = "__Impact__ The shop may be read-only during routine maintenance.";
    let back = format!("**edit** This did not go as smoothly as expected.\n\n{before}");
    let over = format!("**edit** This did not go as smoothly as expected; it has recovered.\n\n{before}");
    follow(
        "2026-03-01-maintenance",
        "Possible downtime of the database",
        &[
            ("2026-03-01 10:20", "date: 2026-03-01 10:30:00\nresolved: false", before, Some("Planned work")),
            ("2026-03-01 10:31", "date: 2026-03-01 10:30:00\nresolved: false", before, Some("has started")),
            (
                "2026-03-01 10:40",
                "date: 2026-03-01 10:30:00\nresolved: true\nresolvedWhen: 2026-03-01 10:37:00",
                before,
                Some("Completed"),
            ),
            ("2026-03-01 10:50", "date: 2026-03-01 10:30:00\nresolved: false", &back, Some("has resumed")),
            (
                "2026-03-01 11:00",
                "date: 2026-03-01 10:30:00\nresolved: true\nresolvedWhen: 2026-03-01 10:58:00",
                &over,
                Some("Completed"),
            ),
        ],
    );
}

#[test]
fn the_time_of_the_work_that_its_announcement_begins_with_is_no_update() {
    let announced = |time: &str| {
        format!(
            "1 March 2026 at {time} UTC: the database will be moved.\n\nExpect a downtime of 1 to 2 hours."
        )
    };
    let plan = |time: &str| format!("date: 2026-03-01 {time}:00\nresolved: false");
    follow(
        "2026-02-20-database",
        "Maintenance of the database",
        &[
            ("2026-03-01 10:10", &plan("12:00"), &announced("12:00"), Some("Planned work")),
            ("2026-03-01 10:20", &plan("12:00"), &announced("12:00"), None),
            ("2026-03-01 10:30", &plan("15:00"), &announced("15:00"), Some("moved to")),
            ("2026-03-01 12:00", &plan("15:00"), &announced("15:00"), None),
            ("2026-03-01 15:00", &plan("15:00"), &announced("15:00"), Some("has started")),
            ("2026-03-01 17:10", &plan("15:00"), &announced("15:00"), None),
        ],
    );
}
