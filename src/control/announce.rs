//! Whether the author of an update may announce it, and what that does to control.
//!
//! Promises: only the owner announces. The author of an incident's first announcement is its first owner; an idle incident
//! that is updated has the default owner, or, without one, its author for this update alone.

use super::record::{add_event, give};
use super::settle::settle;
use crate::model::Moment;
use crate::model::control::{Actor, Asker, Control, ControlRules, EventKind, Hold};

/// That someone else has control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Who has it, and until when.
    pub hold: Hold,
    /// The record, if the update gave an idle incident its default owner.
    pub control: Control,
}

/// The record after the asker announced an update.
///
/// # Errors
///
/// Someone else has control, perhaps only since this update.
pub fn announce(
    control: &Control,
    by: &Asker,
    rules: &ControlRules,
    now: Moment,
) -> Result<Control, Box<Refused>> {
    let mut control = settle(control, rules, now);
    control.revision += 1;
    if control.source.is_none() && control.hold.is_none() {
        control.source = Some(by.actor.clone());
        give(&mut control, by.actor.clone(), rules, now);
        add_event(&mut control, &by.actor, EventKind::Opened, "", now);
        return Ok(control);
    }
    if let (None, Some(default)) = (&control.hold, &rules.default) {
        give(&mut control, default.clone(), rules, now);
        add_event(&mut control, default, EventKind::Received, "", now);
    }
    match control.hold.clone() {
        // Without a default owner, control is gained, used and released at once.
        None => {
            add_event(&mut control, &by.actor, EventKind::Took, "", now);
            add_event(&mut control, &by.actor, EventKind::Announced, "", now);
            add_event(&mut control, &by.actor, EventKind::Released, "", now);
        }
        Some(hold) if by.is(&hold.owner) => {
            let expires = hold.expires.max(now + rules.idle_after);
            control.hold = Some(Hold { expires, ..hold });
            add_event(&mut control, &by.actor, EventKind::Announced, "", now);
        }
        // Automation grants each request at once, and this is one.
        Some(hold) if hold.owner == Actor::Automation => {
            add_event(&mut control, &by.actor, EventKind::Requested, "", now);
            give(&mut control, by.actor.clone(), rules, now);
            add_event(&mut control, &by.actor, EventKind::Received, "", now);
            add_event(&mut control, &by.actor, EventKind::Announced, "", now);
        }
        Some(hold) => return Err(Box::new(Refused { hold, control })),
    }
    control.source.get_or_insert_with(|| by.actor.clone());
    Ok(control)
}
