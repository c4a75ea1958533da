//! Sites for the tests: short builders for stories, random ones for properties.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use crate::model::Moment;
use crate::model::feature::{Feature, FeatureId, Group, Status};
use crate::model::incident::{Audience, Eta, Incident, IncidentId, TimeRange, Update};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::sample;
pub(super) use crate::model::sample::update;
use crate::model::site::Site;

/// The moment of the run, unless the story says otherwise.
pub(super) fn now() -> Moment {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

/// A number of minutes after the run; before it when negative.
pub(super) fn minutes(minutes: i64) -> Moment {
    now() + TimeDelta::minutes(minutes)
}

pub(super) fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).unwrap()
}

/// An incident that started two hours ago and whose first words came ten minutes later.
pub(super) fn incident(id: &str) -> Incident {
    Incident {
        affected: BTreeMap::from([(feature("checkout"), Status::PartialOutage)]),
        eta: Some(Eta::At(minutes(60))),
        impact: Some(Localized::plain("About half of card payments in Europe fail.")),
        updates: vec![update(
            minutes(-110),
            Phase::Investigating,
            "Some card payments fail. We are looking into it.",
        )],
        ..sample::incident(id, minutes(-120))
    }
}

/// A maintenance of two hours that starts at `starts`, without a word.
pub(super) fn maintenance(id: &str, starts: Moment) -> Incident {
    Incident {
        kind: IncidentKind::Maintenance,
        title: Localized::plain("Database upgrade"),
        affected: BTreeMap::from([(feature("checkout"), Status::Maintenance)]),
        started: starts,
        window: Some(TimeRange::between(starts, starts + TimeDelta::hours(2))),
        eta: None,
        updates: Vec::new(),
        ..incident(id)
    }
}

pub(super) fn site(incidents: impl IntoIterator<Item = Incident>) -> Site {
    let feature = |id: &str| Feature::named(feature(id), Localized::plain(id));
    Site {
        page: Page {
            name: Localized::plain("Example"),
            description: None,
            url: "https://status.example.org".into(),
            languages: vec![Language::new("en").unwrap()],
            time_zone: "UTC".into(),
            support_url: None,
            subscribe_url: None,
            desk: None,
            looks: crate::model::looks::Branding::default(),
            theme: "default".into(),
            groups: vec![Group {
                id: None,
                name: Localized::plain("Shop"),
                features: FEATURES.map(feature).into(),
            }],
            history_days: 90,
            links: Default::default(),
            audiences: Vec::new(),
            read_by: None,
        },
        incidents: incidents.into_iter().map(Arc::new).collect(),
    }
}

const FEATURES: [&str; 4] = ["checkout", "refunds", "search", "mail"];
const WORDS: [&str; 40] = [
    "payments",
    "customers",
    "processor",
    "network",
    "database",
    "failing",
    "slowly",
    "restored",
    "region",
    "request",
    "timeouts",
    "engineers",
    "replaced",
    "switch",
    "traffic",
    "backlog",
    "queued",
    "orders",
    "partly",
    "cluster",
    "storage",
    "provider",
    "escalated",
    "monitor",
    "deployed",
    "rollback",
    "gateway",
    "latency",
    "errors",
    "capacity",
    "certificate",
    "expired",
    "resolver",
    "upstream",
    "regional",
    "failover",
    "replica",
    "throttled",
    "invoices",
    "webhooks",
];

/// A text of 6 to 20 words, each once.
pub(super) fn any_words() -> impl Strategy<Value = String> {
    prop::sample::subsequence(WORDS.as_slice(), 6..20).prop_shuffle().prop_map(|words| words.join(" "))
}

pub(super) fn any_feature() -> impl Strategy<Value = FeatureId> {
    prop::sample::select(FEATURES.as_slice()).prop_map(feature)
}

pub(super) fn any_severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(Severity::ALL.as_slice())
}

pub(super) fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(Status::ALL.as_slice())
}

pub(super) fn any_eta() -> impl Strategy<Value = Eta> {
    prop_oneof![Just(Eta::Unknown), (1..600_i64).prop_map(|after| Eta::At(minutes(after)))]
}

/// The phase customers see at the run.
pub(super) fn public_phase(incident: &Incident) -> Phase {
    incident.public_at(now()).phase_at(now())
}

fn any_audience() -> impl Strategy<Value = Audience> {
    prop_oneof![4 => Just(Audience::Public), 1 => Just(Audience::Internal)]
}

/// An incident at any point of its life, begun within the last three days.
pub(super) fn any_incident() -> impl Strategy<Value = Incident> {
    let facts =
        (any_words(), any_severity(), btree_map(any_feature(), any_status(), 0..4), option::of(any_eta()));
    let updates = vec((any_words(), any_audience(), 0..3_usize), 0..5);
    (facts, 1..72_i64, 0..5_usize, updates).prop_map(
        |((title, severity, affected, eta), hours, last, said)| {
            let started = minutes(-60 * hours);
            let apart = TimeDelta::minutes(60 * hours / (said.len() as i64 + 1));
            let phases = [
                Phase::Investigating,
                Phase::Identified,
                Phase::Monitoring,
                Phase::Resolved,
                Phase::Postmortem,
            ];
            let updates = said.into_iter().enumerate().map(|(index, (body, audience, step))| {
                let at = started + apart * index as i32;
                Update { audience, ..update(at, phases[(index + step).min(last)], &body) }
            });
            let updates = updates.collect();
            Incident {
                title: Localized::plain(title),
                severity,
                affected,
                started,
                eta,
                updates,
                ..incident("x")
            }
        },
    )
}

/// A maintenance before, during or after its window.
pub(super) fn any_maintenance() -> impl Strategy<Value = Incident> {
    (any_words(), -72..72_i64, any_words(), any::<bool>()).prop_map(|(title, hours, body, speaks)| {
        let starts = minutes(60 * hours + 30);
        let said = starts.min(now()) - TimeDelta::hours(30);
        let updates = if speaks { vec![update(said, Phase::Scheduled, &body)] } else { Vec::new() };
        Incident { title: Localized::plain(title), updates, ..maintenance("x", starts) }
    })
}

/// One to six incidents and maintenances under different names.
pub(super) fn any_site() -> impl Strategy<Value = Site> {
    let any = prop_oneof![3 => any_incident().boxed(), 1 => any_maintenance().boxed()];
    vec(any, 1..7).prop_map(|incidents| {
        let named = incidents.into_iter().enumerate();
        site(named.map(|(number, incident)| Incident {
            id: IncidentId::new(&format!("i{number}")).unwrap(),
            ..incident
        }))
    })
}

pub(super) fn some_features() -> impl Strategy<Value = Vec<FeatureId>> {
    btree_set(any_feature(), 1..3).prop_map(|features| features.into_iter().collect())
}
