//! Refusal storms in the simulation: what each provider refused and accepted, by the simulation's own count, and what
//! must follow from it.

use std::collections::BTreeSet;

use super::promises::Promises;
use crate::ledger::{Attempt, LeaseToken};
use crate::limits::storm::{Refusals, WINDOW};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::notice::StepId;
use crate::model::reply::ReplyClass;

/// One attempt as a provider judged it.
pub(super) struct Judged {
    provider: String,
    class: ReplyClass,
    step: StepId,
    endpoint: Option<Endpoint>,
    at: Moment,
}

impl Promises {
    /// A provider judged a message.
    pub(super) fn judge(&mut self, hold: &LeaseToken, attempt: &Attempt) {
        let class = attempt.reply.class;
        if let Some(fact) = self.facts.get_mut(&hold.step) {
            // A refusal that comes after the storm counts.
            fact.taken_back &= !matches!(class, ReplyClass::AddressRejected | ReplyClass::ContentRejected);
            let (endpoint, at) = (fact.endpoint.clone(), attempt.ended_at);
            let (provider, step) = (attempt.provider.clone(), hold.step.clone());
            self.judged.push(Judged { provider, class, step, endpoint, at });
        }
    }

    /// The ledger weighed what a provider refused.
    pub(super) fn weighed(
        &mut self,
        (provider, unrecorded): (&str, u64),
        refusals: Refusals,
        suppressed: &BTreeSet<Endpoint>,
        now: Moment,
    ) {
        let lately = |one: &&Judged| one.provider == provider && one.at > now - WINDOW;
        let (mut own, mut refused) = (Refusals { refused: unrecorded, accepted: 0 }, Vec::new());
        for one in self.judged.iter().filter(lately) {
            match one.class {
                ReplyClass::Accepted => own.accepted += 1,
                ReplyClass::AccountRejected => own.refused += 1,
                ReplyClass::AddressRejected => {
                    own.refused += 1;
                    refused.push((one.step.clone(), one.endpoint.clone()));
                }
                _ => {}
            }
        }
        self.hold(own == refusals, || format!("{provider}: {own:?}, and the ledger counted {refusals:?}"));
        if !refusals.is_storm() {
            return;
        }
        self.reach("a storm of refusals was taken back");
        self.trace.note(format!("{now} {provider} refuses everybody: {refusals:?}"));
        for (step, endpoint) in refused {
            if let Some(fact) = self.facts.get_mut(&step) {
                fact.taken_back |= fact.lives_until > now;
            }
            let Some(endpoint) = endpoint.filter(|one| !self.bounced.contains(one)) else { continue };
            let stays = suppressed.contains(&endpoint);
            self.hold(!stays, || format!("the address of {step} is suppressed for a storm of {provider}"));
            self.stopped.remove(&endpoint);
        }
    }
}
