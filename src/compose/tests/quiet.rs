//! Quiet hours: whose messages wait for their end, in every zone and over every change of the clocks.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::build::{change, now, outage, plan, site, subscriber};
use crate::compose::{notices, quiet};
use crate::config::plan::{Plan, QuietHours};
use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::incident::Incident;
use crate::model::message::Message;
use crate::model::notice::{Notice, Notices};
use crate::model::phase::Severity;
use crate::model::subscriber::Subscriber;
use crate::theme::Theme;
use crate::theme::calendar::Zone;

fn clock(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

fn utc(text: &str) -> Moment {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

/// From ten to seven, for what is less than major.
fn night() -> QuietHours {
    QuietHours { from: clock("22:00"), until: clock("07:00"), below_severity: Severity::Major }
}

fn told(severity: Severity, everybody: &[Subscriber], at: Moment) -> Notices {
    let incident = Incident { severity, started: at - TimeDelta::hours(1), ..outage() };
    let plan = Plan { quiet_hours: Some(night()), ..plan() };
    let changes = [change(&incident, [ChangeKind::Opened])];
    notices(&changes, &site([incident.clone()]), everybody, &plan, &Theme::built_in(), at).unwrap()
}

fn living_in(zone: &str) -> Subscriber {
    let name = zone.to_lowercase().replace('/', "-");
    let person = subscriber(&name, "en", &["ana@example.org", "+34600111222"]);
    Subscriber { time_zone: zone.to_owned(), ..person }
}

fn leaves(notice: &Notice, at: Moment) -> Moment {
    notice.steps[0].earliest_send_at(at)
}

#[test]
fn what_can_wait_waits_until_the_morning_of_the_one_who_reads_it() {
    let at = utc("2026-11-20T22:30:00Z");
    let everybody = ["Europe/Madrid", "America/New_York", "Asia/Kolkata"].map(living_in);
    let minor = told(Severity::Minor, &everybody, at);
    let expected = [at, utc("2026-11-21T01:30:00Z"), utc("2026-11-21T06:00:00Z")];
    let found = minor.notices.iter().map(|notice| leaves(notice, at));
    assert_eq!(
        found.collect::<Vec<_>>(),
        expected,
        "by name: New York is awake, Kolkata until 07:00, Madrid until 07:00"
    );
    for (notice, leaves) in minor.notices.iter().zip(expected) {
        assert_eq!(
            notice.steps[0].expires_at,
            leaves + TimeDelta::hours(24),
            "it lives from when it may leave"
        );
    }
    let major = told(Severity::Major, &everybody, at);
    assert!(major.notices.iter().flat_map(|notice| &notice.steps).all(|step| step.quiet.is_none()));
}

#[test]
fn what_leaves_before_the_night_knows_of_it() {
    let evening = utc("2026-11-20T20:50:00Z");
    let minor = told(Severity::Minor, &[living_in("Europe/Madrid")], evening);
    let step = &minor.notices[0].steps[0];
    assert_eq!(step.earliest_send_at(evening), evening);
    let quiet = step.quiet.unwrap();
    assert_eq!((quiet.starts, quiet.ends), (utc("2026-11-20T21:00:00Z"), utc("2026-11-21T06:00:00Z")));
    assert_eq!(step.earliest_send_at(evening + TimeDelta::minutes(10)), quiet.ends);
}

#[test]
fn a_message_that_waited_is_written_for_the_morning() {
    let night = utc("2026-11-20T22:30:00Z");
    let estimate = crate::model::incident::Eta::At(utc("2026-11-20T23:30:00Z"));
    let incident = Incident { severity: Severity::Minor, eta: Some(estimate), ..outage() };
    let written = |quiet_hours| {
        let plan = Plan { quiet_hours, ..plan() };
        let changes = [change(&incident, [ChangeKind::Opened])];
        let person = [subscriber("ana", "en", &["ana@example.org"])];
        let told =
            notices(&changes, &site([incident.clone()]), &person, &plan, &Theme::built_in(), night).unwrap();
        match told.messages.into_iter().next() {
            Some(Message::Mail(mail)) => (mail.date, mail.text),
            other => panic!("{other:?}"),
        }
    };
    let (date, text) = written(None);
    assert!(date == night && text.contains("expected back to normal by 21 Nov, 00:30 CET"), "{text}");
    let late = QuietHours { from: clock("22:00"), until: clock("08:00"), ..self::night() };
    let (date, text) = written(Some(late));
    assert!(
        date == utc("2026-11-21T07:00:00Z") && text.contains("expected back to normal by 00:30 CET"),
        "{text}"
    );
    let from_yesterday = incident.updates.last().unwrap().at;
    assert!(from_yesterday < night && text.contains("20 Nov, 11:05 CET"), "yesterday has a date: {text}");
}

/// The naive reading: what the clocks of the zone show.
fn is_quiet(hours: &QuietHours, zone: &Zone, at: Moment) -> bool {
    let shown = zone.wall_clock(at);
    let shown =
        NaiveTime::from_hms_opt(shown.hour().unsigned_abs().into(), shown.minute().unsigned_abs().into(), 0);
    let shown = shown.unwrap();
    if hours.from < hours.until {
        hours.from <= shown && shown < hours.until
    } else {
        hours.from <= shown || shown < hours.until
    }
}

/// Zones with odd offsets, with changes by half an hour, at midnight and over the date line.
const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Beirut",
];

fn any_hours() -> impl Strategy<Value = QuietHours> {
    (0..1_440_u32, 1..=960_u32).prop_map(|(from, length)| {
        let time = |minutes: u32| NaiveTime::from_hms_opt(minutes / 60 % 24, minutes % 60, 0).unwrap();
        QuietHours { from: time(from), until: time(from + length), below_severity: Severity::Major }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn nothing_leaves_while_clocks_show_a_quiet_time(
        hours in any_hours(),
        zone in prop::sample::select(ZONES.to_vec()),
        // From 2010, when Brazil still changed at midnight and Samoa skipped a day in 2011, to 2030.
        minute in 21_039_840..31_556_000_i64,
    ) {
        let zone = Zone::named(zone).unwrap();
        let at = DateTime::from_timestamp(minute * 60, 0).unwrap();
        let window = quiet::next(&hours, &zone, at).unwrap();
        let leaves = if window.holds(at) { window.ends } else { at };
        prop_assert!(!is_quiet(&hours, &zone, leaves), "{at} leaves {leaves}");
        prop_assert!(window.starts < window.ends && at < window.ends);

        // Anyone who is held, is held by the clock's reading, but for the hours around a change of the
        // clocks.
        let usual = TimeDelta::from_std(hours.length()).unwrap();
        let change = (window.ends - window.starts) != usual;
        if window.holds(at) && !change {
            prop_assert!(is_quiet(&hours, &zone, at), "{at} was held until {leaves}");
        }
        prop_assert!(leaves - at <= usual + TimeDelta::hours(26), "{at} waits until {leaves}");
    }
}

#[test]
fn the_nights_on_which_clocks_change_are_a_little_longer() {
    let madrid = Zone::named("Europe/Madrid").unwrap();
    let hours = |from: &str, until: &str| QuietHours { from: clock(from), until: clock(until), ..night() };
    for (hours, at, starts, ends) in [
        // Clocks go from 02:00 to 03:00 on 29 March 2026: a night of eight hours.
        (hours("22:00", "07:00"), "2026-03-28T23:00:00Z", "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"),
        // Half past two is skipped: the hours that end then end an hour later by the clock.
        (hours("22:00", "02:30"), "2026-03-28T23:00:00Z", "2026-03-28T21:00:00Z", "2026-03-29T01:30:00Z"),
        // Clocks go from 03:00 back to 02:00 on 25 October 2026: half past two comes twice, and the second one counts.
        (hours("22:00", "02:30"), "2026-10-25T00:45:00Z", "2026-10-24T20:00:00Z", "2026-10-25T01:30:00Z"),
        // Hours that begin at half past two begin with the first.
        (hours("02:30", "06:00"), "2026-10-25T00:45:00Z", "2026-10-25T00:30:00Z", "2026-10-25T05:00:00Z"),
    ] {
        let window = quiet::next(&hours, &madrid, utc(at)).unwrap();
        assert_eq!((window.starts, window.ends), (utc(starts), utc(ends)), "{hours:?}");
    }
}

#[test]
fn nobody_waits_without_quiet_hours() {
    let told = notices(
        &[change(&outage(), [ChangeKind::Opened])],
        &site([outage()]),
        &[living_in("Europe/Madrid")],
        &plan(),
        &Theme::built_in(),
        now(),
    );
    assert!(told.unwrap().notices.iter().flat_map(|notice| &notice.steps).all(|step| step.quiet.is_none()));
}
