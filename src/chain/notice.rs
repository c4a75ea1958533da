//! The steps of one notice together: which one is live, and how the end of one changes the others.
//!
//! Promises: at most one step is live; after success nothing more is handed off; after a failure exactly one step that has
//! time left becomes live; when no step is live and none waits, the notice has exactly one end.
//!
//! Steps have turns ([`FailoverChain::give_way`]): each has a first one, in their order, for as long as its limit. One whose turn
//! is over is set aside, and has another one whenever it is due before the others, until its time to live is over. So a chain
//! never reaches fewer people than its longest-lived channel alone.

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
        match event {
            Event::Superseded => {
                self.replaced = true;
                return self.call_off(supersede, now);
            }
            Event::Withdrawn => return self.call_off(withdraw, now),
            _ => {}
        }
        if *event == Event::ChannelUnavailable && !self.can_go_on(at, now) {
            return Transition::default();
        }
        if *event == Event::TakenBack && !self.is_in_progress() && !self.is_over_unreached() {
            return Transition::default();
        }
        let Some(step) = self.steps.get_mut(at) else { return Transition::default() };
        let actions = actions(step, event);
        let turn = step.handle_event(event, now);
        let (stands, next) = match turn {
            StepOutcome::Ignored => (false, None),
            // An earlier step got through after all: the next provider is not needed.
            StepOutcome::Stands if is_to_go_on(event) && self.is_reached() => {
                (true, self.again(at, now, false, now))
            }
            StepOutcome::Stands => (true, None),
            StepOutcome::Again(due) => {
                let lives_on = matches!(event, Event::PutOff { .. });
                (true, self.again(at, due, lives_on, now))
            }
            StepOutcome::GivesWay(due) => (true, self.give_way(at, due, now)),
            StepOutcome::Unconfirmed(state, reason) => (true, self.unconfirmed(at, state, reason, now)),
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

    /// Whether another step waits that has time left and is due.
    fn can_go_on(&self, at: usize, now: Moment) -> bool {
        self.first_due(Some(at), now).is_some_and(|(_, due)| due <= now)
    }

    /// The step that is due first of those that wait and have time left, but for the one at that place; of several, one that
    /// had no turn yet, and then the next in the order.
    fn first_due(&self, but: Option<usize>, now: Moment) -> Option<(usize, Moment)> {
        let number = self.steps.len();
        let after = |place: usize| (place + number - but.map_or(0, |at| at + 1)) % number;
        let waiting = self.steps.iter().enumerate().filter(|(place, step)| {
            Some(*place) != but && step.state == StepState::Waiting && step.lives_until() > now
        });
        let first =
            waiting.min_by_key(|(place, step)| (step.due_at.max(now), step.is_set_aside(), after(*place)))?;
        Some((first.0, first.1.due_at.max(now)))
    }

    /// The step would be tried again: it is, unless that is not needed or not wanted any more, or one that was set aside is due
    /// before.
    fn again(&mut self, at: usize, due: Moment, lives_on: bool, now: Moment) -> Option<usize> {
        if self.is_settled(at, now)? {
            return None;
        }
        let live = self.live().filter(|live| *live != at);
        let sooner = self.sooner(at, due, now);
        // While all wait for the same hours, all live on.
        let sooner =
            sooner.filter(|place| !lives_on || self.steps.get(*place).is_some_and(StepRecord::is_set_aside));
        let step = self.steps.get_mut(at)?;
        if live.is_some() {
            set_aside(step, due);
            return None;
        }
        if let Some(place) = sooner {
            // One that only waits for its hour has had no turn yet.
            let had_turn = step.spare.is_some() || step.attempts > 0;
            set_aside(step, due);
            step.spare = step.spare.filter(|_| had_turn);
            return self.resume(place, now);
        }
        wait(step, StepState::Pending, due);
        None
    }

    /// The step that is to have its turn before that one is due again: one that was set aside and is due sooner, or one that had
    /// no turn and would be too late then.
    fn sooner(&self, at: usize, due: Moment, now: Moment) -> Option<usize> {
        let is_sooner = |step: &StepRecord| {
            let would_wait = if step.is_set_aside() { step.due_at.max(now) } else { step.lives_until() };
            would_wait <= due && step.due_at.max(now) < due
        };
        let waiting = self.steps.iter().enumerate().filter(|(place, step)| {
            *place != at && step.state == StepState::Waiting && step.lives_until() > now && is_sooner(step)
        });
        waiting.min_by_key(|(_, step)| step.due_at.max(now)).map(|(place, _)| place)
    }

    /// Whether the step needs no further try, or must have none; then it stands where that leaves it.
    fn is_settled(&mut self, at: usize, now: Moment) -> Option<bool> {
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
            return Some(false);
        }
        Some(true)
    }

    /// The step's turn is over: the step that is due first has the next one. That may be the same.
    fn give_way(&mut self, at: usize, due: Moment, now: Moment) -> Option<usize> {
        if self.is_settled(at, now)? {
            return None;
        }
        set_aside(self.steps.get_mut(at)?, due);
        self.next_turn(Some(at), now)
    }

    /// The next turn is that of the step that is due first. Steps whose time is over end.
    fn next_turn(&mut self, at: Option<usize>, now: Moment) -> Option<usize> {
        for step in self.steps.iter_mut().filter(|step| step.state == StepState::Waiting) {
            let due = step.due_at.max(now);
            if step.lives_until() <= due {
                let state = step.doubted_or(StepState::Expired);
                end(step, state, Some(too_late(step)), now);
            }
        }
        let other = self.first_due(at, now);
        let own = at.and_then(|at| self.steps.get(at)).filter(|step| step.is_set_aside());
        let own = own.map(|step| step.due_at);
        match (other, own) {
            (Some((_, other)), Some(own)) if own < other => {
                self.resume(at?, now).filter(|place| Some(*place) != at)
            }
            (Some((place, _)), _) => self.resume(place, now),
            (None, Some(_)) => self.resume(at?, now).filter(|place| Some(*place) != at),
            (None, None) => None,
        }
    }

    /// The step has a turn again, or its first.
    fn resume(&mut self, at: usize, now: Moment) -> Option<usize> {
        let step = self.steps.get_mut(at)?;
        step.take_spare();
        if step.evidence.is_some() {
            step.watch();
            return None;
        }
        step.state = StepState::Pending;
        step.due_at = step.due_at.max(now);
        Some(at)
    }

    /// No report came within the step's turn.
    fn unconfirmed(
        &mut self,
        at: usize,
        state: StepState,
        reason: &'static str,
        now: Moment,
    ) -> Option<usize> {
        let goes_on = self.first_due(Some(at), now).is_some();
        let step = self.steps.get_mut(at)?;
        if !goes_on && step.lives_until() > now {
            step.take_spare();
            return None;
        }
        self.failed(at, state, Some(reason), now)
    }

    /// The person was reached: nothing that has not been handed off is needed any more.
    fn reached(&mut self, at: usize, now: Moment) -> Option<usize> {
        let step = self.steps.get_mut(at)?;
        let known = step.evidence >= Some(Evidence::Delivered);
        let (state, before) = (if known { StepState::Delivered } else { StepState::Accepted }, step.state);
        let reason =
            (before.is_end() && !before.is_success()).then_some("confirmed only after it had been given up");
        end(step, state, reason, now);
        let others = self.steps.iter_mut().enumerate().filter(|(place, _)| *place != at);
        for (_, step) in others.filter(|(_, step)| !step.state.is_end()) {
            if step.is_set_aside() {
                // Its turn was not enough: it was tried, or skipped, and the ledger has the reason.
                end(step, step.doubted_or(StepState::Expired), None, now);
            } else if step.state != StepState::Watching && !step.is_under_way() {
                end(step, StepState::Suppressed, Some(NOT_NEEDED), now);
            }
        }
        None
    }

    /// The step ended without success: another one with time left may be claimed now.
    fn failed(
        &mut self,
        at: usize,
        state: StepState,
        reason: Option<&'static str>,
        now: Moment,
    ) -> Option<usize> {
        end(self.steps.get_mut(at)?, state, reason, now);
        self.next_turn(Some(at), now)
    }

    /// Ends what was not sent. A step in progress stays with its worker, and one that is watched waits for its report.
    fn call_off(&mut self, end: fn(&mut StepRecord, Moment), now: Moment) -> Transition {
        let mut moved = Transition::default();
        for step in &mut self.steps {
            if matches!(step.state, StepState::Waiting | StepState::Pending) {
                end(step, now);
                moved.applied = true;
            }
        }
        moved
    }
}

