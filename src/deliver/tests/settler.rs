//! Moves of several handoffs on their way to the ledger.

use std::sync::Arc;

use super::house::House;
use crate::deliver::batch::BatchCommitter;
use crate::deliver::{Error, LEASE};
use crate::ledger::{Attempt, AttemptResult, ClaimRequest, LeaseToken, LedgerOp, LedgerOpResult};
use crate::model::channel::Channel;
use crate::model::reply::{Reply, ReplyClass};

fn claimed(house: &House) -> Vec<LeaseToken> {
    for number in 0..8 {
        house.subscriber(&[&format!("p{number}@example.org")]);
    }
    house.change("payments");
    let steps_max = [(Channel::Mail, 8)].into();
    let request = ClaimRequest {
        worker: "worker",
        steps_max,
        at_once: Default::default(),
        lease: LEASE,
        turn: 0,
        budgets: Default::default(),
        handoffs_per_hour_max: 6,
    };
    let claim = house.ledger(|ledger| ledger.claim(&request, (house.options.now)()).unwrap());
    claim.steps.into_iter().map(|step| step.hold).collect()
}

/// Asks for all moves while the ledger is busy, so that all but the first wait together.
async fn ask(house: &House, moves: Vec<LedgerOp>) -> Vec<Result<LedgerOpResult, Error>> {
    let settler = Arc::new(BatchCommitter::new(Arc::clone(&house.ledger), None));
    let asking = house.ledger(|_| {
        let ask = |one: LedgerOp| {
            let settler = Arc::clone(&settler);
            tokio::spawn(async move { settler.make(one).await })
        };
        let asking: Vec<_> = moves.into_iter().map(ask).collect();
        while settler.waiting() < asking.len() {
            std::thread::yield_now();
        }
        asking
    });
    let mut answers = Vec::new();
    for asked in asking {
        answers.push(asked.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_hears_of_its_own_move() {
    let house = House::new().relay("relay", 1);
    let (holds, now) = (claimed(&house), (house.options.now)());
    let moves = holds.iter().enumerate().map(|(number, hold)| {
        let epoch = hold.epoch + u32::from(number % 2 == 1);
        LedgerOp::Start { hold: LeaseToken { epoch, ..hold.clone() }, lease: LEASE, now }
    });
    let answers = ask(&house, moves.collect()).await;
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), LedgerOpResult::Started(number % 2 == 0), "number {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_together_fails_for_all_and_for_nobody_after() {
    let house = House::new().relay("relay", 1);
    let (holds, now) = (claimed(&house), (house.options.now)());
    let reply = Reply {
        class: ReplyClass::Accepted,
        code: String::new(),
        words: String::new(),
        reference: None,
        retry_after: None,
    };
    let attempt = Attempt { provider: "relay".to_owned(), reply, started_at: now, ended_at: now };
    let nowhere = LeaseToken { number: holds[0].number + 1_000, ..holds[0].clone() };
    let mut moves = vec![LedgerOp::Settle { hold: nowhere, attempt, verdict: AttemptResult::Accepted }; 4];
    moves.extend(holds.iter().map(|hold| LedgerOp::Start { hold: hold.clone(), lease: LEASE, now }));
    let answers = ask(&house, moves).await;
    let failed = answers.iter().filter(|answer| matches!(answer, Err(Error::Together(_)))).count();
    assert_eq!(failed, answers.len(), "they share a transaction: {answers:?}");
    let start = LedgerOp::Start { hold: holds[0].clone(), lease: LEASE, now };
    assert_eq!(ask(&house, vec![start]).await.remove(0).unwrap(), LedgerOpResult::Started(true));
}
