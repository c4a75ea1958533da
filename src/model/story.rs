//! Derives the state of an incident at a time: its phase, the status of its features, its ETAs.
//!
//! Promises: pure functions of the record and a time; maintenance that has not started never changes a feature's status;
//! updates after that time do not count. Internal updates count for facts, such as the phase, but their texts are never
//! returned: callers that show texts use [`Incident::public_updates`].

use std::borrow::Cow;

use chrono::TimeDelta;

use super::Moment;
use super::audience::{Sight, Versions};
use super::feature::{FeatureId, Status};
use super::incident::{Audience, Completes, Eta, Incident, TimeRange, Update};
use super::localized::{Language, Localized};
use super::phase::{IncidentKind, Phase, Severity};

#[cfg(test)]
mod tests;

/// How far ahead of the clock the end of an incident may be dated and still count at once, and that of planned work, which may
/// also be written before it is true.
pub const END_AHEAD_MAX: TimeDelta = TimeDelta::minutes(30);
const COMPLETED_AHEAD_MAX: TimeDelta = TimeDelta::minutes(5);

impl Incident {
    /// The name of the file that holds its words in another language: `NAME.es.md` next to `NAME.md`.
    pub fn translation_file(&self, language: &Language) -> String {
        format!("{}.{language}.md", self.file.strip_suffix(".md").unwrap_or(&self.file))
    }

    /// Whether a file is its main file or one of its translations.
    pub fn has_file(&self, file: &str) -> bool {
        let texts = [Some(&self.title), self.impact.as_ref(), self.workaround.as_ref()].into_iter().flatten();
        let mut texts = texts.chain(self.updates.iter().map(|update| &update.body));
        let is_translation = |text: &Localized| {
            text.translations.keys().any(|language| self.translation_file(language) == file)
        };
        file == self.file || texts.any(is_translation)
    }

    /// The updates customers may read, oldest first.
    pub fn public_updates(&self) -> impl DoubleEndedIterator<Item = &Update> {
        self.updates.iter().filter(|update| update.audience == Audience::Public)
    }

    /// From when the end of an incident counts: half an hour before the time that it is dated, that of planned work five minutes
    /// before, but never before the start and the update before it. Who writes at 12:00 that it is resolved at 12:20 says that it
    /// is over. So does an imported source, however far ahead it dates the end.
    pub fn end_counts_from(&self) -> Option<Moment> {
        let mut updates = self.updates.iter().rev();
        let end = updates.next().filter(|end| end.audience == Audience::Public)?;
        let is_imported = self.imported_through.is_some_and(|through| end.at <= through);
        let ahead = match end.phase? {
            Phase::Resolved if is_imported => TimeDelta::MAX,
            Phase::Resolved => END_AHEAD_MAX,
            Phase::Completed => COMPLETED_AHEAD_MAX,
            _ => return None,
        };
        let before = updates.next().map_or(self.started, |update| update.at.max(self.started));
        let after_before = before + TimeDelta::minutes(1);
        let from = end.at.checked_sub_signed(ahead).map_or(after_before, |from| from.max(after_before));
        (from < end.at).then_some(from)
    }

