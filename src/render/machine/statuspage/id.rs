//! Ids in the form of Statuspage: twelve lower-case letters and digits, derived from our own.
//!
//! Promises: an object keeps its id in every build; objects of two kinds never share one.

use crate::model::feature::FeatureId;
use crate::model::hash::derive;
use crate::model::incident::{IncidentId, Update};
use crate::model::page::Page;

/// How many letters an id has. At 5 bits each, two of 50,000 things share an id with a chance of one in a billion.
const LENGTH: usize = 12;

pub(super) fn of_page(page: &Page) -> String {
    short("page", &[&page.url])
}

/// Groups have no id of their own. `number` tells groups of the same name apart.
pub(super) fn of_group(name: &str, number: usize) -> String {
    short("group", &[name, &number.to_string()])
}

pub(super) fn of_feature(id: &FeatureId) -> String {
    short("component", &[id.as_str()])
}

pub(super) fn of_incident(id: &IncidentId) -> String {
    short("incident", &[id.as_str()])
}

pub(super) fn of_update(incident: &IncidentId, update: &Update) -> String {
    short("update", &[incident.as_str(), &update.at.timestamp_micros().to_string()])
}

/// The id of what represents an update if there is none.
pub(super) fn of_announcement(incident: &IncidentId) -> String {
    short("update", &[incident.as_str()])
}

fn short(what: &str, parts: &[&str]) -> String {
    let mut id = derive(&format!("statuspage {what}"), parts);
    id.truncate(LENGTH);
    id
}
