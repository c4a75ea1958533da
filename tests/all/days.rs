//! Times of which only the day is known: no page, message or file states a time of day or a length that nobody wrote.

use serde_json::Value;

use crate::fixtures::house::House;

/// An outage of 1 March in Madrid, the page's zone, of which no time of day is known.
const FILE: &str = "incidents/search.md";

fn house() -> House {
    let text = "+++\ntitle = \"Search is down\"\nseverity = \"critical\"\naffected = [\"search\"]\n\
                started = 2026-02-28T23:00:00Z\neta = \"unknown\"\nnext_update = 2026-03-05T09:00:00Z\n\
                impact = \"Nothing is found.\"\nday_only = [2026-02-28T23:00:00Z]\n+++\n\n\
                ## 2026-02-28 23:00 UTC · Investigating\n\nWe are looking for the cause.\n";
    House::new().file(FILE, text).at("2026-03-04 10:00")
}

/// The same with an end on 2 March.
fn over() -> House {
    let house = house();
    let text =
        house.read(FILE).replace("[2026-02-28T23:00:00Z]", "[2026-02-28T23:00:00Z, 2026-03-01T23:00:00Z]");
    let text = format!("{text}\n## 2026-03-01 23:00 UTC · Resolved\n\nIt works again.\n");
    house.file(FILE, &text)
}

#[test]
fn a_day_is_a_day_on_the_page_in_feeds_and_in_json() {
    let house = house().run(&["build", "--out", "public"]).succeeded();
    let summary: Value = serde_json::from_str(&house.read("public/summary.json")).unwrap();
    assert_eq!(summary["active"][0]["started"], "2026-03-01");
    let house = over().run(&["build", "--out", "public"]).succeeded();
    let page = house.read("public/incidents/search/index.html");
    assert!(page.contains("datetime=\"2026-03-01\">1 Mar 2026</time>"), "{page}");
    assert!(page.contains("datetime=\"2026-03-02\">2 Mar 2026</time>"), "{page}");
    let feed = house.read("public/history.json");
    assert!(feed.contains("1 March 2026") && feed.contains("2 March 2026"), "{feed}");
    let feed = feed.split("\"date_published\"").next().unwrap().to_owned();
    let history = house.read("public/history/index.html");
    for (name, text) in [("page", &page), ("feed", &feed), ("history", &history)] {
        for invented in ["00:00 CET", "23:00", "CET</time>", "1 day"] {
            assert!(!text.contains(invented), "{name} has {invented}: {text}");
        }
    }
}

#[test]
fn a_day_of_an_outage_counts_whole() {
    let house = over().run(&["build", "--out", "public"]).succeeded();
    let feature = house.read("public/features/search/index.html");
    assert!(
        feature.contains("<th scope=\"row\">1 March</th>")
            && feature.contains("<th scope=\"row\">2 March</th>")
    );
    assert!(!feature.contains("<th scope=\"row\">3 March</th>"), "{feature}");
}

#[test]
fn a_message_and_a_report_state_the_day() {
    let house = house()
        .subscriber("ana@example.org")
        .run(&["update", "search", "--phase", "resolved", "--message", "It works again.", "--yes"])
        .succeeded();
    let written = house.read(FILE);
    assert!(written.contains("day_only = [2026-02-28T23:00:00Z]"), "{written}");
    let house = house.run(&["notify", "--yes"]).succeeded();
    let letters = house.mails();
    let (_, letter) = letters.last().unwrap();
    assert!(letter.contains("It works again."), "{letter}");
    for invented in ["after 3 days", "3 days", "00:00", "lasted"] {
        assert!(!letter.contains(invented), "{invented}: {letter}");
    }
    let house = house
        .told_of_all()
        .run(&["report", "search"])
        .printed("2026-03-01\n")
        .run(&["report", "search", "--format", "json"]);
    let report: Value = serde_json::from_str(&house.stdout()).unwrap();
    let story = &report["incidents"][0]["story"];
    assert_eq!(story["began_at"], "2026-03-01");
    assert!(story["lasted_seconds"].is_null() && story["first_told_after_seconds"].is_null(), "{story}");
}

#[test]
fn planned_work_of_a_day_is_announced_for_the_day_and_starts_by_no_clock() {
    let text = "+++\nkind = \"maintenance\"\ntitle = \"Search is rebuilt\"\naffected = [\"search\"]\n\
                starts = 2026-03-09T23:00:00Z\nends = \"open\"\ncompletes = \"by-word\"\nimpact = \"No search.\"\n\
                day_only = [2026-03-09T23:00:00Z]\n+++\n\n## 2026-03-04 10:00 UTC · Scheduled\n\nWe rebuild it.\n";
    let house = House::new().subscriber("ana@example.org").file(FILE, text).at("2026-03-04 10:00");
    let house = house.run(&["notify", "--yes"]).succeeded();
    let letters = house.mails();
    let (_, letter) = letters.last().unwrap();
    assert!(letter.contains("10 Mar") && !letter.contains("00:00"), "{letter}");
    let house = house.told_of_all().at("2026-03-10 12:00").run(&["notify", "--yes"]);
    let house = house.mailed_nobody().run(&["build", "--out", "public"]).succeeded();
    let calendar = house.read("public/maintenance.ics");
    assert!(
        calendar.contains("DTSTART;VALUE=DATE:20260310\r\n")
            && calendar.contains("DTEND;VALUE=DATE:20260311\r\n"),
        "{calendar}"
    );
    let page = house.read("public/incidents/search/index.html");
    assert!(page.contains("10 Mar 2026"), "{page}");
    let at = page.find(", 00:00").map(|at| page[at - 200..at + 100].to_owned());
    assert_eq!(at, None);
    house
        .at("2026-03-10 23:00")
        .run(&["notify", "--yes"])
        .mailed("ana@example.org", "Planned work has started")
        .succeeded();
}

#[test]
fn a_promise_has_a_time_of_day_and_check_says_so() {
    let house = house();
    let text = house.read(FILE).replace("eta = \"unknown\"", "eta = 2026-03-09T23:00:00Z");
    for (day, words) in [
        ("2026-03-09T23:00:00Z", "which is the ETA; its time of day is stated"),
        ("2026-03-05T09:00:00Z", "which is the time of the next update; its time of day is stated"),
        ("2026-03-01T00:00:00Z", "and the file has no such time"),
    ] {
        let own = text.replace("[2026-02-28T23:00:00Z]", &format!("[2026-02-28T23:00:00Z, {day}]"));
        let house = House::new().file(FILE, &own).at("2026-03-04 10:00").run(&["check"]);
        house.succeeded().said(words);
    }
}
