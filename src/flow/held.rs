//! What is about to be announced, and how an incident is taken out of it for a later run.

use crate::model::announced::Baseline;
use crate::model::change::Difference;
use crate::model::edit::{Reason, Unannounced};
use crate::model::incident::IncidentId;
use crate::model::notice::Notices;

/// What is about to be announced, and what was announced before.
pub(super) struct Parts<'a> {
    pub(super) base: &'a Baseline,
    pub(super) difference: &'a mut Difference,
    pub(super) notices: &'a mut Notices,
    pub(super) corrected: &'a mut Notices,
    pub(super) unannounced: &'a mut Vec<Unannounced>,
}

impl Parts<'_> {
    /// Leaves an incident for a later run: its baseline stays, and its queued messages keep their text.
    pub(super) fn take_out(&mut self, origin: &IncidentId, incident: &IncidentId, reason: Reason) {
        self.difference.changes.retain(|change| change.origin != *origin);
        for all in [&mut *self.notices, &mut *self.corrected] {
            all.notices.retain(|notice| notice.incident != *origin);
        }
        let announced = &mut self.difference.announced.incidents;
        match self.base.incidents.get(origin) {
            Some(before) => announced.insert(origin.clone(), before.clone()),
            None => announced.remove(origin),
        };
        self.unannounced.push(Unannounced { incident: incident.clone(), reason });
    }
}
