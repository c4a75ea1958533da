//! The keys of the words for phases, severities and states.

use crate::model::feature::Status;
use crate::model::phase::{Phase, Severity};

/// The key of a phase's word.
pub(super) fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Investigating => "phase.investigating",
        Phase::Identified => "phase.identified",
        Phase::Monitoring => "phase.monitoring",
        Phase::Resolved => "phase.resolved",
        Phase::Postmortem => "phase.postmortem",
        Phase::Withdrawn => "phase.withdrawn",
        Phase::Scheduled => "phase.scheduled",
        Phase::InProgress => "phase.in_progress",
        Phase::Verifying => "phase.verifying",
        Phase::Completed => "phase.completed",
        Phase::Cancelled => "phase.cancelled",
    }
}

/// The key of a severity that stands alone: on a badge, in a list.
pub(super) fn severity_badge_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "severity_badge.notice",
        Severity::Minor => "severity_badge.minor",
        Severity::Major => "severity_badge.major",
        Severity::Critical => "severity_badge.critical",
    }
}

/// The key of a severity behind the label "Severity".
pub(super) fn severity_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "severity.notice",
        Severity::Minor => "severity.minor",
        Severity::Major => "severity.major",
        Severity::Critical => "severity.critical",
    }
}

/// The key of a state's word.
pub(super) fn status_key(status: Status) -> &'static str {
    match status {
        Status::Operational => "status.operational",
        Status::Maintenance => "status.maintenance",
        Status::Degraded => "status.degraded",
        Status::PartialOutage => "status.partial_outage",
        Status::MajorOutage => "status.major_outage",
    }
}
