//! Incidents and maintenance as their files describe them.
//!
//! The fields hold the facts of the file; [`super::story`] derives what follows from them at a time (the phase by the
//! clock, a feature's status).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Moment;
pub use super::audience::Audience;
use super::audience::NarrowTexts;
use super::author_mark::AuthorMark;
use super::days::Days;
use super::feature::{FeatureId, Status};
use super::localized::Localized;
use super::phase::{IncidentKind, Phase, Severity};
use super::repeats::Repeats;
use super::sensitivity::Sensitivity;

/// An incident's identity: its path below `incidents/` without extension and language, or the `id` of its
/// front matter. Slashes separate folders: `2026/card-payments`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(Arc<str>);

impl IncidentId {
    /// Takes 1 to 200 characters in non-empty parts joined by `/`, no part starting with a dot, of letters,
    /// digits, `-`, `_` and `.`; `None` for anything else. The id becomes a folder of the site, so nothing
    /// in it may leave that folder or need escaping in a URL.
    pub fn new(id: &str) -> Option<Self> {
        let shaped = (1..=200).contains(&id.len())
            && id.split('/').all(|part| {
                !part.is_empty()
                    && !part.starts_with('.')
                    && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            });
        shaped.then(|| Self(id.into()))
    }

    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When we expect it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Eta {
    /// An estimated time.
    At(Moment),
    /// We cannot say yet, and promise a next update instead.
    Unknown,
}

impl Eta {
    /// The minute that a reader is shown, counted from the epoch; `None` if it is unknown.
    pub fn minute(self) -> Option<i64> {
        match self {
            Self::At(at) => Some(minute(at)),
            Self::Unknown => None,
        }
    }
}

fn minute(at: Moment) -> i64 {
    at.timestamp().div_euclid(60)
}

/// When planned work is to start and to end. `starts` is before `ends`, or equal to it for the work of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    /// Planned start.
    pub starts: Moment,
    /// Planned end; `None` where the end is open. The actual end is a separate fact.
    pub ends: Option<Moment>,
    /// What completes the work, if the file states it; [`Incident::phase_at`] has the default.
    pub completes: Option<Completes>,
    /// Of which of both only the day is known, as in [`Incident::day_only`].
    pub day_only: DayOnly,
}

/// Of which end of planned work only the day is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayOnly {
    /// Whether the start is a date without a time.
    pub starts: bool,
    /// Whether the end is a date without a time.
    pub ends: bool,
}

impl TimeRange {
    /// A window whose times of day are known.
    pub fn new(starts: Moment, ends: Option<Moment>, completes: Option<Completes>) -> Self {
        Self { starts, ends, completes, day_only: DayOnly::default() }
    }

    /// A window with both ends, completed as the default has it.
    pub fn between(starts: Moment, ends: Moment) -> Self {
        Self::new(starts, Some(ends), None)
    }

    /// The same, where only the day of those times is known.
    pub fn with_days(self, day_only: &Days) -> Self {
        let is_day = |at: Moment| day_only.contains(at);
        Self {
            day_only: DayOnly { starts: is_day(self.starts), ends: self.ends.is_some_and(is_day) },
            ..self
        }
    }

    /// The moments at which the clock alone may change something: its start, and its end if there is one.
    pub fn turns(self) -> impl Iterator<Item = Moment> {
        std::iter::once(self.starts).chain(self.ends)
    }

    /// Whether two windows show a reader the same times, in whole minutes, whatever completes them. Times of which only the day
    /// is known are the same if they are of one day. `days` are those of this window, `others` those of the other.
    pub fn is_same_time(self, days: &Days, other: Self, others: &Days) -> bool {
        let is_same = |one: Moment, two: Moment| minute(one) == minute(two) || days.is_same(one, others, two);
        let ends = match (self.ends, other.ends) {
            (Some(one), Some(two)) => is_same(one, two),
            (one, two) => one == two,
        };
        ends && is_same(self.starts, other.starts)
    }
}

