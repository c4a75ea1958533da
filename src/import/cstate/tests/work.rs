//! Planned work: how it is recognized, when it starts, and that only words and flags end it.

use super::{at, import, issue, only, resolved, story};
use crate::import::Imported;
use crate::model::phase::{IncidentKind, Phase, Severity};

#[test]
fn open_work_with_one_text_is_announced_before_it_starts() {
    let front = "title: The tracker is migrated\ndate: 2023-05-01T10:00:00Z\nseverity: notice\nresolved: false\nsection: issue\n";
    let body = "All issues are being migrated to the new tracker on Monday, 1 May.";
    let imported = import("2023-05-01-tracker-migration.md", &format!("---\n{front}---\n{body}"));
    let work = only(&imported);
    assert_eq!((work.kind, work.updates.len()), (IncidentKind::Maintenance, 0));
    assert!(work.impact.is_some());
    assert_eq!(work.phase_at(at("2023-04-20T00:00:00Z")), Phase::Scheduled);
    assert_eq!(work.phase_at(at("2023-05-03T00:00:00Z")), Phase::InProgress);
}

#[test]
fn planned_work_becomes_maintenance() {
    let front = "severity: notice\nresolved: false\n";
    let imported = issue(front, "The shop will be down for up to 2 hours starting at 10:00 UTC.");
    let work = only(&imported);
    assert_eq!(work.kind, IncidentKind::Maintenance);
    assert_eq!(work.window.unwrap().ends, Some(at("2023-05-01T12:00:00Z")));
    assert_eq!((work.eta, work.next_update), (None, None));
    assert!(work.updates.is_empty() && work.impact.is_some());
}

#[test]
fn what_a_file_means_does_not_depend_on_the_clock() {
    let announced =
        issue("severity: notice\nresolved: false\n", "The shop will be upgraded, starting at 10:00.");
    let work = only(&announced);
    assert_eq!(work.impact.as_ref().unwrap().default, "The shop will be upgraded, starting at 10:00.");
    assert_eq!((work.updates.len(), work.window.unwrap().ends), (0, None));
    assert_eq!(work.phase_at(at("2023-04-20T09:00:00Z")), Phase::Scheduled);
    assert_eq!(work.phase_at(at("2023-05-03T00:00:00Z")), Phase::InProgress);
    let planned = resolved("The shop will be down, starting at 10:00.");
    assert_eq!(story(&planned), ["12:00 completed: "]);
}

#[test]
fn work_that_is_not_resolved_goes_on_past_its_end() {
    let text = "The shop will be down for up to 2 hours, starting at 10:00.";
    let imported = issue("severity: notice\nresolved: false\n", text);
    let work = only(&imported);
    assert_eq!(work.phase_at(at("2023-05-03T00:00:00Z")), Phase::InProgress);
    assert!(work.is_overdue_at(at("2023-05-01T12:00:00Z")));
}

#[test]
fn work_that_was_called_off_is_cancelled() {
    let imported = import(
        "2023-05-01-upgrade.md",
        "---\ntitle: Database upgrade\ndate: 2023-05-01T10:00:00Z\nresolved: true\nresolvedWhen: 2023-05-01T10:30:00Z\nseverity: notice\nsection: issue\n---\n[Final]\nAborted: too few people.\n\n[Initial]\nWe will upgrade.\n",
    );
    assert_eq!(only(&imported).updates[0].phase, Some(Phase::Cancelled));
}

#[test]
fn posts_announce_work_or_are_notices_that_are_over() {
    let post =
        |front: &str, body: &str| issue(&format!("informational: true\nseverity: down\n{front}"), body);
    let phases = |imported: &Imported| {
        let days = ["2023-04-30T00:00:00Z", "2023-05-01T10:30:00Z", "2023-05-02T00:00:00Z"];
        days.map(|day| only(imported).phase_at(at(day)))
    };
    let notice = post("", "We moved offices.");
    assert_eq!((only(&notice).kind, only(&notice).severity), (IncidentKind::Incident, Severity::Notice));
    assert_eq!(only(&notice).phase_at(at("2023-05-02T00:00:00Z")), Phase::Resolved);
    assert_eq!(only(&notice).lasted_at(at("2023-05-02T00:00:00Z")), None);
    let work = post("", "We will upgrade the checkout.\nExpected duration: 2 hours.\n");
    assert_eq!(phases(&work), [Phase::Scheduled, Phase::InProgress, Phase::Completed]);
    let open = post("", "We will upgrade the checkout.");
    assert_eq!(phases(&open), [Phase::Scheduled, Phase::Completed, Phase::Completed]);
    let unresolved =
        post("resolved: false\n", "We will upgrade the checkout.\nExpected duration: 2 hours.\n");
    assert_eq!(phases(&unresolved)[2], Phase::InProgress);
    let trouble = post("resolved: false\n", "Card payments are failing. We are investigating.");
    assert_eq!(phases(&trouble)[2], Phase::Investigating);
}

