//! Lost holds, dead workers and the brake.

use chrono::TimeDelta;

use super::scene::{LEASE, next_change, request};
use super::{Scene, Store};
use crate::ledger::{
    AttemptResult, Brakes, ClaimRequest, Error, PlanRequest, Planner, Queue, Settled, SharedProviderState,
    Story,
};
use crate::model::announced::Baseline;
use crate::model::brake::BrakeCause;
use crate::model::change::Difference;
use crate::model::channel::Channel;
use crate::model::clearance::{Clearance, Ground};
use crate::model::notice::{Notices, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;

pub(crate) fn a_lost_hold_changes_nothing<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let frozen = scene.claim_one();
    scene.pass(LEASE);
    assert!(!scene.start(&frozen), "the lease ran out");
    scene.ledger.recover(scene.now).unwrap();
    let taken = scene.claim_one();
    assert!(!scene.start(&frozen), "another worker holds it");
    assert!(scene.start(&taken));
    let settled = scene.settle(&frozen, ReplyClass::Retryable, AttemptResult::Dead);
    assert_eq!(settled, Settled::Stale);
    assert_eq!(scene.states(&ana), [[StepState::Claimed]]);
    let explained = scene.ledger.explain(&ana, None).unwrap();
    assert_eq!(explained[0].steps[0].attempts.len(), 1, "what the lost worker did is on record");
    scene.accept(&taken);
    assert_eq!(scene.settle(&taken, ReplyClass::Retryable, AttemptResult::Dead), Settled::Stale);
    assert_eq!(scene.states(&ana), [[StepState::Accepted]], "an end is an end");
}

pub(crate) fn a_late_acceptance_saves_the_second_handoff<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.change("payments", Severity::Major);
    let frozen = scene.claim_one();
    assert!(scene.start(&frozen));
    scene.pass(LEASE);
    assert_eq!(scene.ledger.recover(scene.now).unwrap().again, 1);
    assert_eq!(scene.accept(&frozen), Settled::Stale);
    assert!(scene.claim().is_empty(), "it was accepted after all");
    assert_eq!(scene.states(&ana), [[StepState::Accepted, StepState::Suppressed]]);
    assert_eq!(scene.ledger.brake().unwrap(), None);
}

pub(crate) fn a_late_acceptance_ends_a_step_that_another_worker_holds<S: Store>() {
    for started in [false, true] {
        let mut scene = Scene::<S>::new();
        let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
        scene.change("payments", Severity::Major);
        let frozen = scene.claim_one();
        assert!(scene.start(&frozen));
        scene.pass(LEASE - TimeDelta::minutes(1));
        scene.ledger.expire_leases_of("worker", scene.now).unwrap();
        scene.ledger.recover(scene.now).unwrap();
        let again = scene.claim_one();
        assert!(!started || scene.start(&again));
        assert_eq!(scene.accept(&frozen), Settled::Stale);
        let ends = [[StepState::Accepted, StepState::Suppressed]];
        assert_eq!(scene.states(&ana), ends, "it was accepted, whoever holds it");
        assert!(!scene.start(&again), "nothing is handed off any more");
        let retry = AttemptResult::Retry { at: scene.now };
        assert_eq!(scene.settle(&again, ReplyClass::Retryable, retry), Settled::Stale);
        assert_eq!(scene.states(&ana), ends);
        assert!(scene.claim().is_empty());
        assert_eq!(scene.ledger.brake().unwrap(), None);
    }
}

pub(crate) fn a_late_acceptance_stops_the_channel_that_took_over<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ben = scene.subscriber(&["+34600000001", "ben@example.org"]);
    scene.change("payments", Severity::Major);
    let frozen = scene.claim_one();
    assert!(scene.start(&frozen));
    scene.pass(LEASE);
    scene.ledger.recover(scene.now).unwrap();
    assert_eq!(scene.states(&ben), [[StepState::InDoubt, StepState::Pending]]);
    assert_eq!(scene.accept(&frozen), Settled::Stale);
    assert_eq!(scene.states(&ben), [[StepState::Accepted, StepState::Suppressed]]);
}

