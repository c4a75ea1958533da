//! Every row of the table of transitions.

use chrono::TimeDelta;

use super::story::{LEASE, LIFE, Story, TRY_FOR, brakes};
use crate::chain::{Action, AttemptResult, Event, NoticeState, Timer, WATCH};
use crate::model::channel::Channel;
use crate::model::notice::StepState::{
    self, Accepted, Claimed, Dead, Delivered, Expired, InDoubt, Pending, Rejected, Superseded, Suppressed,
    Waiting, Watching,
};
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};

#[test]
fn silence_is_success_where_acceptance_is_enough() {
    let mut story = Story::plain();
    let epoch = story.begin(0);
    assert!(story.accept(0, epoch).applied);
    assert_eq!(story.states(), [Accepted, Suppressed]);
    assert_eq!(story.chain.state(), NoticeState::Reached);
    story.pass(LIFE);
    assert!(!story.happen(0, Event::DeadlineReached).applied, "nobody waits for a report");
    assert_eq!(story.chain.timer(), Some((Timer::ReceiptDeadline, super::story::start() + WATCH)));
}

#[test]
fn where_a_report_is_wanted_acceptance_only_begins_the_watch() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    assert!(story.accept(0, epoch).applied);
    assert_eq!((story.states(), story.chain.state()), (vec![Watching, Waiting], NoticeState::Open));
    assert_eq!(story.chain.timer(), Some((Timer::StepLimit, super::story::start() + TRY_FOR)));
    assert!(story.report(0, ReceiptStatus::Sent).applied);
    assert_eq!(story.states(), [Watching, Waiting], "sent is not delivered");
    assert!(story.report(0, ReceiptStatus::Delivered).applied);
    assert_eq!((story.states(), story.chain.state()), (vec![Delivered, Suppressed], NoticeState::Reached));
}

#[test]
fn a_report_of_failure_moves_the_chain_at_once() {
    for (status, end) in [(ReceiptStatus::Failed, Dead), (ReceiptStatus::Undeliverable, Rejected)] {
        let mut story = Story::watched();
        let epoch = story.begin(0);
        story.accept(0, epoch);
        let moved = story.report(0, status);
        assert_eq!((story.states(), moved.next), (vec![end, Pending], Some(1)));
        assert_eq!(moved.actions, [], "a report refuses no address for good");
    }
}

#[test]
fn no_report_in_time_moves_the_chain_and_a_late_one_stops_it() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.accept(0, epoch);
    story.pass(TRY_FOR - TimeDelta::seconds(1));
    assert!(!story.happen(0, Event::DeadlineReached).applied, "not yet");
    story.pass(TimeDelta::seconds(1));
    assert_eq!(story.happen(0, Event::DeadlineReached).next, Some(1));
    assert_eq!(story.states(), [Expired, Pending]);
    assert!(story.report(0, ReceiptStatus::Delivered).applied);
    assert_eq!(story.states(), [Delivered, Suppressed], "the mail did not leave");
    assert_eq!(story.chain.steps[0].reason, Some("confirmed only after it had been given up"));
}

#[test]
fn a_late_report_does_not_tear_a_handoff_from_its_worker() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.accept(0, epoch);
    story.pass(TRY_FOR);
    story.happen(0, Event::DeadlineReached);
    let epoch = story.begin(1);
    story.report(0, ReceiptStatus::Delivered);
    assert_eq!(story.states(), [Delivered, Claimed]);
    let again = AttemptResult::Retry { at: story.now };
    story.answer(1, epoch, ReplyClass::Retryable, again);
    assert_eq!(story.states(), [Delivered, Suppressed], "and what failed is not tried again");
}

#[test]
fn a_report_that_comes_much_too_late_changes_nothing() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.accept(0, epoch);
    story.pass(TRY_FOR);
    story.happen(0, Event::DeadlineReached);
    story.pass(WATCH + TimeDelta::seconds(1));
    assert!(!story.report(0, ReceiptStatus::Delivered).applied);
    assert_eq!(story.states()[0], Expired);
}

#[test]
fn a_report_before_the_answer_is_not_lost() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    assert!(story.report(0, ReceiptStatus::Delivered).applied);
    assert_eq!(story.states(), [Delivered, Suppressed]);
    let moved = story.accept(0, epoch);
    assert!(moved.applied && !brakes(&moved), "the answer is no news, and no second message");
    assert_eq!(story.states(), [Delivered, Suppressed]);
}

