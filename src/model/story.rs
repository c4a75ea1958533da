//! What an incident's record says about a moment: its phase, the status of its features, its estimates.
//!
//! Promises: pure functions of the record and a moment; a maintenance that has not started never
//! changes a feature's status; updates after the moment asked for do not count. Internal updates count for facts
//! (a phase is a phase) but their words are never returned: callers that show words use
//! [`Incident::public_updates`].

use std::borrow::Cow;

use chrono::TimeDelta;

use super::Moment;
use super::feature::{FeatureId, Status};
use super::incident::{Audience, Eta, Incident, Update};
use super::phase::{Kind, Phase, Severity};

impl Incident {
    /// The updates customers may read, oldest first.
    pub fn public_updates(&self) -> impl DoubleEndedIterator<Item = &Update> {
        self.updates.iter().filter(|update| update.audience == Audience::Public)
    }

    /// The incident with only those updates that customers may read at `now`: what they can know of it.
    pub fn public_at(&self, now: Moment) -> Cow<'_, Self> {
        let shown = |update: &Update| update.audience == Audience::Public && update.at <= now;
        if self.updates.iter().all(shown) {
            return Cow::Borrowed(self);
        }
        let mut public = self.clone();
        public.updates.retain(shown);
        Cow::Owned(public)
    }

    /// The incident with only those updates that are written by `now`, whoever may read them.
    pub fn known_at(&self, now: Moment) -> Cow<'_, Self> {
        if self.updates.last().is_none_or(|update| update.at <= now) {
            return Cow::Borrowed(self);
        }
        let mut known = self.clone();
        known.updates.retain(|update| update.at <= now);
        Cow::Owned(known)
    }

    /// Where the story stands at `now`. A maintenance moves by the clock unless an update says otherwise: an
    /// update that ends it holds, and one written after the planned end keeps it going.
    pub fn phase_at(&self, now: Moment) -> Phase {
        let said = self.updates.iter().rev().filter(|update| update.at <= now);
        let said = said.filter_map(|update| Some((update.at, update.phase?))).next();
        let Some(window) = self.window else {
            return said.map_or(Phase::Investigating, |(_, phase)| phase);
        };
        let by_clock = if now < window.starts {
            Phase::Scheduled
        } else if now < window.ends {
            Phase::InProgress
        } else {
            Phase::Completed
        };
        match said {
            Some((_, phase)) if phase.is_over() => phase,
            Some((at, phase)) if phase > by_clock || (at >= window.ends && phase != Phase::Scheduled) => {
                phase
            }
            _ => by_clock,
        }
    }

    /// Whether it is going on at `now`: an incident that is not over, a maintenance in progress.
    pub fn is_active_at(&self, now: Moment) -> bool {
        let phase = self.phase_at(now);
        self.started_by(now) && !phase.is_over() && phase != Phase::Scheduled
    }

    /// Whether it is planned and has not started at `now`.
    pub fn is_upcoming_at(&self, now: Moment) -> bool {
        self.kind == Kind::Maintenance && self.phase_at(now) == Phase::Scheduled
    }

    fn started_by(&self, now: Moment) -> bool {
        self.started <= now || self.updates.first().is_some_and(|update| update.at <= now)
    }

    /// When it ended for customers, if it has by `now`: the first ending update after the last one that was
    /// not, or the planned end of a maintenance that the clock completed.
    pub fn ended_at(&self, now: Moment) -> Option<Moment> {
        if !self.phase_at(now).is_over() {
            return None;
        }
        let mut ended = None;
        for update in self.updates.iter().filter(|update| update.at <= now) {
            match update.phase {
                Some(phase) if phase.is_over() => ended = ended.or(Some(update.at)),
                Some(_) => ended = None,
                None => {}
            }
        }
        ended.or(self.window.map(|window| window.ends)).or(Some(self.started))
    }

    /// How long it was going on by `now`, without the times between an end and a return.
    pub fn lasted(&self, now: Moment) -> TimeDelta {
        let began = self.began_at();
        let planned = self.window.into_iter().flat_map(|window| [window.starts, window.ends]);
        let written = self.updates.iter().map(|update| update.at);
        let mut turns: Vec<Moment> = planned.chain(written).filter(|at| began < *at && *at < now).collect();
        turns.extend([began, now.max(began)]);
        turns.sort_unstable();
        let spans = turns.windows(2).filter_map(|pair| match pair {
            [from, to] if !self.phase_at(*from).is_over() => Some(*to - *from),
            _ => None,
        });
        spans.fold(TimeDelta::zero(), |sum, span| sum + span)
    }

    /// When the work or the trouble really began: the first update in progress of a maintenance that started
    /// early, else `started`.
    pub fn began_at(&self) -> Moment {
        let early = self.updates.iter().find(|update| update.phase == Some(Phase::InProgress));
        early.map_or(self.started, |update| update.at.min(self.started))
    }

    /// The status this incident gives `feature` at `at`: operational when it is not affected, when the
    /// incident had not begun or was over.
    pub fn status_of(&self, feature: &FeatureId, at: Moment) -> Status {
        let Some(&now) = self.affected.get(feature).or_else(|| self.last_status(feature)) else {
            return Status::Operational;
        };
        if at < self.began_at() || self.ended_at(at).is_some() || self.is_upcoming_at(at) {
            return Status::Operational;
        }
        let changes =
            || self.updates.iter().filter_map(|update| Some((update.at, *update.statuses.get(feature)?)));
        let latest = changes().rfind(|(when, _)| *when <= at);
        match (latest, changes().next()) {
            (Some((_, status)), _) => status,
            (None, None) => now,
            (None, Some(_)) => self.implied_status(),
        }
    }

    fn last_status(&self, feature: &FeatureId) -> Option<&Status> {
        self.updates.iter().rev().find_map(|update| update.statuses.get(feature))
    }

    /// The status of an affected feature for which nothing more precise is said.
    pub fn implied_status(&self) -> Status {
        match self.kind {
            Kind::Maintenance => Status::Maintenance,
            Kind::Incident => self.severity.implied_status(),
        }
    }

    /// Every feature it ever touched: affected now, or named by an update.
    pub fn touched(&self) -> impl Iterator<Item = &FeatureId> {
        self.affected.keys().chain(self.updates.iter().flat_map(|update| update.statuses.keys()))
    }

    /// The estimates given, oldest first, each with the moment it was given. The front matter's counts last
    /// where no update gave it.
    pub fn eta_history(&self) -> Vec<(Moment, Eta)> {
        let mut history: Vec<(Moment, Eta)> = Vec::new();
        for update in self.public_updates() {
            if let Some(eta) = update.eta
                && history.last().is_none_or(|(_, last)| *last != eta)
            {
                history.push((update.at, eta));
            }
        }
        if let Some(eta) = self.eta
            && history.last().is_none_or(|(_, last)| *last != eta)
        {
            let given = if history.is_empty() { self.started } else { self.last_spoken() };
            history.push((given, eta));
        }
        history
    }

    /// When customers last heard something: the newest public update, or the start.
    pub fn last_spoken(&self) -> Moment {
        self.public_updates().next_back().map_or(self.started, |update| update.at)
    }

    /// The worst severity it ever had.
    pub fn peak_severity(&self) -> Severity {
        self.updates.iter().filter_map(|update| update.severity).fold(self.severity, Severity::max)
    }
}
