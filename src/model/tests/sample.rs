//! One of each noun as most tests need it, so that a new field is a line here and not in the tests of every room.
//!
//! A test that needs another value says so: `Incident { severity, ..sample::incident("card", at) }`.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::{Announced, AnnouncedIncident, ToldText};
use crate::model::change::{Change, Difference, What};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::{Audience, Incident, IncidentId, Update};
use crate::model::localized::{Language, Localized};
use crate::model::notice::{Notice, Step};
use crate::model::phase::{Kind, Phase, Severity};
use crate::model::report::Evidence;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::{Follows, Subscriber, Subscription};

/// A major incident in one language that goes on: nothing affected, nothing promised, nothing said.
pub(crate) fn incident(id: &str, started: Moment) -> Incident {
    Incident {
        id: IncidentId::new(id).unwrap(),
        file: format!("incidents/{id}.md"),
        kind: Kind::Incident,
        title: Localized::plain("Card payments are failing"),
        severity: Severity::Major,
        affected: BTreeMap::new(),
        started,
        window: None,
        eta: None,
        next_update: None,
        impact: None,
        workaround: None,
        sensitivity: Sensitivity::Public,
        telling: None,
        imported_through: None,
        updates: Vec::new(),
    }
}

/// A public update that changes nothing but the phase.
pub(crate) fn update(at: Moment, phase: impl Into<Option<Phase>>, body: &str) -> Update {
    Update {
        at,
        phase: phase.into(),
        audience: Audience::Public,
        telling: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(body),
    }
}

/// Somebody who follows everything, reads English in UTC, and has these addresses.
pub(crate) fn subscription(addresses: &[&str]) -> Subscription {
    Subscription {
        follows: Follows::Everything,
        from_severity: Severity::Notice,
        language: Language::new("en").unwrap(),
        time_zone: "UTC".to_owned(),
        endpoints: addresses.iter().map(|address| Endpoint::read(address).unwrap()).collect(),
        fields: BTreeMap::new(),
    }
}

/// A change of an incident that touches no feature: whoever follows everything hears of it.
pub(crate) fn change(incident: &str, revision: u32, what: What, severity: Severity) -> Change {
    let origin = IncidentId::new(incident).unwrap();
    let what = vec![what];
    Change {
        id: Change::derive_id(&origin, revision, &what),
        incident: origin.clone(),
        origin,
        revision,
        what,
        touched: Default::default(),
        peak_severity: severity,
    }
}

/// The next change of an incident, with what is announced then: opened first, resolved after that.
pub(crate) fn next_change(
    base: &Announced,
    incident: &str,
    severity: Severity,
    started: Moment,
) -> Difference {
    let origin = IncidentId::new(incident).unwrap();
    let revision = base.incidents.get(&origin).map_or(1, |incident| incident.revision + 1);
    let what = if revision == 1 { What::Opened } else { What::Resolved };
    let change = change(incident, revision, what, severity);
    let mut announced = base.clone();
    let facts = AnnouncedIncident {
        id: origin.clone(),
        revision,
        kind: Kind::Incident,
        title: ToldText::told(Localized::plain("Payments fail")),
        explained: None,
        severity,
        peak_severity: severity,
        phase: Phase::Investigating,
        affected: BTreeMap::new(),
        touched: Default::default(),
        started,
        window: None,
        eta: None,
        updates: Vec::new(),
    };
    announced.incidents.insert(origin, facts);
    Difference { changes: vec![change], announced }
}

/// How the steps of [`notice`] follow each other.
pub(crate) struct Steps<'a> {
    /// The place of each channel's message.
    pub(crate) message: &'a dyn Fn(Channel) -> usize,
    /// What a message of the channel has to reach.
    pub(crate) success: &'a dyn Fn(Channel) -> Evidence,
    /// From when on the first lives for `life`, the next for twice as long, and so on.
    pub(crate) from: Moment,
    pub(crate) life: TimeDelta,
    /// How long each but the last is tried.
    pub(crate) try_for: TimeDelta,
}

/// A notice of a change with a step for each of the subscriber's addresses.
pub(crate) fn notice(change: &Change, subscriber: &Subscriber, steps: &Steps<'_>) -> Notice {
    let last = subscriber.endpoints.len().saturating_sub(1);
    let step = |(position, (number, endpoint)): (u8, &(_, Endpoint))| Step {
        position,
        channel: endpoint.channel(),
        endpoint: *number,
        message: (steps.message)(endpoint.channel()),
        expires_at: steps.from + steps.life * (i32::from(position) + 1),
        try_for: (usize::from(position) < last).then_some(steps.try_for),
        success: (steps.success)(endpoint.channel()),
        quiet: None,
    };
    Notice {
        change: change.id.clone(),
        subscriber: subscriber.id.clone(),
        incident: change.origin.clone(),
        severity: change.peak_severity,
        steps: (0_u8..).zip(&subscriber.endpoints).map(step).collect(),
    }
}
