//! By which steps a change reaches a subscriber, and how urgent it is.
//!
//! Promises: steps follow the subscriber's own order and use only channels the plan has; below the plan's
//! threshold there is one step.

use chrono::TimeDelta;

use super::Error;
use crate::config::plan::Plan;
use crate::model::Moment;
use crate::model::address::Channel;
use crate::model::change::{Change, What};
use crate::model::incident::Incident;
use crate::model::phase::Severity;
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
    let steps_max = if urgency < plan.chain.from_severity { 1 } else { usize::from(u8::MAX) };
    let usable = subscriber.endpoints.iter().map(|(id, endpoint)| (endpoint.channel(), *id));
    let usable = usable.filter(|(channel, _)| has(plan, *channel)).take(steps_max);
    (0..u8::MAX).zip(usable).map(|(position, (channel, endpoint))| (position, channel, endpoint))
}

/// When a step on the channel that is planned at `now` is worthless.
pub(super) fn expires_at(channel: Channel, plan: &Plan, now: Moment) -> Result<Moment, Error> {
    let time_to_live = match channel {
        Channel::Mail => plan.mail.as_ref().map(|mail| mail.time_to_live),
        Channel::Text => plan.text.as_ref().map(|text| text.time_to_live),
    };
    let time_to_live = time_to_live.ok_or(Error::NoChannel(channel.word()))?;
    let length = TimeDelta::from_std(time_to_live).unwrap_or(TimeDelta::MAX);
    Ok(now.checked_add_signed(length).unwrap_or(Moment::MAX_UTC))
}

fn has(plan: &Plan, channel: Channel) -> bool {
    match channel {
        Channel::Mail => plan.mail.is_some(),
        Channel::Text => plan.text.is_some(),
    }
}
