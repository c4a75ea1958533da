//! Turns changes into notices: the recipients, their chains and their messages.
//!
//! Promises: a notice is complete and final; the same input gives the same notices to the byte; each message is written
//! once for all recipients with the same language and zone. Never sees an address: a step names its endpoint by number.

mod card;
mod chain;
mod correction;
mod event;
pub mod gsm7;
mod line;
mod mail;
mod phrases;
mod places;
mod quiet;
mod reader;
mod rehearsal;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

pub use places::add_places;
pub use rehearsal::rehearse;

use crate::config::plan::{ChannelPlan, Plan, Wording};
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::channel::Channel;
use crate::model::destination::Repeats;
use crate::model::incident::{Incident, IncidentId};
use crate::model::localized::Language;
use crate::model::message::Message;
use crate::model::notice::{Notice, Notices, PlannedStep, Quiet};
use crate::model::phase::Severity;
use crate::model::site::Site;
use crate::model::subscriber::{Subscriber, SubscriberId};
use crate::theme::{self, Theme};
use reader::Recipient;

/// Why notices could not be composed. Nothing was planned then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A change names an incident the site does not have.
    #[error("failed to compose a notice of `{0}`: the site has no such incident")]
    NoIncident(IncidentId),
    /// A change holds nothing to tell.
    #[error("failed to compose a notice of `{0}`: its change is empty")]
    NothingToAnnounce(IncidentId),
    /// A template of the theme could not be filled in.
    #[error("failed to compose a notice of `{incident}`: {source}")]
    Template {
        /// The one whose message cannot be written.
        incident: IncidentId,
        /// What is wrong with the template.
        source: theme::Error,
    },
    /// A step's channel is not in the plan.
    #[error("failed to compose a notice: the plan has no channel `{0}`")]
    NoChannel(&'static str),
}

impl Error {
    /// A template wrote a longer message than is sent.
    fn too_long(incident: &IncidentId, template: &str, what: &str, bytes: usize, bytes_max: usize) -> Self {
        let message = format!("the {what} has {bytes} bytes, more than {bytes_max}");
        Self::Template {
            incident: incident.clone(),
            source: theme::Error { place: template.to_owned(), message },
        }
    }
}

/// Those who may be notified.
#[derive(Clone, Copy)]
pub struct Audience<'a> {
    /// Everyone.
    pub subscribers: &'a [Subscriber],
    /// Who heard of which incident, by its origin. They hear that it is over, or is not after all, whatever they follow
    /// by then.
    pub notified: Option<&'a BTreeMap<IncidentId, BTreeSet<SubscriberId>>>,
}

impl<'a> From<&'a [Subscriber]> for Audience<'a> {
    fn from(subscribers: &'a [Subscriber]) -> Self {
        Self { subscribers, notified: None }
    }
}

impl<'a, const N: usize> From<&'a [Subscriber; N]> for Audience<'a> {
    fn from(subscribers: &'a [Subscriber; N]) -> Self {
        subscribers.as_slice().into()
    }
}

impl<'a> From<&'a Vec<Subscriber>> for Audience<'a> {
    fn from(subscribers: &'a Vec<Subscriber>) -> Self {
        subscribers.as_slice().into()
    }
}

/// Makes the notices of `changes` for everyone who wants them, ordered by change as given and then by
/// subscriber. `site` is what the changes were found in, `now` the moment they were found.
pub fn notices<'a>(
    changes: &[Change],
    site: &Site,
    audience: impl Into<Audience<'a>>,
    plan: &Plan,
    theme: &Theme,
    now: Moment,
) -> Result<Notices, Error> {
    let Audience { subscribers, notified } = audience.into();
    let mut sorted: Vec<&Subscriber> = subscribers.iter().collect();
    sorted.sort_by(|one, other| one.id.cmp(&other.id));
    let mut pool = MessagePool::default();
    for change in changes {
        let incident = site.incident(&change.incident).map(|incident| incident.public_at(now));
        let incident = incident.ok_or_else(|| Error::NoIncident(change.incident.clone()))?;
        let composer = ChangeComposer { change, incident, site, plan, theme, now };
        pool.written.clear();
        pool.quiet.clear();
        let touched = site.page.with_groups(&change.touched);
        let turns = change.what.iter().any(ChangeKind::opens_or_ends);
        let notified = notified.and_then(|notified| notified.get(&change.origin)).filter(|_| turns);
        let wants = |one: &&&Subscriber| {
            one.wants(change.peak_severity, &touched)
                || notified.is_some_and(|notified| notified.contains(&one.id))
        };
        let reads = |subscriber: &&&Subscriber| {
            let language = reader::language_of(&site.page, &subscriber.language);
            correction::concerns(change, &composer.incident, language, site.page.first_language())
        };
        for subscriber in sorted.iter().filter(wants).filter(reads) {
            let notice = composer.notice(subscriber, &mut pool)?;
            pool.notices.notices.extend(notice);
        }
    }
    Ok(pool.notices)
}

/// Where the notices of one change are written.
struct ChangeComposer<'a> {
    change: &'a Change,
    incident: Cow<'a, Incident>,
    site: &'a Site,
    plan: &'a Plan,
    theme: &'a Theme,
    now: Moment,
}

