//! What workers share about providers, and whose turn it is in a claim.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use super::scene::{TRY_FOR, request};
use super::{Scene, Store};
use crate::ledger::{
    AttemptResult, Budget, Claim, ClaimRequest, ClaimedStep, People, Queue, SharedProviderState, Story,
};
use crate::limits::bucket::{TokenBucketRate, TokenReservation};
use crate::limits::circuit::{BreakerTransition, SendCounts};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;

pub(crate) fn a_rate_holds_over_several_connections<S: Store>() {
    let scene = Scene::<S>::new();
    let rate = TokenBucketRate::every(Duration::from_millis(10), 5);
    let connections = (0..3).map(|_| scene.store.open()).collect::<Vec<_>>();
    let start = scene.now;
    // Three workers, whose clocks differ by a second each, ask all the time for four seconds.
    let taken: u32 = std::thread::scope(|threads| {
        let workers = connections.into_iter().zip(0..).map(|(mut ledger, number)| {
            threads.spawn(move || {
                let asked = (0..400).map(|tick| start + TimeDelta::milliseconds(tick * 10 + number * 1_000));
                asked.map(|now| given(ledger.reserve_tokens("relay", &rate, 7, now).unwrap())).sum::<u32>()
            })
        });
        workers.collect::<Vec<_>>().into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    let most = 6 * 100 + 5 + 10;
    assert!((400..=most).contains(&taken), "{taken} places in the six seconds that the clocks show");
}

fn given(places: TokenReservation) -> u32 {
    match places {
        TokenReservation::Given { count, .. } => count,
        TokenReservation::Wait(_) => 0,
    }
}

pub(crate) fn providers_have_buckets_of_their_own<S: Store>() {
    let mut scene = Scene::<S>::new();
    let (rate, now) = (TokenBucketRate::every(Duration::from_secs(1), 1), scene.now);
    assert_eq!(given(scene.ledger.reserve_tokens("one", &rate, 1, now).unwrap()), 1);
    let second = TokenReservation::Wait(Duration::from_secs(1));
    assert_eq!(scene.ledger.reserve_tokens("one", &rate, 1, now).unwrap(), second);
    assert_eq!(scene.store.open().reserve_tokens("one", &rate, 1, now).unwrap(), second, "seen by everybody");
    assert_eq!(given(scene.ledger.reserve_tokens("two", &rate, 1, now).unwrap()), 1);
}

pub(crate) fn a_pause_is_known_to_all_and_the_longest_stays<S: Store>() {
    let mut scene = Scene::<S>::new();
    let until = scene.now + TimeDelta::seconds(30);
    scene.ledger.pause("relay", until).unwrap();
    scene.ledger.pause("relay", scene.now + TimeDelta::seconds(10)).unwrap();
    let pauses = |now: Moment| scene.store.open().outlook(now).unwrap().pauses;
    assert_eq!(pauses(scene.now), BTreeMap::from([("relay".to_owned(), until)]));
    assert_eq!(pauses(until), BTreeMap::new());
}

pub(crate) fn a_circuit_is_one_for_all_workers<S: Store>() {
    let mut scene = Scene::<S>::new();
    let (mut other, now) = (scene.store.open(), scene.now);
    let failed = SendCounts { handoffs: 10, failures: 10, ..SendCounts::default() };
    assert_eq!(scene.ledger.learn("aws", &failed, now).unwrap(), BreakerTransition::None);
    assert_eq!(other.outlook(now).unwrap().circuits.len(), 0);
    assert_eq!(
        other.learn("aws", &failed, now).unwrap(),
        BreakerTransition::Opened,
        "ten of each make twenty"
    );
    let open = scene.ledger.outlook(now).unwrap().circuits["aws"].open.clone().unwrap();
    assert_eq!(open.because, "20 of 20 sends failed within a minute");
    assert_eq!(scene.ledger.outlook(now).unwrap(), scene.store.open().outlook(now).unwrap());
    assert!(!other.take_probe("aws", now).unwrap());
    let probed = |second| SendCounts { handoffs: 1, probes: second, ..SendCounts::default() };
    for second in 15..18 {
        let now = now + TimeDelta::seconds(second);
        assert!(scene.ledger.take_probe("aws", now).unwrap());
        assert!(!other.take_probe("aws", now).unwrap(), "one at a time");
        let turn = scene.ledger.learn("aws", &probed(1), now).unwrap();
        assert_eq!(turn == BreakerTransition::Closed, second == 17);
    }
    assert_eq!(other.outlook(now).unwrap().circuits.len(), 0);
}

pub(crate) fn chains_are_passed_over_and_last_steps_wait<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let ben = scene.subscriber(&["ben@example.org"]);
    let eva = scene.subscriber(&["+34600000002", "eva@example.org"]);
    scene.change("payments", Severity::Major);
    // Also what is due much later.
    let due = scene.now + TimeDelta::minutes(9);
    for step in scene.claim() {
        scene.ledger.give_back(&step.hold, due, scene.now).unwrap();
    }
    let passed = scene.ledger.skip_channel(Channel::Mail, "relay is down", scene.now).unwrap();
    assert_eq!(passed.len(), 1);
    assert_eq!((&passed[0].subscriber, passed[0].next), (&ana, Some(Channel::Text)));
    assert!(scene.ledger.skip_channel(Channel::Mail, "relay is down", scene.now).unwrap().is_empty());
    assert_eq!(scene.states(&ana), [[StepState::Waiting, StepState::Pending]]);
    assert_eq!(scene.states(&ben), [[StepState::Pending]], "the last step waits");
    assert_eq!(scene.states(&eva), [[StepState::Pending, StepState::Waiting]]);
    let explained = scene.ledger.explain(&ana, None).unwrap();
    assert_eq!(explained[0].steps[0].reason.as_deref(), Some("relay is down"));
    assert_eq!(scene.claim_one().subscriber, ana, "by text, at once");
}

/// A claim of that many steps by a worker that made that many claims before.
fn claim<S: Store>(scene: &mut Scene<S>, max: usize, turn: u64) -> Vec<ClaimedStep> {
    let request = ClaimRequest { turn, ..request(max) };
    scene.ledger.claim(&request, scene.now).unwrap().steps
}

fn count(steps: &[ClaimedStep], incident: &str) -> usize {
    steps.iter().filter(|step| step.incident.as_str() == incident).count()
}

pub(crate) fn a_backlog_leaves_a_new_change_its_share_of_the_next_claim<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.crowd(5_000);
    scene.change("old", Severity::Minor);
    scene.pass(TimeDelta::minutes(5));
    scene.change("new", Severity::Minor);
    let claimed = claim(&mut scene, 100, 0);
    assert_eq!((count(&claimed, "old"), count(&claimed, "new")), (50, 50));
    // What was tried before has half of the turns, and no more.
    for step in &claimed {
        scene.settle(step, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
    }
    let claimed = claim(&mut scene, 100, 0);
    let tried = claimed.iter().filter(|step| step.attempts > 0).count();
    assert_eq!((tried, claimed.len()), (50, 100));
    let fresh =
        |incident| claimed.iter().filter(|s| s.attempts == 0 && s.incident.as_str() == incident).count();
    assert_eq!((fresh("old"), fresh("new")), (25, 25));
    scene.change("fire", Severity::Critical);
    assert_eq!(count(&claim(&mut scene, 100, 0), "fire"), 100, "urgent ones before all others");
}

pub(crate) fn one_at_a_time_every_change_has_its_turn<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.crowd(10);
    for incident in ["a", "b", "c"] {
        scene.change(incident, Severity::Minor);
    }
    let turns: Vec<String> = (0..6).map(|turn| claim(&mut scene, 1, turn)[0].incident.to_string()).collect();
    assert_eq!(turns, ["a", "b", "c", "a", "b", "c"]);
    let all = claim(&mut scene, 1_000, 6);
    assert_eq!(all.len(), 24, "what one lane has not, the others have");
}

