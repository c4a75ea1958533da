//! The availability of each feature, computed from its incidents.
//!
//! Promises: a partial or a major outage counts as down, a degradation and planned work do not; simultaneous outages count
//! once, for a feature and for a group; withdrawn and cancelled entries do not count; time in which a feature does not
//! exist does not count; a day of whose outage no time is known counts whole; the work per feature grows with its own incidents only. Never counts time after `now`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::feature::{FeatureId, Life, Status};
use crate::model::incident::Incident;
use crate::model::phase::{IncidentKind, Phase};
use crate::theme::calendar::Zone;

/// What the last days were like for one feature.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Record {
    /// The worst status of each day, oldest first; the last day is today. `None` for a day without the feature.
    pub(super) days: Vec<Option<Status>>,
    /// The share of the time in which it was not down, in millionths, cut and not rounded.
    pub(super) available_millionths: u64,
}

impl Record {
    /// The days, by their number, on which something was wrong.
    pub(super) fn problem_days(&self) -> impl DoubleEndedIterator<Item = usize> {
        let wrong = |status: &Option<Status>| *status >= Some(Status::Degraded);
        self.days.iter().enumerate().filter(move |(_, status)| wrong(status)).map(|(day, _)| day)
    }
}

/// When what incidents did to each feature, from some moment up to now.
#[derive(Debug)]
pub(super) struct Uptime<'a> {
    now: Moment,
    stretches: BTreeMap<&'a FeatureId, Vec<Stretch>>,
    /// Of the features that have limits.
    lives: BTreeMap<&'a FeatureId, Life>,
}

impl<'a> Uptime<'a> {
    /// Looks at the time between `from` and `now`, as far as the features exist in it.
    pub(super) fn of(
        incidents: &[&'a Incident],
        lives: BTreeMap<&'a FeatureId, Life>,
        from: Moment,
        now: Moment,
        zone: &Zone,
    ) -> Self {
        let mut stretches: BTreeMap<&FeatureId, Vec<Stretch>> = BTreeMap::new();
        let counts =
            |incident: &&Incident| !incident.phase_at(now).is_void() && overlaps(incident, from, now);
        for incident in incidents.iter().copied().filter(counts) {
            let whole_days = whole_days(incident, zone);
            let touched: BTreeSet<&FeatureId> = incident.touched().collect();
            for feature in touched {
                let life = lives.get(feature).copied().unwrap_or_default();
                let (from, to) = life.within(from, now);
                let own = stretches.entry(feature).or_default();
                own.extend(
                    (from < to).then(|| stretches_of(&whole_days, feature, from, to)).into_iter().flatten(),
                );
            }
        }
        // Sorted once, so that anyone who asks for a part of the time sorts what is in order.
        stretches.values_mut().for_each(|stretches| stretches.sort_unstable_by_key(|stretch| stretch.from));
        Self { now, stretches, lives }
    }

    /// The features that an incident touched or that have limits; every other had nothing but good days.
    pub(super) fn touched(&self) -> impl Iterator<Item = &'a FeatureId> {
        let untouched = self.lives.keys().filter(|feature| !self.stretches.contains_key(*feature));
        self.stretches.keys().chain(untouched).copied()
    }

    fn life(&self, feature: &FeatureId) -> Life {
        self.lives.get(feature).copied().unwrap_or_default()
    }

    /// Whether a feature exists at any moment between two.
    pub(super) fn exists_within(&self, feature: &FeatureId, from: Moment, to: Moment) -> bool {
        let (from, to) = self.life(feature).within(from, to);
        from < to
    }

    /// The record of a feature within the days that begin at `day_starts` and end now.
    pub(super) fn record(&self, feature: &FeatureId, day_starts: &[Moment]) -> Record {
        let mut record = no_outages(day_starts.len());
        for stretch in self.stretches.get(feature).into_iter().flatten() {
            let first = day_starts.partition_point(|start| *start <= stretch.from).saturating_sub(1);
            let end = day_starts.partition_point(|start| *start < stretch.to);
            for day in record.days.iter_mut().take(end).skip(first) {
                *day = (*day).max(Some(stretch.status));
            }
        }
        let ends = day_starts.iter().skip(1).copied().chain([self.now]);
        for ((start, end), day) in day_starts.iter().zip(ends).zip(&mut record.days) {
            // A day that has only begun has no length yet.
            day.take_if(|_| !self.exists_within(feature, *start, end.max(*start + TimeDelta::seconds(1))));
        }
        if let Some(from) = day_starts.first() {
            record.available_millionths = self.available_millionths([feature], *from, self.now);
        }
        record
    }

