//! The next time at which the same files give other bytes, because the clock changes the page.
//!
//! Promises: until that time every build has the bytes of the one before, so a build then, and after each save, is never
//! too late and never useless. Never reads a clock.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::cause::EARLY;
use super::known;
use super::machine::cap;
use super::snapshot::is_visible;
use super::uptime::Uptime;
use crate::model::Moment;
use crate::model::feature::{FeatureId, Group, Status};
use crate::model::incident::{Audience, Eta, Incident};
use crate::model::phase::IncidentKind;
use crate::model::site::Site;
use crate::theme::calendar::Zone;

/// What is shown of each feature, and of each group.
type Shown = (BTreeMap<FeatureId, (Vec<Option<Status>>, u64)>, Vec<u64>);

/// The shortest time there is between two moments.
const TICK: TimeDelta = TimeDelta::milliseconds(1);

/// The next moment after `now` at which the site looks different if nobody writes anything: planned work begins or ends,
/// an estimate or a promise passes, an update written for later comes out, a day begins, or a feature's or a group's share of good
/// time moves by the last digit that is shown. `None` where the page's time zone is unknown, because such a site cannot
/// be rendered at all.
pub fn next_turn(site: &Site, now: Moment, audience: Audience) -> Option<Moment> {
    let zone = Zone::named(&site.page.time_zone)?;
    let written = site.incidents.iter().flat_map(|incident| turns(incident));
    let alerts = site.incidents.iter().filter_map(|incident| cap::leaves_at(incident, now));
    let turn = written.chain(alerts).chain(midnights(&zone, now)).filter(|turn| *turn > now).min()?;
    Some(record_moves(site, &zone, now, turn, audience).unwrap_or(turn))
}

/// Every moment at which an incident turns by the clock alone. A deadline is missed only once it is past.
fn turns(incident: &Incident) -> Vec<Moment> {
    let mut turns = vec![incident.started];
    if incident.kind == IncidentKind::Maintenance {
        turns.push(incident.started - EARLY);
    }
    turns.extend(known::turns_ahead(incident));
    turns.extend(incident.planned_turns());
    turns.extend(incident.updates.iter().map(|update| update.at).chain(incident.end_counts_from()));
    let etas = incident.updates.iter().map(|update| update.eta).chain([incident.eta]);
    let promises = incident.updates.iter().map(|update| update.next_update).chain([incident.next_update]);
    let due = |eta: Option<Eta>| match eta {
        Some(Eta::At(moment)) => Some(moment),
        _ => None,
    };
    let deadlines: Vec<Moment> = etas.filter_map(due).chain(promises.flatten()).collect();
    turns.extend(deadlines.into_iter().flat_map(|deadline| [deadline, deadline + TICK]));
    turns
}

/// The beginnings of the days around tomorrow; a day may be longer or shorter than 24 hours.
fn midnights(zone: &Zone, now: Moment) -> Vec<Moment> {
    zone.day_starts(now + TimeDelta::hours(26), 3)
}

/// When the first record of a feature looks different, if that is before `turn`. Between two turns a feature stays as
/// it is, so a day of it turns at once or not at all and its share of good time only grows or only falls: the first
/// difference can be closed in on.
fn record_moves(site: &Site, zone: &Zone, now: Moment, turn: Moment, audience: Audience) -> Option<Moment> {
    let known = known::known(site, now, audience);
    let days = zone.day_starts(now, site.page.history_days);
    let from = days.first().copied()?;
    let counts = |incident: &&Incident| {
        is_visible(incident, now, audience) && incident.ended_at(now).is_none_or(|ended| ended > from)
    };
    let counted: Vec<&Incident> = known.incidents.iter().map(AsRef::as_ref).filter(counts).collect();
    let at = |after: i64| shown(site, zone, &counted, &days, now + TimeDelta::milliseconds(after));
    let today = at(0);
    let (mut same, mut other) = (0, (turn - TICK - now).num_milliseconds());
    if other <= same || at(other) == today {
        return None;
    }
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if at(middle) == today {
            same = middle;
        } else {
            other = middle;
        }
    }
    Some(now + TimeDelta::milliseconds(other))
}

/// What the bars show of each feature with anything to show: the worst of each day, and the share of good time in
/// hundredths of a per cent; and that share of each group.
fn shown(site: &Site, zone: &Zone, incidents: &[&Incident], days: &[Moment], at: Moment) -> Shown {
    let from = days.first().copied().unwrap_or(at);
    let uptime = Uptime::of(incidents, site.page.lives(), from, at, zone);
    let record = |feature: &FeatureId| {
        let record = uptime.record(feature, days);
        (feature.clone(), (record.days, record.available_millionths / 100))
    };
    let group = |group: &Group| {
        let features = group.features.iter().map(|feature| &feature.id);
        uptime.available_millionths(features, from, at) / 100
    };
    (uptime.touched().map(record).collect(), site.page.groups.iter().map(group).collect())
}
