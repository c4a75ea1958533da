//! Who else controls an incident, for someone who is about to say something about it.
//!
//! Never refuses: if that cannot be determined, `allclear notify` reports it, which asks again before it sends.

use crate::config::plan::Plan;
use crate::control;
use crate::gate::control::{automation, controls, person, stored};
use crate::model::incident::Incident;
use crate::workspace::control_store::{ControlStore, Found};
use crate::workspace::root::Root;

/// "Ana Prieto controls it until 2026-03-02 10:10 UTC", if an update by the user of the command would not be announced now.
pub(super) fn other(root: &Root, plan: Option<&Plan>, incident: &Incident) -> Option<String> {
    let plan = plan.filter(|plan| !plan.people.is_empty())?;
    let mut ledger = root.ledger_if_any().ok()??;
    let origin = super::control::origin(&mut ledger, incident).ok()?;
    let record = match ControlStore::of(root, Some(plan), &mut ledger).read(&origin).ok()? {
        Found::Record(text) => text,
        Found::Unreachable { own, .. } => own,
    };
    let control = stored(&origin, record.as_deref()).ok()?;
    let by = super::speaker::own(root, plan).map_or_else(automation, |name| person(plan, &name));
    let refused = control::announce(&control, &by, &plan.control.rules, root.now()).err()?;
    Some(controls(plan, &refused.hold))
}