/// The step waits for another turn, and is not due before that moment.
fn set_aside(step: &mut StepRecord, due: Moment) {
    step.spare.get_or_insert_default();
    wait(step, StepState::Waiting, due);
}

/// Nobody holds the step.
fn wait(step: &mut StepRecord, state: StepState, due: Moment) {
    step.state = state;
    step.due_at = due;
    step.epoch += 1;
    (step.lease_until, step.started_at, step.ended_at) = (None, None, None);
}

/// Why a step that waited for its turn is not sent.
fn too_late(step: &StepRecord) -> &'static str {
    if step.doubts > 0 {
        "may have been sent; expired before it could be sent again"
    } else {
        "expired before it could be sent"
    }
}

/// Whether the step would continue with another provider.
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

/// The step's incident was reported in error. One that a provider may have stays in doubt.
fn withdraw(step: &mut StepRecord, now: Moment) {
    let (state, reason) = if step.doubts > 0 {
        (StepState::InDoubt, Some(WITHDRAWN_IN_DOUBT))
    } else {
        (StepState::Withdrawn, Some(WITHDRAWN))
    };
    end(step, state, reason, now);
}

/// Why a step is not sent whose incident was withdrawn.
pub const WITHDRAWN: &str = "it was reported in error";

/// Why a step in doubt is not sent again when its incident was reported in error.
pub const WITHDRAWN_IN_DOUBT: &str = "may have been sent before it was withdrawn";

/// Why a step in doubt is not sent again when a newer change replaced it.
pub const REPLACED_IN_DOUBT: &str = "may have been sent before a newer change replaced it";

const NOT_NEEDED: &str = "another channel already reached the subscriber";

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
