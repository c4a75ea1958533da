//! Where the front matter dates a post otherwise than its text.

use super::{at, import, only, rules, story};
use crate::import::Imported;
use crate::model::phase::IncidentKind;

fn post(title: &str, date: &str, over: &str, body: &str) -> Imported {
    let front = format!(
        "title: {title}\ndate: {date}\nresolved: true\nresolvedWhen: {over}\nseverity: notice\ninformational: \"true\"\nsection: issue"
    );
    import("reboot.md", &format!("---\n{front}\n---\n{body}\n"))
}

/// The days, times and phases of the updates, oldest first.
fn updates(imported: &Imported) -> Vec<String> {
    let said = only(imported).updates.iter();
    said.map(|update| {
        let phase = update.phase.map_or("-".to_owned(), |phase| phase.word().to_owned());
        format!("{} {phase}", update.at.format("%d %H:%M"))
    })
    .collect()
}

#[test]
fn work_begins_when_its_announcement_says() {
    let announcement = "It will be rebooted between [21:00 and 23:59 UTC on Fri 05th Jan 2018](https://e.org/x?iso=20180105T21).";
    let news =
        "**Update: 22:30** - We are about to start.\n\n**Update: 22:39** - This work has been completed.";
    let imported = post(
        "Reboot of the server",
        "2018-01-04T13:34:00Z",
        "2018-01-06T00:00:00Z",
        &format!("{announcement}\n\n{news}"),
    );
    let work = only(&imported);
    assert_eq!((work.kind, work.started), (IncidentKind::Maintenance, at("2018-01-05T21:00:00Z")));
    assert_eq!(work.window.unwrap().ends, Some(at("2018-01-05T23:59:00Z")));
    assert_eq!(updates(&imported), ["04 13:34 scheduled", "05 22:30 in_progress", "05 22:39 completed"]);
    let alone = post("Reboot of the server", "2018-01-04T13:34:00Z", "2018-01-06T00:00:00Z", announcement);
    assert_eq!(updates(&alone), ["04 13:34 scheduled", "06 00:00 completed"]);
    let over_before = post("Reboot", "2018-01-04T13:34:00Z", "2018-01-05T02:00:00Z", announcement);
    assert_eq!(only(&over_before).started, at("2018-01-04T13:34:00Z"));
}

#[test]
fn an_end_at_the_very_start_ends_nothing_that_was_spoken_of_after_it() {
    let start = "2026-05-04T22:05:00Z";
    for (news, story) in [
        ("", vec!["04 22:05 investigating", "04 22:05 resolved"]),
        (
            "**Update 23:35:** It goes on.\n\n**Update 00:05:** All is fixed.",
            vec!["04 22:05 investigating", "04 23:35 -", "05 00:05 resolved"],
        ),
        (
            "**Update 23:17** - It is fixed.\n\n**Update: 11:58** (5 May 2026) - Our provider says that it was an attack, and is resolved.",
            vec!["04 22:05 investigating", "04 23:17 resolved", "05 11:58 -"],
        ),
        ("**Update:** It is fixed.", vec!["04 22:05 investigating", "04 22:05 resolved"]),
    ] {
        let imported = post("Mail is slow", start, start, &format!("Mail is slow.\n\n{news}"));
        assert_eq!(updates(&imported), story, "{news}");
        assert_eq!(rules(&imported).contains(&"end-at-start"), !news.is_empty(), "{news}");
        let lasted = only(&imported).lasted_at(at("2026-06-01T00:00:00Z"));
        assert_eq!(lasted.is_some(), news.contains("fixed.") && !news.starts_with("**Update:"), "{news}");
    }
}

#[test]
fn an_opening_that_names_work_done_before_stays_first() {
    let body = "Nobody can log in. We suspect an upgrade done at 19:37 last night.\n\nUpdate 11:31: We have fixed it.";
    let imported = post("Logins fail", "2026-05-04T08:40:00Z", "2026-05-04T12:00:00Z", body);
    assert!(story(&imported)[0].contains("Nobody can log in"), "{:?}", story(&imported));
}

#[test]
fn a_story_written_down_later_begins_with_its_first_entry() {
    let body = "*Resolved* - All well. {{< track \"2018-05-25 05:54:00\" >}}\n\n*Investigating* - Calls fail. {{< track \"2018-05-25 04:13:00\" >}}";
    let front = "title: Calls\ndate: 2023-02-01T14:15:54Z\nresolved: true\nresolvedWhen:\nseverity: down\nsection: issue";
    let imported = import("calls.md", &format!("---\n{front}\n---\n{body}\n"));
    assert_eq!(only(&imported).started, at("2018-05-25T04:13:00Z"));
    assert_eq!(updates(&imported), ["25 04:13 investigating", "25 05:54 resolved"]);
    assert!(rules(&imported).contains(&"start-after-end"));
}

#[test]
fn a_day_below_an_entry_signs_it() {
    let body =
        "*Update* - It works again.\n\n-- 2026-03-17\n\n*Investigating* - A feature is new.\n\n-- 2025-12-01";
    let front = "title: Names\ndate: 2025-12-01 12:00:00\nresolved: true\nresolvedWhen: 2026-03-17 20:00:00\nseverity: notice\nsection: issue";
    let imported = import("names.md", &format!("---\n{front}\n---\n{body}\n"));
    assert_eq!(
        story(&imported),
        ["12:00 investigating: A feature is new.", "20:00 resolved: It works again."]
    );
}
