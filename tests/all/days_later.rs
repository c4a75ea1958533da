//! Days that repeat, days on which the clocks change, and days whose times of day become known after they were announced: nobody reads of a midnight that nobody
//! wrote, and no incident is announced again.

use crate::fixtures::house::House;

const FILE: &str = "incidents/search.md";

/// Work of a day in Madrid, the page's zone, with these lines in its front matter.
fn work(lines: &str) -> String {
    format!(
        "+++\nkind = \"maintenance\"\ntitle = \"Search is rebuilt\"\naffected = [\"search\"]\ncompletes = \"by-word\"\n\
         impact = \"No search.\"\n{lines}\n+++\n\n## 2026-03-04 10:00 UTC · Scheduled\n\nWe rebuild it.\n"
    )
}

#[test]
fn each_occurrence_of_a_day_is_a_day() {
    let lines = "starts = 2026-03-20T23:00:00Z\nends = 2026-03-21T23:00:00Z\nrepeats = \"FREQ=WEEKLY\"\n\
                 day_only = [2026-03-20T23:00:00Z, 2026-03-21T23:00:00Z]";
    let house = House::new().file(FILE, &work(lines)).at("2026-03-04 10:00");
    let house = house.run(&["build", "--out", "public"]).succeeded();
    // The clocks go forward on the second day of the second occurrence.
    for (id, days) in [("2026-03-21", ["21", "22"]), ("2026-03-28", ["28", "29"])] {
        let page = house.read(&format!("public/incidents/search/{id}/index.html"));
        for day in days {
            assert!(
                page.contains(&format!("{day} March 2026")) || page.contains(&format!("{day} Mar 2026")),
                "{id}: {page}"
            );
        }
        assert!(!page.contains("00:00 CE") && !page.contains(", 00:00"), "{id}: {page}");
    }
    let calendar = house.read("public/maintenance.ics");
    for day in ["20260321", "20260328"] {
        assert!(calendar.contains(&format!("DTSTART;VALUE=DATE:{day}\r\n")), "{calendar}");
    }
    assert!(calendar.contains("DTEND;VALUE=DATE:20260330\r\n"), "{calendar}");
}

#[test]
fn work_of_a_day_that_gets_a_time_is_moved_from_the_day() {
    let day = "starts = 2026-03-09T23:00:00Z\nends = \"open\"\nday_only = [2026-03-09T23:00:00Z]";
    let house = House::new().subscriber("ana@example.org").file(FILE, &work(day)).at("2026-03-04 10:00");
    let house = house.run(&["notify", "--yes", "--force"]).succeeded().told_of_all();
    let timed = work("starts = 2026-03-10T08:30:00Z\nends = \"open\"");
    let house = house.file(FILE, &timed).at("2026-03-04 10:30");
    let house = house.run(&["notify", "--yes", "--force"]).succeeded();
    let house = house.said("rescheduled from 2026-03-09 23:00 UTC (day only) to 2026-03-10 08:30 UTC");
    let letters = house.mails();
    let (_, letter) = letters.last().unwrap();
    assert!(letter.contains("10 Mar, 09:30 CET") && letter.contains("10 Mar"), "{letter}");
    assert!(!letter.contains("00:00"), "a midnight that nobody wrote: {letter}");
    drop(house.told_of_all());
}

/// An outage of 1 March that was over on the same day, of which no time of day is known.
const OVER: &str = "+++\ntitle = \"Search is down\"\nseverity = \"critical\"\naffected = [\"search\"]\n\
    started = 2026-02-28T23:00:00Z\neta = \"unknown\"\nimpact = \"Nothing is found.\"\n\
    day_only = [2026-02-28T23:00:00Z, 2026-02-28T23:01:00Z]\n+++\n\n\
    ## 2026-02-28 23:01 UTC · Resolved\n\nIt works again.\n\n\
    ## 2026-02-28 23:00 UTC · Investigating\n\nWe are looking for the cause.\n";

