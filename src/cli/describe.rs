//! Changes in the operator's words: what `notify`, `why` and `demo` print for each.

use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::edit::Part;
use crate::model::incident::{Eta, TimeRange};

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
            format!("maintenance rescheduled from {} to {}", starts(*from), starts(*to))
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

/// When planned work starts.
fn starts(window: TimeRange) -> String {
    let known = if window.day_only.starts { " (day only)" } else { "" };
    format!("{}{known}", short(window.starts))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feature::{FeatureId, Status};
    use crate::model::incident::TimeRange;
    use crate::model::localized::Language;
    use crate::model::phase::{Phase, Severity};

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn features(ids: &[&str]) -> Vec<FeatureId> {
        ids.iter().filter_map(|id| FeatureId::new(id)).collect()
    }

    #[test]
    fn each_change_is_named_with_what_it_changed() {
        let (ten, eleven) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T11:00:30Z"));
        let window = |starts| TimeRange::new(starts, None, None);
        let eta = |from, to| ChangeKind::EtaChanged { from, to };
        let corrected =
            |part, tag: Option<&str>| ChangeKind::Corrected { part, language: tag.and_then(Language::new) };
        for (what, said) in [
            (ChangeKind::Withdrawn, "withdrawn: reported in error"),
            (ChangeKind::MaintenanceReminder, "reminder of maintenance"),
            (
                ChangeKind::MaintenanceRescheduled { from: window(ten), to: window(eleven) },
                "maintenance rescheduled from 2026-11-20 10:00 UTC to 2026-11-20 11:00 UTC",
            ),
            (
                ChangeKind::SeverityChanged { from: Severity::Minor, to: Severity::Critical },
                "severity minor → critical",
            ),
            (eta(None, Some(Eta::At(ten))), "ETA none → 2026-11-20 10:00 UTC"),
            (eta(Some(Eta::At(eleven)), Some(Eta::Unknown)), "ETA 2026-11-20 11:00 UTC → unknown"),
            (
                ChangeKind::FeaturesAdded(features(&["checkout"]).into_iter().collect()),
                "also affects checkout",
            ),
            (
                ChangeKind::FeaturesRemoved(features(&["checkout", "refunds"]).into_iter().collect()),
                "no longer affects checkout and refunds",
            ),
            (
                ChangeKind::StatusChanged {
                    feature: features(&["checkout"]).remove(0),
                    from: Status::Degraded,
                    to: Status::MajorOutage,
                },
                "checkout degraded → major_outage",
            ),
            (
                ChangeKind::PhaseChanged { from: Phase::Scheduled, to: Phase::InProgress },
                "scheduled → in_progress",
            ),
            (ChangeKind::UpdatePosted { at: ten }, "update of 2026-11-20 10:00 UTC"),
            (ChangeKind::UpdatePosted { at: eleven }, "update of 2026-11-20 11:00:30 UTC"),
            (corrected(Part::Title, None), "correction of the title"),
            (corrected(Part::Impact, Some("es")), "correction of the impact (es)"),
            (
                corrected(Part::Update { at: eleven }, Some("pt-BR")),
                "correction of the update of 2026-11-20 11:00:30 UTC (pt-BR)",
            ),
            (ChangeKind::TextAdded { part: Part::Workaround }, "workaround added"),
        ] {
            assert_eq!(one(&what), said, "{what:?}");
        }
        assert_eq!(
            all(&[ChangeKind::Opened, ChangeKind::UpdatePosted { at: ten }]),
            "opened, update of 2026-11-20 10:00 UTC"
        );
        assert_eq!(all(&[]), "");
    }

    #[test]
    fn a_time_has_its_seconds_only_if_it_has_any() {
        for (moment, shortened, exact, of_day) in [
            ("2026-11-20T10:00:00Z", "2026-11-20 10:00 UTC", "2026-11-20 10:00 UTC", "10:00:00"),
            ("2026-11-20T10:00:59Z", "2026-11-20 10:00 UTC", "2026-11-20 10:00:59 UTC", "10:00:59"),
            ("1969-12-31T23:59:00Z", "1969-12-31 23:59 UTC", "1969-12-31 23:59 UTC", "23:59:00"),
            ("1969-12-31T23:59:01Z", "1969-12-31 23:59 UTC", "1969-12-31 23:59:01 UTC", "23:59:01"),
        ] {
            let moment = at(moment);
            assert_eq!(
                (short(moment), precise(moment), clock(moment)),
                (shortened.into(), exact.into(), of_day.into())
            );
        }
    }
}
