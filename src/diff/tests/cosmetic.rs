//! Edits that are announced to nobody, because they change no meaning.

use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::Index;

use super::build::{any_words, minutes, now, public_phase, update};
use crate::model::Moment;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Incident, IncidentId, Update};
use crate::model::localized::{Language, Localized};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::site::Site;

/// One edit without news.
#[derive(Clone, Debug)]
pub(super) enum Cosmetic {
    Edit(Index, IncidentEdit),
    DeleteFile(Index),
    Reorder(usize),
    RenameFeature(Index, String),
    Restyle(String),
}

/// An edit of one incident's file.
#[derive(Clone, Debug)]
pub(super) enum IncidentEdit {
    Rename,
    Retime(Index, u8),
    Emphasise,
    Rewrap,
    Shout,
    Typo,
    Translate(String),
    PromiseNextUpdate,
    SayInternally(String),
    SayTomorrow(String),
    FillInHistory(String),
    TouchFinished,
}

pub(super) fn any_cosmetic() -> impl Strategy<Value = Cosmetic> {
    prop_oneof![
        12 => (any::<Index>(), any_incident_edit()).prop_map(|(which, edit)| Cosmetic::Edit(which, edit)),
        1 => any::<Index>().prop_map(Cosmetic::DeleteFile),
        1 => (0..9_usize).prop_map(Cosmetic::Reorder),
        1 => (any::<Index>(), any_words()).prop_map(|(which, text)| Cosmetic::RenameFeature(which, text)),
        1 => any_words().prop_map(Cosmetic::Restyle),
    ]
}

fn any_incident_edit() -> impl Strategy<Value = IncidentEdit> {
    prop_oneof![
        Just(IncidentEdit::Rename),
        (any::<Index>(), 1..100_u8).prop_map(|(at, share)| IncidentEdit::Retime(at, share)),
        Just(IncidentEdit::Emphasise),
        Just(IncidentEdit::Rewrap),
        Just(IncidentEdit::Shout),
        Just(IncidentEdit::Typo),
        any_words().prop_map(IncidentEdit::Translate),
        Just(IncidentEdit::PromiseNextUpdate),
        any_words().prop_map(IncidentEdit::SayInternally),
        any_words().prop_map(IncidentEdit::SayTomorrow),
        any_words().prop_map(IncidentEdit::FillInHistory),
        Just(IncidentEdit::TouchFinished),
    ]
}

impl Cosmetic {
    pub(super) fn apply(&self, site: &mut Site) {
        match self {
            Self::RenameFeature(which, text) => {
                let features = &mut site.page.groups[0].features;
                let place = which.index(features.len());
                features[place].name = Localized::plain(text);
                features.rotate_left(1);
            }
            Self::Restyle(text) => {
                site.page.theme = text.replace(' ', "-");
                site.page.name = Localized::plain(text);
            }
            _ if site.incidents.is_empty() => {}
            Self::Edit(which, edit) => edit.apply(Arc::make_mut(which.get_mut(&mut site.incidents))),
            Self::DeleteFile(which) => {
                site.incidents.remove(which.index(site.incidents.len()));
            }
            Self::Reorder(by) => {
                let by = by % site.incidents.len();
                site.incidents.rotate_left(by);
            }
        }
    }
}

impl IncidentEdit {
    fn apply(&self, incident: &mut Incident) {
        let spanish = || Language::new("es").unwrap();
        match self {
            Self::Rename => {
                // Renamed once, so that two renamed incidents cannot swap their names.
                let id = incident.id.as_str().trim_end_matches("-renamed");
                incident.id = IncidentId::new(&format!("{id}-renamed")).unwrap();
            }
            Self::Retime(at, share) => retime(incident, at, *share),
            Self::Emphasise => bodies(incident, |body| format!("**{body}**")),
            Self::Rewrap => bodies(incident, |body| format!("* {}.\n", body.replace(' ', "\n"))),
            Self::Shout => bodies(incident, |body| format!("{}!", body.to_uppercase())),
            Self::Typo => bodies(incident, |body| doubled_letter(&body)),
            Self::Translate(text) => {
                // Added once: another text in the same language is an edit of it.
                incident.title.translations.entry(spanish()).or_insert_with(|| text.clone());
                for update in &mut incident.updates {
                    update.body.translations.entry(spanish()).or_insert_with(|| text.clone());
                }
            }
            Self::PromiseNextUpdate => incident.next_update = Some(minutes(45)),
            Self::SayInternally(text) => {
                let said = update(free_moment(incident, now()), Phase::Monitoring, text);
                say(
                    incident,
                    Update { audience: Audience::Internal, severity: Some(Severity::Critical), ..said },
                );
            }
            Self::SayTomorrow(text) => {
                let at = free_moment(incident, minutes(60 * 40));
                say(incident, update(at, Phase::Monitoring, text));
            }
            Self::FillInHistory(text) => fill_in(incident, text),
            Self::TouchFinished => {
                if incident.kind == IncidentKind::Incident && public_phase(incident).is_over() {
                    (incident.severity, incident.eta) = (Severity::Minor, None);
                    incident.affected.values_mut().for_each(|status| *status = Status::Degraded);
                }
            }
        }
    }
}

fn bodies(incident: &mut Incident, edit: impl Fn(String) -> String) {
    for update in &mut incident.updates {
        update.body.default = edit(std::mem::take(&mut update.body.default));
    }
}

/// Moves one heading by up to two hours within the gap to its neighbors, so that the story keeps its order.
fn retime(incident: &mut Incident, at: &Index, share: u8) {
    if incident.updates.is_empty() || incident.kind == IncidentKind::Maintenance {
        return;
    }
    let place = at.index(incident.updates.len());
    let from = incident.updates[place].at;
    let until = incident.updates.get(place + 1).map_or(now(), |next| next.at).min(now());
    let until = until.min(from + TimeDelta::hours(2));
    let later = TimeDelta::seconds((until - from).num_seconds().max(0) * i64::from(share) / 101);
    incident.updates[place].at += later;
}

/// An update dated before the last one and more than a day ago, where the story has room for one.
fn fill_in(incident: &mut Incident, text: &str) {
    let newest = incident.public_updates().map(|update| update.at).filter(|at| *at <= now()).max();
    let at = free_moment(incident, minutes(-60 * 24 * 4));
    if newest.is_some_and(|newest| at < newest) && incident.kind == IncidentKind::Incident {
        say(incident, update(at, None, text));
    }
}

fn free_moment(incident: &Incident, from: Moment) -> Moment {
    let taken = |at| incident.updates.iter().any(|update| update.at == at);
    (0..).map(|second| from - TimeDelta::seconds(second)).find(|at| !taken(*at)).unwrap()
}

pub(super) fn say(incident: &mut Incident, update: Update) {
    incident.updates.push(update);
    incident.updates.sort_by_key(|update| update.at);
}

/// The text with the second letter of its first word doubled.
fn doubled_letter(body: &str) -> String {
    let (head, tail) = body.split_at(body.char_indices().nth(1).map_or(0, |(place, _)| place));
    if tail.starts_with(head) { body.to_owned() } else { format!("{head}{head}{tail}") }
}