pub(crate) fn one_poisoned_step_holds_nobody_up<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.crowd(1_000);
    scene.change("payments", Severity::Major);
    let (mut accepted, mut poisoned) = (0, 0);
    for turn in 0..70 {
        for step in claim(&mut scene, 20, turn) {
            if step.endpoint.expose() == "p0@example.org" {
                poisoned += 1;
                scene.settle(&step, ReplyClass::Retryable, AttemptResult::Retry { at: scene.now });
            } else {
                accepted += 1;
                scene.accept(&step);
            }
        }
        if accepted == 999 {
            break;
        }
    }
    assert_eq!(accepted, 999);
    assert!(poisoned <= 60, "a step that is always due again was claimed {poisoned} times");
}

fn with_budget<S: Store>(scene: &mut Scene<S>, per_incident: Option<u32>, per_day: Option<u32>) -> Claim {
    let budgets = [(Channel::Text, Budget { per_incident, per_day })].into();
    let request = ClaimRequest { budgets, ..request(1_000) };
    scene.ledger.claim(&request, scene.now).unwrap()
}

fn texts(claim: &Claim) -> usize {
    claim.steps.iter().filter(|step| step.endpoint.channel() == Channel::Text).count()
}

pub(crate) fn texts_beyond_the_budget_are_held_and_mail_goes_on<S: Store>() {
    let mut scene = Scene::<S>::new();
    let people: Vec<_> = (0..5).map(|n| scene.subscriber(&[&format!("+3460000000{n}")])).collect();
    let eva = scene.subscriber(&["eva@example.org"]);
    scene.change("payments", Severity::Major);
    let claim = with_budget(&mut scene, Some(3), None);
    assert_eq!((texts(&claim), claim.steps.len(), claim.ended.len()), (3, 4, 0), "three texts, and the mail");
    assert_eq!(claim.held.iter().map(|held| held.count).sum::<u64>(), 2);
    assert!(claim.steps.iter().any(|step| step.subscriber == eva));
    claim.steps.iter().for_each(|step| {
        scene.accept(step);
    });
    assert_eq!(scene.ledger.count_on_hold().unwrap().count, 2);
    let held = people.iter().filter(|who| scene.states(who) == [[StepState::Pending]]).count();
    assert_eq!(held, 2, "none is dropped");
    let asked = people.iter().find(|who| scene.states(who) == [[StepState::Pending]]).unwrap();
    let explained = scene.ledger.explain(asked, None).unwrap();
    let reason = "held: the budget of 3 SMS messages per incident is used up";
    assert_eq!(explained[0].steps[0].reason.as_deref(), Some(reason));

    // Another process, later: nothing was forgotten, and another incident has its own.
    scene.pass(TimeDelta::minutes(16));
    scene.ledger = scene.store.open();
    assert_eq!(texts(&with_budget(&mut scene, Some(3), None)), 0, "looked at again");
    scene.change("search", Severity::Major);
    let claim = with_budget(&mut scene, Some(3), None);
    assert_eq!((texts(&claim), claim.steps.len()), (3, 4));
    claim.steps.iter().for_each(|step| {
        scene.accept(step);
    });

    assert_eq!(scene.ledger.release_on_hold(scene.now).unwrap(), 4);
    assert_eq!(scene.ledger.count_on_hold().unwrap().count, 0);
    assert_eq!(scene.claim().len(), 4, "without a budget all of them go");
}