/// What completes planned work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Completes {
    /// The planned end completes the work.
    ByClock,
    /// An update ends it; past the planned end it continues.
    ByWord,
}

impl Completes {
    /// Both ways to complete.
    pub const ALL: [Self; 2] = [Self::ByClock, Self::ByWord];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::ByClock => "by-clock",
            Self::ByWord => "by-word",
        }
    }

    /// What a word in a file names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|completes| completes.word() == word)
    }
}

/// One dated entry of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Update {
    /// When it was said; with the incident's id, the update's identity.
    pub at: Moment,
    /// The phase from then on. `None` keeps the phase before it.
    pub phase: Option<Phase>,
    /// Who may read it.
    pub audience: Audience,
    /// The estimate given at that moment, where it changed.
    pub eta: Option<Eta>,
    /// The next update promised at that moment.
    pub next_update: Option<Moment>,
    /// The severity from then on, where it changed.
    pub severity: Option<Severity>,
    /// Whether the operator wants its words told or not told, whatever the comparison finds.
    pub author_mark: Option<AuthorMark>,
    /// The features whose status changed at that moment.
    pub statuses: BTreeMap<FeatureId, Status>,
    /// Markdown, without its heading.
    pub body: Localized,
}

impl Update {
    /// Whether `next`, as the update after this one, says nothing new: same readers, same text, and no phase, severity, ETA or
    /// promise that differs from what holds.
    pub fn is_repeated_by(&self, next: &Self, incident: &Incident) -> bool {
        fn adds_none<T: PartialEq>(next: Option<T>, holds: &[Option<T>]) -> bool {
            next.is_none() || holds.contains(&next)
        }
        let phase = incident.updates.iter().rev().find_map(|update| update.phase);
        self.audience == next.audience
            && self.body.default.trim() == next.body.default.trim()
            && adds_none(next.phase, &[phase])
            && adds_none(next.severity, &[Some(incident.severity)])
            && adds_none(next.eta, &[self.eta, incident.eta])
            && adds_none(next.next_update, &[self.next_update, incident.next_update])
            && next.statuses.iter().all(|status| incident.affected.iter().any(|known| known == status))
    }
}

/// Something that broke or is planned: one file and its translations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Incident {
    /// The incident's ID.
    pub id: IncidentId,
    /// The main file, relative to the site's root, with `/` between folders.
    pub file: String,
    /// Outage or planned work.
    pub kind: IncidentKind,
    /// Who may read of it at all.
    pub audience: Audience,
    /// Title, as customers read it.
    pub title: Localized,
    /// How bad it is now.
    pub severity: Severity,
    /// The features affected, and how, as of now.
    pub affected: BTreeMap<FeatureId, Status>,
    /// When it started; for a maintenance, its planned start.
    pub started: Moment,
    /// The plan of a maintenance; `None` for an incident.
    pub window: Option<TimeRange>,
    /// How the work repeats, if it does; an occurrence of it has none.
    pub repeats: Option<Repeats>,
    /// The estimate that holds now. Maintenance has none: its window is the estimate.
    pub eta: Option<Eta>,
    /// When we promise to post the next update.
    pub next_update: Option<Moment>,
    /// What it means for customers, in their words.
    pub impact: Option<Localized>,
    /// What they can do meanwhile.
    pub workaround: Option<Localized>,
    /// What narrower audiences read in place of these.
    pub narrow: NarrowTexts,
    /// Who may read its words where messages are carried: a channel with a lower ceiling carries the link alone.
    pub sensitivity: Sensitivity,
    /// Whether the operator wants edits of its texts told, or nothing of it told.
    pub author_mark: Option<AuthorMark>,
    /// Up to when its updates were imported from a source that promises no next update; what is said later is the
    /// operator's own.
    pub imported_through: Option<Moment>,
    /// The times of which only the day is known.
    pub day_only: Days,
    /// The rules of `check` whose findings in it the operator accepts, each with the reason.
    pub accepted: BTreeMap<String, String>,
    /// The updates, oldest first; times are unique.
    pub updates: Vec<Update>,
}
