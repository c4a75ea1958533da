//! Names the news that are for a narrower audience than the one notified.
//!
//! Promises: only words of the last day that are newer than what was last announced; each audience once for an incident.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::FRESH_FOR;
use crate::model::Moment;
use crate::model::announced::BaselineIncident;
use crate::model::edit::{Reason, Unannounced};
use crate::model::incident::{Audience, Incident};

/// The updates of an incident for narrower audiences since what was announced of it.
pub(super) fn updates(
    announced: Option<&BaselineIncident>,
    incident: &Incident,
    now: Moment,
) -> impl Iterator<Item = Unannounced> {
    let newest = announced.and_then(|announced| announced.updates.last()).map(|update| update.at);
    let is_news = |at: Moment| is_fresh(at, now) && newest.is_none_or(|newest| newest <= at);
    let narrow = incident.updates.iter().filter(|update| update.audience != Audience::Public);
    // Oldest first, so that the newest for an audience remains.
    let by_audience: BTreeMap<Audience, Moment> =
        narrow.filter(|update| is_news(update.at)).map(|update| (update.audience, update.at)).collect();
    let id = incident.id.clone();
    by_audience.into_iter().map(move |(audience, at)| Unannounced {
        incident: id.clone(),
        reason: Reason::Internal { audience, update: Some(at) },
    })
}

/// The incidents that are for other audiences alone and have begun or have words of the last day.
pub fn unannounced_hidden(hidden: &[Arc<Incident>], now: Moment) -> Vec<Unannounced> {
    let is_news = |incident: &&Arc<Incident>| {
        let words = incident.updates.iter().map(|update| update.at);
        words.chain([incident.started]).any(|at| is_fresh(at, now))
    };
    let named = |incident: &Arc<Incident>| Unannounced {
        incident: incident.id.clone(),
        reason: Reason::Internal { audience: incident.audience, update: None },
    };
    hidden.iter().filter(is_news).map(named).collect()
}

fn is_fresh(at: Moment, now: Moment) -> bool {
    at <= now && now - at <= FRESH_FOR
}
