//! The rules of the diff, one short story each: what was announced, what the files say now, what is
//! announced.

use chrono::TimeDelta;

use super::build::{feature, incident, maintenance, minutes, now, site, update};
use crate::diff::{baseline, difference};
use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::change::{Change, ChangeKind};
use crate::model::edit::Part;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Completes, Eta, Incident, IncidentId, TimeRange, Update};
use crate::model::localized::Localized;
use crate::model::phase::{Phase, Severity};

/// What is announced when no incident has been announced yet.
fn heard_first(incident: Incident) -> Vec<ChangeKind> {
    what(difference(&Baseline::default(), &site([incident]), now()).changes)
}

/// What is announced by the run when `before` was announced a minute earlier and was then edited.
pub(super) fn heard(before: Incident, edit: impl FnOnce(&mut Incident)) -> Vec<ChangeKind> {
    heard_at(now(), before, edit)
}

fn heard_at(at: Moment, before: Incident, edit: impl FnOnce(&mut Incident)) -> Vec<ChangeKind> {
    let announced = baseline(&site([before.clone()]), at - TimeDelta::minutes(1));
    let mut after = before;
    edit(&mut after);
    after.updates.sort_by_key(|update| update.at);
    what(difference(&announced, &site([after]), at).changes)
}

pub(super) fn what(changes: Vec<Change>) -> Vec<ChangeKind> {
    changes.into_iter().flat_map(|change| change.what).collect()
}

pub(super) fn resolved_at(at: Moment) -> Incident {
    let mut incident = incident("a");
    incident.started = at - TimeDelta::hours(2);
    incident.updates = vec![
        update(
            at - TimeDelta::hours(1),
            Phase::Investigating,
            "Some card payments fail. We are looking into it.",
        ),
        update(at, Phase::Resolved, "The processor is back and all payments pass again."),
    ];
    incident
}

#[test]
fn a_new_incident_is_opened_and_nothing_else() {
    assert_eq!(heard_first(incident("a")), [ChangeKind::Opened]);
    assert_eq!(heard_first(resolved_at(minutes(-60))), [ChangeKind::Opened, ChangeKind::Resolved]);
    assert_eq!(heard_first(maintenance("a", minutes(600))), [ChangeKind::MaintenanceAnnounced]);
    assert_eq!(
        heard_first(maintenance("a", minutes(-60))),
        [ChangeKind::MaintenanceAnnounced, ChangeKind::MaintenanceStarted]
    );
    assert_eq!(
        heard_first(maintenance("a", minutes(-180))),
        [ChangeKind::MaintenanceAnnounced, ChangeKind::MaintenanceCompleted]
    );
}

#[test]
fn history_filled_in_is_recorded_in_silence() {
    let old = site([resolved_at(minutes(-60 * 25))]);
    let result = difference(&Baseline::default(), &old, now());
    assert_eq!(result.changes, []);
    assert_eq!(result.announced.incidents.len(), 1);
}

#[test]
fn what_lies_in_the_future_does_not_exist_yet() {
    let later = Incident {
        started: minutes(30),
        updates: vec![update(minutes(30), Phase::Investigating, "It will have failed.")],
        ..incident("a")
    };
    let result = difference(&Baseline::default(), &site([later.clone()]), now());
    assert_eq!((result.changes, result.announced.incidents.len()), (vec![], 0));
    let told = difference(&Baseline::default(), &site([later]), minutes(31));
    assert_eq!(what(told.changes), [ChangeKind::Opened]);
}

#[test]
fn the_phase_moves_in_the_most_telling_word() {
    let to = |phase| {
        move |it: &mut Incident| it.updates.push(update(now(), phase, "There is something new to say here."))
    };
    let posted = ChangeKind::UpdatePosted { at: now() };
    let moved = ChangeKind::PhaseChanged { from: Phase::Investigating, to: Phase::Identified };
    assert_eq!(heard(incident("a"), to(Phase::Identified)), [moved, posted.clone()]);
    assert_eq!(heard(incident("a"), to(Phase::Resolved)), [ChangeKind::Resolved, posted.clone()]);
    let over = resolved_at(minutes(-10));
    assert_eq!(heard(over.clone(), to(Phase::Monitoring)), [ChangeKind::Reopened, posted.clone()]);
    assert_eq!(heard(over, to(Phase::Postmortem)), [ChangeKind::PostmortemPublished, posted.clone()]);
    let planned = maintenance("a", minutes(60));
    assert_eq!(
        heard(planned.clone(), to(Phase::Cancelled)),
        [ChangeKind::MaintenanceCancelled, posted.clone()]
    );
    assert_eq!(heard(planned, to(Phase::InProgress)), [ChangeKind::MaintenanceStarted, posted]);
}

