//! Incidents that can be read and cannot be correct: times that contradict each other, features that the page does not
//! have.
//!
//! Promises: such a mistake in the file of an open incident neither ends it nor improves a feature; the last version
//! without the mistake replaces the whole incident if its times are wrong, and only its features if those are. A replaced
//! incident is reported.

use std::path::Path;
use std::sync::Arc;

use chrono::{SecondsFormat, TimeDelta};

use crate::load;
use crate::model::Moment;
use crate::model::feature::FeatureId;
use crate::model::incident::{Incident, Update};
use crate::model::page::Page;
use crate::model::phase::{IncidentKind, Phase};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};

/// Clocks of authors and of the machine that builds may differ by this much.
const CLOCK_MINUTES: i64 = 5;
/// An incident further from now than this is history and not open.
const RECENT_DAYS: i64 = 31;

/// Where the times of an incident contradict each other.
struct Contradiction {
    rule: &'static str,
    place: SourceKey,
    message: String,
}

/// Replaces them by earlier versions; gives the problems of those that are replaced.
pub(crate) fn settle(
    incidents: &mut [Arc<Incident>],
    page: &Page,
    places: &SourceMap,
    now: Moment,
    (root, store): (&Path, Option<&Path>),
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for incident in incidents {
        let parse = |text: &str| load::parse_incident(&incident.file, text).incident;
        let earlier = |is_sound: &dyn Fn(&Incident) -> bool| {
            let usable = |text: &str| parse(text).is_some_and(|earlier| is_sound(&earlier));
            super::newest(root, store, &incident.file, &usable).and_then(|text| parse(&text))
        };
        if let Some(wrong) = contradiction(incident, now) {
            let is_sound = |earlier: &Incident| contradiction(earlier, now).is_none();
            if let Some(open) = earlier(&is_sound).filter(|earlier| earlier.is_active_at(now)) {
                problems.extend(replaced(incident, wrong, places));
                *incident = open;
            }
        } else if incident.is_active_at(now) && names_others(incident, page) {
            let Some(before) = earlier(&|earlier| !names_others(earlier, page)) else { continue };
            let missed = before.affected.iter().filter(|(id, _)| !incident.affected.contains_key(id));
            let missed: Vec<_> = missed.map(|(id, status)| (id.clone(), *status)).collect();
            Arc::make_mut(incident).affected.extend(missed);
        }
    }
    problems
}

/// Whether it names a feature that the page has not.
fn names_others(incident: &Incident, page: &Page) -> bool {
    let is_known = |id: &FeatureId| page.feature(id).is_some() || page.group(id).is_some();
    !incident.touched().all(is_known)
}

/// What is wrong with the times of a recent incident.
fn contradiction(incident: &Incident, now: Moment) -> Option<Contradiction> {
    let is_recent = (now - incident.started).abs() <= TimeDelta::days(RECENT_DAYS) || incident.started > now;
    if incident.kind != IncidentKind::Incident || !is_recent {
        return None;
    }
    let latest = now + TimeDelta::minutes(CLOCK_MINUTES);
    let iso = |at: Moment| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let started = iso(incident.started);
    if incident.started > latest && incident.updates.iter().all(|update| update.at > latest) {
        let message = format!("the incident starts at {started}, in the future");
        return Some(Contradiction {
            rule: "in-the-future",
            place: SourceKey::Key("started".to_owned()),
            message,
        });
    }
    let ends_early =
        |update: &&Update| update.phase.is_some_and(Phase::is_over) && update.at < incident.started;
    let early = incident.updates.iter().find(ends_early)?;
    let message = format!("the incident ends at {}, before it starts, {started}", iso(early.at));
    Some(Contradiction { rule: "end-before-start", place: SourceKey::Update(early.at), message })
}

fn replaced(incident: &Incident, wrong: Contradiction, places: &SourceMap) -> [Problem; 2] {
    let problem = |level, rule, place, message, hint: &str| Problem {
        file: incident.file.clone(),
        place,
        level,
        rule,
        message,
        hint: Some(hint.to_owned()),
    };
    let place = places.find(&incident.file, wrong.place);
    let hint = "check the date and the zone";
    let kept = "the last valid version of this file stays published".to_owned();
    let to_fix = "fix its errors to publish the new version";
    [
        problem(ProblemLevel::Error, wrong.rule, place, wrong.message, hint),
        problem(ProblemLevel::Warning, "last-good-kept", None, kept, to_fix),
    ]
}
