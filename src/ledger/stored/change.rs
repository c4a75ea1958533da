//! The stored shape of a change.

use serde::{Deserialize, Serialize};

use super::{
    StoredWindow, Unreadable, eta, eta_text, feature, from_json, language, moment, moment_text, phase,
    severity, status, to_json, unreadable,
};
use crate::model::change::ChangeKind;
use crate::model::edit::Part;

#[derive(Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum StoredWhat {
    Opened,
    MaintenanceAnnounced,
    Resolved,
    Reopened,
    MaintenanceStarted,
    MaintenanceCompleted,
    MaintenanceCancelled,
    Withdrawn,
    MaintenanceMoved {
        from: StoredWindow,
        to: StoredWindow,
    },
    PostmortemPublished,
    MaintenanceReminder,
    SeverityMoved {
        from: String,
        to: String,
    },
    EtaMoved {
        from: Option<String>,
        to: Option<String>,
    },
    FeaturesAdded {
        features: Vec<String>,
    },
    FeaturesRemoved {
        features: Vec<String>,
    },
    StatusMoved {
        feature: String,
        from: String,
        to: String,
    },
    PhaseMoved {
        from: String,
        to: String,
    },
    UpdatePosted {
        at: String,
    },
    Corrected {
        part: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    TextAdded {
        part: String,
    },
}

/// Writes what was different as JSON. A later version adds kinds and never changes the fields of these.
pub(in crate::ledger) fn write_what(what: &[ChangeKind]) -> String {
    to_json(&what.iter().map(write_one).collect::<Vec<_>>())
}

/// Reads what [`write_what`] wrote.
pub(in crate::ledger) fn read_what(text: &str) -> Result<Vec<ChangeKind>, Unreadable> {
    let stored: Vec<StoredWhat> = from_json(text, "change")?;
    stored.iter().map(read_one).collect()
}

fn write_one(what: &ChangeKind) -> StoredWhat {
    let names = |features: &std::collections::BTreeSet<_>| features.iter().map(ToString::to_string).collect();
    match what {
        ChangeKind::Opened => StoredWhat::Opened,
        ChangeKind::MaintenanceAnnounced => StoredWhat::MaintenanceAnnounced,
        ChangeKind::Resolved => StoredWhat::Resolved,
        ChangeKind::Reopened => StoredWhat::Reopened,
        ChangeKind::MaintenanceStarted => StoredWhat::MaintenanceStarted,
        ChangeKind::MaintenanceCompleted => StoredWhat::MaintenanceCompleted,
        ChangeKind::MaintenanceCancelled => StoredWhat::MaintenanceCancelled,
        ChangeKind::Withdrawn => StoredWhat::Withdrawn,
        ChangeKind::MaintenanceRescheduled { from, to } => {
            StoredWhat::MaintenanceMoved { from: StoredWindow::of(from), to: StoredWindow::of(to) }
        }
        ChangeKind::PostmortemPublished => StoredWhat::PostmortemPublished,
        ChangeKind::MaintenanceReminder => StoredWhat::MaintenanceReminder,
        ChangeKind::SeverityChanged { from, to } => {
            StoredWhat::SeverityMoved { from: from.word().to_owned(), to: to.word().to_owned() }
        }
        ChangeKind::EtaChanged { from, to } => {
            StoredWhat::EtaMoved { from: from.map(eta_text), to: to.map(eta_text) }
        }
        ChangeKind::FeaturesAdded(features) => StoredWhat::FeaturesAdded { features: names(features) },
        ChangeKind::FeaturesRemoved(features) => StoredWhat::FeaturesRemoved { features: names(features) },
        ChangeKind::StatusChanged { feature, from, to } => StoredWhat::StatusMoved {
            feature: feature.to_string(),
            from: from.word().to_owned(),
            to: to.word().to_owned(),
        },
        ChangeKind::PhaseChanged { from, to } => {
            StoredWhat::PhaseMoved { from: from.word().to_owned(), to: to.word().to_owned() }
        }
        ChangeKind::UpdatePosted { at } => StoredWhat::UpdatePosted { at: moment_text(*at) },
        ChangeKind::Corrected { part, language } => StoredWhat::Corrected {
            part: part.word().to_owned(),
            at: if let Part::Update { at } = part { Some(moment_text(*at)) } else { None },
            language: language.as_ref().map(ToString::to_string),
        },
        ChangeKind::TextAdded { part } => StoredWhat::TextAdded { part: part.word().to_owned() },
    }
}

