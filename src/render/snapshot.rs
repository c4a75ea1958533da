//! The state of the site at one time, computed once for the pages of all languages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cores::on_every_core;
use super::stamp::{CacheKey, Stamps};
use super::uptime::{Record, Uptime, no_outages};
use crate::model::Moment;
use crate::model::feature::{FeatureId, Group, Status};
use crate::model::incident::{Audience, Incident, IncidentId, Update};
use crate::model::phase::IncidentKind;
use crate::model::site::Site;
use crate::theme::calendar::Zone;

/// How many incidents a feature's page names; the history has them all.
const TOUCHING_MAX: usize = 50;

/// How many whole months are shown.
const MONTHS_MAX: u16 = 12;

/// How many changes by the clock are foreseen: a page is built again long before more have come.
const PROSPECTS_MAX: usize = 6;

/// How the features will do from some moment on, as far as the clock decides it.
#[derive(Debug)]
pub(super) struct FutureStatus<'a> {
    pub(super) from: Moment,
    pub(super) statuses: BTreeMap<&'a FeatureId, Status>,
    /// The worst of all.
    pub(super) overall: Status,
}

/// The site at a moment.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    pub(super) now: Moment,
    /// Whose pages these are.
    pub(super) audience: Audience,
    /// All that people may know of at that moment, newest start first.
    pub(super) visible: Vec<&'a Incident>,
    /// What is open, worst first, then newest.
    pub(super) active: Vec<&'a Incident>,
    /// Planned and not begun, soonest first.
    pub(super) upcoming: Vec<&'a Incident>,
    /// Over within the days of the bars, the last to end first.
    pub(super) recent: Vec<&'a Incident>,
    /// How each feature of the page is doing.
    pub(super) statuses: BTreeMap<&'a FeatureId, Status>,
    /// The worst of all: of the features, and of what is open without naming a feature.
    pub(super) overall: Status,
    /// When each day of the bars began, oldest first.
    pub(super) day_starts: Vec<Moment>,
    /// How that changes when planned work begins and ends, soonest first, if nobody writes anything.
    pub(super) prospects: Vec<FutureStatus<'a>>,
    /// The whole months of the record, newest first: when each began and when the next one did.
    pub(super) months: Vec<(Moment, Moment)>,
    uptime: Uptime<'a>,
    records: BTreeMap<&'a FeatureId, Record>,
    /// The share of good time in each of the months, of the features that anything happened to.
    shares_by_month: BTreeMap<&'a FeatureId, Vec<u64>>,
    touching: BTreeMap<&'a FeatureId, Vec<&'a Incident>>,
    stamps: &'a Stamps,
    /// Of all that is visible, at that moment.
    at: HashMap<&'a IncidentId, CacheKey>,
}

impl<'a> Snapshot<'a> {
    /// Looks at the site at a moment; days begin at midnight of `zone`.
    pub(super) fn of(
        site: &'a Site,
        zone: &Zone,
        now: Moment,
        audience: Audience,
        stamps: &'a Stamps,
    ) -> Self {
        let known = site.incidents.iter().map(AsRef::as_ref);
        let visible: Vec<&Incident> = known.filter(|incident| is_visible(incident, now, audience)).collect();
        let mut active: Vec<&Incident> = visible.iter().copied().filter(|i| i.is_active_at(now)).collect();
        active.sort_by_key(|incident| (incident.kind, std::cmp::Reverse(incident.severity)));
        let mut upcoming: Vec<&Incident> =
            visible.iter().copied().filter(|i| i.is_upcoming_at(now)).collect();
        upcoming.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        let day_starts = zone.day_starts(now, site.page.history_days);
        let statuses = statuses(site, &active, now);
        let months = months(zone, visible.last().map(|oldest| oldest.started), now);
        let from = day_starts.first().into_iter().chain(months.last().map(|(start, _)| start)).min();
        let uptime = Uptime::of(&visible, site.page.lives(), from.copied().unwrap_or(now), now, zone);
        let record = |feature| (feature, uptime.record(feature, &day_starts));
        let by_month = |feature| {
            let share = |(from, to): &(Moment, Moment)| uptime.available_millionths([feature], *from, *to);
            (feature, months.iter().map(share).collect())
        };
        let at = on_every_core(&visible, |one| stamps.at(now, one));
        Self {
            now,
            audience,
            prospects: prospects(site, &active, &upcoming, now),
            recent: recent(&visible, day_starts.first().copied(), now),
            touching: touching(&visible),
            records: uptime.touched().map(record).collect(),
            shares_by_month: uptime.touched().map(by_month).collect(),
            overall: overall(&active, &statuses),
            at: visible.iter().map(|one| &one.id).zip(at).collect(),
            stamps,
            visible,
            active,
            upcoming,
            statuses,
            day_starts,
            months,
            uptime,
        }
    }

    /// What the last days were like for a feature.
    pub(super) fn record(&self, feature: &FeatureId) -> Record {
        self.records.get(feature).cloned().unwrap_or_else(|| no_outages(self.day_starts.len()))
    }

    /// The share of good time of a feature in each whole month in which it existed, in millionths, with the month's start;
    /// newest first.
    pub(super) fn by_month(&self, feature: &FeatureId) -> Vec<(Moment, u64)> {
        let shares = self.shares_by_month.get(feature).into_iter().flatten().copied();
        let shares = shares.chain(std::iter::repeat(1_000_000));
        let existed =
            |((from, to), _): &(&(Moment, Moment), u64)| self.uptime.exists_within(feature, *from, *to);
        self.months.iter().zip(shares).filter(existed).map(|((start, _), share)| (*start, share)).collect()
    }

