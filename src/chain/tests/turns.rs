//! Steps that give way and come back: a second channel never makes anyone worse off.

use chrono::TimeDelta;

use super::story::{LEASE, LIFE, Story, TRY_FOR, start};
use crate::chain::{AttemptResult, Event, NoticeState};
use crate::model::notice::StepState::{
    Accepted, Claimed, Dead, Expired, InDoubt, Pending, Rejected, Suppressed, Waiting, Watching,
};
use crate::model::reply::ReplyClass;
use crate::model::report::ReceiptStatus;

/// Mail that lives for a day, then text that lives for half an hour.
fn story() -> Story {
    let mut story = Story::plain();
    story.chain.steps[0].expires_at = start() + TimeDelta::days(1);
    story.chain.steps[1].expires_at = start() + TimeDelta::minutes(30);
    story
}

/// A try that is refused for now. `wait`: until it would be tried again.
fn refuse(story: &mut Story, at: usize, wait: TimeDelta) -> Option<usize> {
    let epoch = story.begin(at);
    let due = story.now + wait;
    let is_late = due >= story.chain.steps[at].expires_at;
    let verdict = if is_late { AttemptResult::Expired { at: due } } else { AttemptResult::Retry { at: due } };
    story.answer(at, epoch, ReplyClass::Retryable, verdict).next
}

#[test]
fn after_a_worker_was_away_the_notice_goes_back_to_what_is_worth_sending() {
    let mut story = story();
    refuse(&mut story, 0, TimeDelta::seconds(20));
    story.pass(TimeDelta::minutes(40));
    assert_eq!(story.happen(0, Event::DeadlineReached).next, None, "the mail has the next turn itself");
    assert_eq!(story.states(), [Pending, Expired]);
    let epoch = story.begin(0);
    story.accept(0, epoch);
    assert_eq!((story.states(), story.chain.state()), (vec![Accepted, Expired], NoticeState::Reached));
}

#[test]
fn when_the_later_step_is_refused_the_earlier_one_goes_on() {
    let mut story = story();
    assert_eq!(refuse(&mut story, 0, TimeDelta::minutes(6)), Some(1));
    assert_eq!(story.states(), [Waiting, Pending]);
    let due = story.chain.steps[0].due_at;
    let epoch = story.begin(1);
    let moved = story.answer(1, epoch, ReplyClass::AddressRejected, AttemptResult::Rejected);
    assert_eq!((story.states(), moved.next), (vec![Pending, Rejected], Some(0)));
    assert_eq!(story.chain.steps[0].due_at, due, "no sooner than its provider is to be asked again");
    assert_eq!(story.chain.steps[0].expires_at, start() + TimeDelta::days(1));
}

#[test]
fn once_each_had_a_turn_the_one_that_is_due_first_is_tried() {
    let mut story = story();
    refuse(&mut story, 0, TimeDelta::minutes(6));
    // The text is due again after the mail.
    story.pass(TimeDelta::minutes(4));
    assert_eq!(refuse(&mut story, 1, TimeDelta::minutes(3)), Some(0));
    assert_eq!(story.states(), [Pending, Waiting]);
    story.pass(TimeDelta::minutes(2));
    assert_eq!(refuse(&mut story, 0, TimeDelta::minutes(4)), Some(1));
    assert_eq!(story.states(), [Waiting, Pending]);
    story.pass(TimeDelta::minutes(1));
    let epoch = story.begin(1);
    story.accept(1, epoch);
    assert_eq!(story.states(), [Expired, Accepted], "it was tried, and its time was not enough");
}

#[test]
fn a_step_that_is_passed_over_comes_back_and_not_at_once() {
    let mut story = story();
    assert_eq!(story.happen(0, Event::ChannelUnavailable).next, Some(1));
    assert!(!story.happen(1, Event::ChannelUnavailable).applied, "the mail was passed over just now");
    story.pass(TRY_FOR);
    assert_eq!(story.happen(1, Event::ChannelUnavailable).next, Some(0));
    assert_eq!(story.states(), [Pending, Waiting]);
    let mut reached = story;
    let epoch = reached.begin(0);
    reached.accept(0, epoch);
    assert_eq!(reached.states(), [Accepted, Expired]);
}

#[test]
fn what_has_to_wait_lets_what_was_set_aside_go_first() {
    let mut story = story();
    refuse(&mut story, 0, TimeDelta::minutes(6));
    let until = story.now + TimeDelta::hours(4);
    assert_eq!(story.happen(1, Event::PutOff { until }).next, Some(0));
    assert_eq!(story.states(), [Pending, Waiting]);
    story.pass(TimeDelta::minutes(6));
    let epoch = story.begin(0);
    story.accept(0, epoch);
    assert_eq!(story.states(), [Accepted, Suppressed], "the text had no turn");
}

#[test]
fn a_step_that_was_set_aside_and_left_is_watched_and_not_sent_again() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.pass(TRY_FOR);
    story.answer(0, epoch, ReplyClass::Retryable, AttemptResult::Expired { at: story.now });
    assert_eq!(story.states(), [Waiting, Pending]);
    story.report(0, ReceiptStatus::Sent);
    let epoch = story.begin(1);
    assert_eq!(story.answer(1, epoch, ReplyClass::ContentRejected, AttemptResult::Rejected).next, None);
    assert_eq!(story.states(), [Watching, Rejected]);
    story.report(0, ReceiptStatus::Delivered);
    assert_eq!(story.chain.state(), NoticeState::Reached);
}

#[test]
fn a_watch_goes_on_where_nothing_else_is_left() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.accept(0, epoch);
    story.chain.steps[1].expires_at = story.now;
    let end = start() + LIFE;
    story.pass(TRY_FOR);
    assert!(story.happen(0, Event::DeadlineReached).applied);
    assert_eq!((story.states()[0], story.chain.steps[0].expires_at), (Watching, end));
    story.pass(LIFE);
    story.happen(0, Event::DeadlineReached);
    assert_eq!(story.states(), [Expired, Expired]);
}

#[test]
fn text_in_doubt_and_what_was_refused_have_no_other_turn() {
    for (class, verdict, end) in [
        (ReplyClass::Ambiguous, AttemptResult::InDoubt, InDoubt),
        (ReplyClass::ContentRejected, AttemptResult::Rejected, Rejected),
        (ReplyClass::Retryable, AttemptResult::Dead, Dead),
    ] {
        let mut story = story();
        let epoch = story.begin(0);
        story.answer(0, epoch, class, verdict);
        assert_eq!(story.states(), [end, Pending]);
        story.pass(TimeDelta::minutes(30));
        assert_eq!(story.happen(1, Event::DeadlineReached).next, None);
        assert_eq!(story.states(), [end, Expired]);
    }
}

#[test]
fn a_worker_that_lost_its_hold_moves_nothing_that_was_set_aside() {
    let mut story = story();
    let lost = story.begin(0);
    story.pass(LEASE);
    story.happen(0, Event::LeaseEnded);
    story.happen(0, Event::DeadlineReached);
    assert_eq!(story.states(), [Waiting, Pending]);
    story.begin(1);
    let moved = story.answer(0, lost, ReplyClass::Retryable, AttemptResult::Retry { at: story.now });
    assert!(!moved.applied);
    assert_eq!(story.states(), [Waiting, Claimed]);
    story.accept(0, lost);
    assert_eq!(story.states(), [Accepted, Claimed], "but what it knows counts");
}
