//! Edits that people should hear about, each with exactly what they should hear.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::build::{
    any_eta, any_severity, any_status, any_words, incident, minutes, now, public_phase, some_features, update,
};
use super::cosmetic::say;
use crate::model::change::ChangeKind;
use crate::model::edit::Part;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Audience, Eta, Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::phase::{Phase, Severity};
use crate::model::site::Site;

/// One edit with news.
#[derive(Clone, Debug)]
pub(super) enum Semantic {
    Open(String),
    Say(String),
    Move(Phase, String),
    SetSeverity(Severity),
    SetEta(Option<Eta>),
    Add(Vec<FeatureId>),
    Remove,
    SetStatus(Status),
    AddNews(String),
    Retitle(String),
    Explain(String),
}

pub(super) fn any_semantic() -> impl Strategy<Value = Semantic> {
    let phases =
        [Phase::Investigating, Phase::Identified, Phase::Monitoring, Phase::Resolved, Phase::Postmortem];
    prop_oneof![
        any_words().prop_map(Semantic::Open),
        any_words().prop_map(Semantic::Say),
        (prop::sample::select(phases.to_vec()), any_words())
            .prop_map(|(phase, text)| Semantic::Move(phase, text)),
        any_severity().prop_map(Semantic::SetSeverity),
        prop::option::of(any_eta()).prop_map(Semantic::SetEta),
        some_features().prop_map(Semantic::Add),
        Just(Semantic::Remove),
        any_status().prop_map(Semantic::SetStatus),
        any_words().prop_map(Semantic::AddNews),
        any_words().prop_map(Semantic::Retitle),
        any_words().prop_map(Semantic::Explain),
    ]
}

impl Semantic {
    /// Edits the first incident, which is open, and returns what people should hear, in order.
    pub(super) fn apply(&self, site: &mut Site) -> Vec<ChangeKind> {
        let taken: BTreeSet<_> = site.incidents.iter().map(|incident| incident.id.clone()).collect();
        let edited = Arc::make_mut(&mut site.incidents[0]);
        match self {
            Self::Open(text) => {
                let id = |number| IncidentId::new(&format!("new-{number}")).unwrap();
                let id = (0..).map(id).find(|id| !taken.contains(id)).unwrap();
                let new =
                    Incident { id, title: Localized::plain(text), updates: Vec::new(), ..incident("x") };
                site.incidents.push(Arc::new(new));
                vec![ChangeKind::Opened]
            }
            Self::Say(text) => {
                say(edited, update(now(), None, text));
                vec![ChangeKind::UpdatePosted { at: now() }]
            }
            Self::Move(to, text) => {
                let from = public_phase(edited);
                say(edited, update(now(), *to, text));
                let moved = match to {
                    Phase::Resolved => vec![ChangeKind::Resolved],
                    Phase::Postmortem => vec![ChangeKind::Resolved, ChangeKind::PostmortemPublished],
                    to if *to == from => Vec::new(),
                    to => vec![ChangeKind::PhaseChanged { from, to: *to }],
                };
                moved.into_iter().chain([ChangeKind::UpdatePosted { at: now() }]).collect()
            }
            Self::SetSeverity(to) => {
                let from = std::mem::replace(&mut edited.severity, *to);
                only_if(from != *to, ChangeKind::SeverityChanged { from, to: *to })
            }
            Self::SetEta(to) => {
                let from = std::mem::replace(&mut edited.eta, *to);
                let at = |eta: Option<Eta>| eta.filter(|eta| *eta != Eta::Unknown);
                only_if(at(from) != at(*to), ChangeKind::EtaChanged { from, to: *to })
            }
            Self::Add(features) => {
                let new: BTreeSet<_> =
                    features.iter().filter(|id| !edited.affected.contains_key(id)).cloned().collect();
                edited.affected.extend(new.iter().cloned().map(|feature| (feature, Status::Degraded)));
                only_if(!new.is_empty(), ChangeKind::FeaturesAdded(new))
            }
            Self::Remove => match edited.affected.pop_first() {
                Some((feature, _)) => vec![ChangeKind::FeaturesRemoved([feature].into())],
                None => Vec::new(),
            },
            Self::SetStatus(to) => match edited.affected.iter_mut().next() {
                Some((feature, status)) => {
                    let from = std::mem::replace(status, *to);
                    only_if(
                        from != *to,
                        ChangeKind::StatusChanged { feature: feature.clone(), from, to: *to },
                    )
                }
                None => Vec::new(),
            },
            Self::Retitle(text) => {
                edited.title.default = format!("Anew: {text}");
                vec![ChangeKind::Corrected { part: Part::Title, language: None }]
            }
            Self::Explain(text) => explain(edited, text),
            Self::AddNews(text) => add_news(edited, text),
        }
    }
}

/// Replaces impact and workaround: a correction, or news if there was none.
fn explain(edited: &mut Incident, text: &str) -> Vec<ChangeKind> {
    let told = |part, before: Option<Localized>| match before {
        Some(_) => ChangeKind::Corrected { part, language: None },
        None => ChangeKind::TextAdded { part },
    };
    let impact = edited.impact.replace(Localized::plain(text));
    let workaround = edited.workaround.replace(Localized::plain(text));
    let mut what = vec![told(Part::Impact, impact), told(Part::Workaround, workaround)];
    what.sort();
    what
}

/// Adds words that no older text has to the first public update: an update if it is the newest one of something open.
fn add_news(edited: &mut Incident, text: &str) -> Vec<ChangeKind> {
    let newest = edited.public_updates().last().map(|update| update.at);
    let newest = newest.filter(|_| !edited.phase_at(now()).is_over());
    match edited.updates.iter_mut().find(|update| update.audience == Audience::Public) {
        Some(first) => {
            let fresh = text.split(' ').map(|word| format!(" re{word}ed")).collect::<String>();
            first.body.default.push_str(&fresh);
            match newest == Some(first.at) {
                true => vec![ChangeKind::UpdatePosted { at: first.at }],
                false => vec![ChangeKind::Corrected { part: Part::Update { at: first.at }, language: None }],
            }
        }
        None => Vec::new(),
    }
}

fn only_if(moved: bool, what: ChangeKind) -> Vec<ChangeKind> {
    if moved { vec![what] } else { Vec::new() }
}

/// The incident without its end, and without anything it said in the last minute.
pub(super) fn still_open(mut incident: Incident) -> Incident {
    incident.updates.retain(|update| update.at < minutes(0) - TimeDelta::minutes(1));
    for update in &mut incident.updates {
        update.phase = update.phase.filter(|phase| !phase.is_over());
    }
    incident
}