fn read_one(stored: &StoredWhat) -> Result<ChangeKind, Unreadable> {
    let features = |names: &[String]| names.iter().map(|name| feature(name)).collect::<Result<_, _>>();
    Ok(match stored {
        StoredWhat::Opened => ChangeKind::Opened,
        StoredWhat::MaintenanceAnnounced => ChangeKind::MaintenanceAnnounced,
        StoredWhat::Resolved => ChangeKind::Resolved,
        StoredWhat::Reopened => ChangeKind::Reopened,
        StoredWhat::MaintenanceStarted => ChangeKind::MaintenanceStarted,
        StoredWhat::MaintenanceCompleted => ChangeKind::MaintenanceCompleted,
        StoredWhat::MaintenanceCancelled => ChangeKind::MaintenanceCancelled,
        StoredWhat::Withdrawn => ChangeKind::Withdrawn,
        StoredWhat::MaintenanceMoved { from, to } => {
            ChangeKind::MaintenanceRescheduled { from: from.read()?, to: to.read()? }
        }
        StoredWhat::PostmortemPublished => ChangeKind::PostmortemPublished,
        StoredWhat::MaintenanceReminder => ChangeKind::MaintenanceReminder,
        StoredWhat::SeverityMoved { from, to } => {
            ChangeKind::SeverityChanged { from: severity(from)?, to: severity(to)? }
        }
        StoredWhat::EtaMoved { from, to } => ChangeKind::EtaChanged {
            from: from.as_deref().map(eta).transpose()?,
            to: to.as_deref().map(eta).transpose()?,
        },
        StoredWhat::FeaturesAdded { features: names } => ChangeKind::FeaturesAdded(features(names)?),
        StoredWhat::FeaturesRemoved { features: names } => ChangeKind::FeaturesRemoved(features(names)?),
        StoredWhat::StatusMoved { feature: name, from, to } => {
            ChangeKind::StatusChanged { feature: feature(name)?, from: status(from)?, to: status(to)? }
        }
        StoredWhat::PhaseMoved { from, to } => {
            ChangeKind::PhaseChanged { from: phase(from)?, to: phase(to)? }
        }
        StoredWhat::UpdatePosted { at } => ChangeKind::UpdatePosted { at: moment(at)? },
        StoredWhat::Corrected { part: word, at, language: tag } => ChangeKind::Corrected {
            part: part(word, at.as_deref())?,
            language: tag.as_deref().map(language).transpose()?,
        },
        StoredWhat::TextAdded { part: word } => ChangeKind::TextAdded { part: part(word, None)? },
    })
}

fn part(word: &str, at: Option<&str>) -> Result<Part, Unreadable> {
    match (word, at) {
        ("title", None) => Ok(Part::Title),
        ("impact", None) => Ok(Part::Impact),
        ("workaround", None) => Ok(Part::Workaround),
        ("update", Some(at)) => Ok(Part::Update { at: moment(at)? }),
        _ => Err(unreadable("part")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feature::Status;
    use crate::model::incident::{Eta, TimeRange};
    use crate::model::phase::{Phase, Severity};

    #[test]
    fn every_kind_of_change_reads_back_equal_under_its_own_word() {
        let at = moment("2026-11-20T09:12:00Z").unwrap();
        let window = TimeRange::between(at, moment("2026-11-20T10:12:00Z").unwrap());
        let checkout = feature("checkout").unwrap();
        let all = vec![
            ChangeKind::Opened,
            ChangeKind::MaintenanceAnnounced,
            ChangeKind::Resolved,
            ChangeKind::Reopened,
            ChangeKind::MaintenanceStarted,
            ChangeKind::MaintenanceCompleted,
            ChangeKind::MaintenanceCancelled,
            ChangeKind::Withdrawn,
            ChangeKind::MaintenanceRescheduled { from: window, to: window },
            ChangeKind::PostmortemPublished,
            ChangeKind::MaintenanceReminder,
            ChangeKind::SeverityChanged { from: Severity::Minor, to: Severity::Critical },
            ChangeKind::EtaChanged { from: None, to: Some(Eta::At(at)) },
            ChangeKind::EtaChanged { from: Some(Eta::At(at)), to: Some(Eta::Unknown) },
            ChangeKind::FeaturesAdded([checkout.clone()].into()),
            ChangeKind::FeaturesRemoved([checkout.clone()].into()),
            ChangeKind::StatusChanged { feature: checkout, from: Status::Degraded, to: Status::MajorOutage },
            ChangeKind::PhaseChanged { from: Phase::Investigating, to: Phase::Identified },
            ChangeKind::UpdatePosted { at },
            ChangeKind::Corrected { part: Part::Title, language: None },
            ChangeKind::TextAdded { part: Part::Impact },
            ChangeKind::Corrected { part: Part::Update { at }, language: Some(language("pt-BR").unwrap()) },
        ];
        assert_eq!(read_what(&write_what(&all)).unwrap(), all);
        for what in &all {
            let text = write_what(std::slice::from_ref(what));
            assert!(text.contains(&format!("\"what\":\"{}\"", what.word())), "{text}");
        }
    }
}
