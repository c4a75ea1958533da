//! Events: messages to a program about an incident, as facts with their text.

use super::card::Tone;
use crate::model::Moment;
use crate::model::localized::Language;

/// An affected feature in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFeature {
    /// The ID in `page.toml`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The word of its status.
    pub status: String,
}

/// The message to a program about an incident. Nothing in it is more sensitive than its destination may get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDetails {
    /// The incident's id.
    pub incident: String,
    /// What it is called.
    pub title: String,
    /// The word of its kind: incident or maintenance.
    pub kind: String,
    /// The word of its phase.
    pub phase: String,
    /// When it began, or is planned to, as RFC 3339 writes it; the date alone if no more is known.
    pub started_at: String,
    /// When planned work is to end, written alike.
    pub ends_at: Option<String>,
    /// When it ended, written alike.
    pub ended_at: Option<String>,
    /// When it is expected back.
    pub eta: Option<Moment>,
    /// When the next update is promised.
    pub next_update: Option<Moment>,
    /// The affected features.
    pub features: Vec<EventFeature>,
    /// What it means, as plain text.
    pub impact: Option<String>,
    /// What people can do, as plain text.
    pub workaround: Option<String>,
    /// The newest words about it, as plain text.
    pub update: Option<String>,
}

/// A message for a program: facts and their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMessage {
    /// The text of what is different: `opened`, `eta_moved`. Empty where the content is withheld.
    pub what: Vec<String>,
    /// The state of the incident.
    pub tone: Tone,
    /// The change's id.
    pub change: String,
    /// Which change of the incident this is, from 1.
    pub revision: u32,
    /// When the change was found.
    pub at: Moment,
    /// In a line: what the incident is called, after its phase if it is over.
    pub summary: String,
    /// Where to read on.
    pub url: String,
    /// The page's name.
    pub page_name: String,
    /// The page's address.
    pub page_url: String,
    /// What names the incident to a tool that keeps one entry of it; says nothing of its content.
    pub thread: String,
    /// The facts; `None` where the destination may get no more than the link.
    pub details: Option<EventDetails>,
    /// The text, plain, lines joined by `\n`.
    pub text: String,
    /// Of every text in it.
    pub language: Language,
}
