//! The calendars, read back by a parser.

use proptest::prelude::*;

use icalendar::{Calendar, CalendarDateTime, Component, DatePerhapsTime, Event, EventStatus};

use super::*;

fn calendar(tree: &SiteFiles, path: &str) -> Calendar {
    text(tree, path).parse().unwrap()
}

/// The event of the one maintenance of a site at `now`.
fn event_at(story: Story, now: Moment) -> Event {
    let site = Site::of(page(), [story.0]);
    let tree = super::super::site(&site, &Theme::built_in(), now, Audience::Public).unwrap();
    calendar(&tree, "maintenance.ics").events().next().unwrap().clone()
}

fn utc(moment: Moment) -> Option<DatePerhapsTime> {
    Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(moment)))
}

fn window() -> TimeRange {
    later(0)
}

/// The window a number of days later.
fn later(days: i64) -> TimeRange {
    let starts = now() + TimeDelta::hours(24) + TimeDelta::days(days);
    TimeRange::between(starts, starts + TimeDelta::hours(2))
}

fn planned() -> Story {
    maintenance("2026/move", &["sign-in"], window()).with(update(at(8, 0), Phase::Scheduled))
}

#[test]
fn a_calendar_holds_what_is_planned_in_its_language() {
    let tree = tree_of(&full_site());
    for path in ["maintenance.ics", "es/maintenance.ics", "features/sign-in/maintenance.ics"] {
        let calendar = calendar(&tree, path);
        let uids: Vec<_> = calendar.events().map(|event| event.get_uid().unwrap().to_owned()).collect();
        assert_eq!(uids, ["2026/move@status.example.org"], "{path}");
    }
    let spanish = text(&tree, "es/maintenance.ics");
    assert!(spanish.contains("/es/incidents/2026/move/"));
    assert!(spanish.contains("\r\nREFRESH-INTERVAL;VALUE=DURATION:PT3600S\r\n"), "{spanish}");
    assert_eq!(calendar(&tree, "features/checkout/maintenance.ics").events().count(), 0);
}

#[test]
fn a_move_keeps_the_uid_and_counts_up() {
    let before = event_at(planned(), now());
    let later = later(7);
    let moved = planned().with(update(at(10, 0), Phase::Scheduled)).but(|plan| {
        plan.window = Some(later);
        plan.started = later.starts;
    });
    let after = event_at(moved, now());
    assert_eq!(before.get_uid(), after.get_uid());
    assert!(before.get_sequence() < after.get_sequence());
    assert_eq!((after.get_start(), after.get_end()), (utc(later.starts), utc(later.ends.unwrap())));
    assert_eq!(after.get_timestamp(), Some(at(10, 0)), "the time of the last words");
}

#[test]
fn a_cancellation_is_told_and_stays() {
    let cancelled = || planned().with(update(at(9, 0), Phase::Cancelled));
    for now in [now(), now() + TimeDelta::days(30)] {
        let event = event_at(cancelled(), now);
        assert_eq!(event.get_status(), Some(EventStatus::Cancelled));
        assert_eq!((event.get_start(), event.get_end()), (utc(window().starts), utc(window().ends.unwrap())));
        assert!(event.get_sequence() > event_at(planned(), now).get_sequence());
    }
}

#[test]
fn work_that_took_longer_ends_when_it_did() {
    let ended = window().ends.unwrap() + TimeDelta::minutes(40);
    let story = planned()
        .with(update(window().ends.unwrap(), Phase::InProgress))
        .with(update(ended, Phase::Completed));
    assert_eq!(event_at(story, now() + TimeDelta::days(3)).get_end(), utc(ended));
}

#[test]
fn nothing_but_new_words_changes_a_calendar() {
    let site = Site::of(page(), [planned().0]);
    let at = |now| {
        super::super::site(&site, &Theme::built_in(), now, Audience::Public).unwrap().files["maintenance.ics"]
            .clone()
    };
    assert_eq!(at(now()), at(now() + TimeDelta::hours(25)), "by the clock it has begun");
}

#[test]
fn lines_are_short_and_end_as_they_must() {
    let story =
        planned().but(|plan| plan.impact = Some(Localized::plain("Größe; Länge, Tiefe\\\n".repeat(40))));
    let tree = tree_of(&Site::of(page(), [story.0]));
    let text = text(&tree, "maintenance.ics");
    assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn no_line_has_more_than_75_bytes_or_cuts_a_letter_in_any_language(
        title in "[a-z]\\PC{0,200}",
        impact in "(\\PC|\n|[äñ語ع😀]| ){0,400}",
    ) {
        let story = planned().but(|plan| {
            plan.title = Localized::plain(&title);
            plan.impact = Some(Localized::plain(&impact));
        });
        let theme = Theme::built_in();
        let mut page = page();
        page.languages = ["en", "es", "de", "fr", "it", "pt-BR", "ar", "ja"].map(|tag| Language::new(tag).unwrap()).into();
        for language in &page.languages {
            prop_assert!(theme.speaks(language), "{}", language);
        }
        let site = Site::of(page, [story.0]);
        let tree = super::super::site(&site, &theme, now(), Audience::Public).unwrap();
        let calendars = tree.files.iter().filter(|(path, _)| path.ends_with("incidents/2026/move/maintenance.ics"));
        let mut seen = 0;
        for (path, bytes) in calendars {
            for line in bytes.split(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                prop_assert!(line.len() <= 75, "{}: {} bytes", path, line.len());
                prop_assert!(std::str::from_utf8(line).is_ok(), "{}: a letter is cut", path);
            }
            let event = calendar(&tree, path).events().next().unwrap().clone();
            let shown = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(shown(event.get_summary().unwrap()), shown(&title), "{}", path);
            seen += 1;
        }
        prop_assert_eq!(seen, 8);
    }
}

#[test]
fn a_silent_delay_counts_up_and_an_announced_move_always_does() {
    let moved = |updates: usize, days: i64| {
        let window = later(days);
        let mut story = maintenance("2026/move", &["sign-in"], window);
        for number in 0..updates {
            story = story.with(update(at(8, u32::try_from(number).unwrap()), Phase::Scheduled));
        }
        event_at(story, now()).get_sequence().unwrap()
    };
    assert!(moved(1, 0) < moved(1, 1), "put off without a word");
    assert!(moved(1, 30) < moved(2, 0), "brought forward, and said so");
    assert_eq!(moved(1, 5), moved(1, 5));
    assert!(moved(30, 3000) < 1 << 31);
}

#[test]
fn words_without_an_end_are_cut() {
    let endless = "word ".repeat(20_000);
    let event = event_at(planned().but(|plan| plan.title = Localized::plain(endless.clone())), now());
    let title = event.get_summary().unwrap();
    assert!(title.chars().count() <= 301 && title.ends_with('…'), "{title}");
    let event = event_at(planned().but(|plan| plan.impact = Some(Localized::plain(endless))), now());
    assert_eq!(event.get_description().unwrap().chars().count(), 4_001);
}

#[test]
fn each_plan_has_a_calendar_of_its_own_beside_its_page() {
    let tree = tree_of(&full_site());
    for folder in ["", "es/"] {
        let path = format!("{folder}incidents/2026/move/maintenance.ics");
        assert_eq!(calendar(&tree, &path).events().count(), 1);
        let page = text(&tree, &format!("{folder}incidents/2026/move/index.html"));
        assert!(page.contains("/incidents/2026/move/maintenance.ics\">"), "{page}");
    }
    assert!(!tree.files.contains_key("incidents/2026/cards/maintenance.ics"));
}
