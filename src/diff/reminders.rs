//! Reminders of planned work that was announced.
//!
//! Promises: each lead time gives one reminder, which is due once and only before the work starts; several missed ones
//! become one. A subscriber who was just notified of the work, or of its new time, gets no reminder of it.

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::announced::BaselineIncident;
use crate::model::incident::Incident;
use crate::model::site::Site;

/// The next moment after `now` at which a reminder falls due.
pub fn next_reminder(site: &Site, leads: &[TimeDelta], now: Moment) -> Option<Moment> {
    let windows = site.incidents.iter().filter(|incident| incident.is_upcoming_at(now));
    let starts = windows.filter_map(|incident| incident.window).map(|window| window.starts);
    let due = |starts: Moment| leads.iter().filter_map(move |lead| starts.checked_sub_signed(*lead));
    starts.flat_map(due).filter(|at| *at > now).min()
}

/// Whether a reminder falls due at `now` that nobody was sent.
pub(super) fn is_due(before: &BaselineIncident, public: &Incident, leads: &[TimeDelta], now: Moment) -> bool {
    let Some(window) = public.window.filter(|_| public.is_upcoming_at(now)) else { return false };
    let is_moved = before.window.is_none_or(|told| told.starts != window.starts);
    let is_new = |at: Moment| at <= now && before.reminded.is_none_or(|reminded| reminded < at);
    !is_moved && leads.iter().any(|lead| window.starts.checked_sub_signed(*lead).is_some_and(is_new))
}
