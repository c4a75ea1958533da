//! The stored shape of the baseline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    StoredWindow, Unreadable, eta, eta_text, feature, from_json, incident, kind, language, moment,
    moment_text, phase, severity, status, to_json, unreadable,
};
use crate::model::announced::{
    AnnouncedText, AnnouncedUpdate, Baseline, BaselineIncident, Commit, Explained,
};
use crate::model::days::Days;
use crate::model::localized::Localized;

/// Version 1 kept titles and bodies in the page's first language alone, and neither impact nor workaround.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=2;

#[derive(Serialize, Deserialize)]
struct StoredAnnounced {
    version: u32,
    incidents: BTreeMap<String, StoredIncident>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<StoredCommit>,
}

#[derive(Serialize, Deserialize)]
struct StoredCommit {
    id: String,
    at: String,
}

#[derive(Serialize, Deserialize)]
struct StoredIncident {
    id: String,
    revision: u32,
    kind: String,
    title: StoredText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    explained: Option<StoredExplained>,
    severity: String,
    peak_severity: String,
    phase: String,
    affected: BTreeMap<String, String>,
    touched: Vec<String>,
    started: String,
    window: Option<StoredWindow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reminded: Option<String>,
    eta: Option<String>,
    updates: Vec<StoredUpdate>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    day_only: Vec<String>,
    /// When those days end, in the same order. A record of an earlier version has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    day_ends: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredUpdate {
    at: String,
    phase: Option<String>,
    body: StoredText,
}

#[derive(Serialize, Deserialize)]
struct StoredExplained {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    impact: Option<StoredText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workaround: Option<StoredText>,
}

/// A text: plain if it has one language and was announced as it was last seen.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredText {
    Plain(String),
    Full {
        told: StoredLocalized,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<StoredLocalized>,
    },
}

#[derive(Serialize, Deserialize)]
struct StoredLocalized {
    text: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    translations: BTreeMap<String, String>,
}

/// Writes a baseline as JSON.
pub(in crate::ledger) fn write_announced(announced: &Baseline) -> String {
    let incidents = announced.incidents.iter();
    let incidents =
        incidents.map(|(origin, incident)| (origin.to_string(), write_incident(incident))).collect();
    let commit = announced.commit.as_ref();
    let commit = commit.map(|commit| StoredCommit { id: commit.id.clone(), at: moment_text(commit.at) });
    to_json(&StoredAnnounced { version: *VERSIONS.end(), incidents, commit })
}

/// Reads what [`write_announced`] wrote.
pub(in crate::ledger) fn read_announced(text: &str) -> Result<Baseline, Unreadable> {
    let stored: StoredAnnounced = from_json(text, "baseline")?;
    if !VERSIONS.contains(&stored.version) {
        return Err(unreadable("baseline of another version"));
    }
    let incidents = stored.incidents.iter();
    let incidents: Result<_, _> =
        incidents.map(|(origin, stored)| Ok((incident(origin)?, read_incident(stored)?))).collect();
    let commit = stored.commit.map(|commit| Ok(Commit { at: moment(&commit.at)?, id: commit.id }));
    Ok(Baseline { incidents: incidents?, commit: commit.transpose()? })
}

fn write_incident(incident: &BaselineIncident) -> StoredIncident {
    let affected = incident.affected.iter();
    StoredIncident {
        id: incident.id.to_string(),
        revision: incident.revision,
        kind: incident.kind.word().to_owned(),
        title: write_text(&incident.title),
        explained: incident.explained.as_ref().map(write_explained),
        severity: incident.severity.word().to_owned(),
        peak_severity: incident.peak_severity.word().to_owned(),
        phase: incident.phase.word().to_owned(),
        affected: affected.map(|(name, status)| (name.to_string(), status.word().to_owned())).collect(),
        touched: incident.touched.iter().map(ToString::to_string).collect(),
        started: moment_text(incident.started),
        window: incident.window.as_ref().map(StoredWindow::of),
        reminded: incident.reminded.map(moment_text),
        eta: incident.eta.map(eta_text),
        updates: incident.updates.iter().map(write_update).collect(),
        day_only: incident.day_only.times().map(moment_text).collect(),
        day_ends: incident.day_only.times().map(|at| moment_text(incident.day_only.latest(at))).collect(),
    }
}