pub(crate) fn a_day_s_budget_is_there_again_a_day_later<S: Store>() {
    let mut scene = Scene::<S>::new();
    for number in 0..3 {
        scene.subscriber(&[&format!("+3460000000{number}")]);
    }
    scene.change("payments", Severity::Major);
    let claim = with_budget(&mut scene, None, Some(2));
    assert_eq!(texts(&claim), 2);
    assert_eq!(texts(&with_budget(&mut scene, None, Some(2))), 0, "those that are claimed count");
    claim.steps.iter().for_each(|step| {
        scene.accept(step);
    });
    scene.pass(TimeDelta::minutes(50));
    scene.change("search", Severity::Major);
    assert_eq!(texts(&with_budget(&mut scene, None, Some(2))), 0);
    scene.pass(TimeDelta::minutes(23 * 60 + 11));
    scene.change("refunds", Severity::Major);
    assert_eq!(texts(&with_budget(&mut scene, None, Some(2))), 2);
}

pub(crate) fn the_time_that_a_text_is_held_does_not_count_against_its_life<S: Store>() {
    for looks in [0, 1, 5] {
        let mut scene = Scene::<S>::new();
        let ana = scene.subscriber(&["+34600000001"]);
        scene.change("payments", Severity::Major);
        scene.pass(TimeDelta::minutes(10));
        assert_eq!(with_budget(&mut scene, Some(0), None).held.len(), 1);
        // Its life is an hour; a worker looks now and then, or there is none.
        for _ in 0..looks {
            scene.pass(TimeDelta::minutes(180 / looks));
            assert_eq!(with_budget(&mut scene, Some(0), None).held.len(), 1);
        }
        if looks == 0 {
            scene.pass(TimeDelta::hours(3));
        }
        scene.ledger.release_on_hold(scene.now).unwrap();
        let left = scene.expires_at(&ana) - scene.now;
        assert!(left >= TimeDelta::minutes(50), "{looks} looks: {left}");
        assert!(left <= TimeDelta::minutes(65), "{looks} looks: {left}");
        assert_eq!(scene.claim().len(), 1);
    }
}

