//! The result of a worker's run: numbers, and the exit code.
//!
//! Promises: green, and exit code 0, only if every subscriber who should be notified was; each kind of missing message is
//! reported with its number and a command that explains it.

use std::collections::BTreeMap;

use crate::deliver::WorkerSummary;
use crate::model::notice::StepState;

use crate::cli::describe::short;
use crate::cli::exit::Exit;
use crate::cli::print::{self, BAD, GOOD, WARN, count, styled};

/// Says what was done and how it ends.
pub(crate) fn exit(delivered: &WorkerSummary) -> Exit {
    let exit = code(delivered);
    let style = if exit == Exit::Done { GOOD } else { WARN };
    print::say(&format!("{} {}", styled(style, "result:"), handed_off(delivered)));
    // Why a command does not end with 0 is said to those who want problems only, too.
    missing(delivered).iter().for_each(|line| print::warn(line));
    exit
}

fn code(delivered: &WorkerSummary) -> Exit {
    let untold: u64 = delivered.untold.values().chain(delivered.untold_places.values()).sum();
    if delivered.held.count > 0 {
        Exit::Refused
    } else if delivered.unfinished > 0 || untold > 0 {
        Exit::OperationFailed
    } else {
        Exit::Done
    }
}

/// The steps that ended, by their end; the accepted ones first.
fn handed_off(delivered: &WorkerSummary) -> String {
    let number = |state: StepState| delivered.ended.get(&state).copied().unwrap_or(0);
    let accepted = number(StepState::Accepted) + number(StepState::Delivered);
    let mut words = vec![format!("{accepted} accepted by a provider")];
    let others = delivered.ended.iter().filter(|(state, number)| !state.is_success() && **number > 0);
    words.extend(others.map(|(state, number)| {
        format!("{number} {}", if *state == StepState::Dead { "failed" } else { state.word() })
    }));
    words.join(", ")
}

/// A line for each kind of what is missing.
fn missing(delivered: &WorkerSummary) -> Vec<String> {
    let mut lines = Vec::new();
    let to_list = "; to list them, run `allclear report --missed`";
    lines.extend(unreached(&delivered.untold, ["subscriber", "subscribers"], to_list));
    let to_see = "; to see which and why, run `allclear report`";
    lines.extend(unreached(&delivered.untold_places, ["destination", "destinations"], to_see));
    lines.extend(
        delivered
            .unavailable_channels
            .iter()
            .map(|shut| format!("{} {shut}", styled(BAD, "channel unavailable:"))),
    );
    if delivered.held.count > 0 {
        let held = number_of(delivered.held.count, "SMS message is", "SMS messages are");
        let first = delivered.held.first_expires_at;
        let until = first.map(|at| format!("; the first expires {}", short(at))).unwrap_or_default();
        lines.push(format!(
            "{} {held} on hold because the SMS budget in site/plan.toml is used up{until}: run `allclear deliver \
             --over-budget` to send them",
            styled(WARN, "on hold:")
        ));
    }
    // What is on hold has its own line: `deliver` alone does not send it.
    let queued = delivered.unfinished.saturating_sub(delivered.held.count);
    if queued > 0 {
        let left = number_of(queued, "message is", "messages are");
        let due =
            delivered.next_due.map(|at| format!(", the next one due at {}", short(at))).unwrap_or_default();
        let then = if delivered.next_due.is_some() { " after that time" } else { "" };
        lines.push(format!(
            "{} {left} still queued{due}; `allclear report` says why. To continue, run `allclear deliver`{then}",
            styled(WARN, "incomplete:")
        ));
    }
    lines
}

/// `not notified: 3 subscribers (2 rejected, 1 suppressed)`, then where to look.
fn unreached(ends: &BTreeMap<StepState, u64>, [one, many]: [&str; 2], hint: &str) -> Option<String> {
    let parts: Vec<String> =
        ends.iter().map(|(state, number)| format!("{number} {}", said(*state))).collect();
    let all = number_of(ends.values().sum(), one, many);
    let whole = format!("{} {all} ({}){hint}", styled(BAD, "not notified:"), parts.join(", "));
    (!parts.is_empty()).then_some(whole)
}

fn said(state: StepState) -> &'static str {
    match state {
        StepState::InDoubt => "in doubt",
        StepState::Dead => "failed",
        StepState::Suppressed => "with a suppressed address",
        other => other.word(),
    }
}

fn number_of(number: u64, one: &str, many: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), one, many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::HeldTexts;

    fn delivered(untold: &[(StepState, u64)]) -> WorkerSummary {
        let ended = [(StepState::Accepted, 7)].into_iter().chain(untold.iter().copied()).collect();
        WorkerSummary { ended, untold: untold.iter().copied().collect(), ..WorkerSummary::default() }
    }

    #[test]
    fn it_is_done_only_when_everybody_was_handed_off() {
        assert_eq!(code(&delivered(&[])), Exit::Done);
        for state in [StepState::Rejected, StepState::Suppressed, StepState::InDoubt, StepState::Dead] {
            assert_eq!(code(&delivered(&[(state, 1)])), Exit::OperationFailed, "{state:?}");
        }
        assert_eq!(code(&WorkerSummary { unfinished: 1, ..delivered(&[]) }), Exit::OperationFailed);
        let held = HeldTexts { count: 1, first_expires_at: None };
        assert_eq!(code(&WorkerSummary { held, unfinished: 1, ..delivered(&[]) }), Exit::Refused);
    }

    #[test]
    fn a_step_that_failed_is_no_failure_where_the_next_channel_took_over() {
        let ended = [(StepState::Dead, 3), (StepState::Accepted, 3)].into();
        let delivered = WorkerSummary { ended, ..WorkerSummary::default() };
        assert_eq!((code(&delivered), missing(&delivered).len()), (Exit::Done, 0));
        assert_eq!(handed_off(&delivered), "3 accepted by a provider, 3 failed");
    }

    #[test]
    fn who_is_missing_is_said_with_numbers() {
        let lines = missing(&delivered(&[(StepState::Rejected, 2), (StepState::InDoubt, 1)]));
        assert!(lines[0].contains("3 subscribers (2 rejected, 1 in doubt)"), "{lines:?}");
    }

    #[test]
    fn a_destination_is_never_counted_as_a_subscriber() {
        let places = WorkerSummary { untold_places: [(StepState::Rejected, 1)].into(), ..delivered(&[]) };
        let lines = missing(&places);
        assert!(lines[0].contains("1 destination (1 rejected)") && lines.len() == 1, "{lines:?}");
        assert_eq!(code(&places), Exit::OperationFailed);
    }
}
