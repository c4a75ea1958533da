//! By which steps a change reaches a subscriber, and how urgent it is.
//!
//! Promises: steps follow the plan's order for the urgency, and the subscriber's own where the plan has none or
//! names no channel of theirs; they use only channels the plan has; below the plan's threshold there is one step.

use chrono::TimeDelta;

use super::Error;
use crate::config::plan::Plan;
use crate::model::change::{Change, What};
use crate::model::channel::Channel;
use crate::model::incident::Incident;
use crate::model::phase::Severity;
use crate::model::report::Evidence;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::{EndpointId, Subscriber};

/// How urgent a change is: as severe as the incident is now; the end of one as severe as it ever was,
/// because those told of the worst wait for the end; what was learnt from it is urgent to nobody.
pub(super) fn urgency(change: &Change, incident: &Incident) -> Severity {
    match change.what.iter().min_by_key(|what| usize::from(!ends(what))) {
        Some(what) if ends(what) => change.peak_severity,
        Some(What::PostmortemPublished) => Severity::Notice,
        _ => incident.severity,
    }
}

fn ends(what: &What) -> bool {
    matches!(what, What::Resolved | What::MaintenanceCompleted | What::MaintenanceCancelled)
}

/// The places a notice of that urgency is sent to, in order. Empty where the subscriber has no channel that
/// the plan has.
pub(super) fn places(
    subscriber: &Subscriber,
    plan: &Plan,
    urgency: Severity,
) -> impl Iterator<Item = (u8, Channel, EndpointId)> {
    let own = subscriber.endpoints.iter().map(|(id, endpoint)| (endpoint.channel(), *id));
    let own: Vec<(Channel, EndpointId)> = own.filter(|(channel, _)| plan.has(*channel)).collect();
    let order = plan.chain.steps.get(&urgency).map_or(&[][..], Vec::as_slice);
    let of = |channel: Channel| own.iter().filter(move |(other, _)| *other == channel).copied();
    let ordered: Vec<(Channel, EndpointId)> = order.iter().flat_map(|channel| of(*channel)).collect();
    let places = if ordered.is_empty() { own } else { ordered };
    let steps_max = if urgency < plan.chain.from_severity { 1 } else { usize::from(u8::MAX) };
    let numbered = (0..u8::MAX).zip(places.into_iter().take(steps_max));
    numbered.map(|(position, (channel, endpoint))| (position, channel, endpoint))
}

/// What the plan says of a channel, as every step on it needs it.
pub(super) struct Terms {
    /// How long a message lives from when it may leave.
    pub(super) time_to_live: TimeDelta,
    /// What has to be known of it for the person to count as reached.
    pub(super) success: Evidence,
}

/// The terms of a channel.
pub(super) fn terms(channel: Channel, plan: &Plan) -> Result<Terms, Error> {
    let (mail, text) = (plan.mail.as_ref(), plan.text.as_ref());
    let terms = match channel {
        Channel::Mail => mail.map(|mail| (mail.time_to_live, mail.success)),
        Channel::Text => text.map(|text| (text.time_to_live, text.success)),
    };
    let (time_to_live, success) = terms.ok_or(Error::NoChannel(channel.word()))?;
    Ok(Terms { time_to_live: TimeDelta::from_std(time_to_live).unwrap_or(TimeDelta::MAX), success })
}

/// The most sensitive text that a channel carries.
pub(super) fn ceiling(channel: Channel, plan: &Plan) -> Result<Sensitivity, Error> {
    let ceiling = match channel {
        Channel::Mail => plan.mail.as_ref().map(|mail| mail.sensitivity_max),
        Channel::Text => plan.text.as_ref().map(|text| text.sensitivity_max),
    };
    ceiling.ok_or(Error::NoChannel(channel.word()))
}