#[test]
fn the_second_of_two_reports_before_the_answer_is_not_lost() {
    let mut story = Story::of(&[(Channel::Text, Evidence::Accepted), (Channel::Mail, Evidence::Accepted)]);
    story.begin(0);
    story.report(0, ReceiptStatus::Sent);
    assert_eq!(story.states(), [Accepted, Suppressed]);
    assert!(story.report(0, ReceiptStatus::Delivered).applied, "its worker never came back");
    assert_eq!(story.states(), [Delivered, Suppressed]);
}

#[test]
fn evidence_never_goes_back() {
    let mut story = Story::plain();
    let epoch = story.begin(0);
    story.accept(0, epoch);
    let accepted_at = story.now;
    story.pass(TimeDelta::minutes(1));
    story.report(0, ReceiptStatus::Delivered);
    let step = &story.chain.steps[0];
    assert_eq!((step.state, step.ended_at, step.taken_at), (Delivered, Some(story.now), Some(accepted_at)));
    for status in ReceiptStatus::ALL {
        story.report(0, status);
        assert_eq!(story.states(), [Delivered, Suppressed], "{status:?}");
    }
    assert_eq!(story.chain.steps[0].evidence, Some(Evidence::Read));
}

#[test]
fn a_report_of_what_never_left_is_not_believed() {
    let mut story = Story::watched();
    assert!(!story.report(0, ReceiptStatus::Delivered).applied);
    assert!(!story.report(1, ReceiptStatus::Delivered).applied);
    assert_eq!(story.states(), [Pending, Waiting]);
}

#[test]
fn a_refused_address_moves_the_chain_and_is_suppressed() {
    let mut story = Story::plain();
    let epoch = story.begin(0);
    let moved = story.answer(0, epoch, ReplyClass::AddressRejected, AttemptResult::Rejected);
    assert_eq!((moved.next, moved.actions), (Some(1), vec![Action::SuppressAddress]));
    assert_eq!(story.states(), [Rejected, Pending]);
    let epoch = story.begin(1);
    let moved = story.answer(1, epoch, ReplyClass::ContentRejected, AttemptResult::Rejected);
    assert_eq!((moved.next, moved.actions), (None, vec![]));
    assert_eq!(story.chain.state(), NoticeState::NotReached);
}

#[test]
fn a_retry_never_outlives_the_limit() {
    let mut story = Story::plain();
    let epoch = story.begin(0);
    let limit = story.now + TRY_FOR;
    story.pass(TimeDelta::minutes(4));
    let due = story.now + TimeDelta::seconds(30);
    story.answer(0, epoch, ReplyClass::Retryable, AttemptResult::Retry { at: due });
    assert_eq!((story.chain.steps[0].expires_at, story.chain.timer()), (limit, Some((Timer::Retry, due))));
    story.pass(TimeDelta::minutes(1));
    assert!(!story.happen(0, Event::Claimed { lease_until: story.now + LEASE }).applied, "too late");
    assert_eq!(story.happen(0, Event::DeadlineReached).next, Some(1));
    assert_eq!(story.states(), [Waiting, Pending]);
}

#[test]
fn when_the_whole_notice_is_worthless_nothing_takes_over() {
    let mut story = Story::plain();
    story.pass(LIFE * 2);
    assert_eq!(story.happen(0, Event::DeadlineReached).next, None);
    assert_eq!((story.states(), story.chain.state()), (vec![Expired, Expired], NoticeState::NotReached));
}

#[test]
fn the_next_provider_is_the_same_step() {
    let mut story = Story::plain();
    let epoch = story.begin(0);
    let moved = story.answer(0, epoch, ReplyClass::AccountRejected, AttemptResult::NextProvider);
    assert!(moved.applied && moved.next.is_none());
    assert_eq!((story.states(), story.chain.steps[0].epoch), (vec![Claimed, Waiting], epoch));
}

