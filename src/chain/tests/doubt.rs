//! What time and doubt do to a step: when its limit runs, and what becomes of a message that may have left.

use chrono::TimeDelta;

use super::story::{LEASE, Story, TRY_FOR};
use crate::chain::{AttemptResult, DOUBTS_MAX, Event};
use crate::model::notice::StepState::{Accepted, InDoubt, Pending, Waiting};
use crate::model::reply::ReplyClass;

#[test]
fn a_limit_runs_from_the_claim_also_while_a_connection_is_waited_for() {
    let mut story = Story::plain();
    story.pass(TimeDelta::minutes(30));
    let limit = story.now + TRY_FOR;
    let lease_until = story.now + LEASE;
    assert!(story.happen(0, Event::Claimed { lease_until }).applied);
    assert_eq!(story.chain.steps[0].expires_at, limit, "waiting for a worker does not count");
    story.pass(TRY_FOR);
    let epoch = story.chain.steps[0].epoch;
    assert!(!story.happen(0, Event::Started { epoch, lease_until: story.now + LEASE }).applied);
    story.happen(0, Event::LeaseReleased { epoch, due: story.now });
    assert_eq!(story.happen(0, Event::DeadlineReached).next, Some(1));
}

#[test]
fn mail_in_doubt_is_tried_twice_more_and_then_left_in_doubt() {
    let mut story = Story::plain();
    for doubts in 1..DOUBTS_MAX {
        let epoch = story.begin(0);
        let verdict = AttemptResult::Retry { at: story.now };
        story.answer(0, epoch, ReplyClass::Ambiguous, verdict);
        assert_eq!((story.states(), story.chain.steps[0].doubts), (vec![Pending, Waiting], doubts));
    }
    story.begin(0);
    story.pass(LEASE);
    assert_eq!(
        story.happen(0, Event::LeaseEnded).next,
        None,
        "a worker that died says nothing of the provider"
    );
    assert_eq!(story.states(), [Pending, Waiting]);
    assert_eq!(story.happen(0, Event::DeadlineReached).next, Some(1));
    assert_eq!(story.states(), [Waiting, Pending]);
    let epoch = story.begin(1);
    story.accept(1, epoch);
    assert_eq!(story.states(), [InDoubt, Accepted], "nobody can say that it failed");
}

#[test]
fn what_may_have_left_is_never_said_to_have_failed_or_to_be_replaced() {
    for event in [Event::DeadlineReached, Event::ChannelUnavailable, Event::Superseded] {
        let mut story = Story::plain();
        let epoch = story.begin(0);
        story.answer(0, epoch, ReplyClass::Ambiguous, AttemptResult::Retry { at: story.now });
        if event == Event::DeadlineReached {
            story.pass(TRY_FOR);
        }
        assert!(story.happen(0, event.clone()).applied, "{event:?}");
        story.happen(0, Event::Superseded);
        assert_eq!(story.states()[0], InDoubt, "{event:?}");
    }
    let mut story = Story::plain();
    let epoch = story.begin(0);
    story.answer(0, epoch, ReplyClass::Ambiguous, AttemptResult::Dead);
    assert_eq!(story.states(), [InDoubt, Pending]);
}
