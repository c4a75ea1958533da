//! Reminders of planned work: once each, in time, and never of what does not take place.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::build::{maintenance, minutes, site};
use super::build::{now, update};
use crate::diff::{Terms, baseline, compare_with, next_reminder};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::ChangeKind;
use crate::model::incident::{Incident, TimeRange};
use crate::model::phase::Phase;

fn leads() -> [TimeDelta; 2] {
    [TimeDelta::hours(1), TimeDelta::hours(24)]
}

/// Work that starts in three days.
fn planned() -> Incident {
    let mut planned = maintenance("m", minutes(3 * 24 * 60));
    planned.updates = vec![update(minutes(-10), Phase::Scheduled, "We move.")];
    planned
}

fn told(base: &mut Baseline, incident: &Incident, at: Moment) -> Vec<ChangeKind> {
    let terms = Terms { reminders: &leads(), ..Terms::default() };
    let compared = compare_with(base, &site([incident.clone()]), &terms, at);
    *base = compared.difference.announced;
    compared.difference.changes.into_iter().flat_map(|change| change.what).collect()
}

#[test]
fn each_lead_time_gives_one_reminder() {
    let (planned, mut base) = (planned(), Baseline::default());
    assert_eq!(told(&mut base, &planned, now()), [ChangeKind::MaintenanceAnnounced]);
    let start = 3 * 24 * 60;
    for (minute, reminds) in [
        (start - 24 * 60 - 1, false),
        (start - 24 * 60, true),
        (start - 24 * 60 + 1, false),
        (start - 61, false),
        (start - 58, true),
        (start - 2, false),
    ] {
        let expected: &[ChangeKind] = if reminds { &[ChangeKind::MaintenanceReminder] } else { &[] };
        assert_eq!(told(&mut base, &planned, minutes(minute)), expected, "{minute}");
    }
    assert_eq!(told(&mut base, &planned, minutes(start)), [ChangeKind::MaintenanceStarted]);
}

#[test]
fn what_was_missed_is_one_reminder_and_none_after_the_start() {
    let (planned, mut base) = (planned(), Baseline::default());
    told(&mut base, &planned, now());
    let mut late = base.clone();
    assert_eq!(told(&mut base, &planned, minutes(3 * 24 * 60 - 30)), [ChangeKind::MaintenanceReminder]);
    assert_eq!(told(&mut base, &planned, minutes(3 * 24 * 60 - 29)), []);
    assert_eq!(told(&mut late, &planned, minutes(3 * 24 * 60 + 1)), [ChangeKind::MaintenanceStarted]);
}

#[test]
fn who_just_heard_of_the_time_is_not_reminded_of_it() {
    let mut soon = maintenance("m", minutes(30));
    soon.updates = planned().updates;
    let mut base = Baseline::default();
    assert_eq!(told(&mut base, &soon, now()), [ChangeKind::MaintenanceAnnounced]);
    assert_eq!(told(&mut base, &soon, minutes(1)), []);
    let mut adopted = baseline(&site([soon.clone()]), now());
    assert_eq!(told(&mut adopted, &soon, minutes(1)), []);
    let mut moved = soon.clone();
    moved.started = minutes(40);
    moved.window = Some(TimeRange::between(minutes(40), minutes(160)));
    let what = told(&mut base, &moved, minutes(2));
    assert!(matches!(what[..], [ChangeKind::MaintenanceRescheduled { .. }]), "{what:?}");
    assert_eq!(told(&mut base, &moved, minutes(3)), []);
}

#[test]
fn work_that_is_cancelled_or_begun_is_not_reminded_of() {
    for phase in [Phase::Cancelled, Phase::InProgress, Phase::Completed] {
        let (mut planned, mut base) = (planned(), Baseline::default());
        told(&mut base, &planned, now());
        planned.updates.push(update(minutes(60), phase, "Otherwise than planned."));
        told(&mut base, &planned, minutes(61));
        assert_eq!(told(&mut base, &planned, minutes(3 * 24 * 60 - 30)), [], "{phase:?}");
    }
}

proptest! {
    #[test]
    fn however_often_it_is_looked_each_lead_time_reminds_at_most_once_and_one_always(
        mut looks in prop::collection::vec(1..3 * 24 * 60_i64, 1..40),
    ) {
        let (planned, mut base) = (planned(), Baseline::default());
        told(&mut base, &planned, now());
        looks.sort_unstable();
        let reminders = looks.iter().filter(|look| !told(&mut base, &planned, minutes(**look)).is_empty()).count();
        let is_within = |lead: i64| looks.iter().any(|look| *look >= 3 * 24 * 60 - lead);
        prop_assert!(reminders <= 2);
        prop_assert_eq!(reminders > 0, is_within(24 * 60));
    }

    #[test]
    fn whoever_wakes_at_the_next_reminder_misses_none(from in 0..3 * 24 * 60_i64) {
        let (planned, mut base) = (planned(), Baseline::default());
        told(&mut base, &planned, minutes(from));
        let of = site([planned.clone()]);
        let mut at = minutes(from);
        while let Some(next) = next_reminder(&of, &leads(), at) {
            prop_assert_eq!(told(&mut base, &planned, next), [ChangeKind::MaintenanceReminder]);
            at = next;
        }
        prop_assert_eq!(told(&mut base, &planned, minutes(3 * 24 * 60 - 1)), []);
    }
}
