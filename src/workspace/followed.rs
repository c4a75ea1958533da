//! Warns of destinations in the plan that follow a feature which the page does not have.
//!
//! Promises: changes nothing. Only warns, because a missing feature does not affect other recipients.

use crate::config::plan::{PLAN_FILE, Plan};
use crate::located::nearest;
use crate::model::destination::Destination;
use crate::model::feature::FeatureId;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::model::subscriber::FeatureFilter;

/// A warning for each feature that a destination follows and the page does not have.
pub(super) fn unknown(page: &Page, plan: &Plan, places: &SourceMap) -> Vec<Problem> {
    let numbered = plan.destinations.iter().enumerate();
    numbered.flat_map(|(at, destination)| of_one(page, at, destination, places)).collect()
}

fn of_one(page: &Page, at: usize, destination: &Destination, places: &SourceMap) -> Vec<Problem> {
    let FeatureFilter::Features(features) = &destination.follows else { return Vec::new() };
    let is_gone = |id: &&FeatureId| page.feature(id).is_none() && page.group(id).is_none();
    let known = || page.features().map(|feature| feature.id.as_str());
    let problem = |id: &FeatureId| Problem {
        file: PLAN_FILE.to_owned(),
        place: places.find(PLAN_FILE, SourceKey::Key(format!("destinations[{at}].follow.{id}"))),
        level: ProblemLevel::Warning,
        rule: "unknown-feature",
        message: format!("`{}` follows `{id}`, but the page has no such feature or group", destination.name),
        hint: nearest(id.as_str(), known()).map(|near| format!("did you mean `{near}`?")),
    };
    features.iter().filter(is_gone).map(problem).collect()
}