#[test]
fn an_outage_of_a_day_that_gets_its_times_is_not_announced_again() {
    let house = House::new().subscriber("ana@example.org").file(FILE, OVER).at("2026-03-01 20:00");
    let house = house.run(&["notify", "--yes", "--force"]).succeeded().told_of_all();
    let lines = OVER.lines().filter(|line| !line.starts_with("day_only"));
    let timed: String = lines.map(|line| format!("{line}\n")).collect();
    let timed = timed.replace("2026-02-28T23:00:00Z", "2026-03-01T08:30:00Z");
    let timed = timed.replace("2026-02-28 23:01 UTC", "2026-03-01 17:30 UTC");
    let timed = timed.replace("2026-02-28 23:00 UTC", "2026-03-01 08:40 UTC");
    let house = house.file(FILE, &timed).run(&["notify", "--yes", "--force"]).succeeded();
    let _house = house.said("only its name, its start or the time of a heading changed").mailed_nobody();
}

#[test]
fn work_of_one_day_starts_and_ends_on_that_day() {
    let day = "starts = 2026-03-09T23:00:00Z\nends = 2026-03-09T23:00:00Z\nday_only = [2026-03-09T23:00:00Z]";
    let text = work(day).replace("by-word", "by-clock");
    let house = House::new().subscriber("ana@example.org").file(FILE, &text).at("2026-03-04 10:00");
    let house = house.run(&["check"]).succeeded().run(&["notify", "--yes", "--force"]).succeeded();
    let letters = house.mails();
    let (_, letter) = letters.last().unwrap();
    assert!(letter.contains("10 Mar") && !letter.contains("00:00"), "{letter}");
    let house = house.told_of_all().run(&["build", "--out", "public"]).succeeded();
    let calendar = house.read("public/maintenance.ics");
    let days = "DTSTART;VALUE=DATE:20260310\r\n";
    assert!(calendar.contains(days) && calendar.contains("DTEND;VALUE=DATE:20260311\r\n"), "{calendar}");
    let page = house.read("public/incidents/search/index.html");
    assert!(page.contains("10 Mar 2026") && !page.contains("10 Mar 2026 – "), "{page}");
    // Times of day that are known are still told apart.
    let timed = day.replace("day_only = [2026-03-09T23:00:00Z]", "");
    house.file(FILE, &work(&timed)).run(&["check"]).exited(3).said("bad-window");
}

#[test]
fn work_of_a_day_of_25_hours_lasts_until_its_midnight() {
    let day = "starts = 2026-10-24T22:00:00Z\nends = 2026-10-24T22:00:00Z\nday_only = [2026-10-24T22:00:00Z]";
    let text = work(day).replace("by-word", "by-clock");
    let house = House::new().subscriber("ana@example.org").file(FILE, &text).at("2026-10-20 10:00");
    let house = house.run(&["notify", "--yes", "--force"]).succeeded().told_of_all();
    // Half past eleven in the evening of the day, 24.5 hours after its beginning.
    let house = house.at("2026-10-25 22:30").run(&["notify", "--yes", "--force"]).succeeded().mailed_nobody();
    let house = house.at("2026-10-25 23:00").run(&["notify", "--yes", "--force"]).succeeded();
    assert_eq!(house.mails().len(), 2, "the announcement and the end");
    drop(house.told_of_all());
}

#[test]
fn a_day_that_moves_by_some_hours_to_the_next_day_is_announced() {
    let day = |at: &str| work(&format!("starts = {at}\nends = \"open\"\nday_only = [{at}]"));
    let house = House::new().subscriber("ana@example.org").file(FILE, &day("2026-03-09T23:00:00Z"));
    let house = house.at("2026-03-04 10:00").run(&["notify", "--yes", "--force"]).succeeded().told_of_all();
    let house = house.file(FILE, &day("2026-03-11T07:00:00Z")).run(&["notify", "--yes", "--force"]);
    let house = house.succeeded().told_of_all();
    let house =
        house.file(FILE, &day("2026-03-11T23:00:00Z")).run(&["notify", "--yes", "--force"]).succeeded();
    let house = house.said("rescheduled");
    assert!(house.mails().last().unwrap().1.contains("12 Mar"));
    drop(house.told_of_all());
}
