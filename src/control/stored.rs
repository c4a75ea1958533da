//! The stored form of a record of control: JSON with a version, the same in a ledger and in a git repository.
//!
//! Promises: what is written reads back equal; a newer version, an unknown word or a broken value is an error, never a guess.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Moment;
use crate::model::approval::Role;
use crate::model::control::{Actor, Control, Event, EventKind, Hold, Request};
use crate::model::incident::IncidentId;

/// That a record cannot be read. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable record of control")]
pub struct Unreadable;

#[derive(Serialize, Deserialize)]
struct StoredControl {
    version: u32,
    incident: String,
    revision: u64,
    source: Option<String>,
    hold: Option<StoredHold>,
    queue: Vec<StoredRequest>,
    metadata: BTreeMap<String, String>,
    events: Vec<StoredEvent>,
}

#[derive(Serialize, Deserialize)]
struct StoredHold {
    owner: String,
    since: String,
    expires: String,
}

#[derive(Serialize, Deserialize)]
struct StoredRequest {
    by: String,
    at: String,
    note: String,
    answered_at: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredEvent {
    at: String,
    by: String,
    what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    note: String,
}

/// Writes a record, on several lines.
pub fn write(control: &Control) -> String {
    let Control { incident, revision, source, hold, queue, metadata, events } = control;
    let stored = StoredControl {
        version: 1,
        incident: incident.as_str().to_owned(),
        revision: *revision,
        source: source.as_ref().map(ToString::to_string),
        hold: hold.as_ref().map(|hold| StoredHold {
            owner: hold.owner.to_string(),
            since: time_text(hold.since),
            expires: time_text(hold.expires),
        }),
        queue: queue.iter().map(write_request).collect(),
        metadata: metadata.clone(),
        events: events.iter().map(write_event).collect(),
    };
    // The stored shapes have string keys and no foreign types: writing them cannot fail.
    serde_json::to_string_pretty(&stored).unwrap_or_default()
}

/// Reads a record.
///
/// # Errors
///
/// It is not what [`write`](fn@write) made.
pub fn read(text: &str) -> Result<Control, Unreadable> {
    let stored: StoredControl = serde_json::from_str(text).map_err(|_| Unreadable)?;
    if stored.version != 1 {
        return Err(Unreadable);
    }
    let hold = |hold: StoredHold| {
        let (since, expires) = (time(&hold.since)?, time(&hold.expires)?);
        Ok(Hold { owner: Actor::from_word(&hold.owner), since, expires })
    };
    Ok(Control {
        incident: IncidentId::new(&stored.incident).ok_or(Unreadable)?,
        revision: stored.revision,
        source: stored.source.as_deref().map(Actor::from_word),
        hold: stored.hold.map(hold).transpose()?,
        queue: stored.queue.into_iter().map(read_request).collect::<Result<_, _>>()?,
        metadata: stored.metadata,
        events: stored.events.into_iter().map(read_event).collect::<Result<_, _>>()?,
    })
}

fn write_request(request: &Request) -> StoredRequest {
    StoredRequest {
        by: request.by.to_string(),
        at: time_text(request.at),
        note: request.note.clone(),
        answered_at: request.answered_at.map(time_text),
    }
}

fn read_request(stored: StoredRequest) -> Result<Request, Unreadable> {
    Ok(Request {
        by: Actor::from_word(&stored.by),
        at: time(&stored.at)?,
        note: stored.note,
        answered_at: stored.answered_at.as_deref().map(time).transpose()?,
    })
}

fn write_event(event: &Event) -> StoredEvent {
    let (mut to, mut until, mut role) = (None, None, None);
    match &event.what {
        EventKind::Answered { to: whom } | EventKind::Passed { to: whom } => to = Some(whom.to_string()),
        EventKind::Extended { until: when } => until = Some(time_text(*when)),
        EventKind::BrokeGlass { role: which } => role = Some(which.word().to_owned()),
        _ => {}
    }
    StoredEvent {
        at: time_text(event.at),
        by: event.by.to_string(),
        what: event.what.word().to_owned(),
        to,
        until,
        role,
        note: event.note.clone(),
    }
}

fn read_event(stored: StoredEvent) -> Result<Event, Unreadable> {
    let to = || stored.to.as_deref().map(Actor::from_word).ok_or(Unreadable);
    let plain = [
        EventKind::Opened,
        EventKind::Announced,
        EventKind::Took,
        EventKind::Received,
        EventKind::Requested,
        EventKind::Released,
        EventKind::Expired,
        EventKind::Acknowledged,
        EventKind::Noted,
    ];
    let what = match stored.what.as_str() {
        "answered" => EventKind::Answered { to: to()? },
        "passed" => EventKind::Passed { to: to()? },
        "extended" => EventKind::Extended { until: time(stored.until.as_deref().ok_or(Unreadable)?)? },
        "broke_glass" => {
            let role = stored.role.as_deref().and_then(Role::from_word);
            EventKind::BrokeGlass { role: role.ok_or(Unreadable)? }
        }
        word => plain.into_iter().find(|kind| kind.word() == word).ok_or(Unreadable)?,
    };
    Ok(Event { at: time(&stored.at)?, by: Actor::from_word(&stored.by), what, note: stored.note })
}

fn time_text(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn time(text: &str) -> Result<Moment, Unreadable> {
    DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).map_err(|_| Unreadable)
}
