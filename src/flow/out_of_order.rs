//! Finds news that is dated before what was announced: the files alone do not show it.
//!
//! Promises: an error if the message would be false, because the end was announced and the news is dated before it;
//! otherwise, and where an import wrote the date, a warning. Reports nothing if the heading has `{tell}` or `{silent}`.

use crate::model::Moment;
use crate::model::announced::{Baseline, BaselineIncident};
use crate::model::change::{Change, ChangeKind};
use crate::model::incident::{Incident, Update};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::model::site::Site;

/// The rule that problems name.
const RULE: &str = "update-before-told";

/// What is odd in the changes that are about to be announced.
pub(super) fn problems(changes: &[Change], base: &Baseline, site: &Site, places: &SourceMap) -> Vec<Problem> {
    let of_change = |change: &Change| {
        let (told, incident) = (base.incidents.get(&change.origin)?, site.incident(&change.incident)?);
        let at = change.what.iter().filter_map(|what| match what {
            ChangeKind::UpdatePosted { at } => Some(*at),
            _ => None,
        });
        let update = at.filter_map(|at| incident.updates.iter().find(|update| update.at == at));
        Some(update.filter_map(|update| problem(told, incident, update, places)).collect::<Vec<_>>())
    };
    changes.iter().filter_map(of_change).flatten().collect()
}

fn problem(
    told: &BaselineIncident,
    incident: &Incident,
    update: &Update,
    places: &SourceMap,
) -> Option<Problem> {
    let newest = told.updates.iter().map(|update| update.at).max()?;
    if update.at >= newest || update.author_mark.is_some() {
        return None;
    }
    // A source that dates its entries by the order alone says nothing false by that.
    let is_imported = incident.imported_through.is_some_and(|through| update.at <= through);
    let is_false = !is_imported && told.phase.is_over() && update.phase.is_some_and(|phase| !phase.is_over());
    Some(Problem {
        file: incident.file.clone(),
        place: places.find(&incident.file, SourceKey::Update(update.at)),
        level: if is_false { ProblemLevel::Error } else { ProblemLevel::Warning },
        rule: RULE,
        message: format!(
            "this update is dated {}, before the update of {}, which was already announced",
            written(update.at),
            written(newest)
        ),
        hint: Some("correct its time, or write `{silent}` or `{tell}` on the heading".to_owned()),
    })
}

fn written(at: Moment) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