    /// The share of the time between two moments in which none of the features was down, in millionths, cut and not
    /// rounded. Times at which several were down count once.
    pub(super) fn available_millionths<'b>(
        &self,
        features: impl IntoIterator<Item = &'b FeatureId>,
        from: Moment,
        to: Moment,
    ) -> u64 {
        let features: Vec<&FeatureId> = features.into_iter().collect();
        let existing = features.iter().map(|feature| self.life(feature).within(from, to));
        let (starts, ends): (Vec<Moment>, Vec<Moment>) = existing.filter(|(from, to)| from < to).unzip();
        let (Some(from), Some(to)) = (starts.into_iter().min(), ends.into_iter().max()) else {
            return 1_000_000;
        };
        let stretches = features.into_iter().filter_map(|feature| self.stretches.get(feature)).flatten();
        let mut down: Vec<&Stretch> =
            stretches.filter(|stretch| stretch.status >= Status::PartialOutage).collect();
        down.sort_by_key(|stretch| stretch.from);
        let (mut down_seconds, mut counted_to) = (0, from);
        for stretch in down {
            let end = stretch.to.min(to);
            down_seconds += (end - stretch.from.max(counted_to)).num_seconds().max(0);
            counted_to = counted_to.max(end);
        }
        let all_seconds = (to - from).num_seconds();
        let up = u64::try_from(all_seconds - down_seconds).unwrap_or(0);
        (up * 1_000_000).checked_div(all_seconds.max(0).unsigned_abs()).unwrap_or(1_000_000)
    }
}

/// The record of a feature to which nothing happened.
pub(super) fn no_outages(days: usize) -> Record {
    Record { days: vec![Some(Status::Operational); days], available_millionths: 1_000_000 }
}

/// A time in which one incident gave a feature one status.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: Moment,
    to: Moment,
    status: Status,
}

/// The incident with an end of which only the day is known at the end of that day, but before what follows it, so that no
/// availability looks better than it was.
fn whole_days<'i>(incident: &'i Incident, zone: &Zone) -> Cow<'i, Incident> {
    if incident.day_only.is_empty() {
        return Cow::Borrowed(incident);
    }
    let mut whole = incident.clone();
    let mut next = None;
    for update in whole.updates.iter_mut().rev() {
        let (at, is_end) = (update.at, update.phase.is_some_and(Phase::is_over));
        if is_end && incident.is_day_only(at) {
            let last = zone.day_end(at);
            update.at = next.map_or(last, |next: Moment| last.min(next - TimeDelta::seconds(1))).max(at);
        }
        next = Some(at);
    }
    Cow::Owned(whole)
}

fn overlaps(incident: &Incident, from: Moment, now: Moment) -> bool {
    incident.began_at() < now && incident.ended_at(now).is_none_or(|ended| ended > from)
}

/// The status can change only at an update or at a planned time; between two such moments it is
/// asked for once. What the first update says of an open incident holds from its start: nobody writes at the
/// very moment something breaks.
fn stretches_of(incident: &Incident, feature: &FeatureId, from: Moment, now: Moment) -> Vec<Stretch> {
    let planned = incident.planned_turns();
    let written = incident.updates.iter().map(|update| update.at);
    let mut moments: Vec<Moment> = planned.chain(written).chain([incident.began_at()]).collect();
    moments.retain(|moment| (from..now).contains(moment));
    moments.extend([from, now]);
    moments.sort_unstable();
    moments.dedup();
    let first = incident.updates.first().filter(|first| first.phase.is_none_or(|phase| !phase.is_over()));
    let told_from = first.filter(|_| incident.kind == IncidentKind::Incident).map(|first| first.at.min(now));
    let asked = |at: Moment| if at < incident.began_at() { at } else { at.max(told_from.unwrap_or(at)) };
    let stretch = |pair: &[Moment]| match pair {
        [from, to] => {
            Some(Stretch { from: *from, to: *to, status: incident.status_of(feature, asked(*from)) })
        }
        _ => None,
    };
    let stretches = moments.windows(2).filter_map(stretch);
    stretches.filter(|stretch| stretch.status != Status::Operational).collect()
}

#[cfg(test)]
mod tests;
