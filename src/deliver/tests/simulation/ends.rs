//! What must hold of the states the ledger reports, at any time and at the end.

use super::fact::Fact;
use super::promises::Promises;
use crate::ledger::{ExplainedStep, NoticeHistory};
use crate::model::Moment;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::report::ReceiptStatus;

/// The most attempts of the simulation's plan.
pub(super) const ATTEMPTS_MAX: usize = 5;

impl Promises {
    /// At any time: at most one live step, none stuck behind an end, ends stay, attempts are only appended.
    pub(super) fn check(&mut self, notices: &[NoticeHistory]) {
        for notice in notices {
            let states: Vec<StepState> = notice.steps.iter().map(|step| step.state).collect();
            let live = states.iter().filter(|s| s.is_live()).count();
            self.hold(live <= 1, || format!("two live steps in one notice: {states:?}"));
            let waiting = states.contains(&StepState::Waiting);
            self.hold(!waiting || live == 1, || format!("a step waits for nothing: {states:?}"));
            for step in &notice.steps {
                self.check_step(step);
            }
        }
    }

    fn check_step(&mut self, step: &ExplainedStep) {
        let Some(fact) = self.facts.get_mut(&step.id) else {
            return self.hold(false, || format!("{} was never planned", step.id));
        };
        let before = fact.state.replace(step.state);
        let appended = step.attempts.starts_with(&fact.attempts);
        fact.attempts.clone_from(&step.attempts);
        let (taken, proven) = (fact.taken > 0, fact.proves(step.state));
        let said = step.attempts.iter().any(|attempt| attempt.reply.class == ReplyClass::Accepted);
        let proof = |state: StepState| (state == StepState::Delivered, state.is_success());
        let again = before == Some(StepState::Rejected) && fact.taken_back;
        let stays = before.is_none_or(|before| {
            again || !before.is_end() || before == step.state || proof(before) < proof(step.state)
        });
        self.hold(stays, || format!("{} was {before:?} and is {:?}", step.id, step.state));
        self.hold(appended, || format!("an attempt of {} was changed or is gone", step.id));
        let honest = taken || !(said || step.state.is_success());
        self.hold(proven, || format!("{} is {:?}, and nothing proves it", step.id, step.state));
        self.hold(honest, || format!("{} counts as accepted, and nobody took it", step.id));
    }

    /// At the end: nothing is lost, and every end has its explanation.
    pub(super) fn check_ends(&mut self, notices: &[NoticeHistory]) {
        let told: usize = notices.iter().map(|notice| notice.steps.len()).sum();
        let planned = self.facts.len();
        self.hold(told == planned, || format!("{planned} steps were planned, and {told} can be explained"));
        for notice in notices {
            let reached = notice.steps.iter().any(|step| step.state.is_success());
            for step in &notice.steps {
                let Some(fact) = self.facts.get(&step.id) else { continue };
                let (explained, state) = (self.explains(fact, step, reached), step.state);
                let lost = fact.taken > 0 && fact.faults == 0 && fact.is_proven() && !state.is_success();
                self.hold(explained, || format!("{} ended as {state:?}, and nothing explains it", step.id));
                self.hold(!lost, || format!("{} was taken and ended as {state:?}", step.id));
            }
        }
    }

    /// The pace of an address holds its messages: they live longer by that.
    pub(super) fn held_back(&mut self, notices: &[NoticeHistory], now: Moment) {
        for step in notices.iter().flat_map(|notice| &notice.steps) {
            let is_held = |step: &&ExplainedStep| {
                let reason = step.reason.as_deref().unwrap_or_default();
                step.state == StepState::Pending && reason.starts_with("on hold: maximum pace")
            };
            let until = Some(step).filter(is_held).map(|step| step.due_at);
            let Some(fact) = self.facts.get_mut(&step.id) else { continue };
            let (before, Some(until)) = (fact.held_back_until, until) else { continue };
            fact.held_back_until = Some(until);
            let may_wait = !fact.opens_or_ends;
            if before != Some(until) {
                fact.lives_until += until - now;
                self.reach("the pace of an address held a message");
            }
            self.hold(may_wait, || format!("{} is an opening or an end, and the pace held it", step.id));
        }
    }

    /// Whether no retry would have begun within its life.
    fn is_late(&self, fact: &Fact, at: Moment) -> bool {
        at >= fact.lives_until || fact.due_at.is_some_and(|due| due >= fact.lives_until)
    }

    /// Whether a step that was refused in a storm stays so: a newer change replaced it, or another one may have arrived.
    fn is_left_refused(&self, fact: &Fact) -> bool {
        self.facts.values().any(|other| {
            let replaces = other.order > fact.order && other.is_about(&fact.subscriber, &fact.incident);
            replaces || (other.notice == fact.notice && (other.doubts > 0 || other.in_doubt))
        })
    }

    fn explains(&self, fact: &Fact, step: &ExplainedStep, reached: bool) -> bool {
        match step.state {
            StepState::Waiting | StepState::Pending | StepState::Claimed | StepState::Watching => false,
            StepState::Accepted | StepState::Delivered => fact.taken > 0,
            StepState::Rejected => {
                let refused = fact.refused && (!fact.taken_back || reached || self.is_left_refused(fact));
                refused || fact.reports.contains(&ReceiptStatus::Undeliverable)
            }
            StepState::Suppressed => {
                let gone = self.left.contains(&fact.subscriber)
                    || step.endpoint.as_ref().is_some_and(|one| self.stopped.contains(one));
                reached || gone || step.reason.is_some()
            }
            // Nothing is withdrawn in the simulation.
            StepState::Withdrawn => false,
            StepState::Superseded if fact.doubts > 0 => false,
            StepState::Superseded => self
                .facts
                .values()
                .any(|other| other.order > fact.order && other.is_about(&fact.subscriber, &fact.incident)),
            // Its chain comes back to it for as long as it lives.
            StepState::Expired if reached => true,
            StepState::Expired if fact.is_watched() => step.ended_at.is_some_and(|at| at >= fact.expires_at),
            StepState::Expired => step.ended_at.is_some_and(|at| self.is_late(fact, at)),
            StepState::Dead => {
                let passed_over = step.reason.as_deref().is_some_and(|why| why.starts_with("skipped: "));
                passed_over
                    || step.attempts.len() >= ATTEMPTS_MAX
                    || fact.reports.contains(&ReceiptStatus::Failed)
            }
            StepState::InDoubt => fact.doubts > 0,
        }
    }
}