#[test]
fn after_acceptance_nothing_calls_another_provider() {
    for mut story in [Story::plain(), Story::watched()] {
        let epoch = story.begin(0);
        story.accept(0, epoch);
        let lease_until = story.now + LEASE;
        assert!(!story.happen(0, Event::Started { epoch, lease_until }).applied);
        assert!(!story.happen(0, Event::Claimed { lease_until }).applied);
        assert!(!story.happen(0, Event::LeaseReleased { epoch, due: story.now }).applied);
        story.pass(LEASE);
        assert!(!story.happen(0, Event::LeaseEnded).applied);
    }
}

#[test]
fn mail_in_doubt_is_sent_again_and_text_is_not() {
    let mut story = Story::plain();
    story.begin(0);
    story.pass(LEASE - TimeDelta::seconds(1));
    assert!(!story.happen(0, Event::LeaseEnded).applied, "the lease holds");
    story.pass(TimeDelta::seconds(1));
    story.happen(0, Event::LeaseEnded);
    assert_eq!((story.states(), story.chain.steps[0].attempts), (vec![Pending, Waiting], 1));

    let mut story = Story::of(&[(Channel::Text, Evidence::Accepted), (Channel::Mail, Evidence::Accepted)]);
    story.begin(0);
    story.pass(LEASE);
    assert_eq!(story.happen(0, Event::LeaseEnded).next, Some(1));
    assert_eq!(story.states(), [InDoubt, Pending]);
}

#[test]
fn text_in_doubt_waits_for_the_report_where_there_is_one() {
    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.answer(0, epoch, ReplyClass::Ambiguous, AttemptResult::InDoubt);
    assert_eq!(story.states(), [Watching, Waiting]);
    story.pass(TRY_FOR);
    story.happen(0, Event::DeadlineReached);
    assert_eq!(story.states(), [InDoubt, Pending], "nobody told");

    let mut story = Story::watched();
    story.begin(0);
    story.pass(LEASE);
    story.happen(0, Event::LeaseEnded);
    assert_eq!(story.states(), [Watching, Waiting]);
    story.report(0, ReceiptStatus::Delivered);
    assert_eq!(story.states(), [Delivered, Suppressed]);
}

#[test]
fn a_worker_that_did_not_begin_leaves_no_trace() {
    let mut story = Story::plain();
    story.happen(0, Event::Claimed { lease_until: story.now + LEASE });
    story.pass(LEASE);
    story.happen(0, Event::LeaseEnded);
    assert_eq!((story.states()[0], story.chain.steps[0].attempts), (Pending, 0));
}

#[test]
fn a_late_acceptance_ends_the_step_wherever_it_stands() {
    for claimed_again in [false, true] {
        let mut story = Story::plain();
        let frozen = story.begin(0);
        story.pass(LEASE - TimeDelta::seconds(1));
        story.chain.steps[0].expires_at += LIFE;
        story.pass(TimeDelta::seconds(1));
        story.happen(0, Event::LeaseEnded);
        let second = claimed_again.then(|| story.begin(0));
        let moved = story.accept(0, frozen);
        assert!(!moved.applied && !brakes(&moved), "the hold was lost, and it is the first acceptance");
        assert_eq!(story.states(), [Accepted, Suppressed]);
        if let Some(second) = second {
            let lease_until = story.now + LEASE;
            assert!(!story.happen(0, Event::Started { epoch: second, lease_until }).applied);
            let again = AttemptResult::Retry { at: story.now };
            story.answer(0, second, ReplyClass::Retryable, again);
            assert_eq!(story.states(), [Accepted, Suppressed], "it is not sent a third time");
            assert!(brakes(&story.accept(0, second)), "it was accepted twice");
        }
    }
}

#[test]
fn a_late_acceptance_stops_the_channel_that_took_over() {
    let mut story = Story::of(&[(Channel::Text, Evidence::Accepted), (Channel::Mail, Evidence::Accepted)]);
    let frozen = story.begin(0);
    story.pass(LEASE);
    story.happen(0, Event::LeaseEnded);
    assert_eq!(story.states(), [InDoubt, Pending]);
    story.accept(0, frozen);
    assert_eq!(story.states(), [Accepted, Suppressed]);
}

