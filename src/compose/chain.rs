//! The steps of a notice: its channels, their order, and its urgency.
//!
//! Promises: steps follow the plan's order for the urgency, and the subscriber's own where the plan has none or
//! names no channel of theirs; they use only channels the plan has, and numbers it allows; below the plan's threshold there is one step.

use crate::config::plan::Plan;
use crate::model::change::{Change, ChangeKind};
use crate::model::channel::Channel;
use crate::model::incident::Incident;
use crate::model::phase::Severity;
use crate::model::subscriber::{EndpointId, Subscriber};

/// How urgent a change is: as severe as the incident is now; the end of one as severe as it ever was,
/// because those told of the worst wait for the end; what was learnt from it is urgent to nobody.
pub(super) fn urgency(change: &Change, incident: &Incident) -> Severity {
    match change.what.iter().min_by_key(|what| usize::from(!ends(what))) {
        Some(what) if ends(what) => change.peak_severity,
        Some(ChangeKind::PostmortemPublished) => Severity::Notice,
        _ => incident.severity,
    }
}

fn ends(what: &ChangeKind) -> bool {
    matches!(
        what,
        ChangeKind::Resolved
            | ChangeKind::Withdrawn
            | ChangeKind::MaintenanceCompleted
            | ChangeKind::MaintenanceCancelled
    )
}

/// The places a notice of that urgency is sent to, in order. Empty if the plan reaches none of the subscriber's
/// addresses.
pub(super) fn places(
    subscriber: &Subscriber,
    plan: &Plan,
    urgency: Severity,
) -> impl Iterator<Item = (u8, Channel, EndpointId)> {
    let own = subscriber.endpoints.iter().filter(|(_, endpoint)| plan.reaches(endpoint));
    let own: Vec<(Channel, EndpointId)> = own.map(|(id, endpoint)| (endpoint.channel(), *id)).collect();
    let order = plan.chain.steps.get(&urgency).map_or(&[][..], Vec::as_slice);
    let of = |channel: Channel| own.iter().filter(move |(other, _)| *other == channel).copied();
    let ordered: Vec<(Channel, EndpointId)> = order.iter().flat_map(|channel| of(*channel)).collect();
    let places = if ordered.is_empty() { own } else { ordered };
    let steps_max = if urgency < plan.chain.from_severity { 1 } else { usize::from(u8::MAX) };
    let numbered = (0..u8::MAX).zip(places.into_iter().take(steps_max));
    numbered.map(|(position, (channel, endpoint))| (position, channel, endpoint))
}
