//! Notices for destinations: which destinations get a change, and in which form.
//!
//! Promises: a destination gets one step for a change, never waits for quiet hours, and reads no update that is not for its
//! audience; the form of its message follows from its channel.

use std::borrow::Cow;

use chrono::TimeDelta;

use super::phrases;
use super::reader::{self, Recipient};
use super::{Error, card, chain, correction, dated, event};
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::destination::Destination;
use crate::model::incident::{Audience, Incident};
use crate::model::message::{Form, Message};
use crate::model::notice::{Notice, Notices, PlannedStep};
use crate::model::report::Evidence;
use crate::model::site::Site;
use crate::model::subscriber::EndpointId;
use crate::theme::Theme;

/// Adds the notices of `changes` for every destination that wants them, in the order given.
///
/// # Errors
///
/// A change names an incident the site does not have, or holds nothing to tell.
pub fn add_places(
    notices: &mut Notices,
    changes: &[Change],
    site: &Site,
    destinations: &[Destination],
    theme: &Theme,
    now: Moment,
) -> Result<(), Error> {
    for change in changes {
        let touched = site.page.with_groups(&change.touched);
        let whole = site.incident(&change.incident);
        let whole = whole.ok_or_else(|| Error::NoIncident(change.incident.clone()))?;
        for destination in destinations.iter().filter(|one| one.wants(change.peak_severity, &touched)) {
            let incident = match destination.audience {
                Audience::Internal => Cow::Owned(whole.internal_at(now)),
                Audience::Public | Audience::Named(_) => whole.public_at(now),
            };
            let (change, incident) = dated::dated(change, incident, now);
            let place =
                DestinationComposer { change: &change, incident: &incident, site, destination, theme, now };
            if let Some(message) = place.message()? {
                let message = notices.add_message(message);
                notices.notices.push(place.notice(message));
            }
        }
    }
    Ok(())
}

/// Where the notice of one change for one destination is written.
struct DestinationComposer<'a> {
    change: &'a Change,
    incident: &'a Incident,
    site: &'a Site,
    destination: &'a Destination,
    theme: &'a Theme,
    now: Moment,
}

impl DestinationComposer<'_> {
    /// The message; `None` where the change is not for readers of the destination's language.
    fn message(&self) -> Result<Option<Message>, Error> {
        let Self { change, incident, site: Site { page, .. }, destination, theme, now } = *self;
        let wanted = destination.language.as_ref().unwrap_or_else(|| page.first_language());
        let language = reader::language_of(page, wanted);
        if !correction::concerns(change, incident, language, page.first_language()) {
            return Ok(None);
        }
        let zone = destination.time_zone.as_deref().unwrap_or(&page.time_zone);
        let reader = Recipient::new(page, theme, language, zone, (incident.counted_at(now), now));
        let said = phrases::said(change, incident, &reader)
            .ok_or_else(|| Error::NothingToAnnounce(change.incident.clone()))?;
        let news = (destination.sensitivity_max >= incident.sensitivity).then_some(&said);
        let change = &*self.quoted();
        Ok(match destination.endpoint.channel().facts().form {
            Form::Card => Some(Message::Card(Box::new(card::write(change, incident, news, &reader)))),
            Form::Event => Some(Message::Event(Box::new(event::write(change, incident, news, &reader)))),
            // No channel for places has a form for people.
            Form::Mail | Form::Text => None,
        })
    }

    /// The change with the updates to quote: for staff all since the last that everyone has read.
    fn quoted(&self) -> Cow<'_, Change> {
        if self.destination.audience == Audience::Public {
            return Cow::Borrowed(self.change);
        }
        let Some(whole) = self.site.incident(&self.change.incident) else {
            return Cow::Borrowed(self.change);
        };
        let is_new = |at: Moment| self.change.what.contains(&ChangeKind::UpdatePosted { at });
        let told =
            whole.public_updates().map(|update| update.at).filter(|at| *at <= self.now && !is_new(*at));
        let told = told.max().filter(|_| self.change.revision > 1);
        let is_fresh = |at: Moment| at <= self.now && told.is_none_or(|told| at > told);
        let fresh = whole.updates.iter().filter(|update| is_fresh(update.at));
        let fresh = fresh.map(|one| ChangeKind::UpdatePosted { at: one.at });
        let what = self.change.what.iter().cloned().chain(fresh).collect();
        Cow::Owned(Change { what, ..self.change.clone() })
    }

    fn notice(&self, message: usize) -> Notice {
        let lives = TimeDelta::from_std(self.destination.time_to_live).unwrap_or(TimeDelta::MAX);
        Notice {
            change: self.change.id.clone(),
            subscriber: self.destination.id(),
            incident: self.change.origin.clone(),
            severity: chain::urgency(self.change, self.incident),
            steps: vec![PlannedStep {
                position: 0,
                channel: self.destination.endpoint.channel(),
                endpoint: EndpointId::OF_PLACE,
                message,
                expires_at: self.now.checked_add_signed(lives).unwrap_or(Moment::MAX_UTC),
                try_for: None,
                success: Evidence::Accepted,
                quiet: None,
                repeats: self.destination.repeats,
            }],
        }
    }
}