#[test]
fn what_is_known_to_have_left_is_not_sent_again() {
    let mail = [(Channel::Mail, Evidence::Delivered), (Channel::Text, Evidence::Accepted)];
    let mut story = Story::of(&mail);
    let epoch = story.begin(0);
    story.report(0, ReceiptStatus::Sent);
    let again = AttemptResult::Retry { at: story.now };
    story.answer(0, epoch, ReplyClass::Ambiguous, again);
    assert_eq!(story.states(), [Watching, Waiting], "a second copy would be one too many");

    let mut story = Story::of(&mail);
    let epoch = story.begin(0);
    story.answer(0, epoch, ReplyClass::Ambiguous, again);
    story.report(0, ReceiptStatus::Sent);
    assert_eq!(story.states(), [Watching, Waiting]);
}

#[test]
fn a_replaced_notice_hands_nothing_more_off() {
    let mut story = Story::plain();
    assert!(story.happen(0, Event::Superseded).applied);
    assert_eq!((story.states(), story.chain.state()), (vec![Superseded; 2], NoticeState::Superseded));

    let mut story = Story::plain();
    let epoch = story.begin(0);
    story.happen(0, Event::Superseded);
    assert_eq!(story.states(), [Claimed, Superseded], "what is under way is left to its worker");
    let again = AttemptResult::Retry { at: story.now };
    story.answer(0, epoch, ReplyClass::Retryable, again);
    assert_eq!(story.states(), [Superseded, Superseded]);

    let mut story = Story::watched();
    let epoch = story.begin(0);
    story.accept(0, epoch);
    story.happen(0, Event::Superseded);
    assert_eq!(story.states(), [Watching, Superseded], "and what was accepted to its report");
    story.report(0, ReceiptStatus::Failed);
    assert_eq!((story.states(), story.chain.state()), (vec![Dead, Superseded], NoticeState::Superseded));
}

#[test]
fn an_opt_out_ends_what_has_not_left() {
    let mut story = Story::plain();
    assert_eq!(story.happen(0, Event::Suppressed).next, Some(1));
    assert_eq!(story.happen(1, Event::Suppressed).next, None);
    assert_eq!((story.states(), story.chain.state()), (vec![Suppressed; 2], NoticeState::Suppressed));
    assert!(!story.happen(0, Event::Suppressed).applied);
}

#[test]
fn a_step_whose_owner_fails_is_passed_over() {
    let mut story = Story::plain();
    assert_eq!(story.happen(0, Event::ChannelUnavailable).next, Some(1));
    assert_eq!(story.states(), [Waiting, Pending]);
    assert!(!story.happen(1, Event::ChannelUnavailable).applied, "the last one waits");
}

#[test]
fn no_step_is_passed_over_for_one_that_has_no_time_left() {
    let mut story = Story::plain();
    let later = story.chain.steps[1].expires_at;
    story.chain.steps[0].expires_at = later + LIFE;
    story.pass(later - story.now);
    assert!(!story.happen(0, Event::ChannelUnavailable).applied);
    assert_eq!(story.states(), [Pending, Waiting]);
}

#[test]
fn what_is_given_back_is_due_again_and_put_off_only_within_its_limit() {
    let mut story = Story::plain();
    story.happen(0, Event::Claimed { lease_until: story.now + LEASE });
    let due = story.now + TRY_FOR;
    let epoch = story.chain.steps[0].epoch;
    assert!(!story.happen(0, Event::LeaseReleased { epoch: epoch + 1, due }).applied, "somebody else's");
    assert!(story.happen(0, Event::LeaseReleased { epoch, due }).applied);
    assert_eq!((story.states()[0], story.chain.steps[0].expires_at), (Pending, due));
    assert_eq!(story.chain.timer(), Some((Timer::StepLimit, due)), "there is no time left for it");
}

#[test]
fn every_timer_sets_off_what_it_is_for() {
    assert_eq!(Timer::LeaseExpiry.event(), Some(Event::LeaseEnded));
    assert_eq!(Timer::StepLimit.event(), Some(Event::DeadlineReached));
    assert_eq!(Timer::Notice.event(), Some(Event::DeadlineReached));
    assert_eq!((Timer::Retry.event(), Timer::ReceiptDeadline.event()), (None, None));
    let ends: Vec<StepState> = StepState::ALL.into_iter().filter(|state| state.is_end()).collect();
    assert!(ends.iter().all(|state| !state.is_live() && *state != Waiting));
}
