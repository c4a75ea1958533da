//! The stored shape of what was different.

use serde::{Deserialize, Serialize};

use super::{
    StoredWindow, Unreadable, eta, eta_text, feature, from_json, language, moment, moment_text, phase,
    severity, status, to_json, unreadable,
};
use crate::model::change::What;
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
    MaintenanceMoved {
        from: StoredWindow,
        to: StoredWindow,
    },
    PostmortemPublished,
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
}

/// Writes what was different as JSON. A later version adds kinds and never changes the fields of these.
pub(in crate::ledger) fn write_what(what: &[What]) -> String {
    to_json(&what.iter().map(write_one).collect::<Vec<_>>())
}

/// Reads what [`write_what`] wrote.
pub(in crate::ledger) fn read_what(text: &str) -> Result<Vec<What>, Unreadable> {
    let stored: Vec<StoredWhat> = from_json(text, "change")?;
    stored.iter().map(read_one).collect()
}

fn write_one(what: &What) -> StoredWhat {
    let names = |features: &std::collections::BTreeSet<_>| features.iter().map(ToString::to_string).collect();
    match what {
        What::Opened => StoredWhat::Opened,
        What::MaintenanceAnnounced => StoredWhat::MaintenanceAnnounced,
        What::Resolved => StoredWhat::Resolved,
        What::Reopened => StoredWhat::Reopened,
        What::MaintenanceStarted => StoredWhat::MaintenanceStarted,
        What::MaintenanceCompleted => StoredWhat::MaintenanceCompleted,
        What::MaintenanceCancelled => StoredWhat::MaintenanceCancelled,
        What::MaintenanceMoved { from, to } => {
            StoredWhat::MaintenanceMoved { from: StoredWindow::of(from), to: StoredWindow::of(to) }
        }
        What::PostmortemPublished => StoredWhat::PostmortemPublished,
        What::SeverityMoved { from, to } => {
            StoredWhat::SeverityMoved { from: from.word().to_owned(), to: to.word().to_owned() }
        }
        What::EtaMoved { from, to } => {
            StoredWhat::EtaMoved { from: from.map(eta_text), to: to.map(eta_text) }
        }
        What::FeaturesAdded(features) => StoredWhat::FeaturesAdded { features: names(features) },
        What::FeaturesRemoved(features) => StoredWhat::FeaturesRemoved { features: names(features) },
        What::StatusMoved { feature, from, to } => StoredWhat::StatusMoved {
            feature: feature.to_string(),
            from: from.word().to_owned(),
            to: to.word().to_owned(),
        },
        What::PhaseMoved { from, to } => {
            StoredWhat::PhaseMoved { from: from.word().to_owned(), to: to.word().to_owned() }
        }
        What::UpdatePosted { at } => StoredWhat::UpdatePosted { at: moment_text(*at) },
        What::Corrected { part, language } => StoredWhat::Corrected {
            part: part.word().to_owned(),
            at: if let Part::Update { at } = part { Some(moment_text(*at)) } else { None },
            language: language.as_ref().map(ToString::to_string),
        },
    }
}

fn read_one(stored: &StoredWhat) -> Result<What, Unreadable> {
    let features = |names: &[String]| names.iter().map(|name| feature(name)).collect::<Result<_, _>>();
    Ok(match stored {
        StoredWhat::Opened => What::Opened,
        StoredWhat::MaintenanceAnnounced => What::MaintenanceAnnounced,
        StoredWhat::Resolved => What::Resolved,
        StoredWhat::Reopened => What::Reopened,
        StoredWhat::MaintenanceStarted => What::MaintenanceStarted,
        StoredWhat::MaintenanceCompleted => What::MaintenanceCompleted,
        StoredWhat::MaintenanceCancelled => What::MaintenanceCancelled,
        StoredWhat::MaintenanceMoved { from, to } => {
            What::MaintenanceMoved { from: from.read()?, to: to.read()? }
        }
        StoredWhat::PostmortemPublished => What::PostmortemPublished,
        StoredWhat::SeverityMoved { from, to } => {
            What::SeverityMoved { from: severity(from)?, to: severity(to)? }
        }
        StoredWhat::EtaMoved { from, to } => What::EtaMoved {
            from: from.as_deref().map(eta).transpose()?,
            to: to.as_deref().map(eta).transpose()?,
        },
        StoredWhat::FeaturesAdded { features: names } => What::FeaturesAdded(features(names)?),
        StoredWhat::FeaturesRemoved { features: names } => What::FeaturesRemoved(features(names)?),
        StoredWhat::StatusMoved { feature: name, from, to } => {
            What::StatusMoved { feature: feature(name)?, from: status(from)?, to: status(to)? }
        }
        StoredWhat::PhaseMoved { from, to } => What::PhaseMoved { from: phase(from)?, to: phase(to)? },
        StoredWhat::UpdatePosted { at } => What::UpdatePosted { at: moment(at)? },
        StoredWhat::Corrected { part: word, at, language: tag } => What::Corrected {
            part: part(word, at.as_deref())?,
            language: tag.as_deref().map(language).transpose()?,
        },
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
    use crate::model::incident::{Eta, Window};
    use crate::model::phase::{Phase, Severity};

    #[test]
    fn every_kind_of_change_reads_back_equal_under_its_own_word() {
        let at = moment("2026-11-20T09:12:00Z").unwrap();
        let window = Window::between(at, moment("2026-11-20T10:12:00Z").unwrap());
        let checkout = feature("checkout").unwrap();
        let all = vec![
            What::Opened,
            What::MaintenanceAnnounced,
            What::Resolved,
            What::Reopened,
            What::MaintenanceStarted,
            What::MaintenanceCompleted,
            What::MaintenanceCancelled,
            What::MaintenanceMoved { from: window, to: window },
            What::PostmortemPublished,
            What::SeverityMoved { from: Severity::Minor, to: Severity::Critical },
            What::EtaMoved { from: None, to: Some(Eta::At(at)) },
            What::EtaMoved { from: Some(Eta::At(at)), to: Some(Eta::Unknown) },
            What::FeaturesAdded([checkout.clone()].into()),
            What::FeaturesRemoved([checkout.clone()].into()),
            What::StatusMoved { feature: checkout, from: Status::Degraded, to: Status::MajorOutage },
            What::PhaseMoved { from: Phase::Investigating, to: Phase::Identified },
            What::UpdatePosted { at },
            What::Corrected { part: Part::Title, language: None },
            What::Corrected { part: Part::Update { at }, language: Some(language("pt-BR").unwrap()) },
        ];
        assert_eq!(read_what(&write_what(&all)).unwrap(), all);
        for what in &all {
            let text = write_what(std::slice::from_ref(what));
            assert!(text.contains(&format!("\"what\":\"{}\"", what.word())), "{text}");
        }
    }
}