#[test]
fn the_end_of_work_is_the_one_that_its_key_states_else_the_one_of_its_text() {
    let text =
        "The shop will be upgraded. Orders of the last 2 days stay. Expect a downtime of 1 to 6 hours.";
    for (front, ends) in [
        ("", Some("2023-05-01T16:00:00Z")),
        ("resolvedWhen: 2023-05-01T11:30:00Z\n", Some("2023-05-01T11:30:00Z")),
        ("resolvedWhen: 2023-05-01T10:00:00Z\n", Some("2023-05-01T16:00:00Z")),
        ("resolvedWhen: 2023-04-01T11:30:00Z\n", Some("2023-05-01T16:00:00Z")),
        ("resolvedWhen: 2023-05-01T11:30:00Z\nduration: 3 hours\n", Some("2023-05-01T13:00:00Z")),
    ] {
        let imported = issue(&format!("severity: notice\nresolved: false\n{front}"), text);
        assert_eq!(only(&imported).window.unwrap().ends, ends.map(at), "{front}");
    }
}

#[test]
fn a_time_that_an_announcement_begins_with_is_when_the_work_begins() {
    // The front matter, the body, how many updates, and whether the announcement has the time.
    for (date, body, updates, is_in_text) in [
        ("10:00", "1 May 2023 at 10:00 UTC: the shop will be moved.", 0, true),
        ("11:00", "**May 1, 2023 at 11:00am UTC:** we will move the shop.", 0, true),
        ("10:00", "**May 1, 2023 at 11:00am UTC:** we will move the shop.", 1, false),
        ("10:00", "[Initial message]\n1 May 2023 10:00 UTC: the shop will be moved.", 0, true),
        ("10:00", "30 April 2023 at 18:00 UTC: the shop will be moved tomorrow.", 1, false),
        ("10:00", "1 May 2023 09:00 UTC: the shop will be moved at 10:00.", 1, false),
        (
            "10:00",
            "1 May 2023 12:00 UTC: it takes longer.\n\n1 May 2023 10:00 UTC: the shop will be moved.",
            2,
            false,
        ),
    ] {
        let text = format!(
            "---\ntitle: Maintenance of the shop\ndate: 2023-05-01T{date}:00Z\nresolved: false\nseverity: notice\nsection: issue\n---\n{body}\n"
        );
        let imported = import("2023-05-01-maintenance.md", &text);
        let work = only(&imported);
        let impact = work.impact.as_ref().map_or("", |impact| impact.default.as_str());
        assert_eq!((work.kind, work.updates.len()), (IncidentKind::Maintenance, updates), "{body}");
        assert_eq!(impact.contains("2023"), is_in_text, "{body}: {impact}");
    }
}

#[test]
fn what_is_open_or_said_to_be_over_says_up_to_when_it_was_imported() {
    let trouble = "Cards fail.";
    let work = "The shop will be down, starting at 10:00.";
    let news = "**Update** The move takes longer.\n\nThe shop will be down, starting at 10:00.";
    for (front, body, through) in [
        ("resolved: false\n", trouble, Some("2023-05-01T10:00:00Z")),
        ("resolved: true\nresolvedWhen: 2023-05-01T12:00:00Z\n", trouble, Some("2023-05-01T12:00:00Z")),
        ("resolved: true\n", trouble, None),
        ("resolved: false\n", work, None),
        ("resolved: false\n", news, Some("2023-05-01T10:00:00Z")),
        ("resolved: true\nresolvedWhen: 2023-05-01T12:00:00Z\n", work, None),
        ("informational: true\n", trouble, None),
    ] {
        let imported = issue(&format!("severity: notice\n{front}"), body);
        assert_eq!(only(&imported).imported_through, through.map(at), "{front}{body}");
    }
}

/// Work on the shop that is over at noon.
fn done_at_noon(body: &str) -> Imported {
    let front = "title: The shop is moved\ndate: 2023-05-01T10:00:00Z\nseverity: notice\nresolved: true\nresolvedWhen: 2023-05-01T12:00:00Z\nsection: issue\n";
    import("2023-05-01-shop-migration.md", &format!("---\n{front}---\n{body}"))
}

#[test]
fn a_reminder_without_a_time_joins_its_announcement() {
    let announcement = "We will be moving the shop on Monday.";
    for reminder in
        ["Reminder: this starts tomorrow at ten.", "The move will begin in less than half an hour."]
    {
        let imported = done_at_noon(&format!(
            "{announcement}\n\n**Update** {reminder}\n\n**Update** The move has begun.\n\n**Update** Half is moved."
        ));
        let impact = only(&imported).impact.as_ref().unwrap();
        assert_eq!(impact.default, format!("{announcement}\n\n{reminder}"));
        assert_eq!(
            story(&imported),
            ["10:00 in_progress: The move has begun.", "10:01 -: Half is moved.", "12:00 completed: "]
        );
    }
}

#[test]
fn work_is_done_when_it_says_so_near_its_end_and_not_hours_before() {
    let story = |said: &str| {
        let news = format!(
            "The shop will be moved.\n\n**Update: 10:05** It begins.\n\n**Update: {said}** It is done."
        );
        let times = story(&done_at_noon(&news)).into_iter();
        times.map(|update| update.split(':').take(2).collect::<Vec<_>>().join(":")).collect::<Vec<_>>()
    };
    assert_eq!(story("11:30"), ["10:05 in_progress", "11:30 completed"]);
    assert_eq!(story("13:10"), ["10:05 in_progress", "13:10 completed"]);
    assert_eq!(story("16:10"), ["10:05 in_progress", "12:00 completed", "16:10 -"]);
}
