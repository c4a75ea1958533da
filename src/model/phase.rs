//! Phases and severities of incidents and maintenance.

/// Something broke, or something is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IncidentKind {
    /// An outage.
    Incident,
    /// Planned work.
    Maintenance,
}

impl IncidentKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Incident, Self::Maintenance];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Maintenance => "maintenance",
        }
    }

    /// The kind a word in a file names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// The stage of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Incident: we know something is wrong.
    Investigating,
    /// Incident: we know what is wrong.
    Identified,
    /// Incident: a fix is in and we watch it.
    Monitoring,
    /// Incident: it is over.
    Resolved,
    /// Incident: what we learned.
    Postmortem,
    /// Incident: it was reported in error.
    Withdrawn,
    /// Maintenance: announced.
    Scheduled,
    /// Maintenance: in progress.
    InProgress,
    /// Maintenance: done, being checked.
    Verifying,
    /// Maintenance: over.
    Completed,
    /// Maintenance: will not happen.
    Cancelled,
}

impl Phase {
    /// Every phase, incidents' first, each kind in the order of its life.
    pub const ALL: [Self; 11] = [
        Self::Investigating,
        Self::Identified,
        Self::Monitoring,
        Self::Resolved,
        Self::Postmortem,
        Self::Withdrawn,
        Self::Scheduled,
        Self::InProgress,
        Self::Verifying,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The word in files: `in_progress`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
            Self::Withdrawn => "withdrawn",
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The phase a word names; headings write `In progress`, attributes and flags `in_progress`, so case,
    /// blanks, hyphens and underscores do not count.
    pub fn from_word(word: &str) -> Option<Self> {
        let plain = |text: &str| text.to_lowercase().replace([' ', '-', '_'], "");
        Self::ALL.into_iter().find(|phase| plain(phase.word()) == plain(word))
    }

    /// The kind of file the phase belongs in.
    pub fn kind(self) -> IncidentKind {
        match self {
            Self::Investigating
            | Self::Identified
            | Self::Monitoring
            | Self::Resolved
            | Self::Postmortem
            | Self::Withdrawn => IncidentKind::Incident,
            Self::Scheduled | Self::InProgress | Self::Verifying | Self::Completed | Self::Cancelled => {
                IncidentKind::Maintenance
            }
        }
    }

    /// Whether nothing more is expected to happen: resolved, post-mortem, withdrawn, completed or cancelled.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Resolved | Self::Postmortem | Self::Withdrawn | Self::Completed | Self::Cancelled
        )
    }

    /// Whether there was no problem and no work after all: withdrawn or cancelled.
    pub fn is_void(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Cancelled)
    }
}

/// How bad it is for customers, from least to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Information, no impairment.
    Notice,
    /// Some are affected a little.
    Minor,
    /// Many are affected, or some a lot.
    Major,
    /// The business function is gone.
    Critical,
}

impl Severity {
    /// Every severity, from least to worst.
    pub const ALL: [Self; 4] = [Self::Notice, Self::Minor, Self::Major, Self::Critical];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// The severity a word in a file names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }

    /// The status of an affected feature for which the file names none.
    pub fn implied_status(self) -> super::feature::Status {
        use super::feature::Status;
        match self {
            Self::Notice => Status::Operational,
            Self::Minor => Status::Degraded,
            Self::Major => Status::PartialOutage,
            Self::Critical => Status::MajorOutage,
        }
    }
}
