//! One of each noun as most tests need it, so that a new field is a line here and not in the tests of every room.
//!
//! A test that needs another value names it: `Incident { severity, ..sample::incident("card", at) }`.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::{AnnouncedText, Baseline, BaselineIncident};
use crate::model::change::{Change, ChangeKind, Difference};
use crate::model::channel::Channel;
use crate::model::days::Days;
use crate::model::destination::{Destination, Repeats};
use crate::model::endpoint::Endpoint;
use crate::model::incident::{Audience, Incident, IncidentId, Update};
use crate::model::localized::{Language, Localized};
use crate::model::message::{CardFact, CardMessage, EventDetails, EventFeature, EventMessage, Tone};
use crate::model::notice::{Notice, PlannedStep};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::report::Evidence;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::{FeatureFilter, Subscriber, Subscription};

/// A major incident in one language that continues: nothing affected, nothing promised, nothing said.
pub(crate) fn incident(id: &str, started: Moment) -> Incident {
    Incident {
        id: IncidentId::new(id).unwrap(),
        file: format!("incidents/{id}.md"),
        kind: IncidentKind::Incident,
        title: Localized::plain("Card payments are failing"),
        severity: Severity::Major,
        affected: BTreeMap::new(),
        started,
        window: None,
        eta: None,
        next_update: None,
        impact: None,
        workaround: None,
        audience: Audience::Public,
        sensitivity: Sensitivity::Public,
        author_mark: None,
        narrow: Default::default(),
        imported_through: None,
        day_only: Days::default(),
        accepted: Default::default(),
        repeats: None,
        updates: Vec::new(),
    }
}

/// A public update that changes nothing but the phase.
pub(crate) fn update(at: Moment, phase: impl Into<Option<Phase>>, body: &str) -> Update {
    Update {
        at,
        phase: phase.into(),
        audience: Audience::Public,
        author_mark: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(body),
    }
}

/// Someone who follows everything, reads English in UTC, and has these addresses.
pub(crate) fn subscription(addresses: &[&str]) -> Subscription {
    Subscription {
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: Language::new("en").unwrap(),
        time_zone: "UTC".to_owned(),
        endpoints: addresses.iter().map(|address| Endpoint::read(address).unwrap()).collect(),
        fields: BTreeMap::new(),
    }
}

/// A change of an incident that touches no feature: anyone who follows everything hears of it.
pub(crate) fn change(incident: &str, revision: u32, what: ChangeKind, severity: Severity) -> Change {
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

/// A card with something in every part.
pub(crate) fn card() -> CardMessage {
    let fact = |label: &str, text: &str| CardFact { label: label.to_owned(), text: text.to_owned() };
    CardMessage {
        name: "Card payments are failing".to_owned(),
        title: "Card payments are failing".to_owned(),
        headline: "Now expected back by 12:30 CET, not 11:30".to_owned(),
        tone: Tone::Ongoing(Severity::Major),
        news: vec!["Refunds are affected too".to_owned()],
        facts: vec![
            fact("Affected", "Checkout: partial outage\nRefunds: degraded"),
            fact("What it means", "About half of <card> payments & refunds fail."),
        ],
        said: vec![fact("Cause found (11:05 CET)", "The fault is at our card processor. @everyone")],
        read_more: "Read more".to_owned(),
        url: "https://status.example.com/incidents/card/".to_owned(),
        page_name: "Example Shop".to_owned(),
        thread: "thread".to_owned(),
        text: "Card payments are failing\nNow expected back by 12:30 CET, not 11:30".to_owned(),
        brief: "Checkout: Card payments are failing. Now expected back by 12:30 CET, not 11:30.".to_owned(),
        language: Language::new("en").unwrap(),
    }
}

/// An event with everything that may be known.
pub(crate) fn event() -> EventMessage {
    let at = Moment::from_timestamp(1_795_165_920, 0).unwrap();
    let feature = |id: &str, name: &str, status: &str| EventFeature {
        id: id.to_owned(),
        name: name.to_owned(),
        status: status.to_owned(),
    };
    EventMessage {
        what: vec!["eta_moved".to_owned(), "update_posted".to_owned()],
        tone: Tone::Ongoing(Severity::Major),
        change: "change".to_owned(),
        revision: 2,
        at,
        summary: "Card payments are failing".to_owned(),
        url: "https://status.example.com/incidents/card/".to_owned(),
        page_name: "Example Shop".to_owned(),
        page_url: "https://status.example.com".to_owned(),
        thread: "thread".to_owned(),
        details: Some(EventDetails {
            incident: "card".to_owned(),
            title: "Card payments are failing".to_owned(),
            kind: "incident".to_owned(),
            phase: "identified".to_owned(),
            started_at: "2026-11-20T09:12:00Z".to_owned(),
            ends_at: None,
            ended_at: None,
            eta: Some(at + TimeDelta::hours(2)),
            next_update: Some(at + TimeDelta::hours(1)),
            features: vec![feature("checkout", "Checkout", "partial_outage")],
            impact: Some("About half of card payments fail.".to_owned()),
            workaround: None,
            update: Some("The fault is at our card processor.".to_owned()),
        }),
        text: "Card payments are failing\nNow expected back by 12:30 CET".to_owned(),
        language: Language::new("en").unwrap(),
    }
}

/// A destination that follows everything at a place of a channel.
pub(crate) fn destination(name: &str, channel: Channel, place: &str) -> Destination {
    Destination {
        name: name.to_owned(),
        endpoint: Endpoint::new(channel, place).unwrap(),
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: None,
        time_zone: None,
        audience: Audience::Public,
        sensitivity_max: Sensitivity::Customer,
        time_to_live: Duration::from_secs(86_400),
        repeats: Repeats::Never,
    }
}

/// The next change of an incident, with what is announced then: opened first, resolved after that.
pub(crate) fn next_change(
    base: &Baseline,
    incident: &str,
    severity: Severity,
    started: Moment,
) -> Difference {
    let origin = IncidentId::new(incident).unwrap();
    let revision = base.incidents.get(&origin).map_or(1, |incident| incident.revision + 1);
    let what = if revision == 1 { ChangeKind::Opened } else { ChangeKind::Resolved };
    let change = change(incident, revision, what, severity);
    let mut announced = base.clone();
    let facts = BaselineIncident {
        day_only: Days::default(),
        id: origin.clone(),
        revision,
        kind: IncidentKind::Incident,
        title: AnnouncedText::announced(Localized::plain("Payments fail")),
        explained: None,
        severity,
        peak_severity: severity,
        phase: Phase::Investigating,
        affected: BTreeMap::new(),
        touched: Default::default(),
        started,
        window: None,
        reminded: None,
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
    let step = |(position, (number, endpoint)): (u8, &(_, Endpoint))| PlannedStep {
        position,
        channel: endpoint.channel(),
        endpoint: *number,
        message: (steps.message)(endpoint.channel()),
        expires_at: steps.from + steps.life * (i32::from(position) + 1),
        try_for: (last > 0).then_some(steps.try_for),
        success: (steps.success)(endpoint.channel()),
        quiet: None,
        repeats: Repeats::ByChannel,
    };
    Notice {
        change: change.id.clone(),
        subscriber: subscriber.id.clone(),
        incident: change.origin.clone(),
        severity: change.peak_severity,
        steps: (0_u8..).zip(&subscriber.endpoints).map(step).collect(),
    }
}
