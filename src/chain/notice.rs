//! The steps of one notice together: which one is live, and what the end of one means for the others.
//!
//! Promises: at most one step is live; after success nothing more is handed off; after a failure exactly the next step that
//! has time left takes over; when no step is live and none waits, the notice has exactly one end.

use super::event::{Action, AttemptResult, Event, Transition};
use super::step::{StepOutcome, StepRecord};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::report::Evidence;

/// The steps of a notice, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailoverChain {
    /// The steps; never empty.
    pub steps: Vec<StepRecord>,
    /// Whether a newer change of the same incident was planned for the same person.
    pub replaced: bool,
}

impl FailoverChain {
    /// Does what `event` means for the step at that place, and for the others. A place that is not there changes nothing.
    pub fn apply(&mut self, at: usize, event: &Event, now: Moment) -> Transition {
        if *event == Event::Superseded {
            return self.replace(now);
        }
        if *event == Event::ChannelUnavailable && !self.can_go_on(at, now) {
            return Transition::default();
        }
        if *event == Event::TakenBack && !self.is_over_unreached() {
            return Transition::default();
        }
        let Some(step) = self.steps.get_mut(at) else { return Transition::default() };
        let actions = actions(step, event);
        let turn = step.handle_event(event, now);
        let (stands, next) = match turn {
            StepOutcome::Ignored => (false, None),
            // An earlier step got through after all: the next provider is not needed.
            StepOutcome::Stands if is_to_go_on(event) && self.is_reached() => {
                (true, self.again(at, now, now))
            }
            StepOutcome::Stands => (true, None),
            StepOutcome::Again(due) => (true, self.again(at, due, now)),
            StepOutcome::Reached { stands } => (stands, self.reached(at, now)),
            StepOutcome::Failed(state, reason) => (true, self.failed(at, state, reason, now)),
        };
        let actions = if stands { actions } else { lost(actions) };
        Transition { applied: stands, next, actions }
    }

    /// The place of the step that is live.
    pub fn live(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.state.is_live())
    }

    fn is_reached(&self) -> bool {
        self.steps.iter().any(|step| step.state.is_success())
    }

    /// Whether a step after that place waits and has time left.
    fn can_go_on(&self, at: usize, now: Moment) -> bool {
        self.steps.iter().skip(at + 1).any(|step| step.state == StepState::Waiting && step.expires_at > now)
    }

    /// The step would be tried again: it is, unless that is not needed or not wanted any more.
    fn again(&mut self, at: usize, due: Moment, now: Moment) -> Option<usize> {
        let (replaced, reached) = (self.replaced, self.is_reached());
        let step = self.steps.get_mut(at)?;
        if step.evidence.is_some() {
            // A copy is known to be on its way: a second one would be one too many.
            step.watch();
        } else if reached {
            end(step, StepState::Suppressed, Some(NOT_NEEDED), now);
        } else if replaced {
            supersede(step, now);
        } else {
            step.state = StepState::Pending;
            step.due_at = due;
            step.epoch += 1;
            (step.lease_until, step.started_at, step.ended_at) = (None, None, None);
        }
        None
    }

    /// The person was reached: nothing that has not been handed off is needed any more.
    fn reached(&mut self, at: usize, now: Moment) -> Option<usize> {
        let step = self.steps.get_mut(at)?;
        let known = step.evidence >= Some(Evidence::Delivered);
        let (state, before) = (if known { StepState::Delivered } else { StepState::Accepted }, step.state);
        let reason =
            (before.is_end() && !before.is_success()).then_some("confirmed only after it had been given up");
        end(step, state, reason, now);
        let later = self.steps.iter_mut().skip(at + 1);
        for step in later.filter(|step| !step.state.is_end()) {
            if step.state != StepState::Watching && !step.is_under_way() {
                end(step, StepState::Suppressed, Some(NOT_NEEDED), now);
            }
        }
        None
    }

    /// The step ended without success: the next one with time left may be claimed now.
    fn failed(
        &mut self,
        at: usize,
        state: StepState,
        reason: Option<&'static str>,
        now: Moment,
    ) -> Option<usize> {
        end(self.steps.get_mut(at)?, state, reason, now);
        for (place, step) in self.steps.iter_mut().enumerate() {
            if step.state != StepState::Waiting {
                continue;
            }
            if step.expires_at > now {
                step.state = StepState::Pending;
                step.due_at = step.due_at.max(now);
                return Some(place);
            }
            end(step, StepState::Expired, Some("expired before it could be sent"), now);
        }
        None
    }

    /// A newer change replaces what has not left. A step in progress is left to its worker, and one that is watched
    /// to its report.
    fn replace(&mut self, now: Moment) -> Transition {
        self.replaced = true;
        let mut moved = Transition::default();
        for step in &mut self.steps {
            if matches!(step.state, StepState::Waiting | StepState::Pending) {
                supersede(step, now);
                moved.applied = true;
            }
        }
        moved
    }
}

/// Whether the step would go on with another provider.
fn is_to_go_on(event: &Event) -> bool {
    matches!(event, Event::Answered { verdict: AttemptResult::NextProvider, .. })
}

/// A newer change takes the step's place. One that a provider may have stays in doubt.
fn supersede(step: &mut StepRecord, now: Moment) {
    let (state, reason) = if step.doubts > 0 {
        (StepState::InDoubt, Some(REPLACED_IN_DOUBT))
    } else {
        (StepState::Superseded, None)
    };
    end(step, state, reason, now);
}

/// Why a step in doubt is not sent again when a newer change replaced it.
pub const REPLACED_IN_DOUBT: &str = "may have been sent before a newer change replaced it";

const NOT_NEEDED: &str = "not needed: an earlier channel already got through";

fn end(step: &mut StepRecord, state: StepState, reason: Option<&'static str>, now: Moment) {
    step.state = state;
    step.ended_at = Some(now);
    step.reason = reason;
    (step.lease_until, step.started_at) = (None, None);
}

/// What an answer asks for next to the moves, seen before the step moves.
fn actions(step: &StepRecord, event: &Event) -> Vec<Action> {
    match event {
        Event::Answered { class: ReplyClass::AddressRejected, .. } => vec![Action::SuppressAddress],
        Event::Answered { class: ReplyClass::Accepted, .. } if step.taken_at.is_some() => {
            vec![Action::EngageBrake]
        }
        _ => Vec::new(),
    }
}

/// What a worker that lost its hold may still set off.
fn lost(actions: Vec<Action>) -> Vec<Action> {
    actions.into_iter().filter(|action| *action == Action::EngageBrake).collect()
}
