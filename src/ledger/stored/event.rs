//! The stored shape of an event.

use serde::{Deserialize, Serialize};

use super::card::tone;
use super::{Unreadable, language, moment, moment_text, unreadable};
use crate::model::Moment;
use crate::model::message::{EventDetails, EventFeature, EventMessage};

/// An event as JSON.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredEvent {
    version: u32,
    what: Vec<String>,
    tone: String,
    change: String,
    revision: u32,
    at: String,
    summary: String,
    url: String,
    page_name: String,
    page_url: String,
    thread: String,
    text: String,
    language: String,
    details: Option<StoredDetails>,
}

#[derive(Serialize, Deserialize)]
struct StoredDetails {
    incident: String,
    title: String,
    kind: String,
    phase: String,
    started_at: String,
    ends_at: Option<String>,
    ended_at: Option<String>,
    eta: Option<String>,
    next_update: Option<String>,
    features: Vec<(String, String, String)>,
    impact: Option<String>,
    workaround: Option<String>,
    update: Option<String>,
}

const VERSION: u32 = 1;

impl StoredEvent {
    pub(super) fn of(event: &EventMessage) -> Self {
        Self {
            version: VERSION,
            what: event.what.clone(),
            tone: event.tone.word().to_owned(),
            change: event.change.clone(),
            revision: event.revision,
            at: moment_text(event.at),
            summary: event.summary.clone(),
            url: event.url.clone(),
            page_name: event.page_name.clone(),
            page_url: event.page_url.clone(),
            thread: event.thread.clone(),
            text: event.text.clone(),
            language: event.language.to_string(),
            details: event.details.as_ref().map(StoredDetails::of),
        }
    }

    pub(super) fn read(self) -> Result<EventMessage, Unreadable> {
        if self.version != VERSION {
            return Err(unreadable("message of another version"));
        }
        Ok(EventMessage {
            what: self.what,
            tone: tone(&self.tone)?,
            change: self.change,
            revision: self.revision,
            at: moment(&self.at)?,
            summary: self.summary,
            url: self.url,
            page_name: self.page_name,
            page_url: self.page_url,
            thread: self.thread,
            text: self.text,
            language: language(&self.language)?,
            details: self.details.map(StoredDetails::read).transpose()?,
        })
    }
}

impl StoredDetails {
    fn of(details: &EventDetails) -> Self {
        let optional = |at: Option<Moment>| at.map(moment_text);
        let feature = |one: &EventFeature| (one.id.clone(), one.name.clone(), one.status.clone());
        Self {
            incident: details.incident.clone(),
            title: details.title.clone(),
            kind: details.kind.clone(),
            phase: details.phase.clone(),
            started_at: details.started_at.clone(),
            ends_at: details.ends_at.clone(),
            ended_at: details.ended_at.clone(),
            eta: optional(details.eta),
            next_update: optional(details.next_update),
            features: details.features.iter().map(feature).collect(),
            impact: details.impact.clone(),
            workaround: details.workaround.clone(),
            update: details.update.clone(),
        }
    }

    fn read(self) -> Result<EventDetails, Unreadable> {
        let optional = |at: Option<String>| at.as_deref().map(moment).transpose();
        Ok(EventDetails {
            started_at: self.started_at,
            ends_at: self.ends_at,
            ended_at: self.ended_at,
            eta: optional(self.eta)?,
            next_update: optional(self.next_update)?,
            features: self
                .features
                .into_iter()
                .map(|(id, name, status)| EventFeature { id, name, status })
                .collect(),
            incident: self.incident,
            title: self.title,
            kind: self.kind,
            phase: self.phase,
            impact: self.impact,
            workaround: self.workaround,
            update: self.update,
        })
    }
}
