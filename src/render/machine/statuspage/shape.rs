//! The objects of the Statuspage API v2, field by field.
//!
//! Promises: every field a strict client asks for is always there; an enumeration holds no word that Statuspage
//! has not; a field without a value is null, as there.

use serde::{Serialize, Serializer};

use crate::model::Moment;

/// A moment with milliseconds, in UTC: `2026-11-20T11:30:00.000Z`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) Moment);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct PageObject {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) time_zone: String,
    pub(super) updated_at: Time,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Overall {
    pub(super) indicator: Indicator,
    pub(super) description: &'static str,
}

/// Statuspage's fifth word, `maintenance`, is not in its own description of the API and breaks strict clients.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Indicator {
    None,
    Minor,
    Major,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ComponentStatus {
    Operational,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    UnderMaintenance,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Impact {
    None,
    Minor,
    Major,
    Critical,
    Maintenance,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IncidentStatus {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
    Scheduled,
    InProgress,
    Verifying,
    Completed,
}

/// A feature, or a group of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Component {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: ComponentStatus,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
    pub(super) position: u8,
    pub(super) description: Option<String>,
    pub(super) showcase: bool,
    /// Always null: our files do not say since when a feature is shown.
    pub(super) start_date: Option<String>,
    pub(super) group_id: Option<String>,
    pub(super) page_id: String,
    pub(super) group: bool,
    pub(super) only_show_if_degraded: bool,
    /// The ids of a group's features; a feature has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) components: Option<Vec<String>>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Incident {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: IncidentStatus,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
    pub(super) monitoring_at: Option<Time>,
    pub(super) resolved_at: Option<Time>,
    pub(super) impact: Impact,
    pub(super) shortlink: String,
    pub(super) started_at: Time,
    pub(super) page_id: String,
    /// Newest first.
    pub(super) incident_updates: Vec<Update>,
    pub(super) components: Vec<Component>,
    pub(super) reminder_intervals: Option<String>,
    /// Only a maintenance has these two.
    #[serde(flatten)]
    pub(super) schedule: Option<Schedule>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Schedule {
    pub(super) scheduled_for: Time,
    /// Null where the end is open.
    pub(super) scheduled_until: Option<Time>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Update {
    pub(super) id: String,
    pub(super) status: IncidentStatus,
    pub(super) body: String,
    pub(super) incident_id: String,
    pub(super) created_at: Time,
    pub(super) updated_at: Time,
    pub(super) display_at: Time,
    pub(super) affected_components: Option<Vec<AffectedComponent>>,
    pub(super) deliver_notifications: bool,
    pub(super) custom_tweet: Option<String>,
    pub(super) tweet_id: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct AffectedComponent {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) old_status: ComponentStatus,
    pub(super) new_status: ComponentStatus,
}
