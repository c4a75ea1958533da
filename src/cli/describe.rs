//! Changes in the operator's words: what `notify`, `why` and `demo` print for each.

use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::edit::Part;
use crate::model::incident::Eta;

/// Everything that is different, as one line.
pub(crate) fn all(what: &[ChangeKind]) -> String {
    what.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// One difference.
pub(crate) fn one(what: &ChangeKind) -> String {
    match what {
        ChangeKind::Opened => "opened".to_owned(),
        ChangeKind::MaintenanceAnnounced => "maintenance announced".to_owned(),
        ChangeKind::Resolved => "resolved".to_owned(),
        ChangeKind::Reopened => "reopened".to_owned(),
        ChangeKind::MaintenanceStarted => "maintenance started".to_owned(),
        ChangeKind::MaintenanceCompleted => "maintenance completed".to_owned(),
        ChangeKind::MaintenanceCancelled => "maintenance cancelled".to_owned(),
        ChangeKind::Withdrawn => "withdrawn: reported in error".to_owned(),
        ChangeKind::MaintenanceRescheduled { from, to } => {
            format!("maintenance rescheduled from {} to {}", short(from.starts), short(to.starts))
        }
        ChangeKind::MaintenanceReminder => "reminder of maintenance".to_owned(),
        ChangeKind::PostmortemPublished => "post-mortem published".to_owned(),
        ChangeKind::SeverityChanged { from, to } => format!("severity {} → {}", from.word(), to.word()),
        ChangeKind::EtaChanged { from, to } => format!("ETA {} → {}", eta(*from), eta(*to)),
        ChangeKind::FeaturesAdded(features) => format!("also affects {}", list(features)),
        ChangeKind::FeaturesRemoved(features) => format!("no longer affects {}", list(features)),
        ChangeKind::StatusChanged { feature, from, to } => {
            format!("{feature} {} → {}", from.word(), to.word())
        }
        ChangeKind::PhaseChanged { from, to } => format!("{} → {}", from.word(), to.word()),
        ChangeKind::UpdatePosted { at } => format!("update of {}", precise(*at)),
        ChangeKind::Corrected { part, language } => {
            let language = language.as_ref().map(|language| format!(" ({language})")).unwrap_or_default();
            format!("correction of the {}{language}", part_name(*part))
        }
        ChangeKind::TextAdded { part } => format!("{} added", part_name(*part)),
    }
}

/// Which text of an incident.
pub(crate) fn part_name(part: Part) -> String {
    match part {
        Part::Update { at } => format!("update of {}", precise(at)),
        part => part.word().to_owned(),
    }
}

/// A moment as operators read it: to the minute, in UTC, as in the files.
pub(crate) fn short(moment: Moment) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The same, with its seconds if it has any.
pub(crate) fn precise(moment: Moment) -> String {
    let is_whole = moment.timestamp().rem_euclid(60) == 0;
    moment.format(if is_whole { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S UTC" }).to_string()
}

/// The time of day of a moment, to the second, in UTC.
pub(crate) fn clock(moment: Moment) -> String {
    moment.format("%H:%M:%S").to_string()
}

fn eta(eta: Option<Eta>) -> String {
    match eta {
        Some(Eta::At(moment)) => short(moment),
        Some(Eta::Unknown) => "unknown".to_owned(),
        None => "none".to_owned(),
    }
}

fn list<T: ToString>(ids: impl IntoIterator<Item = T>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(" and ")
}
