//! Reminders of planned work that was announced.
//!
//! Promises: a lead time gives one reminder, which falls due once and only while the work is still ahead; several that were
//! missed are one. Who just heard of the work, or of its new time, is not reminded of what that message says.

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
