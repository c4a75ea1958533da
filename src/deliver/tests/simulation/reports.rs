//! What must hold of delivery reports, whenever they come: in time, late, twice, before the answer, or never.

use super::fact::Fact;
use super::promises::Promises;
use crate::ledger::{AttemptResult, DeliveryReceipt, ReceiptOutcome, Settled};
use crate::model::notice::{StepId, StepState};
use crate::model::report::{Evidence, ReceiptStatus};

impl Fact {
    /// How far the message is known to have come: by answers that were settled and by reports that came in.
    pub(super) fn known(&self) -> Option<Evidence> {
        let answered = (self.accepted > 0).then_some(Evidence::Accepted);
        self.reports.iter().filter_map(|status| status.evidence()).max().max(answered)
    }

    /// Whether what is known is enough.
    pub(super) fn is_proven(&self) -> bool {
        self.known() >= Some(self.success)
    }

    /// Whether that end needs no other proof than what is known.
    pub(super) fn proves(&self, state: StepState) -> bool {
        match state {
            StepState::Accepted => self.is_proven(),
            StepState::Delivered => self.is_proven() && self.known() >= Some(Evidence::Delivered),
            _ => true,
        }
    }

    /// Whether it left, or may have, and more than that has to be known.
    pub(super) fn is_watched(&self) -> bool {
        self.success > Evidence::Accepted && (self.known().is_some() || self.in_doubt)
    }
}

impl Promises {
    /// The ledger heard of a report of a step.
    pub(super) fn reported(&mut self, report: &DeliveryReceipt, reported: ReceiptOutcome) {
        let given = self.given.get(&report.reference).cloned();
        let is_given = given.is_some();
        let id = given.unwrap_or_else(|| StepId::from_stored(report.reference.as_str()));
        self.trace.note(format!(
            "{} {} says {:?} of {id}: {reported:?}",
            report.at, report.provider, report.status
        ));
        let first = self.reported.insert((report.provider.clone(), report.reference.clone(), report.status));
        let repeated = reported == ReceiptOutcome::Repeated;
        self.hold(first != repeated, || format!("a report of {id} counts wrongly: {reported:?}"));
        if repeated {
            return self.reach("a report came twice");
        }
        if reported == ReceiptOutcome::Unknown {
            self.hold(is_given, || format!("a report of {id} was not understood"));
            self.unheard.entry(report.reference.clone()).or_default().push(report.status);
            return;
        }
        self.bounce(&id, report.status);
        let Some(fact) = self.facts.get_mut(&id) else { return };
        let (before, under_way) = (fact.known(), fact.held.is_some());
        fact.reports.insert(report.status);
        let (news, reached) = (fact.known() > before, fact.is_proven());
        match reported {
            ReceiptOutcome::Applied { state, late, .. } => {
                self.hold(!(news && reached) || state.is_success(), || {
                    format!("{id} arrived and is {state:?}")
                });
                self.heard(&id, report.status, (state, late), under_way);
            }
            _ => {
                self.hold(!(news && reached), || format!("nobody heard that {id} arrived"));
            }
        }
    }

    /// A report about the address is evidence of its own: no storm of refusals takes it back.
    fn bounce(&mut self, id: &StepId, status: ReceiptStatus) {
        if status == ReceiptStatus::Undeliverable {
            self.bounced.extend(self.facts.get(id).and_then(|fact| fact.endpoint.clone()));
        }
    }

    /// An answer says which of the provider's messages it is: what was reported of that one counts from now on.
    pub(super) fn message_known(&mut self, id: &StepId, reference: Option<&str>) {
        let Some(unheard) = reference.and_then(|reference| self.unheard.remove(reference)) else { return };
        self.reach("a report came before its message was known");
        unheard.iter().for_each(|status| self.bounce(id, *status));
        if let Some(fact) = self.facts.get_mut(id) {
            fact.reports.extend(unheard);
        }
    }

    fn heard(
        &mut self,
        id: &StepId,
        status: ReceiptStatus,
        (state, late): (StepState, bool),
        under_way: bool,
    ) {
        if late {
            self.reach("delivered after it had been given up");
        }
        if under_way && state.is_success() {
            self.reach("a report was faster than the answer");
        }
        if !late && state.is_success() && self.facts.get(id).is_some_and(|fact| fact.in_doubt) {
            self.reach("a report cleared up a doubt");
        }
        if status.is_failure() && state.is_end() {
            self.reach("a report moved the chain");
            let proven = self.facts.get(id).is_some_and(Fact::is_proven);
            self.hold(!proven, || format!("{id} arrived, and makes way"));
            self.gives_way(id);
        }
        if state == StepState::Watching {
            self.reach("a report ended a wait for another handoff");
        }
        if state.is_success() || state == StepState::Watching {
            self.known_to_be_taken(id);
        }
    }

    /// A step that someone took makes way for the next one: that one is no repeat.
    pub(super) fn gives_way(&mut self, id: &StepId) {
        if let Some(fact) = self.facts.get_mut(id) {
            fact.gave_way = true;
        }
    }

    /// A step is known to have been taken, and not by the answer of who holds it: nobody continues with it. If that
    /// is enough, nobody begins with a later one either.
    pub(super) fn known_to_be_taken(&mut self, id: &StepId) {
        let Some(fact) = self.facts.get_mut(id) else { return };
        let (notice, reached) = (fact.notice.clone(), fact.is_proven());
        if reached || fact.held.as_ref().is_some_and(|held| !held.started) {
            fact.outrun = fact.held.take().or(fact.outrun.take());
        }
        let others = self.facts.values_mut().filter(|fact| reached && fact.notice == notice);
        for other in others {
            other.held.take_if(|held| !held.started);
        }
    }

    /// A settle said more than the answer did: reports had been faster.
    pub(super) fn settled_with_reports(&mut self, id: &StepId, verdict: AttemptResult, settled: Settled) {
        let Settled::Stands { state, .. } = settled else { return };
        if !matches!(verdict, AttemptResult::Accepted | AttemptResult::InDoubt) {
            return;
        }
        let reported = |fact: &Fact| fact.reports.iter().any(|status| status.is_failure());
        if matches!(state, StepState::Dead | StepState::Rejected) {
            self.reach("a failure was reported before the answer");
            let said = self.facts.get(id).is_some_and(reported);
            self.hold(said, || format!("{id} was taken and ended as {state:?}"));
            self.gives_way(id);
        }
    }
}
