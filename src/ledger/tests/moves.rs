//! Several moves in one transaction.

use super::scene::LEASE;
use super::{Scene, Store};
use crate::ledger::{AttemptResult, LedgerOp, LedgerOpResult, Queue, Settled};
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;

pub(crate) fn moves_made_together_are_what_they_are_alone<S: Store>() {
    let mut scene = Scene::<S>::new();
    let people = ["ana", "ben", "eva"].map(|name| scene.subscriber(&[&format!("{name}@example.org")]));
    scene.change("payments", Severity::Major);
    let holds: Vec<_> = scene.claim().into_iter().map(|step| step.hold).collect();
    let [one, two, three] = holds.as_slice() else { panic!("three steps") };
    let now = scene.now;
    let start = |hold| LedgerOp::Start { hold, lease: LEASE, now };
    let mut lost = one.clone();
    lost.epoch += 1;
    let moves = [start(one.clone()), start(lost), start(two.clone())];
    let moved = scene.ledger.make_all(&moves).unwrap();
    assert_eq!(
        moved,
        [LedgerOpResult::Started(true), LedgerOpResult::Started(false), LedgerOpResult::Started(true)]
    );

    let settle = LedgerOp::Settle {
        hold: one.clone(),
        attempt: scene.attempt(ReplyClass::Accepted),
        verdict: AttemptResult::Accepted,
    };
    let give_back = LedgerOp::GiveBack { hold: three.clone(), due: now, now };
    let moved = scene.ledger.make_all(&[settle.clone(), give_back]).unwrap();
    let ended = Settled::Stands { state: StepState::Accepted, next: None };
    assert_eq!(moved, [LedgerOpResult::Settled(ended), LedgerOpResult::GivenBack]);
    let mut states: Vec<_> = people.iter().map(|who| scene.states(who).concat()).collect();
    states.sort();
    assert_eq!(states, [[StepState::Pending], [StepState::Claimed], [StepState::Accepted]]);
    assert_eq!(scene.ledger.make_all(&[]).unwrap(), []);
}

pub(crate) fn a_move_that_fails_takes_the_others_with_it<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.change("payments", Severity::Major);
    let step = scene.claim_one();
    let mut nowhere = step.hold.clone();
    nowhere.number += 1_000;
    let moves = [
        LedgerOp::Start { hold: step.hold.clone(), lease: LEASE, now: scene.now },
        LedgerOp::Settle {
            hold: nowhere,
            attempt: scene.attempt(ReplyClass::Accepted),
            verdict: AttemptResult::Accepted,
        },
    ];
    assert!(scene.ledger.make_all(&moves).is_err());
    scene.pass(LEASE);
    let recovered = scene.ledger.recover(scene.now).unwrap();
    assert_eq!((recovered.untouched, recovered.again), (1, 0), "it was not marked as started");
}
