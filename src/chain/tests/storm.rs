//! Refusals that are taken back, because the provider refused every address.

use super::story::{LIFE, Story};
use crate::chain::{AttemptResult, Event, NoticeState};
use crate::model::notice::StepState::{Pending, Rejected, Waiting};
use crate::model::reply::ReplyClass;

/// A chain whose mail was refused, and then its text.
fn refused() -> Story {
    let mut story = Story::plain();
    for at in 0..2 {
        let epoch = story.begin(at);
        story.answer(at, epoch, ReplyClass::AddressRejected, AttemptResult::Rejected);
    }
    assert_eq!((story.states(), story.chain.state()), (vec![Rejected, Rejected], NoticeState::NotReached));
    story
}

#[test]
fn what_a_storm_refused_is_due_again() {
    let mut story = refused();
    assert!(story.happen(0, Event::TakenBack).applied);
    assert_eq!(story.states(), [Pending, Rejected]);
    assert_eq!(story.chain.steps[0].ended_at, None);
    assert!(story.happen(1, Event::TakenBack).applied);
    assert_eq!(story.states(), [Pending, Waiting], "one at a time");
    let epoch = story.begin(0);
    story.accept(0, epoch);
    assert_eq!(story.chain.state(), NoticeState::Reached);
}

#[test]
fn what_a_storm_refused_stays_so_where_that_is_better() {
    let mut late = refused();
    late.pass(LIFE);
    assert!(!late.happen(0, Event::TakenBack).applied, "its time is over");
    let mut replaced = refused();
    replaced.chain.replaced = true;
    assert!(!replaced.happen(0, Event::TakenBack).applied, "a newer change tells it");
}
