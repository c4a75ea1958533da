//! Changes: differences that are announced.

use std::collections::BTreeSet;

use super::Moment;
use super::announced::Baseline;
use super::feature::{FeatureId, Status};
use super::hash::{derive, derived_id};
use super::incident::{Eta, IncidentId, TimeRange};
use super::localized::Language;
use super::part::Part;
use super::phase::{Phase, Severity};

derived_id! {
    /// A change's identity: derived from the incident's origin and revision and from what changed.
    ChangeId
}

/// What is different. One edit of a file may hold several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// An incident nobody was notified of.
    Opened,
    /// A maintenance nobody was notified of.
    MaintenanceAnnounced,
    /// The outage is over.
    Resolved,
    /// It was over and is not any more.
    Reopened,
    /// Planned work began.
    MaintenanceStarted,
    /// Planned work is done.
    MaintenanceCompleted,
    /// Planned work will not happen.
    MaintenanceCancelled,
    /// It was reported in error.
    Withdrawn,
    /// Planned work was moved.
    MaintenanceRescheduled {
        /// The window announced before.
        from: TimeRange,
        /// The new window.
        to: TimeRange,
    },
    /// What we learned is published.
    PostmortemPublished,
    /// Planned work that was announced begins soon.
    MaintenanceReminder,
    /// The severity moved.
    SeverityChanged {
        /// The one announced before.
        from: Severity,
        /// The new severity.
        to: Severity,
    },
    /// The estimate moved, came or went.
    EtaChanged {
        /// The one announced before.
        from: Option<Eta>,
        /// The new estimate.
        to: Option<Eta>,
    },
    /// More features are affected.
    FeaturesAdded(BTreeSet<FeatureId>),
    /// Features are no longer affected.
    FeaturesRemoved(BTreeSet<FeatureId>),
    /// An affected feature got better or worse.
    StatusChanged {
        /// The feature whose status moved.
        feature: FeatureId,
        /// The status announced before.
        from: Status,
        /// The new status.
        to: Status,
    },
    /// The phase moved in a way no other kind of change says.
    PhaseChanged {
        /// The one announced before.
        from: Phase,
        /// The new phase.
        to: Phase,
    },
    /// Something new was said.
    UpdatePosted {
        /// The update's time.
        at: Moment,
    },
    /// An announced text says something else now.
    Corrected {
        /// The text that was corrected.
        part: Part,
        /// The translation that changed; `None` for the text in the page's first language.
        language: Option<Language>,
    },
    /// Impact or workaround were not there before.
    TextAdded {
        /// Which of the two.
        part: Part,
    },
}

impl ChangeKind {
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
            Self::Withdrawn => "withdrawn",
            Self::MaintenanceRescheduled { .. } => "maintenance_moved",
            Self::PostmortemPublished => "postmortem_published",
            Self::MaintenanceReminder => "maintenance_reminder",
            Self::SeverityChanged { .. } => "severity_moved",
            Self::EtaChanged { .. } => "eta_moved",
            Self::FeaturesAdded(_) => "features_added",
            Self::FeaturesRemoved(_) => "features_removed",
            Self::StatusChanged { .. } => "status_moved",
            Self::PhaseChanged { .. } => "phase_moved",
            Self::UpdatePosted { .. } => "update_posted",
            Self::Corrected { .. } => "corrected",
            Self::TextAdded { .. } => "text_added",
        }
    }

    /// Whether it opens something or ends it.
    pub fn opens_or_ends(&self) -> bool {
        self.ends()
            || matches!(
                self,
                Self::Opened | Self::Reopened | Self::MaintenanceAnnounced | Self::MaintenanceStarted
            )
    }

    /// Whether it ends something.
    pub fn ends(&self) -> bool {
        matches!(
            self,
            Self::Resolved | Self::MaintenanceCompleted | Self::MaintenanceCancelled | Self::Withdrawn
        )
    }

    /// The word and its facts, as the id of a change is hashed from them: plain text that does not depend on how this
    /// program holds or prints a value.
    fn text_for_id(&self) -> String {
        let moved = |from: &str, to: &str| format!("{} {from} {to}", self.word());
        match self {
            Self::MaintenanceRescheduled { from, to } => moved(&window_text(from), &window_text(to)),
            Self::SeverityChanged { from, to } => moved(from.word(), to.word()),
            Self::EtaChanged { from, to } => moved(&eta_text(from.as_ref()), &eta_text(to.as_ref())),
            Self::FeaturesAdded(features) | Self::FeaturesRemoved(features) => {
                let names: Vec<&str> = features.iter().map(FeatureId::as_str).collect();
                format!("{} {}", self.word(), names.join(","))
            }
            Self::StatusChanged { feature, from, to } => {
                format!("{} {feature} {} {}", self.word(), from.word(), to.word())
            }
            Self::PhaseChanged { from, to } => moved(from.word(), to.word()),
            Self::UpdatePosted { at } => format!("{} {}", self.word(), moment_text(*at)),
            Self::Corrected { part, language } => {
                let language = language.as_ref().map_or("default", Language::as_str);
                match part {
                    Part::Update { at } => format!("{} update {} {language}", self.word(), moment_text(*at)),
                    part => format!("{} {} {language}", self.word(), part.word()),
                }
            }
            Self::TextAdded { part } => format!("{} {}", self.word(), part.word()),
            Self::Opened
            | Self::MaintenanceAnnounced
            | Self::Resolved
            | Self::Reopened
            | Self::MaintenanceStarted
            | Self::MaintenanceCompleted
            | Self::MaintenanceCancelled
            | Self::Withdrawn
            | Self::PostmortemPublished
            | Self::MaintenanceReminder => self.word().to_owned(),
        }
    }
}