    /// The share of the time within the bars in which none of a group's features was down, in millionths.
    pub(super) fn group_available_millionths(&self, group: &Group) -> Option<u64> {
        let from = *self.day_starts.first()?;
        let features = group.features.iter().map(|feature| &feature.id);
        Some(self.uptime.available_millionths(features, from, self.now))
    }

    /// The newest incidents that touched a feature, newest start first.
    pub(super) fn touching(&self, feature: &FeatureId) -> &[&'a Incident] {
        self.touching.get(feature).map_or(&[], Vec::as_slice)
    }

    /// What represents an incident and for how far the clock is in it.
    pub(super) fn stamp(&self, incident: &Incident) -> CacheKey {
        let stamp = self.at.get(&incident.id).copied();
        stamp.unwrap_or_else(|| self.stamps.at(self.now, incident))
    }

    /// When anything was last said to those who read the pages.
    pub(super) fn last_said(&self) -> Option<Moment> {
        self.visible
            .iter()
            .filter_map(|incident| self.announced_updates(incident).next())
            .map(|update| update.at)
            .max()
    }

    /// The updates that readers of the pages see, newest first.
    pub(super) fn announced_updates<'b>(
        &self,
        incident: &'b Incident,
    ) -> impl Iterator<Item = &'b Update> + use<'b> {
        let (now, audience) = (self.now, self.audience);
        incident.updates.iter().rev().filter(move |update| reads(audience, update) && update.at <= now)
    }
}

/// Whether people may know of it: it has begun, something was said of it, or it is planned.
pub(super) fn is_visible(incident: &Incident, now: Moment, audience: Audience) -> bool {
    let planned = incident.kind == IncidentKind::Maintenance && incident.updates.is_empty();
    let told = |update: &Update| reads(audience, update) && update.at <= now;
    incident.started <= now || planned || incident.updates.iter().any(told)
}

/// The whole months since that of the oldest incident, newest first. What went on before it nobody wrote down.
fn months(zone: &Zone, oldest: Option<Moment>, now: Moment) -> Vec<(Moment, Moment)> {
    let starts = zone.month_starts(now, MONTHS_MAX);
    let whole = starts.iter().zip(starts.iter().skip(1));
    let recorded = whole.filter(|(_, end)| oldest.is_some_and(|oldest| oldest < **end));
    recorded.map(|(start, end)| (*start, *end)).rev().collect()
}

fn reads(audience: Audience, update: &Update) -> bool {
    audience == Audience::Internal || update.audience == Audience::Public
}

fn touching<'a>(visible: &[&'a Incident]) -> BTreeMap<&'a FeatureId, Vec<&'a Incident>> {
    let mut touching: BTreeMap<_, Vec<&Incident>> = BTreeMap::new();
    for incident in visible {
        for feature in incident.touched().collect::<BTreeSet<_>>() {
            let newest = touching.entry(feature).or_default();
            if newest.len() < TOUCHING_MAX {
                newest.push(*incident);
            }
        }
    }
    touching
}

fn statuses<'a>(site: &'a Site, active: &[&Incident], now: Moment) -> BTreeMap<&'a FeatureId, Status> {
    let status = |feature: &FeatureId| {
        let said = active.iter().map(|incident| incident.status_of(feature, now));
        said.max().unwrap_or(Status::Operational)
    };
    site.page.features().map(|feature| (&feature.id, status(&feature.id))).collect()
}

/// The worst of the features, and of what continues without naming one that the page has.
fn overall(active: &[&Incident], statuses: &BTreeMap<&FeatureId, Status>) -> Status {
    let is_nameless = |incident: &&&Incident| !incident.touched().any(|id| statuses.contains_key(id));
    let nameless = active.iter().filter(is_nameless);
    let said = nameless.map(|incident| incident.implied_status()).chain(statuses.values().copied());
    said.max().unwrap_or(Status::Operational)
}

/// What the beginnings and ends of planned work will change. Only what is written by now counts.
fn prospects<'a>(
    site: &'a Site,
    active: &[&Incident],
    upcoming: &[&Incident],
    now: Moment,
) -> Vec<FutureStatus<'a>> {
    let known: Vec<_> = active.iter().chain(upcoming).map(|incident| incident.known_at(now)).collect();
    let turns = known.iter().flat_map(|incident| incident.planned_turns());
    let turns: BTreeSet<Moment> = turns.filter(|turn| *turn > now).collect();
    let prospect = |from| {
        let active = known.iter().map(AsRef::as_ref).filter(|incident| incident.is_active_at(from));
        let active: Vec<&Incident> = active.collect();
        let statuses = statuses(site, &active, from);
        FutureStatus { from, overall: overall(&active, &statuses), statuses }
    };
    turns.into_iter().take(PROSPECTS_MAX).map(prospect).collect()
}

fn recent<'a>(visible: &[&'a Incident], since: Option<Moment>, now: Moment) -> Vec<&'a Incident> {
    let ended = |incident: &&'a Incident| Some((incident.ended_at(now)?, *incident));
    let mut over: Vec<(Moment, &Incident)> = visible.iter().filter_map(ended).collect();
    over.retain(|(ended, _)| since.is_none_or(|since| *ended >= since));
    over.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    over.into_iter().map(|(_, incident)| incident).collect()
}
