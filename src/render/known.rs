//! The site as its readers may know it: what is written for later is not there yet, what is internal is not there for
//! the public.
//!
//! Promises: everything else is rendered from what this gives, so that no page, feed or body can show more. An
//! internal update keeps its facts for the public (a phase is a phase) and loses its words.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::Moment;
use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::Localized;
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
        incident.updates.retain(|update| update.at <= now);
        let kept_back = |of: Audience| audience == Audience::Public && of == Audience::Internal;
        for update in incident.updates.iter_mut().filter(|update| kept_back(update.audience)) {
            update.body = Localized::plain("");
        }
    }
    Cow::Owned(known)
}

/// The updates that customers may read at `now`, newest first.
pub(super) fn told(incident: &Incident, now: Moment) -> impl Iterator<Item = &Update> {
    incident.public_updates().rev().filter(move |update| update.at <= now)
}

fn may_be_shown(incident: &Incident, now: Moment, audience: Audience) -> bool {
    let shown = |of: Audience| audience == Audience::Internal || of == Audience::Public;
    incident.updates.iter().all(|update| update.at <= now && shown(update.audience))
}
