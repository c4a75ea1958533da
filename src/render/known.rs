//! The part of the site that readers may see: no update dated in the future, and nothing internal on the public page.
//!
//! Promises: everything is rendered from this part, so that no page, feed or body can show more. An internal update keeps
//! its facts for the public, such as its phase, and loses its text.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use crate::model::Moment;
use crate::model::audience::NarrowTexts;
use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::Localized;
use crate::model::phase::IncidentKind;
use crate::model::site::Site;

/// The site at a moment for an audience; borrowed if nothing has to be kept back.
pub(super) fn known(site: &Site, now: Moment, audience: Audience) -> Cow<'_, Site> {
    if site.incidents.iter().all(|incident| may_be_shown(incident, now, audience)) {
        return Cow::Borrowed(site);
    }
    let mut known = site.clone();
    let held_back = |incident: &&mut Arc<Incident>| !may_be_shown(incident, now, audience);
    for incident in known.incidents.iter_mut().filter(held_back) {
        let incident = Arc::make_mut(incident);
        incident.narrow = NarrowTexts::default();
        if let Cow::Owned(dated) = incident.dated_at(now) {
            *incident = dated;
        }
        incident.updates.retain(|update| update.at <= now);
        let kept_back = |of: Audience| audience == Audience::Public && of != Audience::Public;
        for update in incident.updates.iter_mut().filter(|update| kept_back(update.audience)) {
            update.body = Localized::plain("");
        }
    }
    Cow::Owned(known)
}

/// The updates that customers may read at `now`, newest first.
pub(super) fn announced_updates(incident: &Incident, now: Moment) -> impl Iterator<Item = &Update> {
    incident.public_updates().rev().filter(move |update| update.at <= now)
}

/// When customers could read of an incident that has no update yet: its start, or if that is still to come, the day of
/// its file's name, else the newest moment of a fixed row before the start. Never after `now`, and never earlier in a
/// later build.
pub(super) fn first_known(incident: &Incident, now: Moment) -> Moment {
    let start = Some(incident.started);
    let known = start.filter(|at| *at <= now).or_else(|| day_of_name(incident).filter(|at| *at <= now));
    known.or_else(|| ahead(incident).find(|at| *at <= now)).unwrap_or(Moment::UNIX_EPOCH)
}

/// The moments at which [`first_known`] moves before the start; none where an update says when customers heard of it.
pub(super) fn turns_ahead(incident: &Incident) -> impl Iterator<Item = Moment> {
    let is_silent = incident.kind == IncidentKind::Maintenance && incident.public_updates().next().is_none();
    let turns = ahead(incident).chain(day_of_name(incident));
    turns.take_while(move |_| is_silent)
}

/// A day before the start, two days, four and so on, for some twenty years.
fn ahead(incident: &Incident) -> impl Iterator<Item = Moment> {
    let started = incident.started;
    (0..13).filter_map(move |power| started.checked_sub_signed(TimeDelta::days(1 << power)))
}

/// The day that the file is named after: `incidents/2026-11-20-moving.md`.
fn day_of_name(incident: &Incident) -> Option<Moment> {
    let name = incident.file.rsplit('/').next()?;
    let day = NaiveDate::parse_from_str(name.get(..10)?, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

fn may_be_shown(incident: &Incident, now: Moment, audience: Audience) -> bool {
    let shown = |of: Audience| audience == Audience::Internal || of == Audience::Public;
    let is_for_all = incident.narrow == NarrowTexts::default();
    is_for_all && incident.updates.iter().all(|update| update.at <= now && shown(update.audience))
}
