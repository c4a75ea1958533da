//! The ETAs of an incident, compared with its end.
//!
//! Promises: an ETA counts even if a later one replaced it, and counts as kept only when that is certain. Never reads a
//! clock: `now` is an argument.

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::incident::{Eta, Incident};

/// An estimate that was given, and what it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Promise {
    /// When it was given.
    pub(super) given: Moment,
    pub(super) eta: Eta,
    /// How much later than promised it was over; negative when it was earlier. `None` while nobody can know.
    pub(super) late: Option<TimeDelta>,
}

/// Every estimate of an incident, oldest first. One that has run out while the incident continues is late by
/// the time since.
pub(super) fn promises(incident: &Incident, now: Moment) -> Vec<Promise> {
    let over = incident.ended_at(now);
    let promise = |(given, eta)| {
        let late = match eta {
            Eta::Unknown => None,
            Eta::At(_) if over.is_some_and(|over| incident.is_day_only(over)) => None,
            Eta::At(at) => over.map(|over| over - at).or((now > at).then(|| now - at)),
        };
        Promise { given, eta, late }
    };
    incident.eta_history().into_iter().map(promise).collect()
}

/// How long after its start the first subscriber was notified, for an incident that was not known before.
pub(super) fn silence(incident: &Incident, first_handoff: Option<Moment>) -> Option<TimeDelta> {
    let unplanned = incident.window.is_none() && !incident.is_day_only(incident.began_at());
    Some(first_handoff? - incident.began_at()).filter(|silence| unplanned && *silence >= TimeDelta::zero())
}
