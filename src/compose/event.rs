//! The facts of an incident for a program, with their text.
//!
//! Promises: an event holds only names, texts and times that the page shows too. An event reduced to the link holds no fact
//! but whether the incident is over.

use chrono::SecondsFormat;

use super::card::{plain_text, thread, tone};
use super::phrases::{self, ChangePhrase};
use super::reader::Recipient;
use super::{line, mail};
use crate::model::Moment;
use crate::model::author_mark::AuthorMark;
use crate::model::change::{Change, ChangeKind};
use crate::model::feature::FeatureId;
use crate::model::incident::{Eta, Incident};
use crate::model::message::{EventDetails, EventFeature, EventMessage};

/// The most bytes of each text; the page has the whole.
const TEXT_BYTES_MAX: usize = 1_200;
/// The longest summary, in characters.
const SUMMARY_CHARACTERS_MAX: usize = 250;

/// Writes the event of a change; without news it says no more than that there is something to read, and where.
pub(super) fn write(
    change: &Change,
    incident: &Incident,
    said: Option<&ChangePhrase>,
    reader: &Recipient<'_>,
) -> EventMessage {
    let letter = match said {
        Some(said) => mail::letter(change, incident, said, TEXT_BYTES_MAX, reader),
        None => mail::reduced(reader),
    };
    let what = said.map(|said| what(change, said)).unwrap_or_default();
    EventMessage {
        what,
        tone: tone(incident, said, reader),
        change: change.id.as_str().to_owned(),
        revision: change.revision,
        at: reader.now,
        summary: line::cut(&line::one_line(&letter.title), SUMMARY_CHARACTERS_MAX),
        text: plain_text(&letter, reader),
        url: letter.incident_url,
        page_name: letter.page_name,
        page_url: letter.page_url,
        thread: thread(change, reader),
        details: said.map(|_| details(change, incident, reader)),
        language: reader.language.clone(),
    }
}

/// The text of what is different, the headline's first.
fn what(change: &Change, said: &ChangePhrase) -> Vec<String> {
    let others = change.what.iter().filter(|what| **what != said.first);
    let mut words: Vec<String> =
        std::iter::once(&said.first).chain(others).map(ChangeKind::word).map(str::to_owned).collect();
    words.dedup();
    words
}

fn details(change: &Change, incident: &Incident, reader: &Recipient<'_>) -> EventDetails {
    let now = reader.now;
    let feature = |id: &FeatureId| EventFeature {
        id: id.as_str().to_owned(),
        name: reader.page.feature_name(id, reader.language).into_owned(),
        status: incident.status_of(id, now).word().to_owned(),
    };
    let written = |at: Moment| match incident.is_day_only(at) {
        true => reader.page_day(at),
        false => at.to_rfc3339_opts(SecondsFormat::Secs, true),
    };
    let newest = incident.public_updates().rev().find(|update| !update.body.default.trim().is_empty());
    // What its author keeps silent is not told by another change either.
    let newest = newest.filter(|update| {
        update.author_mark.or(incident.author_mark) != Some(AuthorMark::Silent)
            || change.what.contains(&ChangeKind::UpdatePosted { at: update.at })
    });
    EventDetails {
        incident: incident.id.as_str().to_owned(),
        title: line::one_line(reader.text(&incident.title)),
        kind: incident.kind.word().to_owned(),
        phase: incident.phase_at(now).word().to_owned(),
        started_at: written(incident.window.map_or_else(|| incident.began_at(), |window| window.starts)),
        ends_at: incident.window.and_then(|window| window.ends).map(written),
        ended_at: incident.ended_at(now).map(written),
        eta: match incident.eta {
            Some(Eta::At(at)) => Some(at),
            Some(Eta::Unknown) | None => None,
        },
        next_update: incident.next_update.filter(|at| *at > now),
        features: phrases::affected(incident, reader).into_iter().map(feature).collect(),
        impact: incident.impact.as_ref().map(|text| reader.plain(text)),
        workaround: incident.workaround.as_ref().map(|text| reader.plain(text)),
        update: newest.map(|update| reader.plain(&update.body)),
    }
}
