//! Times of which only the day was known when they were announced, and that are known exactly later.

use proptest::prelude::*;

use super::build::{incident, maintenance, minutes, now, site, update};
use crate::diff::{baseline, compare};
use crate::model::change::ChangeKind;
use crate::model::days::Days;
use crate::model::incident::{Incident, TimeRange};
use crate::model::phase::Phase;

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// An outage that began and ended at those minutes.
fn outage(began: i64, ended: i64, day_only: Days) -> Incident {
    let updates = vec![
        update(minutes(began), Phase::Investigating, "Some card payments fail. We are looking into it."),
        update(minutes(ended), Phase::Resolved, "All card payments work again since noon."),
    ];
    Incident { started: minutes(began), updates, day_only, ..incident("a") }
}

proptest! {
    #[test]
    fn an_outage_of_a_day_is_not_announced_again_when_its_times_are_known(
        began in -DAY..-2_i64, length in 1..DAY,
    ) {
        let days = [minutes(-DAY), minutes(-DAY + 1)].into_iter().collect();
        let announced = baseline(&site([outage(-DAY, -DAY + 1, days)]), now());
        let timed = outage(began, (began + length).min(-1), Days::default());
        let found = compare(&announced, &site([timed]), now());
        prop_assert_eq!(found.difference.changes, vec![]);
    }
}

/// What is announced of work in this window after it was announced for the other one.
fn rescheduled(from: TimeRange, to: TimeRange) -> Vec<ChangeKind> {
    let work = |window: TimeRange| {
        let day_only = Some(window.starts).filter(|_| window.day_only.starts).into_iter().collect::<Days>();
        let day_only = day_only.in_zone("Europe/Madrid");
        Incident { window: Some(window), day_only, ..maintenance("work", window.starts) }
    };
    let announced = baseline(&site([work(from)]), now());
    let changes = compare(&announced, &site([work(to)]), now()).difference.changes;
    changes.into_iter().flat_map(|change| change.what).collect()
}

#[test]
fn planned_work_moves_from_a_day_to_a_time_and_to_another_day_but_not_within_the_day() {
    let day =
        |at: i64| TimeRange::new(minutes(at), None, None).with_days(&[minutes(at)].into_iter().collect());
    let time = |at: i64| TimeRange::new(minutes(at), None, None);
    let moved = |from: TimeRange, to: TimeRange| vec![ChangeKind::MaintenanceRescheduled { from, to }];
    let (midnight, nine) = (3 * DAY, 3 * DAY + 9 * 60);
    assert_eq!(rescheduled(day(midnight), time(nine)), moved(day(midnight), time(nine)));
    assert_eq!(rescheduled(day(midnight), day(midnight + DAY)), moved(day(midnight), day(midnight + DAY)));
    assert_eq!(rescheduled(day(midnight), day(midnight + 1)), []);
    // Half past ten in the evening in Madrid, and half past one of the next day.
    let soon = midnight + 3 * 60;
    assert_eq!(rescheduled(day(midnight), day(soon)), moved(day(midnight), day(soon)));
    // A record of an earlier version does not say that the day alone was known.
    assert_eq!(rescheduled(time(midnight), day(midnight)), []);
}
