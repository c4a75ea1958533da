//! What completes planned work: the clock, a word, or nothing that anyone knows.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::super::Moment;
use super::super::days::Days;
use super::super::feature::{FeatureId, Status};
use super::super::incident::{Audience, Completes, Incident, IncidentId, TimeRange, Update};
use super::super::localized::Localized;
use super::super::phase::{IncidentKind, Phase, Severity};
use super::super::sensitivity::Sensitivity;

/// A moment of 1 December 2026.
fn at(hour: i64, minute: i64) -> Moment {
    let midnight: Moment = "2026-12-01T00:00:00Z".parse().unwrap();
    midnight + TimeDelta::minutes(hour * 60 + minute)
}

fn update(at: Moment, phase: Option<Phase>, audience: Audience) -> Update {
    Update {
        at,
        phase,
        audience,
        author_mark: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain("x"),
    }
}

/// Work from 10:00 to 12:00.
fn work(ends: Option<Moment>, completes: Option<Completes>, updates: Vec<Update>) -> Incident {
    Incident {
        id: IncidentId::new("work").unwrap(),
        file: "incidents/work.md".to_owned(),
        kind: IncidentKind::Maintenance,
        title: Localized::plain("Work"),
        severity: Severity::Notice,
        affected: BTreeMap::new(),
        started: at(10, 0),
        window: Some(TimeRange::new(at(10, 0), ends, completes)),
        eta: None,
        next_update: None,
        impact: None,
        workaround: None,
        audience: Audience::Public,
        sensitivity: Sensitivity::Public,
        author_mark: None,
        narrow: Default::default(),
        imported_through: None,
        day_only: Days::default(),
        accepted: Default::default(),
        repeats: None,
        updates,
    }
}

fn phases(work: &Incident) -> [Phase; 3] {
    [at(9, 0), at(11, 0), at(13, 0)].map(|now| work.phase_at(now))
}

#[test]
fn the_clock_completes_work_that_nobody_speaks_about() {
    let announced = update(at(8, 0), Some(Phase::Scheduled), Audience::Public);
    let internal = update(at(11, 0), None, Audience::Internal);
    let silent = work(Some(at(12, 0)), None, vec![announced, internal]);
    assert_eq!(phases(&silent), [Phase::Scheduled, Phase::InProgress, Phase::Completed]);
    assert_eq!(silent.ended_at(at(13, 0)), Some(at(12, 0)));
    assert!(!silent.is_overdue_at(at(13, 0)));
}

#[test]
fn the_clock_does_not_end_what_a_person_is_speaking_about() {
    let spoken = vec![update(at(10, 5), None, Audience::Public)];
    let mut spoken = work(Some(at(12, 0)), None, spoken);
    assert_eq!(phases(&spoken), [Phase::Scheduled, Phase::InProgress, Phase::InProgress]);
    assert!(spoken.is_overdue_at(at(12, 0)) && !spoken.is_overdue_at(at(11, 59)));
    spoken.updates.push(update(at(12, 30), Some(Phase::Completed), Audience::Public));
    assert_eq!(spoken.ended_at(at(13, 0)), Some(at(12, 30)));
    assert!(!spoken.is_overdue_at(at(13, 0)));
}

#[test]
fn the_file_may_leave_the_end_to_the_clock_or_to_a_word() {
    let spoken = vec![update(at(10, 5), None, Audience::Public)];
    let by_clock = work(Some(at(12, 0)), Some(Completes::ByClock), spoken);
    assert_eq!(by_clock.phase_at(at(13, 0)), Phase::Completed);
    let by_word = work(Some(at(12, 0)), Some(Completes::ByWord), Vec::new());
    assert_eq!(by_word.phase_at(at(13, 0)), Phase::InProgress);
    assert!(by_word.is_overdue_at(at(13, 0)));
}

