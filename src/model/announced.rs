//! The baseline: what was last announced, which the diff compares with the files.
//!
//! Promises: holds facts, not files, so that renames, reformatting and restyling leave it equal; entries
//! are never dropped, so that a file that fails to parse, or is deleted and brought back, is not announced again.

use std::collections::{BTreeMap, BTreeSet};

use super::Moment;
use super::days::Days;
use super::feature::{FeatureId, Status};
use super::incident::{Eta, IncidentId, TimeRange};
use super::localized::Localized;
use super::phase::{IncidentKind, Phase, Severity};

/// Everything announced so far, by the id each incident had when it was first announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The incidents as they were last told, by ID.
    pub incidents: BTreeMap<IncidentId, BaselineIncident>,
    /// The commit of the files that were last compared with it, if they had one.
    pub commit: Option<Commit>,
}

/// A commit of the repository that the files are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name: hexadecimal digits.
    pub id: String,
    /// When it was made, by the clock of anyone who made it.
    pub at: Moment,
}

/// One incident as it was last announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineIncident {
    /// The id it has in the files now; differs from its origin after a rename.
    pub id: IncidentId,
    /// How many changes of it were announced. Makes the ids of changes differ when a fact goes and comes back.
    pub revision: u32,
    /// Outage or planned work.
    pub kind: IncidentKind,
    /// In every language, as last announced.
    pub title: AnnouncedText,
    /// Impact and workaround; `None` in a record of a version that did not keep them.
    pub explained: Option<Explained>,
    /// The severity last announced.
    pub severity: Severity,
    /// The worst severity ever announced: anyone notified of the worst is notified of the end.
    pub peak_severity: Severity,
    /// The phase last announced.
    pub phase: Phase,
    /// The status of each affected feature, as last announced.
    pub affected: BTreeMap<FeatureId, Status>,
    /// Every feature ever announced as affected: anyone notified of the start is notified of the end.
    pub touched: BTreeSet<FeatureId>,
    /// The announced start.
    pub started: Moment,
    /// The plan of a maintenance.
    pub window: Option<TimeRange>,
    /// Up to when reminders of planned work are accounted for, because it was announced, moved or reminded of then.
    pub reminded: Option<Moment>,
    /// The estimate last announced.
    pub eta: Option<Eta>,
    /// The public updates announced, oldest first.
    pub updates: Vec<AnnouncedUpdate>,
    /// The times of which only the day was known then.
    pub day_only: Days,
}

/// What is kept of an update to recognize a later edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncedUpdate {
    /// When it was said.
    pub at: Moment,
    /// The phase it gave.
    pub phase: Option<Phase>,
    /// Its text, markdown as written.
    pub body: AnnouncedText,
}

/// The announced impact and workaround.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explained {
    /// What it means for customers.
    pub impact: Option<AnnouncedText>,
    /// What they can do meanwhile.
    pub workaround: Option<AnnouncedText>,
}

/// A text as it was announced, in every language it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnouncedText {
    /// As it was last announced: what later versions are compared with, so that many small edits are one large one.
    pub announced: Localized,
    /// As it was last seen, if later edits were not announced.
    pub seen: Option<Localized>,
}

impl AnnouncedText {
    /// A text as it is announced now.
    pub fn announced(text: Localized) -> Self {
        Self { announced: text, seen: None }
    }

    /// The text as it was last seen.
    pub fn last(&self) -> &Localized {
        self.seen.as_ref().unwrap_or(&self.announced)
    }
}