fn write_update(update: &AnnouncedUpdate) -> StoredUpdate {
    StoredUpdate {
        at: moment_text(update.at),
        phase: update.phase.map(|phase| phase.word().to_owned()),
        body: write_text(&update.body),
    }
}

fn read_incident(stored: &StoredIncident) -> Result<BaselineIncident, Unreadable> {
    let affected = stored.affected.iter().map(|(name, word)| Ok((feature(name)?, status(word)?)));
    Ok(BaselineIncident {
        id: incident(&stored.id)?,
        revision: stored.revision,
        kind: kind(&stored.kind)?,
        title: read_text(&stored.title)?,
        explained: stored.explained.as_ref().map(read_explained).transpose()?,
        severity: severity(&stored.severity)?,
        peak_severity: severity(&stored.peak_severity)?,
        phase: phase(&stored.phase)?,
        affected: affected.collect::<Result<_, Unreadable>>()?,
        touched: stored.touched.iter().map(|name| feature(name)).collect::<Result<_, _>>()?,
        started: moment(&stored.started)?,
        window: stored.window.as_ref().map(StoredWindow::read).transpose()?,
        reminded: stored.reminded.as_deref().map(moment).transpose()?,
        eta: stored.eta.as_deref().map(eta).transpose()?,
        updates: stored.updates.iter().map(read_update).collect::<Result<_, _>>()?,
        day_only: days(&stored.day_only, &stored.day_ends)?,
    })
}

fn days(times: &[String], ends: &[String]) -> Result<Days, Unreadable> {
    let mut days = times.iter().map(|at| moment(at)).collect::<Result<Days, _>>()?;
    for (at, end) in times.iter().zip(ends) {
        days.insert(moment(at)?, moment(end)?);
    }
    Ok(days)
}

fn read_update(stored: &StoredUpdate) -> Result<AnnouncedUpdate, Unreadable> {
    Ok(AnnouncedUpdate {
        at: moment(&stored.at)?,
        phase: stored.phase.as_deref().map(phase).transpose()?,
        body: read_text(&stored.body)?,
    })
}

fn write_explained(explained: &Explained) -> StoredExplained {
    let text = |text: &Option<AnnouncedText>| text.as_ref().map(write_text);
    StoredExplained { impact: text(&explained.impact), workaround: text(&explained.workaround) }
}

fn read_explained(stored: &StoredExplained) -> Result<Explained, Unreadable> {
    let text = |text: &Option<StoredText>| text.as_ref().map(read_text).transpose();
    Ok(Explained { impact: text(&stored.impact)?, workaround: text(&stored.workaround)? })
}

fn write_text(text: &AnnouncedText) -> StoredText {
    match text {
        AnnouncedText { announced: text, seen: None } if text.translations.is_empty() => {
            StoredText::Plain(text.default.clone())
        }
        AnnouncedText { announced, seen } => {
            StoredText::Full { told: write_localized(announced), seen: seen.as_ref().map(write_localized) }
        }
    }
}

fn read_text(stored: &StoredText) -> Result<AnnouncedText, Unreadable> {
    match stored {
        StoredText::Plain(text) => Ok(AnnouncedText::announced(Localized::plain(text))),
        StoredText::Full { told, seen } => Ok(AnnouncedText {
            announced: read_localized(told)?,
            seen: seen.as_ref().map(read_localized).transpose()?,
        }),
    }
}

fn write_localized(text: &Localized) -> StoredLocalized {
    let translations = text.translations.iter();
    StoredLocalized {
        text: text.default.clone(),
        translations: translations.map(|(language, text)| (language.to_string(), text.clone())).collect(),
    }
}

