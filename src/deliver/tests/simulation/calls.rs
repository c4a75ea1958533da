//! What must hold whenever a step starts and a provider is called.

use crate::ledger::LeaseToken;
use crate::model::Moment;
use crate::model::notice::{StepId, StepState};

use super::fact::Fact;
use super::promises::Promises;

impl Promises {
    pub(super) fn check_order(&mut self, id: &StepId) {
        let Some(fact) = self.facts.get(id) else { return };
        let mine = (fact.subscriber.clone(), fact.incident.clone());
        let (order, notice) = (fact.order, fact.notice.clone());
        let others: Vec<_> =
            self.facts.iter().filter(|(o, f)| *o != id && f.is_about(&mine.0, &mine.1)).collect();
        let in_flight = others.iter().any(|(_, fact)| fact.held.is_some() && fact.order <= order);
        let is_told = |fact: &Fact| fact.notice == notice && fact.state.is_some_and(StepState::is_success);
        let reached = others.iter().any(|(_, fact)| is_told(fact));
        let newest = *self.begun.get(&mine).unwrap_or(&0);
        self.begun.insert(mine, order.max(newest));
        self.hold(newest <= order, || format!("{id} was started after a newer change"));
        self.hold(!in_flight, || format!("{id} was started while an earlier step was under way"));
        self.hold(!reached, || format!("{id} was started after a success of its chain"));
    }

    pub(super) fn called(&mut self, worker: &str, hold: &LeaseToken, provider: &str, now: Moment) {
        let id = &hold.step;
        self.trace.note(format!("{now} {worker} calls {provider} with {id}"));
        let Some(fact) = self.facts.get(id) else { return };
        let held = fact.held.as_ref().is_some_and(|held| held.is(worker, hold) && held.started);
        let (fresh, hit) = (now < fact.expires_at, fact.faults > 0);
        self.hold(held || hit, || format!("{worker} handed {id} off without having started it"));
        self.hold(fresh || hit, || format!("{id} was handed off after it expired"));
    }

    /// A provider accepted it.
    pub(super) fn taken(&mut self, worker: &str, id: &StepId) {
        self.trace.note(format!("{worker} has {id} taken"));
        let Some(fact) = self.facts.get_mut(id) else { return };
        fact.taken += 1;
        let (taken, faults, notice) = (fact.taken, fact.faults, fact.notice.clone());
        self.hold(taken <= 1 + faults, || format!("{id} was taken {taken} times with {faults} faults"));
        let chain = self.facts.values().filter(|fact| fact.notice == notice);
        let (taken, allowed) = chain
            .fold((0, 1), |sum, fact| (sum.0 + fact.taken, sum.1 + fact.faults + u32::from(fact.gave_way)));
        self.hold(taken <= allowed, || format!("the notice of {id} was taken {taken} times"));
    }
}
