//! What time alone does to control.
//!
//! Promises: the same record and the same moment give the same result on every host, whether or not someone stores it.

use super::record::add_event;
use crate::model::Moment;
use crate::model::control::{Control, ControlRules, EventKind, Hold};

/// The record as it is at `now`: a hold that expired has ended, and the first who waits has control from then on. A record
/// that was written by a clock ahead of `now` stays as it is.
pub fn settle(control: &Control, rules: &ControlRules, now: Moment) -> Control {
    let mut control = control.clone();
    while let Some(hold) = control.hold.take_if(|hold| hold.expires <= now) {
        add_event(&mut control, &hold.owner, EventKind::Expired, "", hold.expires);
        next(&mut control, rules, hold.expires);
    }
    control
}

/// Gives control to the first who waits, if someone does.
pub(super) fn next(control: &mut Control, rules: &ControlRules, at: Moment) {
    control.hold = None;
    if control.queue.is_empty() {
        return;
    }
    let request = control.queue.remove(0);
    add_event(control, &request.by, EventKind::Received, "", at);
    control.hold = Some(Hold { owner: request.by, since: at, expires: at + rules.idle_after });
}