fn read_localized(stored: &StoredLocalized) -> Result<Localized, Unreadable> {
    let translations = stored.translations.iter();
    let translations = translations.map(|(tag, text)| Ok((language(tag)?, text.clone())));
    Ok(Localized {
        default: stored.text.clone(),
        translations: translations.collect::<Result<_, Unreadable>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feature::Status;
    use crate::model::incident::{Completes, Eta, TimeRange};
    use crate::model::phase::{IncidentKind, Phase, Severity};

    fn full() -> Baseline {
        let at = |text: &str| moment(text).unwrap();
        let checkout = feature("checkout").unwrap();
        let window = TimeRange::between(at("2026-11-20T09:00:00Z"), at("2026-11-20T10:00:00.5Z"));
        let window = window.with_days(&[window.starts].into_iter().collect());
        let update = AnnouncedUpdate {
            at: at("2026-11-20T09:12:00.123456789Z"),
            phase: Some(Phase::InProgress),
            body: AnnouncedText {
                announced: Localized::plain("We are \"on it\".\n"),
                seen: Some(Localized::plain("We are *on it*.")),
            },
        };
        let incident_facts = BaselineIncident {
            day_only: [window.starts].into_iter().collect::<Days>().in_zone("Europe/Madrid"),
            id: incident("2026/renamed").unwrap(),
            revision: 3,
            kind: IncidentKind::Maintenance,
            title: AnnouncedText::announced(Localized {
                default: "Números".to_owned(),
                translations: [(language("pt-BR").unwrap(), "Números".to_owned())].into(),
            }),
            explained: Some(Explained {
                impact: Some(AnnouncedText::announced(Localized::plain("Slow."))),
                workaround: None,
            }),
            severity: Severity::Minor,
            peak_severity: Severity::Critical,
            phase: Phase::InProgress,
            affected: [(checkout.clone(), Status::Maintenance)].into(),
            touched: [checkout].into(),
            started: window.starts,
            window: Some(window),
            reminded: Some(at("2026-11-19T09:00:00Z")),
            eta: Some(Eta::Unknown),
            updates: vec![update],
        };
        let commit = Commit { id: "5e1c03aa".to_owned(), at: crate::model::Moment::UNIX_EPOCH };
        Baseline {
            incidents: [(incident("2026/first").unwrap(), incident_facts)].into(),
            commit: Some(commit),
        }
    }

    #[test]
    fn a_baseline_reads_back_equal() {
        let mut announced = full();
        assert_eq!(read_announced(&write_announced(&announced)).unwrap(), announced);
        for incident in announced.incidents.values_mut() {
            incident.window = Some(TimeRange::new(incident.started, None, Some(Completes::ByWord)));
        }
        assert_eq!(read_announced(&write_announced(&announced)).unwrap(), announced);
        for incident in announced.incidents.values_mut() {
            incident.eta = Some(Eta::At(incident.started));
            incident.window = None;
        }
        assert_eq!(read_announced(&write_announced(&announced)).unwrap(), announced);
        assert_eq!(read_announced(&write_announced(&Baseline::default())).unwrap(), Baseline::default());
    }

    #[test]
    fn a_baseline_of_the_first_version_is_read() {
        let first = r#"{"version":1,"incidents":{"a":{"id":"a","revision":1,"kind":"incident","title":"Slow",
            "severity":"minor","peak_severity":"minor","phase":"investigating","affected":{},"touched":[],
            "started":"2026-11-20T09:00:00Z","window":null,"eta":null,
            "updates":[{"at":"2026-11-20T09:10:00Z","phase":null,"body":"We look."}]}}}"#;
        let read = read_announced(first).unwrap();
        let told = &read.incidents[&incident("a").unwrap()];
        assert_eq!(told.title, AnnouncedText::announced(Localized::plain("Slow")));
        assert_eq!(
            (told.explained.as_ref(), told.updates[0].body.last().default.as_str()),
            (None, "We look.")
        );
        assert_eq!(read_announced(&write_announced(&read)).unwrap(), read);
    }

    #[test]
    fn another_version_or_a_broken_value_is_refused() {
        let good = write_announced(&full());
        for (from, to) in [
            ("\"version\":2", "\"version\":3"),
            ("critical", "catastrophic"),
            ("2026/first", "../first"),
            ("2026-11-20T09:00:00Z", "yesterday"),
        ] {
            assert!(good.contains(from), "the test looks for {from}");
            assert!(read_announced(&good.replace(from, to)).is_err(), "{to} was taken");
        }
        assert!(read_announced("").is_err());
    }
}
