//! An imported end that counts although it is dated so far ahead that its time cannot be true.
//!
//! Promises: a message gives such an end the date that the page gives it, and states no length of time that has not passed. An
//! end that its author dates a little ahead keeps its time.

use std::borrow::Cow;

use crate::model::Moment;
use crate::model::change::Change;
use crate::model::incident::Incident;
use crate::model::story::END_AHEAD_MAX;

/// The change and its incident with the dates that readers are shown at `now`.
pub(super) fn dated<'a>(
    change: &'a Change,
    incident: Cow<'a, Incident>,
    now: Moment,
) -> (Cow<'a, Change>, Cow<'a, Incident>) {
    if incident.counted_at(now) - now <= END_AHEAD_MAX {
        return (Cow::Borrowed(change), incident);
    }
    let shown = incident.dated_at(now).into_owned();
    let ends = |incident: &Incident| incident.updates.last().map(|end| end.at);
    match ends(&incident).zip(ends(&shown)) {
        Some((from, to)) => (Cow::Owned(change.redated(from, to)), Cow::Owned(shown)),
        None => (Cow::Borrowed(change), incident),
    }
}