pub(crate) fn a_worker_that_died_before_the_handoff_leaves_no_trace<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["+34600000001"]);
    scene.change("payments", Severity::Major);
    scene.claim_one();
    assert_eq!(scene.ledger.recover(scene.now).unwrap().untouched, 0, "its lease still holds");
    assert_eq!(scene.ledger.next_due().unwrap(), Some(scene.now + LEASE));
    scene.pass(LEASE);
    assert_eq!(scene.ledger.recover(scene.now).unwrap().untouched, 1);
    let again = scene.claim_one();
    assert_eq!(again.attempts, 0);
    scene.accept(&again);
    assert_eq!(scene.states(&ana), [[StepState::Accepted]]);
}

pub(crate) fn a_handoff_holds_its_step_for_a_whole_lease<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    scene.pass(LEASE - TimeDelta::seconds(1));
    assert!(scene.start(&step));
    scene.pass(LEASE - TimeDelta::seconds(1));
    assert_eq!(scene.ledger.recover(scene.now).unwrap(), Default::default());
    scene.pass(TimeDelta::seconds(1));
    assert_eq!(scene.ledger.recover(scene.now).unwrap().again, 1);
}

pub(crate) fn a_claim_that_starts_a_handoff_leaves_doubt_as_a_start_does<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    let ben = scene.subscriber(&["+34600000001"]);
    scene.change("payments", Severity::Major);
    let at_once = Channel::ALL.into_iter().collect();
    let steps = scene.ledger.claim(&ClaimRequest { at_once, ..request(10) }, scene.now).unwrap().steps;
    for step in &steps {
        assert_eq!(step.is_started, step.endpoint.channel() == Channel::Mail);
    }
    scene.change("payments", Severity::Major);
    scene.pass(LEASE);
    scene.ledger.recover(scene.now).unwrap();
    assert_eq!(scene.states(&ana)[0], [StepState::InDoubt], "it may have been sent before the newer change");
    assert_eq!(scene.states(&ben)[0], [StepState::Superseded], "its handoff had not begun");
}

pub(crate) fn a_worker_that_died_during_the_handoff_leaves_doubt<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    let ben = scene.subscriber(&["+34600000001", "ben@example.org"]);
    scene.change("payments", Severity::Major);
    for step in scene.claim() {
        assert!(scene.start(&step));
    }
    scene.pass(LEASE);
    let recovered = scene.ledger.recover(scene.now).unwrap();
    assert_eq!((recovered.untouched, recovered.again, recovered.ended.len()), (0, 1, 1));
    assert_eq!(recovered.ended[0].next, Some(Channel::Mail));
    assert_eq!(scene.states(&ana), [[StepState::Pending]], "mail is sent again");
    let doubt = [StepState::InDoubt, StepState::Pending];
    assert_eq!(scene.states(&ben), [doubt], "text is not, and the next channel takes over");
    let explained = scene.ledger.explain(&ana, None).unwrap();
    assert_eq!(explained[0].steps[0].attempts[0].reply.words, "in doubt: sent again");
    assert_eq!(scene.ledger.recover(scene.now).unwrap(), Default::default(), "once");
}

pub(crate) fn a_worker_known_to_be_dead_is_not_waited_for<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    scene.claim_one();
    let holders = scene.ledger.lease_holders().unwrap();
    assert_eq!(holders.len(), 1);
    assert_eq!(scene.ledger.expire_leases_of("somebody else", scene.now).unwrap(), 0);
    assert_eq!(scene.ledger.expire_leases_of(&holders[0], scene.now).unwrap(), 1);
    assert_eq!(scene.ledger.recover(scene.now).unwrap().untouched, 1);
    assert!(scene.ledger.lease_holders().unwrap().is_empty());
    assert_eq!(scene.claim().len(), 1);
}

