//! Uptime and days, counted by hand.

use std::collections::BTreeMap;

use chrono::{TimeDelta, TimeZone, Utc};

use super::*;
use crate::model::incident::TimeRange;
use crate::model::phase::{Phase, Severity};
use crate::render::tests::{feature, incident, maintenance, update};

fn at(day: u32, hour: u32, minute: u32) -> Moment {
    Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap()
}

/// Ten days, the last of them 20 November up to noon.
fn ten_days() -> (Vec<Moment>, Moment) {
    ((11..=20).map(|day| at(day, 0, 0)).collect(), at(20, 12, 0))
}

fn record_of(incidents: &[Incident], id: &str) -> Record {
    let (days, now) = ten_days();
    let incidents: Vec<&Incident> = incidents.iter().collect();
    Uptime::of(&incidents, BTreeMap::new(), days[0], now, &Zone::utc()).record(&feature(id), &days)
}

/// The share of 9.5 days that is left by a number of minutes of outage.
fn after_outage(minutes: u64) -> u64 {
    let all = 19 * 12 * 60;
    (all - minutes) * 1_000_000 / all
}

#[test]
fn an_outage_counts_from_its_start_to_its_end() {
    let outage = incident("a", Severity::Major, &["checkout"], at(14, 22, 0))
        .with(update(at(14, 22, 10), Phase::Investigating))
        .with(update(at(15, 1, 0), Phase::Resolved));
    let record = record_of(&[outage.0], "checkout");
    assert_eq!(record.available_millionths, after_outage(180));
    assert_eq!(record.problem_days().collect::<Vec<_>>(), [3, 4]);
    assert_eq!(record.days[3], Some(Status::PartialOutage));
}

#[test]
fn what_was_reported_in_error_counts_for_nothing() {
    let withdrawn = incident("a", Severity::Major, &["checkout"], at(14, 22, 0))
        .with(update(at(14, 22, 10), Phase::Investigating))
        .with(update(at(15, 1, 0), Phase::Withdrawn));
    let record = record_of(&[withdrawn.0], "checkout");
    assert_eq!((record.available_millionths, record.problem_days().count()), (1_000_000, 0));
}

#[test]
fn what_is_only_slow_is_up() {
    let slow = incident("a", Severity::Minor, &["checkout"], at(14, 9, 0))
        .with(update(at(14, 9, 0), Phase::Investigating))
        .with(update(at(14, 11, 0), Phase::Resolved));
    let record = record_of(&[slow.0], "checkout");
    assert_eq!((record.available_millionths, record.days[3]), (1_000_000, Some(Status::Degraded)));
}

#[test]
fn planned_work_is_up_and_no_problem() {
    let window = TimeRange::between(at(14, 2, 0), at(14, 6, 0));
    let record = record_of(&[maintenance("m", &["checkout"], window).0], "checkout");
    assert_eq!((record.available_millionths, record.days[3]), (1_000_000, Some(Status::Maintenance)));
    assert_eq!(record.problem_days().count(), 0);
}

#[test]
fn two_outages_at_once_count_once() {
    let one = incident("a", Severity::Major, &["checkout"], at(14, 9, 0))
        .with(update(at(14, 9, 0), Phase::Investigating))
        .with(update(at(14, 11, 0), Phase::Resolved));
    let other = incident("b", Severity::Critical, &["checkout"], at(14, 10, 0))
        .with(update(at(14, 10, 0), Phase::Investigating))
        .with(update(at(14, 12, 0), Phase::Resolved));
    let record = record_of(&[one.0, other.0], "checkout");
    assert_eq!((record.available_millionths, record.days[3]), (after_outage(180), Some(Status::MajorOutage)));
}

#[test]
fn an_outage_that_goes_on_counts_up_to_now() {
    let outage = incident("a", Severity::Critical, &["checkout"], at(20, 11, 0))
        .with(update(at(20, 11, 0), Phase::Investigating));
    assert_eq!(record_of(&[outage.0], "checkout").available_millionths, after_outage(60));
}

#[test]
fn an_outage_from_before_the_days_counts_within_them() {
    let outage = incident("a", Severity::Major, &["checkout"], at(9, 0, 0))
        .with(update(at(9, 0, 0), Phase::Investigating))
        .with(update(at(11, 2, 0), Phase::Resolved));
    let record = record_of(&[outage.0], "checkout");
    assert_eq!(
        (record.available_millionths, record.days[0]),
        (after_outage(120), Some(Status::PartialOutage))
    );
}

#[test]
fn a_status_that_moved_counts_for_its_own_time() {
    let mut better = update(at(14, 10, 0), Phase::Monitoring);
    better.statuses = BTreeMap::from([(feature("checkout"), Status::Degraded)]);
    let mut first = update(at(14, 9, 30), Phase::Investigating);
    first.statuses = BTreeMap::from([(feature("checkout"), Status::MajorOutage)]);
    let story = incident("a", Severity::Critical, &["checkout"], at(14, 9, 0))
        .with(first)
        .with(better)
        .with(update(at(14, 12, 0), Phase::Resolved));
    let record = record_of(&[story.0], "checkout");
    assert_eq!(record.available_millionths, after_outage(60), "from 9 to 10, not from 9 to 12");
}