#[test]
fn an_open_end_never_comes_by_itself_and_an_announcement_is_over_untold() {
    let open = work(None, None, Vec::new());
    assert_eq!(phases(&open), [Phase::Scheduled, Phase::InProgress, Phase::InProgress]);
    assert!(!open.is_overdue_at(at(99, 0)));
    let announcement = work(None, Some(Completes::ByClock), Vec::new());
    assert_eq!(phases(&announcement), [Phase::Scheduled, Phase::Completed, Phase::Completed]);
    assert!(announcement.ended_unannounced_at(at(11, 0)) && !announcement.ended_unannounced_at(at(9, 0)));
    assert_eq!(announcement.lasted_at(at(13, 0)), None);
}

#[test]
fn an_imported_end_counts_however_far_ahead_it_is_dated_and_is_never_shown_ahead() {
    let word = |time: Moment, phase| update(time, Some(phase), Audience::Public);
    // The end, up to when it was imported, the time that is asked for, and the date that the end is shown with.
    for (end, through, now, shown) in [
        (at(18, 0), Some(at(18, 0)), at(12, 0), Some(at(11, 30))),
        (at(18, 0), Some(at(18, 0)), at(12, 10), Some(at(12, 0))),
        (at(18, 0), Some(at(18, 0)), at(10, 1), Some(at(10, 1))),
        (at(18, 0), Some(at(18, 0)), at(10, 0), None),
        (at(18, 0), Some(at(18, 0)), at(17, 59), Some(at(17, 30))),
        (at(18, 0), Some(at(18, 0)), at(18, 0), Some(at(18, 0))),
        (at(18, 0), Some(at(17, 0)), at(12, 0), None),
        (at(18, 0), None, at(12, 0), None),
        (at(12, 20), None, at(12, 0), Some(at(11, 50))),
    ] {
        let updates = vec![word(at(10, 0), Phase::Investigating), word(end, Phase::Resolved)];
        let incident = Incident {
            kind: IncidentKind::Incident,
            window: None,
            imported_through: through,
            accepted: Default::default(),
            ..work(None, None, updates)
        };
        let dated = incident.dated_at(now);
        let ended = dated.ended_at(now);
        assert_eq!(ended, shown, "{end} at {now}");
        assert_eq!(incident.phase_at(incident.counted_at(now)).is_over(), shown.is_some(), "{end} at {now}");
    }
    let done = Incident {
        imported_through: Some(at(13, 0)),
        ..work(Some(at(13, 0)), None, vec![word(at(13, 0), Phase::Completed)])
    };
    assert_eq!(done.end_counts_from(), Some(at(12, 55)), "the flag of planned work is no such word");
}

#[test]
fn an_end_that_is_dated_a_little_ahead_counts_at_once() {
    let outage =
        |updates| Incident { kind: IncidentKind::Incident, window: None, ..work(None, None, updates) };
    let word = |time: Moment, phase| update(time, Some(phase), Audience::Public);
    let found = word(at(10, 0), Phase::Investigating);
    // The end, the word before it, the time that is asked for, whether it is over then, and from when the end counts.
    for (end, before, now, is_over, from) in [
        (at(12, 20), at(10, 0), at(12, 0), true, Some(at(11, 50))),
        (at(12, 20), at(10, 0), at(11, 50), true, Some(at(11, 50))),
        (at(12, 20), at(10, 0), at(11, 49), false, Some(at(11, 50))),
        (at(12, 20), at(12, 5), at(12, 5), false, Some(at(12, 6))),
        (at(12, 20), at(12, 5), at(12, 6), true, Some(at(12, 6))),
        (at(14, 0), at(10, 0), at(12, 0), false, Some(at(13, 30))),
        (at(10, 1), at(10, 0), at(10, 0), false, None),
    ] {
        let end = word(end, Phase::Resolved);
        let updates = vec![found.clone(), word(before, Phase::Identified), end.clone()];
        let updates = if before == found.at { vec![found.clone(), end] } else { updates };
        let outage = outage(updates);
        let counted = outage.counted_at(now);
        assert_eq!((outage.phase_at(counted).is_over(), outage.end_counts_from()), (is_over, from), "{now}");
        assert_eq!(outage.public_at(now).phase_at(counted).is_over(), is_over, "{now}");
        assert_eq!(outage.phase_at(at(15, 0)), Phase::Resolved);
        assert_eq!(outage.ended_at(at(15, 0)), outage.updates.last().map(|end| end.at));
    }
    let internal = update(at(12, 20), Some(Phase::Resolved), Audience::Internal);
    let not_public = outage(vec![found.clone(), internal]);
    assert_eq!((not_public.end_counts_from(), not_public.counted_at(at(12, 0))), (None, at(12, 0)));
    for (end, from) in [(at(12, 20), Some(at(12, 15))), (at(10, 3), Some(at(10, 1))), (at(9, 50), None)] {
        let done = work(Some(at(13, 0)), None, vec![word(end, Phase::Completed)]);
        assert_eq!(done.end_counts_from(), from, "{end}");
    }
}