impl<'a> ChangeComposer<'a> {
    /// The notice for one subscriber; `None` where no channel of theirs is in the plan.
    fn notice(
        &self,
        subscriber: &'a Subscriber,
        pool: &mut MessagePool<'a>,
    ) -> Result<Option<Notice>, Error> {
        let severity = chain::urgency(self.change, &self.incident);
        let language = reader::language_of(&self.site.page, &subscriber.language);
        let zone = subscriber.time_zone.as_str();
        let quiet = pool.quiet(zone, || self.quiet(severity, zone));
        let leaves_at = leaves_at(quiet, self.now);
        let limit = TimeDelta::from_std(self.plan.chain.step_limit.of(severity)).unwrap_or(TimeDelta::MAX);
        let mut steps = Vec::new();
        let places: Vec<_> = chain::places(subscriber, self.plan, severity).collect();
        let try_for = (places.len() > 1).then_some(limit);
        for (position, channel, endpoint) in places {
            let readership = (channel, language, zone);
            let terms = self.terms(channel)?;
            let time_to_live = TimeDelta::from_std(terms.time_to_live).unwrap_or(TimeDelta::MAX);
            steps.push(PlannedStep {
                position,
                channel,
                endpoint,
                message: pool.message(readership, || self.write(readership, leaves_at))?,
                expires_at: self.expires_at(leaves_at, time_to_live),
                try_for,
                success: terms.success,
                quiet,
                repeats: Repeats::ByChannel,
            });
        }
        Ok((!steps.is_empty()).then(|| Notice {
            change: self.change.id.clone(),
            subscriber: subscriber.id.clone(),
            incident: self.change.origin.clone(),
            severity,
            steps,
        }))
    }

    /// When a message that may leave at `leaves_at` is not worth sending any more: a reminder at the latest when the work
    /// begins.
    fn expires_at(&self, leaves_at: Moment, time_to_live: TimeDelta) -> Moment {
        let lives_until = leaves_at.checked_add_signed(time_to_live).unwrap_or(Moment::MAX_UTC);
        let is_reminder = self.change.what == [ChangeKind::MaintenanceReminder];
        let starts = self.incident.window.map(|window| window.starts).filter(|_| is_reminder);
        starts.map_or(lives_until, |starts| lives_until.min(starts))
    }

    /// The quiet hours that come over messages of that severity in a zone, if any do.
    fn quiet(&self, severity: Severity, zone: &str) -> Option<Quiet> {
        let hours = self.plan.quiet_hours.filter(|hours| severity < hours.below_severity)?;
        quiet::next(&hours, &reader::zone_of(&self.site.page, zone), self.now)
    }

    fn write(&self, (channel, language, zone): Readership<'_>, leaves_at: Moment) -> Result<Message, Error> {
        let counted = self.incident.counted_at(self.now);
        let reader = Recipient::new(&self.site.page, self.theme, language, zone, (counted, leaves_at));
        let terms = self.terms(channel)?;
        let is_reduced = terms.sensitivity_max < self.incident.sensitivity;
        let said = phrases::said(self.change, &self.incident, &reader)
            .ok_or_else(|| Error::NothingToAnnounce(self.change.incident.clone()))?;
        let news = (!is_reduced).then_some(&said);
        match &terms.wording {
            Wording::Mail(mail) => {
                mail::write(self.change, &self.incident, news, mail, &reader, self.theme).map(Message::Mail)
            }
            Wording::Text(text) => {
                text::write(&self.incident, news, text, &reader, self.theme).map(Message::Text)
            }
        }
    }

    /// What the plan says of a channel.
    fn terms(&self, channel: Channel) -> Result<&'a ChannelPlan, Error> {
        self.plan.channels.get(&channel).ok_or(Error::NoChannel(channel.word()))
    }
}

/// When a message may leave that was planned at `now`.
fn leaves_at(quiet: Option<Quiet>, now: Moment) -> Moment {
    quiet.filter(|quiet| quiet.holds(now)).map_or(now, |quiet| quiet.ends)
}

/// Those who read the same message of a change: channel, language, zone.
type Readership<'a> = (Channel, &'a Language, &'a str);

/// The notices written so far, and the place of each message of the current change by its readers. Quiet hours are kept
/// here too, because they differ by zone and not by person.
#[derive(Default)]
struct MessagePool<'a> {
    written: BTreeMap<Readership<'a>, usize>,
    quiet: BTreeMap<&'a str, Option<Quiet>>,
    notices: Notices,
}

impl<'a> MessagePool<'a> {
    /// The quiet hours in a zone for messages of one change; `find` is only called at the first asking.
    fn quiet(&mut self, zone: &'a str, find: impl FnOnce() -> Option<Quiet>) -> Option<Quiet> {
        *self.quiet.entry(zone).or_insert_with(find)
    }

    /// The place of the message for these readers of a change; `write` is only called at the first asking.
    fn message(
        &mut self,
        readership: Readership<'a>,
        write: impl FnOnce() -> Result<Message, Error>,
    ) -> Result<usize, Error> {
        if let Some(place) = self.written.get(&readership) {
            return Ok(*place);
        }
        let place = self.notices.add_message(write()?);
        self.written.insert(readership, place);
        Ok(place)
    }
}
