//! The report as scripts read it.
//!
//! Promises: fields are added and never renamed or taken away; every moment is in RFC 3339, a day of which no time is known as its date, and every span in whole seconds.
//! Never holds an address.

use serde_json::{Map, Value, json};

use crate::ledger::{ChangeSummary, SendTimes};
use crate::model::Moment;
use crate::model::incident::{Eta, Incident};
use crate::theme::calendar::Zone;

use crate::commands::report::promises::{promises, silence};
use crate::commands::report::{Change, IncidentReport};

/// Every incident asked for. Moments are in RFC 3339, spans in whole seconds.
pub(super) fn whole(reports: &[IncidentReport], zone: &Zone, now: Moment) -> String {
    let incidents: Vec<Value> = reports.iter().map(|report| of_incident(report, zone, now)).collect();
    format!("{:#}", json!({ "incidents": incidents }))
}

fn of_incident(report: &IncidentReport, zone: &Zone, now: Moment) -> Value {
    let first = report.changes.iter().filter_map(|change| change.summary.pace).map(|pace| pace.first).min();
    let mut value = json!({
        "incident": report.name.as_str(),
        "changes": report.changes.iter().map(of_change).collect::<Vec<_>>(),
    });
    if let Some(incident) = &report.incident {
        value["story"] = story(incident, first, zone, now);
    }
    value
}

fn story(incident: &Incident, first_handoff: Option<Moment>, zone: &Zone, now: Moment) -> Value {
    let stated = |at: Moment| if incident.is_day_only(at) { zone.day(at) } else { at.to_rfc3339() };
    let etas: Vec<Value> = promises(incident, now)
        .iter()
        .map(|promise| {
            json!({
                "given_at": promise.given.to_rfc3339(),
                "eta": match promise.eta { Eta::At(at) => at.to_rfc3339(), Eta::Unknown => "unknown".to_owned() },
                "late_seconds": promise.late.map(|late| late.num_seconds()),
            })
        })
        .collect();
    json!({
        "title": incident.title.default,
        "severity": incident.peak_severity().word(),
        "phase": incident.phase_at(now).word(),
        "began_at": stated(incident.began_at()),
        "ended_at": incident.ended_at(now).map(stated),
        "lasted_seconds": incident.open_for(incident.ended_at(now).unwrap_or(now)).map(|open| open.num_seconds()),
        "first_told_after_seconds": silence(incident, first_handoff).map(|silence| silence.num_seconds()),
        "etas": etas,
    })
}

fn of_change(change: &Change) -> Value {
    let summary = &change.summary;
    let people: Map<String, Value> =
        summary.people.iter().map(|(state, number)| (state.word().to_owned(), json!(number))).collect();
    let missed: Vec<Value> = change
        .missed
        .iter()
        .map(|missed| json!({ "subscriber": missed.subscriber.as_str(), "state": missed.state.word() }))
        .collect();
    let places: Map<String, Value> =
        summary.places.iter().map(|(name, state)| (name.clone(), json!(state.word()))).collect();
    json!({
        "change": summary.change.id.as_str(),
        "what": summary.change.what.iter().map(|what| what.word()).collect::<Vec<_>>(),
        "planned_at": summary.change.planned_at.to_rfc3339(),
        "forced_by": summary.change.forced.as_ref().map(|forced| forced.who.as_str()),
        "planned": summary.planned(),
        "people": people,
        "destinations": places,
        "steps": steps(summary),
        "held": summary.held,
        "calls": calls(summary),
        "handoffs": summary.pace.map(handoffs),
        "missed": missed,
        "missed_more": change.unnamed(),
    })
}

fn steps(summary: &ChangeSummary) -> Value {
    let mut channels = Map::new();
    for ((channel, state), number) in &summary.steps {
        let states = channels.entry(channel.word()).or_insert_with(|| json!({}));
        states[state.word()] = json!(number);
    }
    Value::Object(channels)
}

fn calls(summary: &ChangeSummary) -> Value {
    let mut providers = Map::new();
    for ((provider, class), number) in &summary.calls {
        let classes = providers.entry(provider.clone()).or_insert_with(|| json!({}));
        classes[class.word()] = json!(number);
    }
    Value::Object(providers)
}

fn handoffs(pace: SendTimes) -> Value {
    json!({
        "first": pace.first.to_rfc3339(),
        "half": pace.half.to_rfc3339(),
        "ninety_five_percent": pace.most.to_rfc3339(),
        "last": pace.last.to_rfc3339(),
    })
}
