//! An incident and the places of its facts as bytes and back.
//!
//! Promises: every field is in them: a field that is added does not compile until it is here. The text of an update is not
//! written a second time next to the file's.

use std::collections::BTreeMap;

use crate::model::Moment;
use crate::model::audience::NarrowTexts;
use crate::model::days::Days;
use crate::model::incident::{DayOnly, Incident, IncidentId, TimeRange, Update};
use crate::model::localized::Localized;
use crate::model::problem::{FilePlaces, SourceKey, SourceMap, SourceSpan};

use super::bytes::{Input, Output, Stored};

pub(super) fn put(incident: &Incident, places: &SourceMap, to: &mut Output<'_>) {
    let own: Vec<(&SourceKey, &SourceSpan)> = places.of(&incident.file).collect();
    to.apart(|to| own.iter().for_each(|(key, place)| put_place(key, place, to)));
    let Incident {
        id,
        // It is the name of the record.
        file: _,
        kind,
        audience,
        title,
        severity,
        affected,
        started,
        window,
        repeats,
        eta,
        next_update,
        impact,
        workaround,
        narrow: NarrowTexts { title: narrow_title, impact: narrow_impact, workaround: narrow_workaround },
        sensitivity,
        author_mark,
        imported_through,
        day_only,
        accepted,
        updates,
    } = incident;
    to.text(id.as_str());
    kind.put(to);
    audience.put(to);
    title.put(to);
    severity.put(to);
    affected.put(to);
    started.put(to);
    window.put(to);
    repeats.put(to);
    eta.put(to);
    next_update.put(to);
    impact.put(to);
    workaround.put(to);
    narrow_title.put(to);
    narrow_impact.put(to);
    narrow_workaround.put(to);
    sensitivity.put(to);
    author_mark.put(to);
    imported_through.put(to);
    day_only.put(to);
    accepted.put(to);
    to.number(updates.len() as u64);
    for update in updates {
        let is_text = |key: &SourceKey| *key == SourceKey::Text(update.at);
        let line = own.iter().find(|(key, _)| is_text(key)).map(|(_, place)| place.line);
        put_update(update, line, to);
    }
}

/// The incident of a file, and the bytes of its places.
pub(super) fn take<'a>(file: &str, from: &mut Input<'a>) -> Option<(Incident, &'a [u8])> {
    let places = from.apart()?;
    let incident = take_incident(file, from)?;
    Some((incident, places))
}

/// The places of a file with this text; as many as can be read.
pub(super) fn take_places(bytes: &[u8], text: &str) -> FilePlaces {
    let mut from = Input::new(bytes);
    from.shared = text;
    std::iter::from_fn(|| take_place(&mut from)).collect()
}

fn take_incident(file: &str, from: &mut Input<'_>) -> Option<Incident> {
    Some(Incident {
        id: IncidentId::new(from.text()?)?,
        file: file.to_owned(),
        kind: Stored::take(from)?,
        audience: Stored::take(from)?,
        title: Stored::take(from)?,
        severity: Stored::take(from)?,
        affected: Stored::take(from)?,
        started: Stored::take(from)?,
        window: Stored::take(from)?,
        repeats: Stored::take(from)?,
        eta: Stored::take(from)?,
        next_update: Stored::take(from)?,
        impact: Stored::take(from)?,
        workaround: Stored::take(from)?,
        narrow: NarrowTexts {
            title: Stored::take(from)?,
            impact: Stored::take(from)?,
            workaround: Stored::take(from)?,
        },
        sensitivity: Stored::take(from)?,
        author_mark: Stored::take(from)?,
        imported_through: Stored::take(from)?,
        day_only: Stored::take(from)?,
        accepted: Stored::take(from)?,
        updates: (0..from.number()?).map(|_| take_update(from)).collect::<Option<_>>()?,
    })
}

fn put_update(update: &Update, line: Option<usize>, to: &mut Output<'_>) {
    let Update { at, phase, audience, eta, next_update, severity, author_mark, statuses, body } = update;
    let Localized { default, translations } = body;
    at.put(to);
    phase.put(to);
    audience.put(to);
    eta.put(to);
    next_update.put(to);
    severity.put(to);
    author_mark.put(to);
    statuses.put(to);
    to.shared(default, line);
    translations.put(to);
}

fn take_update(from: &mut Input<'_>) -> Option<Update> {
    Some(Update {
        at: Stored::take(from)?,
        phase: Stored::take(from)?,
        audience: Stored::take(from)?,
        eta: Stored::take(from)?,
        next_update: Stored::take(from)?,
        severity: Stored::take(from)?,
        author_mark: Stored::take(from)?,
        statuses: Stored::take(from)?,
        body: Localized { default: from.shared()?.to_owned(), translations: Stored::take(from)? },
    })
}

fn put_place(key: &SourceKey, place: &SourceSpan, to: &mut Output<'_>) {
    match key {
        SourceKey::Key(name) => {
            to.number(0);
            to.text(name);
        }
        SourceKey::Update(at) => {
            to.number(1);
            at.put(to);
        }
        SourceKey::Text(at) => {
            to.number(2);
            at.put(to);
        }
    }
    let SourceSpan { line, column, length, source } = place;
    [line, column, length].into_iter().for_each(|number| to.number(*number as u64));
    to.shared(source, Some(*line));
}

fn take_place(from: &mut Input<'_>) -> Option<(SourceKey, SourceSpan)> {
    let key = match from.number()? {
        0 => SourceKey::Key(Stored::take(from)?),
        1 => SourceKey::Update(Moment::take(from)?),
        2 => SourceKey::Text(Moment::take(from)?),
        _ => return None,
    };
    let (line, column, length) = (from.size()?, from.size()?, from.size()?);
    Some((key, SourceSpan { line, column, length, source: from.shared()?.to_owned() }))
}

impl Stored for TimeRange {
    fn put(&self, to: &mut Output<'_>) {
        let Self { starts, ends, completes, day_only: DayOnly { starts: start_day, ends: end_day } } = self;
        starts.put(to);
        ends.put(to);
        completes.put(to);
        start_day.put(to);
        end_day.put(to);
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        Some(Self {
            starts: Stored::take(from)?,
            ends: Stored::take(from)?,
            completes: Stored::take(from)?,
            day_only: DayOnly { starts: Stored::take(from)?, ends: Stored::take(from)? },
        })
    }
}

impl Stored for Days {
    fn put(&self, to: &mut Output<'_>) {
        self.times().map(|at| (at, self.latest(at))).collect::<BTreeMap<Moment, Moment>>().put(to);
    }

    fn take(from: &mut Input<'_>) -> Option<Self> {
        let mut days = Self::default();
        for (at, end) in BTreeMap::<Moment, Moment>::take(from)? {
            days.insert(at, end);
        }
        Some(days)
    }
}
