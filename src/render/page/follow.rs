//! The data by which an open page notices news: the address to request, and what it shows already.
//!
//! Promises: the marks are those of `summary.json`, in its order, so that a page compares text with text. They change when
//! anything of an incident is written, and never by the clock.

use serde::Serialize;

use crate::model::feature::FeatureId;
use crate::model::incident::{Incident, IncidentId};
use crate::render::edition::LanguageEdition;
use crate::render::path::way_up;
use crate::render::stamp::news_mark;

/// What a page is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum About<'a> {
    Everything,
    Feature(&'a FeatureId),
    Incident(&'a IncidentId),
}

/// The data of the page's body.
#[derive(Debug, Serialize)]
pub(super) struct Follow<'a> {
    /// The way to the summary.
    summary: String,
    feature: &'a str,
    incident: &'a str,
    /// The marks of what is open or planned, as far as the page is about it.
    news: String,
}

impl<'a> Follow<'a> {
    /// The data of the page that lies in `folder` of its language's folder.
    pub(super) fn new(edition: &LanguageEdition<'_>, folder: &str, about: About<'a>) -> Self {
        let snapshot = edition.snapshot;
        let is_meant = |incident: &&&Incident| match about {
            About::Everything => true,
            About::Feature(id) => incident.affected.contains_key(id),
            About::Incident(id) => incident.id == *id,
        };
        let followed = snapshot.active.iter().chain(&snapshot.upcoming).filter(is_meant);
        let marks: Vec<String> = followed.map(|incident| news_mark(incident)).collect();
        let (feature, incident) = match about {
            About::Everything => ("", ""),
            About::Feature(id) => (id.as_str(), ""),
            About::Incident(id) => ("", id.as_str()),
        };
        let root = way_up(&format!("{}{folder}", edition.folder));
        let summary = format!("{root}{}summary.json", edition.folder);
        Self { summary, feature, incident, news: marks.join(" ") }
    }
}
