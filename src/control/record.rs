//! How a record of control changes: who has it, what is written down of it, and the limits of both.
//!
//! Promises: a record never grows beyond its limits.

use std::collections::BTreeMap;

use crate::model::Moment;
use crate::model::control::{Actor, Control, ControlRules, Event, EventKind, Hold};
use crate::model::incident::IncidentId;

/// The longest note, key and value of metadata, in characters.
pub const NOTE_CHARACTERS_MAX: usize = 1000;
/// The most keys that travel with an incident.
pub const KEYS_MAX: usize = 20;
/// The most requests that wait.
pub(super) const QUEUE_MAX: usize = 50;
/// The most events that are kept.
const EVENTS_MAX: usize = 200;

/// The record of an incident that nobody has announced or taken yet.
pub fn unclaimed(incident: &IncidentId) -> Control {
    Control {
        incident: incident.clone(),
        revision: 0,
        source: None,
        hold: None,
        queue: Vec::new(),
        metadata: BTreeMap::new(),
        events: Vec::new(),
    }
}

/// Gives control to an actor, whose own request is then answered.
pub(super) fn give(control: &mut Control, to: Actor, rules: &ControlRules, now: Moment) {
    control.queue.retain(|request| request.by != to);
    control.hold = Some(Hold { owner: to, since: now, expires: now + rules.idle_after });
}

/// Adds an event, without the oldest beyond the limit.
pub(super) fn add_event(control: &mut Control, by: &Actor, what: EventKind, note: &str, at: Moment) {
    let beyond = (control.events.len() + 1).saturating_sub(EVENTS_MAX);
    control.events.drain(..beyond);
    control.events.push(Event { at, by: by.clone(), what, note: note.to_owned() });
}