pub(crate) fn the_brake_stops_planning_claiming_and_starting<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.subscriber(&["ben@example.org"]);
    scene.change("payments", Severity::Major);
    let held = scene.claim_of(1).steps.remove(0);
    scene.ledger.engage_brake("the operator said so", scene.now).unwrap();
    scene.pass(TimeDelta::minutes(1));
    scene.ledger.engage_brake("later", scene.now).unwrap();

    scene.ledger = scene.store.open();
    let brake = scene.ledger.brake().unwrap().unwrap();
    assert_eq!(brake.reason, "the operator said so", "it survives a restart, and keeps its first reason");
    assert!(!scene.start(&held));
    assert!(matches!(scene.ledger.claim(&request(1), scene.now), Err(Error::BrakeEngaged(_))));
    let base = scene.ledger.announced().unwrap().unwrap();
    let difference = next_change(&base, "search", Severity::Major);
    let notices = Notices::default();
    let clearance = Clearance::grant(Ground::Shown);
    let request = PlanRequest::new(&base, &difference, &notices, &clearance);
    assert!(matches!(scene.ledger.plan(&request, scene.now), Err(Error::BrakeEngaged(_))));

    assert!(scene.ledger.release_brake(scene.now).unwrap());
    assert!(!scene.ledger.release_brake(scene.now).unwrap());
    assert!(scene.start(&held));
    assert_eq!(scene.claim().len(), 1);
}

pub(crate) fn too_many_changes_pull_the_brake<S: Store>() {
    let mut scene = Scene::<S>::new();
    let base = Baseline::default();
    let mut difference = next_change(&base, "payments", Severity::Major);
    for incident in ["search", "api", "login"] {
        let more = next_change(&difference.announced, incident, Severity::Major);
        difference.changes.extend(more.changes);
        difference.announced = more.announced;
    }
    let notices = Notices::default();
    let clearance = Clearance::grant(Ground::Shown);
    let mut request =
        PlanRequest { changes_max: Some(3), ..PlanRequest::new(&base, &difference, &notices, &clearance) };
    let refused = scene.ledger.plan(&request, scene.now);
    let Err(Error::BrakeEngaged(brake)) = refused else { panic!("four changes passed") };
    assert_eq!(brake.reason, "4 changes in one run; the limit is 3");
    assert_eq!(scene.ledger.brake().unwrap(), Some(brake), "it is still on afterwards");
    assert_eq!(scene.ledger.announced().unwrap().as_ref(), Some(&base), "nothing was planned");

    request.changes_max = None;
    assert!(scene.ledger.plan(&request, scene.now).is_err(), "it is on, whatever is allowed now");
    scene.ledger.release_brake(scene.now).unwrap();
    scene.ledger.plan(&request, scene.now).unwrap();
    assert_eq!(scene.ledger.summary(None).unwrap().len(), 4, "the operator looked and wanted them all");
}

pub(crate) fn a_released_brake_is_pulled_only_for_a_new_cause<S: Store>() {
    let mut scene = Scene::<S>::new();
    let base = Baseline::default();
    let mut all = next_change(&base, "payments", Severity::Major);
    let add = |all: &mut Difference, incident: &str| {
        let more = next_change(&all.announced, incident, Severity::Major);
        all.changes.extend(more.changes);
        all.announced = more.announced;
    };
    ["search", "api", "login"].into_iter().for_each(|incident| add(&mut all, incident));
    let (notices, clearance) = (Notices::default(), Clearance::grant(Ground::Shown));
    let plan = |ledger: &mut S::Ledger, all: &Difference| {
        let request =
            PlanRequest { changes_max: Some(3), ..PlanRequest::new(&base, all, &notices, &clearance) };
        ledger.plan(&request, scene.now)
    };
    assert!(plan(&mut scene.ledger, &all).is_err());
    assert!(scene.ledger.release_brake(scene.now).unwrap());
    let mut more = all.clone();
    ["mail", "chat", "files", "maps"].into_iter().for_each(|incident| add(&mut more, incident));
    let Err(Error::BrakeEngaged(brake)) = plan(&mut scene.ledger, &more) else {
        panic!("four new changes passed")
    };
    assert_eq!(brake.reason, "4 changes in one run; the limit is 3", "only the new ones count");
    assert!(scene.ledger.release_brake(scene.now).unwrap());
    plan(&mut scene.ledger, &more).unwrap();
    assert_eq!(scene.ledger.summary(None).unwrap().len(), 8);
}