#[test]
fn a_maintenance_moves_by_the_clock() {
    let planned = maintenance("a", minutes(0));
    assert_eq!(heard_at(minutes(0), planned.clone(), |_| {}), [ChangeKind::MaintenanceStarted]);
    assert_eq!(heard_at(minutes(119), planned.clone(), |_| {}), []);
    assert_eq!(heard_at(minutes(120), planned.clone(), |_| {}), [ChangeKind::MaintenanceCompleted]);
    let (from, to) = (planned.window.unwrap(), TimeRange::between(minutes(300), minutes(400)));
    let moved = heard_at(minutes(0), planned, |it| (it.window, it.started) = (Some(to), to.starts));
    assert_eq!(moved, [ChangeKind::MaintenanceRescheduled { from, to }]);
}

#[test]
fn work_that_a_word_ends_is_not_completed_by_the_clock() {
    let mut by_word = maintenance("a", minutes(0));
    let starts = minutes(0);
    let ends = Some(minutes(120));
    by_word.window = Some(TimeRange::new(starts, ends, Some(Completes::ByWord)));
    assert_eq!(heard_at(minutes(0), by_word.clone(), |_| {}), [ChangeKind::MaintenanceStarted]);
    assert_eq!(heard_at(minutes(120), by_word.clone(), |_| {}), []);
    let to_the_clock = heard_at(minutes(-1), by_word.clone(), |it| {
        it.window = Some(TimeRange::new(starts, ends, Some(Completes::ByClock)));
    });
    assert_eq!(to_the_clock, [], "who ends it is nobody's news");
    by_word.window = Some(TimeRange::new(starts, None, Some(Completes::ByClock)));
    assert_eq!(heard_at(minutes(0), by_word, |_| {}), [], "an end that nobody knows is not told");
}