pub(crate) fn a_text_is_held_for_a_day_and_not_longer<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["+34600000001"]);
    scene.change("payments", Severity::Major);
    for _ in 0..26 {
        with_budget(&mut scene, Some(0), None);
        scene.pass(TimeDelta::hours(1));
    }
    scene.ledger.release_on_hold(scene.now).unwrap();
    assert!(scene.claim().is_empty());
    assert_eq!(scene.states(&ana), [[StepState::Expired]]);
}

pub(crate) fn a_held_text_gives_way_to_the_next_channel_in_time<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["+34600000001", "ana@example.org"]);
    scene.change("payments", Severity::Major);
    let claim = with_budget(&mut scene, Some(0), None);
    assert_eq!((claim.steps.len(), claim.held.len()), (0, 1));
    assert_eq!(scene.ledger.next_due().unwrap(), Some(scene.now + TRY_FOR));
    scene.pass(TRY_FOR);
    let claim = with_budget(&mut scene, Some(0), None);
    assert_eq!((claim.ended.len(), claim.ended[0].next), (1, Some(Channel::Mail)));
    assert_eq!(with_budget(&mut scene, Some(0), None).steps.len(), 1);
    assert_eq!(scene.states(&ana), [[StepState::Waiting, StepState::Claimed]]);
}

/// Lets the relay refuse every address that is due.
fn refuse_all<S: Store>(scene: &mut Scene<S>, max: usize) {
    for step in scene.claim_of(max).steps {
        scene.start(&step);
        scene.settle(&step, ReplyClass::AddressRejected, AttemptResult::Rejected);
    }
}

pub(crate) fn a_storm_of_refusals_suppresses_nobody<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.crowd(12);
    scene.change("payments", Severity::Major);
    refuse_all(&mut scene, 9);
    let refusals = scene.ledger.weigh_refusals("relay", 0, scene.now).unwrap();
    assert!(!refusals.is_storm(), "too few to tell: {refusals:?}");
    assert_eq!(suppressed(&mut scene), 9);

    refuse_all(&mut scene, 1);
    assert!(!scene.ledger.weigh_refusals("other", 0, scene.now).unwrap().is_storm(), "of another provider");
    assert_eq!(suppressed(&mut scene), 10);
    assert!(scene.ledger.weigh_refusals("relay", 0, scene.now).unwrap().is_storm());
    assert_eq!(suppressed(&mut scene), 0);
    assert_eq!(scene.claim().len(), 12, "the notices that it ended are due again");
}

pub(crate) fn refusals_of_a_few_addresses_stand<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.crowd(40);
    scene.change("payments", Severity::Major);
    for step in scene.claim_of(20).steps {
        scene.start(&step);
        scene.accept(&step);
    }
    refuse_all(&mut scene, 20);
    assert!(!scene.ledger.weigh_refusals("relay", 0, scene.now).unwrap().is_storm(), "half is no storm");
    assert_eq!(suppressed(&mut scene), 20);

    // The next ones are refused one by one, long after each other.
    scene.crowd(60);
    scene.change("search", Severity::Major);
    scene.pass(TimeDelta::minutes(11));
    refuse_all(&mut scene, 9);
    assert!(!scene.ledger.weigh_refusals("relay", 0, scene.now).unwrap().is_storm(), "of the last minutes");
}

fn suppressed<S: Store>(scene: &mut Scene<S>) -> usize {
    let listed = scene.ledger.list_subscribers().unwrap();
    listed.iter().filter(|listed| !listed.suppressed.is_empty()).count()
}