#[test]
fn a_word_after_the_end_that_the_clock_brought_reopens_nothing_unless_it_says_so() {
    let thanks = update(at(12, 10), None, Audience::Public);
    let done = work(Some(at(12, 0)), None, vec![thanks]);
    assert_eq!(done.phase_at(at(13, 0)), Phase::Completed);
    let goes_on = update(at(12, 10), Some(Phase::InProgress), Audience::Public);
    let longer = work(Some(at(12, 0)), None, vec![goes_on]);
    assert_eq!(longer.phase_at(at(13, 0)), Phase::InProgress);
}

#[test]
fn trouble_begins_with_its_first_news_however_late_its_start_is_written() {
    let search = FeatureId::new("search").unwrap();
    let news = vec![update(at(9, 0), Some(Phase::Investigating), Audience::Public)];
    let mut late = work(None, None, news);
    (late.kind, late.window, late.severity) = (IncidentKind::Incident, None, Severity::Critical);
    late.affected = BTreeMap::from([(search.clone(), Status::MajorOutage)]);
    let status = |it: &Incident, hour| it.status_of(&search, at(hour, 0));
    assert_eq!(
        [8, 9, 11].map(|hour| status(&late, hour)),
        [Status::Operational, Status::MajorOutage, Status::MajorOutage]
    );
    assert_eq!(late.open_for(at(11, 0)), Some(TimeDelta::hours(2)));
    late.updates.insert(0, update(at(8, 0), Some(Phase::Resolved), Audience::Public));
    assert_eq!(late.began_at(), at(9, 0), "an end begins nothing");
}

/// An incident of these phases, each with its minutes after the one before.
fn spoken(said: &[(i64, usize)]) -> Incident {
    const PHASES: [Option<Phase>; 5] = [
        Some(Phase::Investigating),
        Some(Phase::Monitoring),
        Some(Phase::Resolved),
        Some(Phase::Postmortem),
        None,
    ];
    let mut minute = 0;
    let updates = said.iter().map(|(apart, phase)| {
        minute += apart;
        update(at(10, minute), PHASES[*phase], Audience::Public)
    });
    let updates = updates.collect();
    Incident { kind: IncidentKind::Incident, window: None, ..work(None, None, updates) }
}

proptest! {
    #[test]
    fn it_lasted_as_long_as_it_was_bad(said in prop::collection::vec((1..200_i64, 0..5_usize), 1..8)) {
        let incident = spoken(&said);
        let end = at(10, said.iter().map(|(apart, _)| apart).sum::<i64>() + 90);
        let minutes = (end - incident.began_at()).num_minutes();
        let moment = |minute| incident.began_at() + TimeDelta::minutes(minute);
        let bad = (0..minutes).filter(|minute| !incident.phase_at(moment(*minute)).is_over()).count();
        prop_assert_eq!(incident.open_for(end).unwrap().num_minutes(), i64::try_from(bad).unwrap());
    }

    #[test]
    fn it_began_no_later_than_it_was_first_spoken_of(
        said in prop::collection::vec((1..200_i64, 0..5_usize), 1..8),
        started in -500..500_i64,
    ) {
        let mut incident = spoken(&said);
        incident.started = at(10, started);
        let bad = incident.updates.iter().find(|update| !update.phase.is_some_and(Phase::is_over));
        prop_assert!(incident.began_at() <= incident.started);
        prop_assert!(bad.is_none_or(|bad| incident.began_at() <= bad.at));
    }
}
