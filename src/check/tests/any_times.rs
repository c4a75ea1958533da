//! What holds for the times of any incident: possible ones are not complained of, and no impossible one passes.

use proptest::collection::vec;
use proptest::prelude::*;

use super::stories::{at, incident, update};
use super::{page, places};
use crate::check::run;
use crate::model::incident::Incident;
use crate::model::phase::Phase;
use crate::model::site::Site;

/// The rules on times that cannot all be right.
const RULES: [&str; 5] =
    ["end-before-start", "end-before-news", "in-the-future", "start-after-update", "year-slip"];

/// The rules on times that the incident breaks at 23:00, and whether one of them holds it back.
fn broken(incident: &Incident) -> (Vec<&'static str>, bool) {
    let found = run(&Site::of(page(), [incident.clone()]), &places(incident), &[], at(23, 0));
    let of_times = found.iter().filter(|problem| RULES.contains(&problem.rule));
    let is_held = of_times.clone().any(|problem| problem.level == crate::model::problem::ProblemLevel::Error);
    (of_times.map(|problem| problem.rule).collect(), is_held)
}

/// An incident from 8:00 with words after these numbers of minutes each, the last of which ends it.
fn over(apart: &[i64]) -> Incident {
    let mut minute = 0;
    let mut updates = Vec::new();
    for (place, more) in apart.iter().enumerate() {
        minute += more;
        let phase = match place {
            0 => Phase::Investigating,
            _ if place + 1 == apart.len() => Phase::Resolved,
            _ => Phase::Identified,
        };
        updates.push(update(at(8, minute), Some(phase), "Cards fail."));
    }
    Incident { started: at(8, 0), updates, eta: None, next_update: None, ..incident() }
}

proptest! {
    #[test]
    fn times_that_can_be_right_are_not_complained_of(apart in vec(1..100_i64, 2..8)) {
        prop_assert_eq!(broken(&over(&apart)), (vec![], false));
    }

    #[test]
    fn an_end_before_the_start_is_always_held(apart in vec(1..100_i64, 2..8), early in 1..5_000_i64) {
        let mut incident = over(&apart);
        incident.updates.last_mut().unwrap().at = at(8, -early);
        incident.updates.sort_by_key(|update| update.at);
        let (rules, is_held) = broken(&incident);
        prop_assert!(rules.contains(&"end-before-start") && is_held, "{:?}", rules);
    }

    #[test]
    fn a_start_after_the_first_words_is_always_said(apart in vec(1..100_i64, 2..8), late in 6..5_000_i64) {
        let mut incident = over(&apart);
        incident.started = incident.updates[0].at + chrono::TimeDelta::minutes(late);
        let (rules, _) = broken(&incident);
        prop_assert!(rules.contains(&"start-after-update"), "{:?}", rules);
        prop_assert!(incident.began_at() <= incident.updates[0].at);
    }

    #[test]
    fn a_year_that_is_a_slip_is_always_said(apart in vec(1..100_i64, 2..8), is_start in any::<bool>()) {
        use chrono::Datelike as _;
        let mut incident = over(&apart);
        let slips = |at: crate::model::Moment| at.with_year(at.year() - 1).unwrap();
        if is_start {
            incident.started = slips(incident.started);
        } else {
            let first = &mut incident.updates[0];
            first.at = slips(first.at);
        }
        prop_assert!(broken(&incident).0.contains(&"year-slip"));
    }

    #[test]
    fn what_lies_ahead_is_always_said(apart in vec(1..100_i64, 2..8), ahead in 6..5_000_i64) {
        let mut incident = over(&apart);
        incident.updates.last_mut().unwrap().at = at(23, ahead);
        prop_assert!(broken(&incident).0.contains(&"in-the-future"));
    }
}