    /// The incident as readers are shown it at `now`, without a date in the future: an end that counts already is dated by whole
    /// half hours before its own time, which it has once that has come.
    pub fn dated_at(&self, now: Moment) -> Cow<'_, Self> {
        let mut dated = Cow::Borrowed(self);
        let ahead = self.counted_at(now) - now;
        if ahead > TimeDelta::zero()
            && let Some(from) = self.end_counts_from()
            && let Some(end) = dated.to_mut().updates.last_mut()
        {
            let half_hours = ahead.num_seconds() / END_AHEAD_MAX.num_seconds() + 1;
            let earlier = TimeDelta::seconds(half_hours.saturating_mul(END_AHEAD_MAX.num_seconds()));
            end.at = from.max(end.at - earlier);
        }
        dated
    }

    /// The moment as of which the incident's words count at `now`: that of its end, if the end counts although it is dated
    /// later; else `now`.
    pub fn counted_at(&self, now: Moment) -> Moment {
        let is_ahead = self.end_counts_from().is_some_and(|from| from <= now);
        let end = self.updates.last().map(|end| end.at).filter(|at| is_ahead && *at > now);
        end.unwrap_or(now)
    }

    /// The incident with only those updates that customers may read at `now`: what they can know of it.
    pub fn public_at(&self, now: Moment) -> Cow<'_, Self> {
        let now = self.counted_at(now);
        let shown = |update: &Update| update.audience == Audience::Public && update.at <= now;
        if self.updates.iter().all(shown) {
            return Cow::Borrowed(self);
        }
        let mut public = self.clone();
        public.updates.retain(shown);
        Cow::Owned(public)
    }

    /// The incident as an audience reads it that may read of it: what is for it counts as for everyone, in its own version if it has one. What it may
    /// not read stays with those that may.
    pub fn as_read_by(&self, sight: &Sight) -> Self {
        let mut read = self.clone();
        read.audience = Audience::Public;
        let own = |text: &mut Option<Localized>, versions: &Versions| {
            if let Some(version) = sight.nearest(versions) {
                *text = Some(version.clone());
            }
        };
        if let Some(title) = sight.nearest(&self.narrow.title) {
            read.title = title.clone();
        }
        own(&mut read.impact, &self.narrow.impact);
        own(&mut read.workaround, &self.narrow.workaround);
        for update in read.updates.iter_mut().filter(|update| sight.includes(update.audience)) {
            update.audience = Audience::Public;
        }
        read
    }

    /// The incident as staff may read it at `now`: every update counts as one for everyone.
    pub fn internal_at(&self, now: Moment) -> Self {
        let mut known = self.known_at(now).into_owned();
        known.updates.iter_mut().for_each(|update| update.audience = Audience::Public);
        known
    }

    /// The incident with only those updates that are written by `now`, no matter who may read them.
    pub fn known_at(&self, now: Moment) -> Cow<'_, Self> {
        let now = self.counted_at(now);
        if self.updates.last().is_none_or(|update| update.at <= now) {
            return Cow::Borrowed(self);
        }
        let mut known = self.clone();
        known.updates.retain(|update| update.at <= now);
        Cow::Owned(known)
    }

    /// The phase at `now`. A maintenance moves by the clock unless an update says otherwise: an
    /// update that ends it holds, and one written after the planned end keeps it going. What completes it is
    /// [`Self::clock_end`] or an update.
    pub fn phase_at(&self, now: Moment) -> Phase {
        let said = self.updates.iter().rev().filter(|update| update.at <= now);
        let said = said.filter_map(|update| Some((update.at, update.phase?))).next();
        let Some(window) = self.window else {
            return said.map_or(Phase::Investigating, |(_, phase)| phase);
        };
        let clock_end = self.clock_end(now);
        // On a day without a time of day nobody knows whether the work has begun; after it, it has.
        let by_clock = if now < self.latest(window.starts) {
            Phase::Scheduled
        } else if clock_end.is_none_or(|end| now < end) {
            Phase::InProgress
        } else {
            Phase::Completed
        };
        let after_the_end = |at: Moment| clock_end.is_some_and(|end| at >= end);
        match said {
            Some((_, phase)) if phase.is_over() => phase,
            Some((at, phase)) if phase > by_clock || (after_the_end(at) && phase != Phase::Scheduled) => {
                phase
            }
            _ => by_clock,
        }
    }

    /// The moment at which the clock completes a maintenance, as far as its updates are written by `now`. There is
    /// none where the file leaves it to a word, where the end is open, and where someone has posted an update between
    /// the start and the planned end: the clock does not end what a person is speaking about. The file may leave it to
    /// the clock in spite of that; with an open end it is then an announcement, over once its start is past.
    pub fn clock_end(&self, now: Moment) -> Option<Moment> {
        let window = self.window?;
        let is_during =
            |update: &Update, ends: Moment| update.at <= now && (window.starts..ends).contains(&update.at);
        match window.completes {
            Some(Completes::ByClock) => Some(self.latest(window.ends.unwrap_or(window.starts))),
            Some(Completes::ByWord) => None,
            None => {
                let ends = window.ends.map(|ends| self.latest(ends));
                ends.filter(|ends| !self.public_updates().any(|update| is_during(update, *ends)))
            }
        }
    }

    /// Whether it is over at `now` only because its start is past: nobody knows when it ended, so nobody is
    /// notified.
    pub fn ended_unannounced_at(&self, now: Moment) -> bool {
        let is_announcement = self
            .window
            .is_some_and(|window| window.ends.is_none() && window.completes == Some(Completes::ByClock));
        is_announcement
            && self.phase_at(now) == Phase::Completed
            && !self.updates.iter().any(|update| update.at <= now && update.phase == Some(Phase::Completed))
    }

    /// How long it lasted, if it has ended by `now`; `None` where no more is known than that it is over, because
    /// the end stands within a minute of the start or only the day of a beginning or end is known.
    pub fn lasted_at(&self, now: Moment) -> Option<TimeDelta> {
        self.open_for(self.ended_at(now)?).filter(|lasted| *lasted >= TimeDelta::minutes(1))
    }

    /// Whether planned work continues past its planned end at `now`, because nobody has said that it is done.
    pub fn is_overdue_at(&self, now: Moment) -> bool {
        let planned = self.window.and_then(|window| window.ends);
        planned.is_some_and(|ends| self.latest(ends) <= now) && self.is_active_at(now)
    }

    /// Whether it is open at `now`: an incident that is not over, a maintenance in progress.
    pub fn is_active_at(&self, now: Moment) -> bool {
        let phase = self.phase_at(now);
        self.started_by(now) && !phase.is_over() && phase != Phase::Scheduled
    }

    /// Whether it is planned and has not started at `now`.
    pub fn is_upcoming_at(&self, now: Moment) -> bool {
        self.kind == IncidentKind::Maintenance && self.phase_at(now) == Phase::Scheduled
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
        ended.or_else(|| self.clock_end(now)).or(Some(self.started))
    }

    /// How long it was open by `now`, without the times between an end and a return; `None` where only the day of a
    /// beginning or end is known.
    pub fn open_for(&self, now: Moment) -> Option<TimeDelta> {
        let began = self.began_at();
        let written = self.updates.iter().map(|update| update.at);
        let mut turns: Vec<Moment> =
            self.planned_turns().chain(written).filter(|at| began < *at && *at < now).collect();
        turns.extend([began, now.max(began)]);
        turns.sort_unstable();
        let (mut open, mut open_since) = (TimeDelta::zero(), None);
        for at in turns {
            let is_open = at < now && !self.phase_at(at).is_over();
            if is_open != open_since.is_some() && self.is_day_only(at) {
                return None;
            }
            match open_since {
                Some(since) if !is_open => (open, open_since) = (open + (at - since), None),
                None if is_open => open_since = Some(at),
                _ => {}
            }
        }
        Some(open)
    }

    /// Whether only the day of a time is known.
    pub fn is_day_only(&self, at: Moment) -> bool {
        self.day_only.contains(at)
    }

    /// The latest moment that a time of the file can mean: the end of its day where only the day is known.
    pub fn latest(&self, at: Moment) -> Moment {
        self.day_only.latest(at)
    }

    /// The moments at which the clock alone may change planned work: its start and its end.
    pub fn planned_turns(&self) -> impl Iterator<Item = Moment> {
        let turns = self.window.into_iter().flat_map(TimeRange::turns);
        turns.map(|turn| self.latest(turn))
    }

    /// When the work or the trouble really began: `started`, or the first public update of an incident or the first update
    /// in progress of a maintenance, if that is earlier. An internal update moves nothing that readers see.
    pub fn began_at(&self) -> Moment {
        let begins = |update: &&Update| match self.kind {
            IncidentKind::Incident => {
                update.audience == Audience::Public && !update.phase.is_some_and(Phase::is_over)
            }
            IncidentKind::Maintenance => update.phase == Some(Phase::InProgress),
        };
        let early = self.updates.iter().find(begins);
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
            IncidentKind::Maintenance => Status::Maintenance,
            IncidentKind::Incident => self.severity.implied_status(),
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