pub(crate) fn the_pace_of_an_address_holds_only_its_own_messages<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    for _ in 0..6 {
        scene.update("payments");
        let step = scene.claim_one();
        scene.accept(&step);
        scene.pass(TimeDelta::minutes(5));
    }
    let ben = scene.subscriber(&["ben@example.org"]);
    scene.update("payments");
    let step = scene.claim_one();
    assert_eq!(step.subscriber, ben, "a seventh message within the hour waits, and nobody else's");
    scene.accept(&step);
    assert_eq!(scene.ledger.brake().unwrap(), None);
    let told = scene.ledger.explain(&ana, None).unwrap();
    let held = &told[6].steps[0];
    assert_eq!(held.state, StepState::Pending);
    assert_eq!(held.reason.as_deref(), Some("on hold: maximum pace of this address is 6 messages an hour"));
    assert_eq!(held.due_at, scene.now + TimeDelta::minutes(30), "then the first of the six is an hour old");

    scene.change("search", Severity::Major);
    let opened = scene.claim();
    assert_eq!(opened.len(), 2, "an opening waits for nothing");
    for step in &opened {
        scene.accept(step);
    }

    scene.update("payments");
    assert_eq!(scene.states(&ana)[6], [StepState::Superseded], "what waits is folded into the newest");
    for step in scene.claim() {
        scene.accept(&step);
    }
    scene.pass(TimeDelta::minutes(61));
    let late = scene.claim_one();
    assert_eq!(
        (&late.subscriber, late.incident.as_str()),
        (&ana, "payments"),
        "it lived on while it was held"
    );
}

pub(crate) fn a_copy_that_may_have_been_sent_counts_for_the_pace<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    for _ in 0..3 {
        scene.update("payments");
        for verdict in [AttemptResult::Retry { at: scene.now }, AttemptResult::InDoubt] {
            let step = scene.claim_one();
            scene.start(&step);
            scene.settle(&step, ReplyClass::Ambiguous, verdict);
        }
    }
    scene.update("payments");
    assert!(scene.claim().is_empty(), "six copies may have arrived within the hour");
    let told = scene.ledger.explain(&ana, None).unwrap();
    let held = &told[3].steps[0];
    assert_eq!(held.reason.as_deref(), Some("on hold: maximum pace of this address is 6 messages an hour"));
    assert_eq!(held.due_at, scene.now + TimeDelta::hours(1));
    scene.pass(TimeDelta::hours(1));
    assert_eq!(scene.claim().len(), 1);
}

pub(crate) fn a_step_accepted_twice_pulls_the_brake<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let frozen = scene.claim_one();
    scene.start(&frozen);
    scene.pass(LEASE);
    scene.ledger.recover(scene.now).unwrap();
    let again = scene.claim_one();
    scene.start(&again);
    scene.accept(&again);
    assert_eq!(scene.ledger.brake().unwrap(), None);
    scene.accept(&frozen);
    let brake = scene.ledger.brake().unwrap().unwrap();
    assert_eq!(brake.cause, BrakeCause::AcceptedTwice);
    let named = format!("of subscriber {ana} was accepted twice");
    assert!(brake.reason.ends_with(&named), "`allclear why` takes the subscriber: {}", brake.reason);
    assert_eq!(scene.states(&ana), [[StepState::Accepted]]);
}
