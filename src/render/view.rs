//! The values for templates: complete texts in the reader's language.
//!
//! Promises: a field whose name ends in `html` is safe markup, every other is text for the template to
//! escape; nothing internal is in any of them unless the build is for staff.

use serde::Serialize;

/// A moment, for machines and for people.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Time {
    /// As RFC 3339 has it, in UTC.
    pub(super) machine: String,
    /// As the reader writes it.
    pub(super) human: String,
}

/// For how long something is true, where the clock alone decides it: now by the build, later by the page's script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct VisibleDuring {
    /// From when, as RFC 3339 has it; `None` if it was so before.
    pub(super) from: Option<String>,
    /// Until when; `None` where it stays.
    pub(super) until: Option<String>,
    /// Whether the build's moment lies in it.
    pub(super) now: bool,
}

/// Text that may be in another language than its page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Title {
    pub(super) text: String,
    /// The text's language if it is not the page's.
    pub(super) language: Option<String>,
}

/// Markup that may be in another language than its page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Prose {
    pub(super) html: String,
    /// The text's language if it is not the page's.
    pub(super) language: Option<String>,
}

/// A shape with its word: never one without the other.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StatusIcon {
    /// The name of the shape and of its color: a status's word, `notice`, `over` or `cancelled`.
    pub(super) shape: &'static str,
    pub(super) word: String,
}

/// A feature that an incident affects, and how.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Affected {
    pub(super) name: String,
    pub(super) mark: StatusIcon,
}

/// When it is expected back, and what was said before.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Estimate {
    /// `None` where we cannot say.
    pub(super) time: Option<Time>,
    /// The newest of the earlier estimates, oldest first.
    pub(super) before: Vec<Time>,
    /// How often it was changed, where not every earlier estimate is among those.
    pub(super) changed: Option<String>,
    /// The estimate has passed and it is not over.
    pub(super) missed: bool,
    /// While that is so, if there is a time to be missed.
    pub(super) missed_holds: Option<VisibleDuring>,
}

/// The promise of a next update.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Promise {
    pub(super) time: Time,
    /// `by …`, or an apology where the time has passed.
    pub(super) sentence: String,
    pub(super) late: bool,
    /// The promise and the apology that follows it, with the time as markup; the apology alone once it is due.
    pub(super) sentences: Vec<Sentence>,
}

/// A sentence with a time in it, for as long as it holds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sentence {
    pub(super) holds: VisibleDuring,
    pub(super) html: String,
    pub(super) late: bool,
}

/// A mark, for as long as it holds by the clock alone.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StatusChange {
    pub(super) holds: VisibleDuring,
    pub(super) mark: StatusIcon,
}

/// Where an incident stands, for as long as it does by the clock alone.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Standing {
    pub(super) holds: VisibleDuring,
    pub(super) mark: StatusIcon,
    /// The phase; how bad it was once it is over.
    pub(super) phase: String,
    /// The phase, also once it is over.
    pub(super) step: String,
}

/// The end of an incident.
#[derive(Clone, Debug, Serialize)]
pub(super) struct End {
    pub(super) time: Time,
    /// How long it was: `2 hours 5 minutes`.
    pub(super) lasted: String,
}

/// One update.
#[derive(Clone, Debug, Serialize)]
pub(super) struct UpdateView {
    /// Its anchor on the incident's page.
    pub(super) anchor: String,
    pub(super) time: Time,
    /// The phase's word in files, for its looks; empty where the update names none.
    pub(super) phase: &'static str,
    /// The phase as readers see it; the kind of the incident where the update names none.
    pub(super) heading: String,
    pub(super) prose: Prose,
    /// What changed with it, in short sentences.
    pub(super) changes_html: Vec<String>,
    /// For staff only; never in a public build.
    pub(super) is_internal: bool,
}

/// An incident or maintenance with everything a page may show of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Incident {
    pub(super) title: Title,
    pub(super) href: String,
    pub(super) is_maintenance: bool,
    pub(super) is_over: bool,
    /// How bad it is, that it is planned, or that it is over.
    pub(super) mark: StatusIcon,
    /// Where it stands; how bad it was once it is over.
    pub(super) phase: String,
    /// Mark and phase now, and how they change when planned work begins and ends.
    pub(super) standings: Vec<Standing>,
    pub(super) affected: Vec<Affected>,
    /// How many more it affects, where not all are among those.
    pub(super) more_affected: Option<String>,
    pub(super) impact: Option<Prose>,
    pub(super) workaround: Option<Prose>,
    pub(super) started: Time,
    /// The plan of a maintenance: `28 November 2026, 22:00 – 23:30 CET`.
    pub(super) window: Option<String>,
    /// The same as markup with both times.
    pub(super) window_html: Option<String>,
    /// While planned work should be finished and nobody has said that it is.
    pub(super) overdue: Option<VisibleDuring>,
    /// Planned work that is not over, for the reader's own calendar.
    pub(super) calendar: Option<String>,
    pub(super) estimate: Option<Estimate>,
    pub(super) promise: Option<Promise>,
    pub(super) end: Option<End>,
    /// The updates, newest first; on the index only the newest.
    pub(super) entries: Vec<UpdateView>,
    /// The text of the link to the whole incident, with the number of updates.
    pub(super) story: String,
    /// A sentence saying that some of it is not in the page's language.
    pub(super) original: Option<String>,
}

/// An incident in a list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Item {
    pub(super) title: Title,
    pub(super) href: String,
    pub(super) mark: StatusIcon,
    pub(super) started: Time,
    /// How it ended, or where it stands.
    pub(super) outcome: String,
    /// The features it touched, as a list in words; may be empty.
    pub(super) touched: String,
}
