//! Tells the operator's own people that someone used break-glass, for an approval or for control.
//!
//! Promises: what the ledger owes is sent, by the command that used it or, if it was ended before, by the next one that
//! looks; it is settled once one recipient accepted it, or if the plan has no recipient.

use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, WARN, styled};
use crate::config::plan::Plan;
use crate::flow::alarm;
use crate::ledger::{Controls as _, SqlLedger};
use crate::model::endpoint::Endpoint;
use crate::model::incident::Audience;
use crate::workspace::root::Root;

/// Sends what is owed.
pub(crate) fn announce(root: &Root, plan: &Plan, ledger: &mut SqlLedger) -> Outcome {
    let owed = ledger.owed_alarms()?;
    if owed.is_empty() {
        return Ok(Exit::Done);
    }
    let recipients = recipients(plan);
    if recipients.is_empty() {
        let words = "no one is notified: the plan has neither an alarm nor an internal destination";
        print::say(&format!("{} {words}", styled(WARN, "warning:")));
    }
    let mut exit = Exit::Done;
    for one in owed {
        let is_heard = match recipients.is_empty() {
            true => true,
            false => {
                let kind = alarm::AlarmKind::BreakGlass;
                let (ended, heard) = alarm::announce_to(root, plan, kind, vec![one.words], &recipients)?;
                if ended != Exit::Done {
                    exit = ended;
                }
                heard > 0
            }
        };
        if is_heard {
            ledger.settle_alarm(&one.id)?;
        }
    }
    Ok(exit)
}

/// The addresses of the alarm, and the internal destinations.
fn recipients(plan: &Plan) -> Vec<Endpoint> {
    let mut recipients = plan.alarm.recipients.clone();
    for place in plan.destinations.iter().filter(|place| place.audience == Audience::Internal) {
        if !recipients.iter().any(|known| known.is_same(&place.endpoint)) {
            recipients.push(place.endpoint.clone());
        }
    }
    recipients
}

/// The same from a command about something else, which continues if it fails.
pub(crate) fn catch_up(root: &Root, plan: Option<&Plan>, ledger: &mut SqlLedger) {
    let Some(plan) = plan else { return };
    if let Err(failure) = announce(root, plan, ledger) {
        print::failure(&failure);
    }
}