#[test]
fn other_features_stay_spotless() {
    let outage = incident("a", Severity::Critical, &["checkout"], at(14, 9, 0));
    assert_eq!(record_of(&[outage.0], "search"), no_outages(10));
}

#[test]
fn without_days_there_is_no_record() {
    let outage = incident("a", Severity::Critical, &["checkout"], at(14, 9, 0)).0;
    let record = Uptime::of(&[&outage], BTreeMap::new(), at(20, 12, 0), at(20, 12, 0), &Zone::utc())
        .record(&feature("checkout"), &[]);
    assert_eq!(record, no_outages(0));
}

#[test]
fn a_group_is_down_while_any_of_its_features_is() {
    let outage = |id: &str, features: &[&str], from: u32, to: u32| {
        incident(id, Severity::Major, features, at(14, from, 0))
            .with(update(at(14, from, 0), Phase::Investigating))
            .with(update(at(14, to, 0), Phase::Resolved))
            .0
    };
    let stories = [
        outage("a", &["checkout"], 9, 11),
        outage("b", &["sign-in"], 10, 13),
        outage("c", &["search"], 1, 3),
    ];
    let (days, now) = ten_days();
    let uptime = Uptime::of(&stories.iter().collect::<Vec<_>>(), BTreeMap::new(), days[0], now, &Zone::utc());
    let shares = |features: &[&str]| {
        let features: Vec<FeatureId> = features.iter().map(|id| feature(id)).collect();
        uptime.available_millionths(&features, days[0], now)
    };
    assert_eq!(shares(&["checkout", "sign-in"]), after_outage(240), "from 9 to 13, not two hours and three");
    assert_eq!(shares(&["checkout", "sign-in", "search"]), after_outage(360));
    assert_eq!(shares(&["checkout"]), after_outage(120));
    assert_eq!(shares(&["help-chat"]), 1_000_000);
}

#[test]
fn a_month_has_its_own_hours_and_what_was_within_it() {
    let zone = crate::theme::calendar::Zone::named("Europe/Madrid").unwrap();
    let starts = zone.month_starts(at(20, 12, 0), 2);
    let local = |month, day, hour| Utc.with_ymd_and_hms(2026, month, day, hour, 0, 0).unwrap();
    assert_eq!(
        starts,
        [local(8, 31, 22), local(9, 30, 22), local(10, 31, 23)],
        "clocks went back in October"
    );
    // Down from five hours before October until three hours within it, and four hours over the night of the clocks.
    let outage = |id: &str, from: Moment, hours: i64| {
        incident(id, Severity::Critical, &["checkout"], from)
            .with(update(from, Phase::Investigating))
            .with(update(from + TimeDelta::hours(hours), Phase::Resolved))
            .0
    };
    let stories = [outage("a", local(9, 30, 17), 8), outage("b", local(10, 24, 23), 4)];
    let uptime = Uptime::of(
        &stories.iter().collect::<Vec<_>>(),
        BTreeMap::new(),
        starts[0],
        at(20, 12, 0),
        &Zone::utc(),
    );
    let share =
        |month: usize| uptime.available_millionths([&feature("checkout")], starts[month], starts[month + 1]);
    assert_eq!(share(0), (720 - 5) * 1_000_000 / 720, "September has 720 hours");
    assert_eq!(share(1), (745 - 7) * 1_000_000 / 745, "October has 745");
}

#[test]
fn days_follow_the_clock_of_the_zone() {
    let zone = crate::theme::calendar::Zone::named("Europe/Madrid").unwrap();
    let starts = zone.day_starts(Utc.with_ymd_and_hms(2026, 10, 26, 12, 0, 0).unwrap(), 3);
    let lengths: Vec<TimeDelta> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(lengths, [TimeDelta::hours(24), TimeDelta::hours(25)], "the clocks went back on the 25th");
}

#[test]
fn only_the_time_in_which_a_feature_exists_counts() {
    let outage = |id: &str, from: Moment| {
        let story = incident(id, Severity::Critical, &["checkout"], from);
        let over = update(from + TimeDelta::hours(2), Phase::Resolved);
        story.with(update(from, Phase::Investigating)).with(over).0
    };
    let stories =
        [outage("before", at(12, 9, 0)), outage("within", at(14, 9, 0)), outage("after", at(19, 9, 0))];
    let (days, now) = ten_days();
    let (checkout, search) = (feature("checkout"), feature("search"));
    let life = Life { since: Some(at(13, 0, 0)), until: Some(at(18, 0, 0)) };
    let lives = BTreeMap::from([(&checkout, life), (&search, Life { until: None, ..life })]);
    let uptime = Uptime::of(&stories.iter().collect::<Vec<_>>(), lives, days[0], now, &Zone::utc());
    let record = uptime.record(&checkout, &days);
    assert_eq!(record.available_millionths, (120 - 2) * 1_000_000 / 120, "five days, and two hours of them");
    let there: Vec<bool> = record.days.iter().map(Option::is_some).collect();
    assert_eq!(there, [false, false, true, true, true, true, true, false, false, false]);
    assert_eq!(record.problem_days().collect::<Vec<_>>(), [3]);
    let untouched = uptime.record(&search, &days);
    assert_eq!(
        untouched.days.iter().flatten().count(),
        8,
        "what nothing happened to has no days before it either"
    );
    assert!(!uptime.exists_within(&checkout, at(11, 0, 0), at(13, 0, 0)));
}