/// Seconds since 1970 with nine decimals.
fn moment_text(at: Moment) -> String {
    format!("{}.{:09}", at.timestamp(), at.timestamp_subsec_nanos())
}

fn window_text(window: &TimeRange) -> String {
    format!("{}/{}", moment_text(window.starts), window.ends.map_or_else(|| "open".to_owned(), moment_text))
}

fn eta_text(eta: Option<&Eta>) -> String {
    match eta {
        None => "none".to_owned(),
        Some(Eta::Unknown) => "unknown".to_owned(),
        Some(Eta::At(at)) => moment_text(*at),
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
    /// What is different, most important first, each kind in the order of [`ChangeKind`]. Never empty.
    pub what: Vec<ChangeKind>,
    /// Every feature whose followers should hear of it: those affected now or ever announced as affected.
    pub touched: BTreeSet<FeatureId>,
    /// The worst severity ever announced, this change included: the threshold subscribers are held against.
    pub peak_severity: Severity,
}

impl Change {
    /// The change with an update under another date.
    pub fn redated(&self, from: Moment, to: Moment) -> Self {
        let redate = |what: &ChangeKind| match what {
            ChangeKind::UpdatePosted { at } if *at == from => ChangeKind::UpdatePosted { at: to },
            ChangeKind::Corrected { part: Part::Update { at }, language } if *at == from => {
                ChangeKind::Corrected { part: Part::Update { at: to }, language: language.clone() }
            }
            what => what.clone(),
        };
        Self { what: self.what.iter().map(redate).collect(), ..self.clone() }
    }

    /// Derives the id of a change. The same facts give the same id in every later version.
    pub fn derive_id(origin: &IncidentId, revision: u32, what: &[ChangeKind]) -> ChangeId {
        let revision = revision.to_string();
        let what: Vec<String> = what.iter().map(ChangeKind::text_for_id).collect();
        let parts = [ID_VERSION, origin.as_str(), &revision, &what.join(";")];
        ChangeId::from_stored(derive("change", &parts))
    }
}

/// The rule that ids of changes follow. A rule that is changed gets the next number, so that no id of one rule is ever
/// taken for an id of another.
const ID_VERSION: &str = "2";

/// The diff's result: what to announce, and the baseline once that is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Ordered by origin. Empty when nothing people should hear about changed.
    pub changes: Vec<Change>,
    /// The new baseline; differs from the old one also by silent edits.
    pub announced: Baseline,
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    #[test]
    fn ids_follow_from_text_that_never_changes() {
        let at = Utc.with_ymd_and_hms(2026, 11, 20, 9, 12, 0).unwrap();
        let checkout = FeatureId::new("checkout").unwrap();
        let search = FeatureId::new("search").unwrap();
        let window = |hours: i64| TimeRange::between(at, at + TimeDelta::hours(hours));
        for (what, expected) in [
            (ChangeKind::Opened, "opened"),
            (
                ChangeKind::MaintenanceRescheduled { from: window(1), to: window(2) },
                "maintenance_moved 1795165920.000000000/1795169520.000000000 1795165920.000000000/1795173120.000000000",
            ),
            (
                ChangeKind::SeverityChanged { from: Severity::Minor, to: Severity::Major },
                "severity_moved minor major",
            ),
            (ChangeKind::EtaChanged { from: None, to: Some(Eta::Unknown) }, "eta_moved none unknown"),
            (
                ChangeKind::EtaChanged { from: Some(Eta::At(at)), to: None },
                "eta_moved 1795165920.000000000 none",
            ),
            (ChangeKind::FeaturesAdded([search, checkout.clone()].into()), "features_added checkout,search"),
            (ChangeKind::FeaturesRemoved([checkout.clone()].into()), "features_removed checkout"),
            (
                ChangeKind::StatusChanged {
                    feature: checkout,
                    from: Status::Degraded,
                    to: Status::MajorOutage,
                },
                "status_moved checkout degraded major_outage",
            ),
            (
                ChangeKind::PhaseChanged { from: Phase::Investigating, to: Phase::Identified },
                "phase_moved investigating identified",
            ),
            (ChangeKind::UpdatePosted { at }, "update_posted 1795165920.000000000"),
            (ChangeKind::Corrected { part: Part::Impact, language: None }, "corrected impact default"),
            (ChangeKind::TextAdded { part: Part::Workaround }, "text_added workaround"),
            (
                ChangeKind::Corrected { part: Part::Update { at }, language: Language::new("es") },
                "corrected update 1795165920.000000000 es",
            ),
        ] {
            assert_eq!(what.text_for_id(), expected);
        }
        let origin = IncidentId::new("2026/payments").unwrap();
        let id = Change::derive_id(&origin, 1, &[ChangeKind::Opened]);
        assert_eq!(id.as_str(), "xbytrzdcjxsbzlkgypbqtlp4wbo4oacuprkn7tfd32ow6lpvruea");
        assert_ne!(Change::derive_id(&origin, 2, &[ChangeKind::Opened]), id);
        assert_ne!(Change::derive_id(&origin, 1, &[ChangeKind::Opened, ChangeKind::Resolved]), id);
    }
}
