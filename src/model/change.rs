//! Changes: differences that people should hear about.

use std::collections::BTreeSet;

use super::Moment;
use super::announced::Announced;
use super::feature::{FeatureId, Status};
use super::hash::{derive, derived_id};
use super::incident::{Eta, IncidentId, Window};
use super::phase::{Phase, Severity};

derived_id! {
    /// A change's identity: derived from the incident's origin and revision and from what changed.
    ChangeId
}

/// What is different. One edit of a file may hold several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An incident nobody was told of.
    Opened,
    /// A maintenance nobody was told of.
    MaintenanceAnnounced,
    /// It is over.
    Resolved,
    /// It was over and is not any more.
    Reopened,
    /// Planned work began.
    MaintenanceStarted,
    /// Planned work is done.
    MaintenanceCompleted,
    /// Planned work will not happen.
    MaintenanceCancelled,
    /// Planned work was moved.
    MaintenanceMoved {
        /// The window announced before.
        from: Window,
        /// The window now.
        to: Window,
    },
    /// What we learned is published.
    PostmortemPublished,
    /// The severity moved.
    SeverityMoved {
        /// The one announced before.
        from: Severity,
        /// The one now.
        to: Severity,
    },
    /// The estimate moved, came or went.
    EtaMoved {
        /// The one announced before.
        from: Option<Eta>,
        /// The one now.
        to: Option<Eta>,
    },
    /// More features are affected.
    FeaturesAdded(BTreeSet<FeatureId>),
    /// Features are no longer affected.
    FeaturesRemoved(BTreeSet<FeatureId>),
    /// An affected feature got better or worse.
    StatusMoved {
        /// Which.
        feature: FeatureId,
        /// The status announced before.
        from: Status,
        /// The status now.
        to: Status,
    },
    /// The phase moved in a way no other kind of change says.
    PhaseMoved {
        /// The one announced before.
        from: Phase,
        /// The one now.
        to: Phase,
    },
    /// Something new was said: a new update, or an old one with news added.
    UpdatePosted {
        /// The update's time.
        at: Moment,
    },
}

impl What {
    /// The name in the ledger, in commands and in the derived id.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::MaintenanceAnnounced => "maintenance_announced",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::MaintenanceStarted => "maintenance_started",
            Self::MaintenanceCompleted => "maintenance_completed",
            Self::MaintenanceCancelled => "maintenance_cancelled",
            Self::MaintenanceMoved { .. } => "maintenance_moved",
            Self::PostmortemPublished => "postmortem_published",
            Self::SeverityMoved { .. } => "severity_moved",
            Self::EtaMoved { .. } => "eta_moved",
            Self::FeaturesAdded(_) => "features_added",
            Self::FeaturesRemoved(_) => "features_removed",
            Self::StatusMoved { .. } => "status_moved",
            Self::PhaseMoved { .. } => "phase_moved",
            Self::UpdatePosted { .. } => "update_posted",
        }
    }
}

/// A difference in one incident that people should hear about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Derived from `origin`, `revision` and `what`.
    pub id: ChangeId,
    /// The incident as it is called now.
    pub incident: IncidentId,
    /// The incident as it was called when first announced; threads and order hang on it.
    pub origin: IncidentId,
    /// Which change of the incident this is, from 1.
    pub revision: u32,
    /// What is different, most important first, each kind in the order of [`What`]. Never empty.
    pub what: Vec<What>,
    /// Every feature whose followers should hear of it: those affected now or ever announced as affected.
    pub touched: BTreeSet<FeatureId>,
    /// The worst severity ever announced, this change included: the threshold subscribers are held against.
    pub peak_severity: Severity,
}

impl Change {
    /// Derives the id of a change.
    pub fn derive_id(origin: &IncidentId, revision: u32, what: &[What]) -> ChangeId {
        // Debug text of plain values is stable within a version; what and revision together only have to
        // tell changes of one incident apart.
        let what = what.iter().map(|what| format!("{what:?}")).collect::<Vec<_>>().join(";");
        ChangeId::from_stored(derive("change", &[origin.as_str(), &revision.to_string(), &what]))
    }
}

/// The diff's result: what to tell, and what will have been told once that is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Ordered by origin. Empty when nothing people should hear about changed.
    pub changes: Vec<Change>,
    /// The new baseline; differs from the old one also by silent edits.
    pub announced: Announced,
}