#[test]
fn facets_move_in_one_change() {
    let said = heard(incident("a"), |it| {
        it.eta = Some(Eta::Unknown);
        it.severity = Severity::Critical;
        it.affected = [(feature("refunds"), Status::Degraded)].into();
    });
    let expected = [
        ChangeKind::SeverityChanged { from: Severity::Major, to: Severity::Critical },
        ChangeKind::EtaChanged { from: Some(Eta::At(minutes(60))), to: Some(Eta::Unknown) },
        ChangeKind::FeaturesAdded([feature("refunds")].into()),
        ChangeKind::FeaturesRemoved([feature("checkout")].into()),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_heading_that_says_a_feature_works_again_is_news() {
    let said = heard(incident("a"), |it| {
        let statuses = [(feature("checkout"), Status::Operational)].into();
        it.updates.push(Update { statuses, ..update(now(), None, "") });
    });
    let (from, to) = (Status::PartialOutage, Status::Operational);
    assert_eq!(said, [ChangeKind::StatusChanged { feature: feature("checkout"), from, to }]);
}

#[test]
fn the_end_takes_the_estimate_with_it() {
    let said = heard(incident("a"), |it| {
        (it.eta, it.severity) = (None, Severity::Minor);
        it.updates.push(update(now(), Phase::Resolved, ""));
    });
    assert_eq!(said, [ChangeKind::Resolved]);
    assert_eq!(heard(resolved_at(minutes(-10)), |it| (it.eta, it.severity) = (None, Severity::Minor)), []);
}

#[test]
fn an_unknown_estimate_says_no_more_than_none() {
    let unknown = Incident { eta: Some(Eta::Unknown), ..incident("a") };
    assert_eq!(heard(unknown.clone(), |it| it.eta = None), []);
    let (from, to) = (Some(Eta::Unknown), Some(Eta::At(minutes(90))));
    assert_eq!(heard(unknown, |it| it.eta = to), [ChangeKind::EtaChanged { from, to }]);
}

#[test]
fn an_end_corrected_to_a_little_later_is_not_told_again() {
    let over = Incident { eta: None, ..resolved_at(minutes(-10)) };
    let retime = |it: &mut Incident| {
        if let Some(last) = it.updates.last_mut() {
            last.at = minutes(90);
        }
    };
    assert_eq!(heard(over.clone(), retime), []);
    let told = baseline(&site([over.clone()]), now());
    let mut later = over;
    retime(&mut later);
    let corrected = difference(&told, &site([later.clone()]), now());
    let again = difference(&corrected.announced, &site([later.clone()]), now());
    let after = difference(&corrected.announced, &site([later]), minutes(91));
    assert_eq!((corrected.changes, again.changes, after.changes), (vec![], vec![], vec![]));
}

#[test]
fn an_end_written_ahead_does_not_hide_that_it_is_back() {
    let back = |it: &mut Incident| {
        it.updates.push(update(minutes(-1), Phase::Monitoring, "Payments fail again for some customers."));
        it.updates.push(update(minutes(90), Phase::Resolved, "By then the processor will be back."));
    };
    let posted = ChangeKind::UpdatePosted { at: minutes(-1) };
    assert_eq!(heard(resolved_at(minutes(-10)), back), [ChangeKind::Reopened, posted]);
}

#[test]
fn late_words_about_what_was_over_days_ago_are_no_news() {
    let closing =
        |at| move |it: &mut Incident| it.updates.push(update(at, None, "All nodes run the new version."));
    let old = resolved_at(minutes(-60 * 30));
    assert_eq!(heard(old.clone(), closing(minutes(-60 * 29))), []);
    assert_eq!(heard(old, closing(now())), [ChangeKind::UpdatePosted { at: now() }]);
}

#[test]
fn internal_updates_are_never_heard_of() {
    let said = heard(incident("a"), |it| {
        let statuses = [(feature("mail"), Status::MajorOutage)].into();
        let words = update(now(), Phase::Resolved, "Do not tell anybody, but it is over now.");
        it.updates.push(Update { audience: Audience::Internal, statuses, ..words });
    });
    assert_eq!(said, []);
}

#[test]
fn news_added_to_the_newest_update_is_an_update_while_it_is_open_and_a_correction_later() {
    let add =
        |it: &mut Incident| it.updates[0].body.default.push_str(" Bank transfers keep working as usual.");
    let corrected = |at| [ChangeKind::Corrected { part: Part::Update { at: minutes(at) }, language: None }];
    assert_eq!(heard(incident("a"), add), [ChangeKind::UpdatePosted { at: minutes(-110) }]);
    assert_eq!(heard(resolved_at(minutes(-60)), add), corrected(-120));
    assert_eq!(heard(resolved_at(minutes(-60 * 30)), add), [], "nobody waits for an incident of yesterday");
}

#[test]
fn the_same_words_twice_are_two_updates() {
    let again = |it: &mut Incident| it.updates.push(update(now(), None, &it.updates[0].body.default));
    assert_eq!(heard(incident("a"), again), [ChangeKind::UpdatePosted { at: now() }]);
}

#[test]
fn history_filled_into_a_story_is_silent() {
    let mut long = incident("a");
    long.started = minutes(-60 * 50);
    let fill =
        |at| move |it: &mut Incident| it.updates.push(update(minutes(at), None, "We had this seen before."));
    assert_eq!(heard(long.clone(), fill(-60 * 48)), []);
    assert_eq!(heard(long, fill(-60 * 3)), [ChangeKind::UpdatePosted { at: minutes(-60 * 3) }]);
}

#[test]
fn a_renamed_incident_keeps_its_origin() {
    let announced = baseline(&site([incident("a")]), now());
    let mut renamed = incident("2026/card-payments");
    renamed.title = Localized::plain("card payments are failing!");
    renamed.eta = None;
    let result = difference(&announced, &site([renamed]), now());
    assert_eq!(result.changes.len(), 1);
    assert_eq!(result.changes[0].origin.as_str(), "a");
    assert_eq!(result.changes[0].incident.as_str(), "2026/card-payments");

    // Its old name is free for another incident, whose origin is then numbered.
    let another = Incident {
        title: Localized::plain("Search finds nothing"),
        started: minutes(-5),
        updates: Vec::new(),
        ..incident("a")
    };
    let both = site([another, incident("2026/card-payments")]);
    let result = difference(&result.announced, &both, now());
    let origins: Vec<_> = result.changes.iter().map(|change| change.origin.as_str()).collect();
    assert_eq!(origins, ["a", "a-2"]);
}

#[test]
fn planned_work_moved_to_another_day_is_known_by_its_words() {
    let words =
        "The database gets its yearly upgrade. Orders wait meanwhile and are taken up again at the end.";
    let planned = |id: &str, day: i64| Incident {
        updates: vec![update(minutes(-60 - day), Phase::Scheduled, words)],
        ..maintenance(id, minutes(60 * 24 * day))
    };
    let (first, second) = (planned("2026-05-30-database", 2), planned("2026-06-02-database", 5));
    let (from, to) = (first.window.unwrap(), second.window.unwrap());
    let announced = baseline(&site([first.clone()]), now());
    let moved = difference(&announced, &site([second.clone()]), now()).changes;
    assert_eq!(what(moved), [ChangeKind::MaintenanceRescheduled { from, to }]);
    // Next to the first file, or after the work was done, the same words announce other work.
    let other = difference(&announced, &site([first.clone(), second.clone()]), now()).changes;
    assert_eq!(what(other), [ChangeKind::MaintenanceAnnounced]);
    let done = baseline(&site([first]), minutes(60 * 24 * 3));
    let next = difference(&done, &site([second]), minutes(60 * 24 * 3)).changes;
    assert_eq!(what(next), [ChangeKind::MaintenanceAnnounced]);
}

#[test]
fn another_incident_of_the_same_minute_is_not_a_rename() {
    let announced = baseline(&site([incident("a")]), now());
    let other = Incident {
        title: Localized::plain("Search finds nothing"),
        updates: vec![update(
            minutes(-110),
            Phase::Investigating,
            "Every query comes back empty since noon.",
        )],
        ..incident("b")
    };
    assert_eq!(what(difference(&announced, &site([other]), now()).changes), [ChangeKind::Opened]);
}

#[test]
fn deleting_and_bringing_back_is_silent() {
    let there = site([incident("a")]);
    let gone = difference(&baseline(&there, now()), &site([]), now());
    assert_eq!(gone.changes, []);
    assert_eq!(difference(&gone.announced, &there, now()).changes, []);
}

#[test]
fn who_was_told_of_the_worst_is_told_of_the_end() {
    let announced = baseline(&site([incident("a")]), now());
    let mut after = incident("a");
    after.severity = Severity::Notice;
    after.affected = [(feature("mail"), Status::Operational)].into();
    after.updates.push(update(now(), Phase::Resolved, ""));
    let changes = difference(&announced, &site([after]), now()).changes;
    assert_eq!(changes[0].peak_severity, Severity::Major);
    assert_eq!(changes[0].touched, [feature("checkout"), feature("mail")].into());
}

#[test]
fn a_fact_that_goes_and_comes_back_is_told_each_time_under_its_own_id() {
    let mut edited = incident("a");
    let mut announced = baseline(&site([edited.clone()]), now());
    let mut ids = std::collections::BTreeSet::new();
    for hour in [2, 1, 2, 1] {
        edited.eta = Some(Eta::At(minutes(60 * hour + 7)));
        let result = difference(&announced, &site([edited.clone()]), now());
        ids.extend(result.changes.into_iter().map(|change| change.id));
        announced = result.announced;
    }
    assert_eq!(ids.len(), 4);
    assert_eq!(announced.incidents[&IncidentId::new("a").unwrap()].revision, 4);
}

#[test]
fn a_file_used_again_is_a_new_outage() {
    let monitor =
        |hours: i64, updates| Incident { started: minutes(60 * hours), updates, ..incident("check-latest") };
    let failing = |hours: i64| {
        monitor(hours, vec![update(minutes(60 * hours), Phase::Investigating, "The check fails.")])
    };
    let over = |hours: i64| {
        let mut it = failing(hours);
        it.updates.push(update(minutes(60 * hours + 30), Phase::Resolved, "The check passes again."));
        it
    };
    for before in [over(-80), failing(-80)] {
        let told = baseline(&site([before]), minutes(-60 * 70));
        let result = difference(&told, &site([failing(-1)]), now());
        assert_eq!(what(result.changes.clone()), [ChangeKind::Opened]);
        assert_eq!(result.changes[0].origin.as_str(), "check-latest-2");
        let next = difference(&result.announced, &site([over(-1)]), now());
        assert_eq!(next.changes[0].origin.as_str(), "check-latest-2", "its end belongs to it");
        assert_eq!(what(next.changes)[0], ChangeKind::Resolved);
    }
    // Begun again within hours, without an end in between, is the same outage under a corrected start.
    let told = baseline(&site([failing(-3)]), minutes(-60 * 2));
    assert!(!what(difference(&told, &site([failing(-1)]), now()).changes).contains(&ChangeKind::Opened));
}

#[test]
fn an_open_incident_renamed_with_a_corrected_start_is_the_same() {
    let words =
        "Card payments in the northern region fail since the morning and we are looking into the cause.";
    let told_words = |id: &str, start: i64| Incident {
        started: minutes(start),
        updates: vec![update(minutes(start + 5), Phase::Investigating, words)],
        ..incident(id)
    };
    let announced = baseline(&site([told_words("2026-04-20-ci", -300)]), now());
    let mut ended = told_words("2026-04-21-ci", -300 - 41 * 60);
    ended.updates.push(update(minutes(-2), Phase::Resolved, "It is over."));
    let changes = difference(&announced, &site([ended]), now()).changes;
    assert_eq!(changes[0].origin.as_str(), "2026-04-20-ci");
    assert_eq!(changes[0].what[0], ChangeKind::Resolved);
}
