//! Turns changes into notices: the recipients, their chains and their messages.
//!
//! Promises: a notice is complete and final; the same input gives the same notices to the byte; each message is written
//! once for all recipients with the same language and zone. Never sees an address: a step names its endpoint by number.

mod card;
mod chain;
mod correction;
mod dated;
mod event;
pub mod gsm7;
mod line;
mod mail;
mod people;
mod phrases;
mod places;
mod pool;
mod quiet;
mod reader;
mod rehearsal;
mod text;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chrono::TimeDelta;

pub use people::{Composer, Known};
pub use places::add_places;
pub use rehearsal::{preview, preview_of_place, rehearse};

use crate::config::plan::{ChannelPlan, Plan, Wording};
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::channel::Channel;
use crate::model::destination::Repeats;
use crate::model::incident::{Incident, IncidentId};
use crate::model::message::Message;
use crate::model::notice::{Notice, Notices, PlannedStep, Quiet};
use crate::model::phase::Severity;
use crate::model::site::Site;
use crate::model::subscriber::Subscriber;
use crate::theme::{self, Theme};
use pool::{MessagePool, Readership};
use reader::{Recipient, Why};

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
    /// Every subscriber of the ledger, whatever they follow.
    pub subscribers: &'a [Subscriber],
    /// What is known of them.
    pub known: Known<'a>,
}

impl<'a> From<&'a [Subscriber]> for Audience<'a> {
    fn from(subscribers: &'a [Subscriber]) -> Self {
        Self { subscribers, known: Known::default() }
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
    let Audience { subscribers, known } = audience.into();
    let mut sorted: Vec<&Subscriber> = subscribers.iter().collect();
    sorted.sort_by(|one, other| one.id.cmp(&other.id));
    let mut composer = Composer::new(changes, known, (site, plan, theme), now)?;
    sorted.into_iter().try_for_each(|subscriber| composer.add(subscriber))?;
    Ok(composer.finish())
}

/// Where the notices of one change are written.
struct ChangeComposer<'a> {
    change: Cow<'a, Change>,
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
        (subscriber, why): (&Subscriber, Why),
        pool: &mut MessagePool,
        messages: &mut Notices,
    ) -> Result<Option<Notice>, Error> {
        let severity = chain::urgency(&self.change, &self.incident);
        let language = reader::language_of(&self.site.page, &subscriber.language);
        let zone = subscriber.time_zone.as_str();
        let quiet = pool.quiet(zone, || self.quiet(severity, zone));
        let leaves_at = leaves_at(quiet, self.now);
        let limit = TimeDelta::from_std(self.plan.chain.step_limit.of(severity)).unwrap_or(TimeDelta::MAX);
        let places: Vec<_> = chain::places(subscriber, self.plan, severity).collect();
        // With room for no more: there are as many notices as subscribers.
        let mut steps = Vec::with_capacity(places.len());
        let try_for = (places.len() > 1).then_some(limit);
        for (position, channel, endpoint) in places {
            let readership = (channel, language, zone, why);
            let terms = self.terms(channel)?;
            let time_to_live = TimeDelta::from_std(terms.time_to_live).unwrap_or(TimeDelta::MAX);
            steps.push(PlannedStep {
                position,
                channel,
                endpoint,
                message: pool.message(readership, messages, || self.write(readership, leaves_at))?,
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

    fn write(
        &self,
        (channel, language, zone, why): Readership<'_>,
        leaves_at: Moment,
    ) -> Result<Message, Error> {
        let counted = self.incident.counted_at(self.now);
        let mut reader = Recipient::new(&self.site.page, self.theme, language, zone, (counted, leaves_at));
        reader.why = why;
        let terms = self.terms(channel)?;
        let is_reduced = terms.sensitivity_max < self.incident.sensitivity;
        let said = phrases::said(&self.change, &self.incident, &reader)
            .ok_or_else(|| Error::NothingToAnnounce(self.change.incident.clone()))?;
        let news = (!is_reduced).then_some(&said);
        match &terms.wording {
            Wording::Mail(mail) => {
                mail::write(&self.change, &self.incident, news, mail, &reader, self.theme).map(Message::Mail)
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
